"""Values of casework, all frozen. Only a reporter, an addition and an outbox message contain what a citizen typed."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from routing.casework.cases.stage_mail import Asked, WrittenLetter
from routing.place import Place
from routing.vocabulary import SMTP, Destination, Role

if TYPE_CHECKING:
    from routing.casework.cases.stage_case import Begun

BY_TABLE = "table"
"""Author of a decision by the triage table."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported, if they told us.

    Attributes:
        may_pass_on: they agreed to share who they are with the recipient.
        answers: question → their answer about a person, themselves or another one.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    may_pass_on: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_anonymous(self) -> bool:
        """Whether we cannot say who they are. Answers may still be about a person."""
        return not (self.name or self.email or self.phone)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return self.is_anonymous and not self.answers


@dataclass(frozen=True, slots=True)
class NewReport:
    """A validated report that is not stored yet.

    Attributes:
        answers: question → code or number. What is about a person is with the reporter.
        place_name: the chosen street or postcode, in the gazetteer's words, never a citizen's.
        words: question → what the citizen typed.
    """

    council: str
    process: str
    process_scope: str
    process_version: str
    answers: Mapping[str, str]
    easting: float | None
    northing: float | None
    details: str | None
    reporter: Reporter
    place_name: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A report for the engine, without contact, words and details.

    Attributes:
        answers: question → code or number; of those about a person, the ones that a table can read.
        decision: sequence of the valid decision. If there is one, the report only has to be sent.
        last_sequence: last number of its decisions and messages so far.
    """

    id: UUID
    reference: str
    council: str
    process: str
    process_scope: str
    process_version: str
    answers: Mapping[str, str] = field(repr=False)
    easting: float | None
    northing: float | None
    received_at: datetime.datetime
    attempt: int
    decision: int | None
    last_sequence: int


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who gets a message, and why they get it at this mailbox.

    Attributes:
        recipient: id in the definition.
        substitute_for: the recipient that we could not email, whose message this team gets.
        why: reason of the substitution; empty otherwise.
        obtained_at, checked_at: when its source first and last gave it.
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
    """The routing receipt: who must act, by which rule, with the versions used.

    Attributes:
        outcome: ``case`` or ``review``.
        council: slug of the council that decided, which depends on the place.
        place: None in a process without one.
        parish_council: name of the parish council, if we looked for one.
        notes: lines for the operator without personal data, such as a missing contact.
        begun: how a case in stages begins; None in a process without stages.
    """

    report: UUID
    reference: str
    rule: str
    outcome: str
    reason: str
    council: str
    place: Place | None
    addressees: tuple[Addressee, ...]
    sequence: int = 1
    author: str = BY_TABLE
    versions: Mapping[str, str | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    parish_council: str | None = None
    begun: "Begun | None" = None

    def receipt(self) -> dict[str, Any]:
        """The decision to store and show, without addresses and names of people."""
        return {
            "rule": self.rule,
            "outcome": self.outcome,
            "reason": self.reason,
            "council": self.council,
            "parish_council": self.parish_council,
            "versions": dict(self.versions),
            "place": _stored(self.place) if self.place is not None else None,
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


def _stored(place: Place) -> dict[str, Any]:
    """A place in a receipt."""
    return {
        "state": place.state.value,
        "code": place.area.code if place.area else None,
        "name": place.area.name if place.area else None,
        "district": place.district,
        "distance_m": None if place.distance_m is None else round(place.distance_m, 1),
        "candidates": [
            {"code": each.area.code, "name": each.area.name, "distance_m": round(each.distance_m, 1)}
            for each in place.candidates
        ],
    }


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A row of the outbox before it is stored: one message to one recipient.

    Attributes:
        entry: the entry of a stage that it asks to act in, or reminds of.
        letter: the letter that it is.
    """

    id: UUID
    report: UUID
    sequence: int
    recipient: str
    role: Role
    destination: Destination
    message_id: str
    reason: str
    contact: UUID | None = None
    entry: UUID | None = None
    letter: UUID | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """An addition to a case: ``text`` from its reporter, or everything from a person who joined.

    Attributes:
        reference: of the report of the person who gave it.
        words: question → what a person who joined typed.
        where: easting and northing from a person who joined, in metres; None in a process without a place.
    """

    reference: str
    is_joining: bool
    text: str | None
    answers: Mapping[str, str]
    where: tuple[float, float] | None
    place_name: str | None
    reporter: Reporter
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Other:
    """Who else has a case: to act on it, or with a copy."""

    recipient: str
    role: Role
    address: str


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A row of the outbox with the full content of its message; exists only while sending.

    Attributes:
        answers: question → code or number. Those about a person are with the reporter.
        words: question → what the citizen typed.
        follows: Message-ID of the message before a follow-up; None for others.
        follows_copy: the message before it was a copy.
        addition: the addition that a follow-up is about; None for a withdrawal, and for others.
        others: who else has the case; those who act come first.
        members: all messages of a digest, including this one; empty for others.
        entry: of the stage that it asks to act in, or reminds of.
        asked: that stage, as it stands when the message is written; None for others.
        letter: the letter that it is; None for others.
        unwritten: the kind of error because of which its stage could not be put into words; empty if it could.
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
    easting: float | None
    northing: float | None
    received_at: datetime.datetime
    details: str | None
    reporter: Reporter
    receipt: Mapping[str, Any]
    place_name: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    follows: str | None = None
    addition: UUID | None = None
    additions: tuple[Addition, ...] = ()
    others: tuple[Other, ...] = ()
    follows_copy: bool = False
    channel: str = SMTP
    members: tuple["OutboxMessage", ...] = ()
    entry: UUID | None = None
    asked: Asked | None = None
    letter: WrittenLetter | None = None
    unwritten: str = ""

    @property
    def address_is_known(self) -> bool:
        """Whether its address is that of a recipient, not of a citizen or of a person whom a team entered."""
        is_hidden = self.recipient == "reporter" or self.recipient.startswith("field:")
        return self.role is not Role.CITIZEN and not (self.role is Role.LETTER and is_hidden)
