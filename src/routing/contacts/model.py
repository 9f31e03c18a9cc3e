"""Contacts as values: the clerk of a parish, since when we know it, and whether we can use it."""

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
"""The fields of ``Published``, by their names in the store and history."""

REFUSED = "smtp-"
"""Start of the reasons for a quarantine that only a new address or a person can end."""


class ContactState(StrEnum):
    """State of a contact. We only use fresh and (for a time) stale ones."""

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
    """Whether the text in place of a name says that nobody has the office, such as *-*."""
    text = _NO_LETTER.sub(" ", name[:200].lower()).strip()
    return bool(_VACANT.fullmatch(text)) if text else bool(name.strip()) and not any(map(str.isalnum, name))


@dataclass(frozen=True, slots=True)
class Published:
    """What a source says about one parish council. ``email`` is only set for exactly one valid address.

    Attributes:
        raw_email: the text of the field, kept for a person if it is not a single address.
    """

    council_name: str
    clerk: str | None
    email: str | None
    raw_email: str | None
    phone: str | None
    address: str | None

    @property
    def is_vacant(self) -> bool:
        """Whether the field says that nobody has the office."""
        return says_vacant(self.clerk or "")


@dataclass(frozen=True, slots=True)
class Contact:
    """One entry of the directory. The routing receipt gets ``id`` and ``obtained_at``, but never the address.

    Attributes:
        reason: why it is in quarantine, as a code.
        author, note: who entered it by hand and why; None from a source.
        trusted_email: the last address in use.
        obtained_at: when the source first gave it.
        checked_at: when the source last gave it.
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
        """Whether we can send a message there, ignoring its age."""
        return self.state not in (ContactState.QUARANTINED, ContactState.VACANT) and self.published.email is not None


@dataclass(frozen=True, slots=True)
class Freshness:
    """When a contact becomes stale, and how long we use a stale one."""

    stale_days: int
    last_days: int

    @staticmethod
    def of(rules: ContactRules) -> "Freshness":
        """The rules in a council's file."""
        return Freshness(rules.stale_days, rules.last_days)

    def state(self, contact: Contact, now: datetime.datetime) -> ContactState:
        """Quarantine and vacancy stay. Otherwise the age since the source last confirmed it decides.

        A contact entered by hand does not age, because only a person confirms it.
        """
        if contact.state in (ContactState.QUARANTINED, ContactState.VACANT) or contact.source == OVERRIDE:
            return contact.state
        aged = now - contact.checked_at > datetime.timedelta(days=self.stale_days)
        return ContactState.STALE if aged else ContactState.FRESH

    def why_not(self, contact: Contact | None, now: datetime.datetime) -> str | None:
        """None if we can send a report there, else a plain reason without names and addresses."""
        if contact is None:
            return "we have no contact for this parish"
        if contact.state is ContactState.VACANT:
            return "the office of clerk is vacant"
        if contact.state is ContactState.QUARANTINED:
            return _why_quarantined(contact.reason)
        if contact.published.email is None:
            return "there is no single email address for the clerk"
        is_old = now - contact.checked_at > datetime.timedelta(days=self.last_days)
        if is_old and contact.source != OVERRIDE:
            return f"we last confirmed the contact more than {self.last_days} days ago"
        return None

    def reach(self, contact: Contact | None, now: datetime.datetime) -> "Reach":
        """Where a message to the clerk goes now, or why we cannot send it. Only this function decides it."""
        why_not = self.why_not(contact, now)
        if why_not is not None:
            return Reach(None, why_not)
        assert contact is not None
        assert contact.published.email is not None
        return Reach(Destination(SMTP, contact.published.email), None)


@dataclass(frozen=True, slots=True)
class Reach:
    """A destination, or a plain reason why there is none."""

    destination: Destination | None
    why_not: str | None


def _why_quarantined(reason: str | None) -> str:
    if reason == UNREVIEWED:
        return "nobody has checked its new address yet"
    is_refused = reason is None or reason.startswith(REFUSED)
    return "the clerk's mailbox refused a message" if is_refused else "its link to Modern.Gov has changed"
