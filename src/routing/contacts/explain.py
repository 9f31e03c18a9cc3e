"""Who would get a parish's reports today, and why, in sentences. Pure."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from routing.contacts.links import Link, LinkState
from routing.contacts.model import MODERNGOV, OVERRIDE, REFUSED, Contact, ContactState, Freshness
from routing.contacts.trust import UNREVIEWED
from routing.days import in_words


@dataclass(frozen=True, slots=True)
class Parish:
    """A parish with everything that decides who is written to.

    Attributes:
        contact: the one that counts, None where there is none.
        links: of its code, rejected ones too.
        instead: process and mailbox of the team that acts where the clerk cannot be written to.
    """

    code: str
    name: str
    contact: Contact | None
    links: Sequence[Link]
    instead: Sequence[tuple[str, str]]


def explain(parish: Parish, freshness: Freshness, now: datetime.datetime) -> list[str]:
    """The sentences, the answer first."""
    contact, why = parish.contact, freshness.why_not(parish.contact, now)
    if why is None and contact is not None:
        said = [f"What is for the clerk of {parish.name} ({parish.code}) goes to {contact.published.email} today."]
    else:
        teams = "; ".join(f"{process}: {address}" for process, address in parish.instead) or "the council's own team"
        said = [
            f"What is for the clerk of {parish.name} ({parish.code}) goes to a team instead, because {why}: {teams}."
        ]
    if contact is not None:
        said += _about(contact, freshness, now)
    return [*said, _linked(parish)]


def _about(contact: Contact, freshness: Freshness, now: datetime.datetime) -> list[str]:
    said = [_source(contact)]
    if contact.published.raw_email is not None:
        said.append(f"In the e-mail field stands no single address: {contact.published.raw_email!r}.")
    if freshness.state(contact, now) is ContactState.STALE:
        said.append(
            f"It is stale: nothing has confirmed it for {(now - contact.checked_at).days} days. It is used until "
            f"{in_words(contact.checked_at + datetime.timedelta(days=freshness.last_days))}."
        )
    if contact.state is ContactState.QUARANTINED:
        said.append(_quarantine(contact))
    return said


def _source(contact: Contact) -> str:
    if contact.source == OVERRIDE:
        return (
            f"{contact.author} entered it by hand on {in_words(contact.obtained_at)}: {contact.note}. It wins over "
            f"Modern.Gov until `waywarden contacts unset {contact.parish_code} --because …`."
        )
    return (
        f"Modern.Gov says so since {in_words(contact.obtained_at)}, last on {in_words(contact.checked_at)}, at "
        f"{contact.source_url}."
    )


def _quarantine(contact: Contact) -> str:
    if contact.reason == UNREVIEWED:
        before = f" It was {contact.trusted_email} before." if contact.trusted_email else ""
        return (
            f"Its source has another address now, {contact.published.email}, whose domain is neither the council's nor "
            f"the parish's.{before} Ask the parish by telephone. If it is right: waywarden contacts review "
            f"{contact.parish_code} --release. Else enter the right one: waywarden contacts set {contact.parish_code}"
        )
    if contact.source == MODERNGOV and not (contact.reason or REFUSED).startswith(REFUSED):
        return f"It is not used until Modern.Gov is read again ({contact.reason}): waywarden contacts refresh"
    return (
        f"It is in quarantine ({contact.reason}). Another address at its source lifts that; or, once you know that it "
        f"works: waywarden contacts review {contact.parish_code} --release"
    )


def _linked(parish: Parish) -> str:
    for link in parish.links:
        if link.state in (LinkState.CONFIRMED, LinkState.REOPENED):
            again = f", and is to be looked at again: {link.reason}" if link.state is LinkState.REOPENED else ""
            return f"In Modern.Gov it is {_shown(link)}; {link.author} said so{again}."
    proposed = [_shown(link) for link in parish.links if link.state is LinkState.PROPOSED]
    if proposed:
        return f"In Modern.Gov it may be {' or '.join(proposed)}: waywarden contacts review {parish.code}"
    return f"Nobody has said which council in Modern.Gov speaks for it: waywarden contacts review {parish.code}"


def _shown(link: Link) -> str:
    return f"{link.title} (id {link.moderngov_id})" if link.title else f"id {link.moderngov_id}"
