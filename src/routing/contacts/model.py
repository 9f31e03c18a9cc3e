"""Contacts as values: who is the clerk of a parish, since when is that known, and can it be used."""

import datetime
import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from routing.contacts.trust import UNREVIEWED
from routing.council import ContactRules
from routing.vocabulary import SMTP, Destination

MODERNGOV = "moderngov"
OVERRIDE = "override"

FIELDS = ("council_name", "clerk", "email", "raw_email", "phone", "address")
"""The fields of ``Published``, as the store and the history name them."""

REFUSED = "smtp-"
"""The reasons for a quarantine that only another address, or a person, lifts begin so."""


class ContactState(StrEnum):
    """What is known of a contact; only fresh and (for a time) stale ones are used."""

    FRESH = "fresh"
    STALE = "stale"
    QUARANTINED = "quarantined"
    VACANT = "vacant"
    WITHDRAWN = "withdrawn"


_VACANT = re.compile(
    r"(?:(?:the|clerk|post|position|office|role|is|currently|presently|now|still|to the council"
    r"|parish|town|there|meeting|has|at present|at the moment) )*"
    r"(?:vacan(?:t|cy)\b.*|unfilled\b.*|not known\b.*|unknown"
    r"|no clerk\b.*|nobody\b.*|none(?: at present| currently)?|n a"
    r"|tb[acd]\b.*|t b [acd]"
    r"|(?:to be|being) (?:appointed|confirmed|announced|advised|recruited|filled|decided)\b.*"
    r"|(?:awaiting|under) (?:appointment|recruitment|details)\b.*|recruitment\b.*|(?:not appointed|recruiting)\b.*)"
)
_NO_LETTER = re.compile(r"[^a-z]+")


def says_vacant(name: str) -> bool:
    """Whether what stands in the place of a name says that nobody holds the office; *-* says so too."""
    text = _NO_LETTER.sub(" ", name[:200].lower()).strip()
    return bool(_VACANT.fullmatch(text)) if text else bool(name.strip()) and not any(map(str.isalnum, name))


@dataclass(frozen=True, slots=True)
class Published:
    """What a source says of one parish council. ``email`` only if exactly one address stands there and validates.

    Attributes:
        raw_email: what stood in the field, kept for a person where it is no single address.
    """

    council_name: str
    clerk: str | None
    email: str | None
    raw_email: str | None
    phone: str | None
    address: str | None

    @property
    def is_vacant(self) -> bool:
        """The field says that nobody holds the office."""
        return says_vacant(self.clerk or "")


@dataclass(frozen=True, slots=True)
class Contact:
    """One entry of the directory; ``id`` and ``obtained_at`` go into the routing receipt, the address never does.

    Attributes:
        reason: why it is in quarantine, as a code.
        author, note: who entered it by hand and why; None from a source.
        trusted_email: the last address that was in use.
        obtained_at: when the source first said so.
        checked_at: when it last did.
    """

    id: UUID
    council: str
    parish_code: str
    source: str
    source_url: str
    published: Published
    state: ContactState
    reason: str | None
    obtained_at: datetime.datetime
    checked_at: datetime.datetime
    author: str | None = None
    note: str | None = None
    trusted_email: str | None = None

    @property
    def is_usable(self) -> bool:
        """Whether a message can be sent there, its age aside."""
        return self.state not in (ContactState.QUARANTINED, ContactState.VACANT) and self.published.email is not None


@dataclass(frozen=True, slots=True)
class Freshness:
    """When a contact is stale, and how long a stale one is used."""

    stale_days: int
    last_days: int

    @staticmethod
    def of(rules: ContactRules) -> "Freshness":
        """As a council's file says."""
        return Freshness(rules.stale_days, rules.last_days)

    def state(self, contact: Contact, now: datetime.datetime) -> ContactState:
        """Quarantine and vacancy stay; otherwise age since the source last confirmed it decides.

        What was entered by hand does not age: nobody confirms it but a person.
        """
        if contact.state in (ContactState.QUARANTINED, ContactState.VACANT) or contact.source == OVERRIDE:
            return contact.state
        aged = now - contact.checked_at > datetime.timedelta(days=self.stale_days)
        return ContactState.STALE if aged else ContactState.FRESH

    def why_not(self, contact: Contact | None, now: datetime.datetime) -> str | None:
        """None where a report can be sent there, else a plain reason that names no person and no address."""
        if contact is None:
            return "no contact for this parish is known"
        if contact.state is ContactState.VACANT:
            return "the office of clerk is vacant"
        if contact.state is ContactState.QUARANTINED:
            return _why_quarantined(contact.reason)
        if contact.published.email is None:
            return "no single e-mail address is published for the clerk"
        is_old = now - contact.checked_at > datetime.timedelta(days=self.last_days)
        if is_old and contact.source != OVERRIDE:
            return f"the contact was last confirmed more than {self.last_days} days ago"
        return None

    def reach(self, contact: Contact | None, now: datetime.datetime) -> "Reach":
        """Where a message to the clerk goes now, or why nowhere: the one place that decides it."""
        why_not = self.why_not(contact, now)
        if why_not is not None:
            return Reach(None, why_not)
        assert contact is not None
        assert contact.published.email is not None
        return Reach(Destination(SMTP, contact.published.email), None)


@dataclass(frozen=True, slots=True)
class Reach:
    """A destination, or a plain reason why there is none; one of the two."""

    destination: Destination | None
    why_not: str | None


def _why_quarantined(reason: str | None) -> str:
    if reason == UNREVIEWED:
        return "its new address waits for a person to look at it"
    is_refused = reason is None or reason.startswith(REFUSED)
    return "the clerk's mailbox refused a message" if is_refused else "its link to Modern.Gov is being changed"
