"""What was seen from outside in a simulated quarter, as values: all that the checker knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

CITIZEN = "citizen"


@dataclass(frozen=True)
class Council:
    """A council. A team's mailbox is the team's name at its domain."""

    slug: str
    nation: str
    lists_trunk_roads: bool = False

    def mailbox(self, name: str) -> str:
        return f"{name}@{self.slug}.example"


@dataclass(frozen=True)
class Proclaimed:
    """A holiday that councils had from one opening of the clock on."""

    councils: frozenset[str]
    day: date
    moment: int


@dataclass(frozen=True)
class Place:
    """A place of a council: the name of its parish, and the address of the clerk if mail reaches one."""

    council: str
    state: str
    name: str
    easting: float
    northing: float
    clerk: str | None = None


@dataclass(frozen=True)
class Report:
    """A report that was taken.

    Attributes:
        moment: number of the stop of the clock at which it was sent.
    """

    number: int
    reference: str
    process: str
    place: Place
    answers: Mapping[str, Any]
    email: str | None
    moment: int
    by_form: bool = False

    @property
    def council(self) -> str:
        return self.place.council


@dataclass(frozen=True)
class Act:
    """Somebody sent an answer, or gave a case back.

    Attributes:
        stage: that was asked when they opened the page.
        seat: ``citizen``, or the address to which the link had gone.
        ask: which message that asked this address about the case it was, from 1; 0 for citizens.
        why: ``answer``, or ``not-ours`` or ``wrong-address``.
        page: what the page said before: ``open``, or ``closed`` where it asked nothing any more.
    """

    report: int
    stage: str
    seat: str
    ask: int
    moment: int
    at: datetime
    answers: Mapping[str, Any] = field(default_factory=dict)
    why: str = "answer"
    page: str = "open"


@dataclass(frozen=True)
class Message:
    """A message that the mailbox accepted; ``at`` by the time of cases."""

    number: int
    message_id: str
    references: tuple[str, ...]
    to: str
    subject: str
    moment: int
    at: datetime


@dataclass(frozen=True)
class Status:
    """What the API says of a report at the end.

    Attributes:
        stage: id of the stage or end; ``review`` while officers have it.
        happened: when and what.
        letters: when and with which subject.
    """

    stage: str
    is_end: bool
    happened: tuple[tuple[datetime, str], ...]
    letters: tuple[tuple[datetime, str], ...]


@dataclass
class Facts:
    """A whole quarter; ``stops`` are the moments to which the clock was set, in order."""

    councils: Mapping[str, Council]
    processes: Mapping[str, str]
    stops: list[datetime]
    proclaimed: Sequence[Proclaimed] = ()
    reports: list[Report] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    statuses: dict[str, Status] = field(default_factory=dict)
