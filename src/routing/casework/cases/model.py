"""Values of casework, all frozen. Only a reporter, an addition and an outbox message hold what a citizen typed."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from routing.place import Place
from routing.vocabulary import SMTP, Destination, Role

BY_TABLE = "table"
"""Author of a decision that the triage table made."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported, as far as they said. ``may_pass_on``: they ticked that the recipient may know."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    may_pass_on: bool = False

    @property
    def is_anonymous(self) -> bool:
        return not (self.name or self.email or self.phone)


@dataclass(frozen=True, slots=True)
class NewReport:
    """A validated report on its way into the store.

    Attributes:
        place_name: street or postcode that was chosen, as the gazetteer writes it; never a citizen's words.
    """

    council: str
    process: str
    process_scope: str
    process_version: str
    answers: Mapping[str, str]
    easting: float
    northing: float
    details: str | None
    reporter: Reporter
    place_name: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A report as the engine sees it: no reporter, no details.

    Attributes:
        decision: sequence of the decision that stands; with one, it only has to be sent.
        last_sequence: of its decisions and messages so far, so that the next ones have a number of their own.
    """

    id: UUID
    reference: str
    council: str
    process: str
    process_scope: str
    process_version: str
    answers: Mapping[str, str]
    easting: float
    northing: float
    attempt: int
    decision: int | None
    last_sequence: int


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who gets a message, and why just this mailbox.

    Attributes:
        recipient: id in the definition.
        substitute_for: the recipient that could not be reached, whose message this team gets instead.
        why: reason of the substitution; empty otherwise.
        obtained_at, checked_at: when its source first said so, and last.
        contact_state: fresh or stale; None for a mailbox of the council's own.
    """

    recipient: str
    role: Role
    destination: Destination
    contact: UUID | None = None
    obtained_at: datetime.datetime | None = None
    source: str = "council"
    substitute_for: str | None = None
    why: str = ""
    checked_at: datetime.datetime | None = None
    contact_state: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The routing receipt: who must act, by which rule, and the versions of everything that led to it.

    Attributes:
        outcome: ``case`` or ``review``.
        council: slug of the council that decided (the place decides it).
        parish_council: name of the parish council, where one was looked for.
        notes: lines for the operator, without personal data, such as a contact that is missing.
    """

    report: UUID
    reference: str
    rule: str
    outcome: str
    reason: str
    council: str
    place: Place
    addressees: tuple[Addressee, ...]
    sequence: int = 1
    author: str = BY_TABLE
    versions: Mapping[str, str | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    parish_council: str | None = None

    def receipt(self) -> dict[str, Any]:
        """The decision as stored and shown: no address, no name of a person."""
        place = self.place
        return {
            "rule": self.rule,
            "outcome": self.outcome,
            "reason": self.reason,
            "council": self.council,
            "parish_council": self.parish_council,
            "versions": dict(self.versions),
            "place": {
                "state": place.state.value,
                "code": place.area.code if place.area else None,
                "name": place.area.name if place.area else None,
                "district": place.district,
                "distance_m": None if place.distance_m is None else round(place.distance_m, 1),
                "candidates": [
                    {"code": each.area.code, "name": each.area.name, "distance_m": round(each.distance_m, 1)}
                    for each in place.candidates
                ],
            },
            "recipients": [
                {
                    "recipient": each.recipient,
                    "role": each.role.value,
                    "contact": str(each.contact) if each.contact else None,
                    "obtained_at": each.obtained_at.isoformat() if each.obtained_at else None,
                    "checked_at": each.checked_at.isoformat() if each.checked_at else None,
                    "contact_state": each.contact_state,
                    "source": each.source,
                    "substitute_for": each.substitute_for,
                    "why": each.why,
                }
                for each in self.addressees
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A row of the outbox before it is stored: one message to one recipient."""

    id: UUID
    report: UUID
    sequence: int
    recipient: str
    role: Role
    destination: Destination
    message_id: str
    reason: str
    contact: UUID | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """What came to a case after it was reported: ``text`` that its reporter added, or all that one who joined said.

    Attributes:
        reference: of the report of whoever gave it.
        where: easting and northing that the one who joined gave, metres.
    """

    reference: str
    is_joining: bool
    text: str | None
    answers: Mapping[str, str]
    where: tuple[float, float]
    place_name: str | None
    reporter: Reporter


@dataclass(frozen=True, slots=True)
class Other:
    """Who else has a case now: to act on it, or with a copy."""

    recipient: str
    role: Role
    address: str


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A row of the outbox with everything its message says; lives only while it is being sent.

    Attributes:
        follows: Message-ID of the message that a follow-up follows; None for others.
        follows_copy: that was a copy.
        addition: that a follow-up is about; None where it says that the report was withdrawn, and for others.
        others: who else has the case, whoever acts first.
        members: of a digest, all whose message this is, itself among them; empty for others.
    """

    id: UUID
    report: UUID
    reference: str
    council: str
    process: str
    process_scope: str
    process_version: str
    sequence: int
    recipient: str
    role: Role
    address: str
    message_id: str
    reason: str
    contact: UUID | None
    attempt: int
    batch: UUID | None
    answers: Mapping[str, str]
    easting: float
    northing: float
    received_at: datetime.datetime
    details: str | None
    reporter: Reporter
    receipt: Mapping[str, Any]
    place_name: str | None = None
    follows: str | None = None
    addition: UUID | None = None
    additions: tuple[Addition, ...] = ()
    others: tuple[Other, ...] = ()
    follows_copy: bool = False
    channel: str = SMTP
    members: tuple["OutboxMessage", ...] = ()
