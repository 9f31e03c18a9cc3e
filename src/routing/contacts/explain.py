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
    """A parish with everything that decides who gets its messages.

    Attributes:
        contact: the contact in use; None if there is none.
        links: of its code, rejected ones too.
        instead: process and mailbox of the team that acts if we cannot email the clerk.
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
        said = [f"Reports for the clerk of {parish.name} ({parish.code}) go to {contact.published.email} today."]
    else:
        teams = "; ".join(f"{process}: {address}" for process, address in parish.instead) or "the council's own team"
        said = [f"Reports for the clerk of {parish.name} ({parish.code}) go to a team instead, because {why}: {teams}."]
    if contact is not None:
        said += _about(contact, freshness, now)
    return [*said, _linked(parish)]


def _about(contact: Contact, freshness: Freshness, now: datetime.datetime) -> list[str]:
    said = [_source(contact)]
    if contact.published.raw_email is not None:
        said.append(f"The email field does not have exactly one address: {contact.published.raw_email!r}.")
    if freshness.state(contact, now) is ContactState.STALE:
        said.append(
            f"It is stale: nothing has confirmed it for {(now - contact.checked_at).days} days. We use it until "
            f"{in_words(contact.checked_at + datetime.timedelta(days=freshness.last_days))}."
        )
    if contact.state is ContactState.QUARANTINED:
        said.append(_quarantine(contact))
    return said


def _source(contact: Contact) -> str:
    if contact.source == OVERRIDE:
        return (
            f"{contact.author} entered it by hand on {in_words(contact.obtained_at)}: {contact.note}. We use it "
            f"instead of Modern.Gov's. To undo this, run: waywarden contacts unset {contact.parish_code} --because …"
        )
    return (
        f"It is from Modern.Gov, first on {in_words(contact.obtained_at)} and last on {in_words(contact.checked_at)}, "
        f"at {contact.source_url}."
    )


def _quarantine(contact: Contact) -> str:
    if contact.reason == UNREVIEWED:
        before = f" It was {contact.trusted_email} before." if contact.trusted_email else ""
        return (
            f"Phone the parish to check its new address {contact.published.email}. Its domain is not the council's or "
            f"the parish's.{before} If the address is right, run: waywarden contacts review {contact.parish_code} "
            f"--release. If not, enter the right one with: waywarden contacts set {contact.parish_code}"
        )
    if contact.source == MODERNGOV and not (contact.reason or REFUSED).startswith(REFUSED):
        return f"We do not use it until we read Modern.Gov again ({contact.reason}). Run: waywarden contacts refresh"
    return (
        f"It is in quarantine ({contact.reason}) until its source has another address. If you know that it works, run: "
        f"waywarden contacts review {contact.parish_code} --release"
    )


def _linked(parish: Parish) -> str:
    for link in parish.links:
        if link.state in (LinkState.CONFIRMED, LinkState.REOPENED):
            again = f" Check it again: {link.reason}." if link.state is LinkState.REOPENED else ""
            return f"In Modern.Gov it is {_shown(link)}, according to {link.author}.{again}"
    proposed = [_shown(link) for link in parish.links if link.state is LinkState.PROPOSED]
    if proposed:
        return (
            f"In Modern.Gov it may be {' or '.join(proposed)}. To decide, run: waywarden contacts review {parish.code}"
        )
    return f"It has no council in Modern.Gov yet. To choose one, run: waywarden contacts review {parish.code}"


def _shown(link: Link) -> str:
    return f"{link.title} (id {link.moderngov_id})" if link.title else f"id {link.moderngov_id}"
