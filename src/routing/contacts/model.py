"""Contacts as values: who is the clerk of a parish, since when is that known, and can it be used."""

import datetime
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ContactState(StrEnum):
    """What is known of a contact; only fresh and (for a time) stale ones are used."""

    FRESH = "fresh"
    STALE = "stale"
    QUARANTINED = "quarantined"
    VACANT = "vacant"


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
        return (self.clerk or "").strip().lower() in {"vacant", "vacancy", "post vacant"}


@dataclass(frozen=True, slots=True)
class Contact:
    """One entry of the directory; ``id`` and ``obtained_at`` go into the routing receipt, the address never does."""

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


@dataclass(frozen=True, slots=True)
class Freshness:
    """When a contact is stale, and how long a stale one is used."""

    stale_days: int
    last_days: int

    def state(self, contact: Contact, now: datetime.datetime) -> ContactState:
        """Quarantine and vacancy stay; otherwise age since the source last confirmed it decides."""
        if contact.state in (ContactState.QUARANTINED, ContactState.VACANT):
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
            return "the clerk's mailbox refused a message"
        if contact.published.email is None:
            return "no single e-mail address is published for the clerk"
        if now - contact.checked_at > datetime.timedelta(days=self.last_days):
            return f"the contact was last confirmed more than {self.last_days} days ago"
        return None
