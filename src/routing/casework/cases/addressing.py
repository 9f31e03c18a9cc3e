"""Where a message to a recipient goes: the clerk's contact, or a mailbox of the council. Pure."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.casework.cases.model import Addressee
from routing.contacts import Contact, ContactState, Freshness
from routing.council import Council
from routing.days import day_of
from routing.process import Definition, Recipient
from routing.vocabulary import REVIEW, Destination, RecipientKind, Role

Contacts = Mapping[tuple[str, str], Contact]
"""(council, parish code) → contact."""

NO_MAILBOX = "the council no longer has this mailbox"


@dataclass
class AddressBook:
    """The addresses for one case.

    Attributes:
        parish: code of the parish; None if the place is in none.
        now: by the real time, because contacts age by it.
        notes: lines for the operator, such as a missing contact.
        parish_council: name of the parish council, once it was looked for.
    """

    council: Council
    definition: Definition
    parish: str | None
    contacts: Contacts
    now: datetime.datetime
    notes: list[str] = field(default_factory=list)
    parish_council: str | None = None

    def find(self, recipient: Recipient, role: Role) -> Addressee | str:
        """Where a message to a recipient goes, or why we cannot reach them."""
        if recipient.kind is not RecipientKind.PARISH:
            team = self.team(recipient.id)
            return Addressee(recipient.id, role, team) if team is not None else NO_MAILBOX
        if self.parish is None:
            return "the place is in no parish"
        contact = self.contacts.get((self.council.slug, self.parish))
        reach = Freshness.of(self.council.contacts).reach(contact, self.now)
        self.parish_council = contact.published.council_name if contact else None
        if contact is None or reach.destination is None:
            self.notes.append(f"{self.parish}: {reach.why_not}")
            return reach.why_not or ""
        return Addressee(
            recipient.id,
            role,
            reach.destination,
            contact.id,
            contact.obtained_at,
            contact.source,
            checked_at=contact.checked_at,
            contact_state=self._state(contact, self.parish),
        )

    def find_or_fallback(self, recipient: Recipient, role: Role) -> Addressee:
        """Where a message goes that changes nothing: to the recipient, else to the fallback, else to the officers."""
        found = self.find(recipient, role)
        if isinstance(found, Addressee):
            return found
        if recipient.fallback is not None:
            team = self.team(recipient.fallback)
            if team is not None:
                return Addressee(recipient.fallback, role, team, substitute_for=recipient.id, why=found)
        return Addressee(REVIEW, role, self.council.review, substitute_for=recipient.id, why=found)

    def team(self, recipient: str) -> Destination | None:
        """The mailbox of a team or partner; None if the council no longer has it."""
        mailbox = self.council.mailboxes.get(self.definition.mailbox_of(recipient))
        return mailbox.destination if mailbox is not None else None

    def _state(self, contact: Contact, code: str) -> str:
        """Fresh, or stale with a note that says since when. A stale contact is the last good copy."""
        state = Freshness.of(self.council.contacts).state(contact, self.now)
        if state is ContactState.STALE:
            self.notes.append(f"{code}: the contact is a copy, last confirmed on {day_of(contact.checked_at)}")
        return state.value
