"""A case in its stages, as a value, and what can happen to it. Pure.

The rules with numbers are the settled rules of the language (docs/process-language.md).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from routing.process.clock import Counting, Deadlines, Interval, deadlines, due_of
from routing.process.definition import Definition
from routing.process.stages import Period, Stage
from routing.vocabulary import PlaceState
from routing.working_days import Office


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage that a case has entered.

    Attributes:
        stage: id of the stage.
        at: when.
        seats: whom it asks.
        answers: seat → the outcome of its answer.
        extended: more time that was taken.
        reminded: how many reminders are due or gone.
        unreached: the seats that no message reaches. Nobody is late who was not reached.
        asked_at: when the channel accepted the last message that asks; None: time runs from the entry.
        waiting: the seats whose message the channel has not accepted yet. Their time has not begun.
        serial: its number among the entries of the case, from 1.
    """

    stage: str
    at: datetime.datetime
    seats: tuple[str, ...]
    answers: Mapping[str, str] = field(default_factory=dict)
    extended: tuple[Period, ...] = ()
    reminded: int = 0
    unreached: tuple[str, ...] = ()
    asked_at: datetime.datetime | None = None
    waiting: tuple[str, ...] = ()
    serial: int = 1

    @property
    def runs_from(self) -> datetime.datetime:
        """When its time began."""
        return self.asked_at or self.at

    @property
    def silent(self) -> tuple[str, ...]:
        """The seats that have not answered."""
        return tuple(seat for seat in self.seats if seat not in self.answers)

    @property
    def is_held(self) -> bool:
        """Whether silence counts for nobody yet, because a message has not reached whoever it asks."""
        return bool({*self.unreached, *self.waiting} - set(self.answers))


@dataclass(frozen=True, slots=True)
class Review:
    """Officers must see to a case (rule 17).

    Attributes:
        since: when it began.
        reminded: how many reminders are gone.
    """

    since: datetime.datetime
    reminded: int = 0


@dataclass(frozen=True, slots=True)
class CaseState:
    """Where a case stands.

    Attributes:
        received: when we took it.
        recipient: whom the table chose; changes if their address cannot be reached. Empty if it chose the officers.
        place: state of the place; None in a process without one.
        values: question or field → stored answer. The last value holds.
        columns: question or field → its value in tables, as on the day on which it was given.
        counts: ``stage/outcome`` → how often it was used. For life.
        stood: when time stood.
        entry: the stage; None at an end, and while officers have a case that no table could send.
        asked_by: the stages whose time stands, the last first, with when it began to stand.
        end: the end; None while a stage goes on.
        is_renewal_settled: the letter before a permission runs out has gone, or the permission ran out before the case
            ended.
        entries: how many stages it has entered.
        review: while officers must see to it; else None.
    """

    received: datetime.datetime
    recipient: str
    place: PlaceState | None
    values: Mapping[str, str]
    columns: Mapping[str, str]
    counts: Mapping[str, int] = field(default_factory=dict)
    stood: tuple[Interval, ...] = ()
    entry: Entry | None = None
    asked_by: tuple[tuple[Entry, datetime.datetime], ...] = ()
    end: str | None = None
    is_renewal_settled: bool = False
    entries: int = 0
    review: Review | None = None

    def stage_of(self, definition: Definition) -> Stage:
        """The stage in which it is."""
        assert self.entry is not None
        return definition.stages[self.entry.stage]

    def deadlines(self, definition: Definition, office: Office) -> Deadlines:
        """The moments of the stage in which it is."""
        assert self.entry is not None
        due = due_of(self.stage_of(definition), self.columns)
        counting = Counting(definition.calendar(office.calendar), self.stood, office)
        return deadlines(due, self.entry.runs_from, self.received, self.values, self.entry.extended, counting)

    def as_if_asked(self, now: datetime.datetime) -> "CaseState":
        """For what we tell of its deadline: where somebody is not reached yet, as if they were now."""
        if self.entry is None or not self.entry.waiting:
            return self
        return replace(self, entry=replace(self.entry, asked_at=now))

    def with_values(self, values: Mapping[str, str], columns: Mapping[str, str]) -> "CaseState":
        """With further answers."""
        return replace(self, values={**self.values, **values}, columns={**self.columns, **columns})


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody answered.

    Attributes:
        at: when we received it.
        by: the seat: a recipient, or ``citizen``.
        values: field → stored answer, read by its kind.
        columns: field → its value in tables.
    """

    at: datetime.datetime
    by: str
    values: Mapping[str, str]
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Silence counts from this moment."""

    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Reminded:
    """It is time to remind whoever has not answered.

    Attributes:
        overtaken: reminders before it that nobody got, because nothing ran at their time.
    """

    at: datetime.datetime
    overtaken: int = 0


class NotReached(StrEnum):
    """Why a recipient cannot act."""

    BOUNCED = "bounced"
    WRONG_ADDRESS = "wrong-address"
    NOT_OURS = "not-ours"


@dataclass(frozen=True, slots=True)
class Bounced:
    """No message reaches a recipient, or they say that it is not for them."""

    at: datetime.datetime
    recipient: str
    why: NotReached = NotReached.BOUNCED


@dataclass(frozen=True, slots=True)
class Moved:
    """An officer moves a case to a stage (rule 5).

    Attributes:
        to: the stage.
        values: question or field → stored answer, for what the stage has on every other way.
        columns: their values in tables.
    """

    at: datetime.datetime
    to: str
    values: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An officer chooses who must act, as a rule does."""

    at: datetime.datetime
    recipient: str


@dataclass(frozen=True, slots=True)
class RenewalDue:
    """It is time for the letter before a permission runs out."""

    at: datetime.datetime


Happening = Answered | Lapsed | Reminded | Bounced | Moved | Chosen | RenewalDue


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that goes with an outcome or before a permission runs out, or a reminder.

    Attributes:
        letter: its id; empty for a reminder.
        to: ``citizen``, a recipient, or ``field:`` and the field with the person.
        due: the last day of the stage that follows; None if it ends.
        is_renewal: it goes before a permission runs out.
    """

    letter: str
    to: str
    due: datetime.date | None
    at: datetime.datetime
    is_renewal: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """An outcome that held.

    Attributes:
        name: ``stage/outcome``.
        by: who answered; empty for silence.
    """

    at: datetime.datetime
    name: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of something that happened.

    Attributes:
        case: where the case stands now.
        outcomes: the outcomes that held, in order.
        letters: the letters that go, in order.
        note: why nothing else came of it; empty if something did.
        review: what officers must see to; empty if nothing.
    """

    case: CaseState
    outcomes: tuple[Taken, ...] = ()
    letters: tuple[Sent, ...] = ()
    note: str = ""
    review: str = ""

    def then(self, later: "Step") -> "Step":
        """Everything of both: what came of something, and what came of that at once."""
        return Step(
            later.case,
            (*self.outcomes, *later.outcomes),
            (*self.letters, *later.letters),
            later.note or self.note,
            later.review or self.review,
        )
