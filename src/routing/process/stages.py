"""Stages: who acts on a case, on what, until when, and what an answer or silence leads to."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, StringConstraints, Tag

from routing.process.kinds import Question, kind_of
from routing.process.parts import AfterSending, Line, Name, OnPageLine, Part, Slug, Switch, When, listed

RECIPIENT, CITIZEN, NOBODY = "recipient", "citizen", "nobody"
"""Who can act in a stage besides a recipient by its id: whom the table chose, who reports, and a time that runs."""

FLOW = "flow:"
BACK = "back"
RECEIVED = "received"

WHO = r"^(flow:)?[a-z][a-z0-9_-]{1,60}$"
Who = Annotated[str, StringConstraints(pattern=WHO)]
OneOrMore = Annotated[tuple[Slug, ...], BeforeValidator(listed, json_schema_input_type=Slug | tuple[Slug, ...])]
Count = Annotated[int, Field(strict=True, ge=1, le=9)]
Amount = Annotated[int, Field(strict=True, ge=1, le=3650)]


class Unit(StrEnum):
    """Units of deadlines."""

    HOURS = "hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    WEEKS = "weeks"
    MONTHS = "months"


class Period(Part):
    """A length of time: exactly one of its units is set.

    Attributes:
        hours: hours by the clock on the wall.
        working_days: working days of the process's calendar.
        calendar_days: days.
        weeks: weeks.
        months: months; from the 31st, to the last day of a shorter month.
    """

    hours: Amount | None = None
    working_days: Amount | None = None
    calendar_days: Amount | None = None
    weeks: Amount | None = None
    months: Amount | None = None

    @property
    def given(self) -> dict[Unit, int]:
        """The units that are set; a checked definition sets one."""
        return {unit: number for unit in Unit if (number := getattr(self, unit.value)) is not None}

    @property
    def unit(self) -> Unit:
        """Its unit."""
        return next(iter(self.given))

    @property
    def number(self) -> int:
        """How many of its unit."""
        return next(iter(self.given.values()))


class Due(Period):
    """A deadline: the time that is promised, and the outcome that silence is.

    Attributes:
        when: if ``due`` is a list, where this one holds. The first that matches counts.
        late: the outcome of this stage if nobody answers.
        late_at: when silence counts, if later than promised; in the same unit.
        remind_at: when we remind, in the same unit.
        after: a date that the time is counted from, or ``received``, instead of the start of the stage.
        before: a date that the time is counted back from.
    """

    when: When = Field(default_factory=dict)
    late: Slug
    late_at: Amount | None = None
    remind_at: tuple[Amount, ...] = ()
    after: Name | None = None
    before: Name | None = None

    @property
    def counts_from(self) -> str | None:
        """The question or field with the date that the time is counted from; None for the start or the receipt."""
        return self.before or (self.after if self.after != RECEIVED else None)


class FieldAgain(Part):
    """A field of another stage once more. The last value holds.

    Attributes:
        again: id of the field.
        needed: False if it can be left empty here; by default as it was.
        only_if: ask it only if these answers and fields have these values.
    """

    again: Name
    needed: Switch | None = None
    only_if: When = Field(default_factory=dict)


def _sort_of_field(given: Any) -> str | None:
    if isinstance(given, dict):
        return "again" if "again" in given else kind_of(given)
    return "again" if isinstance(given, FieldAgain) else kind_of(given)


StageField = Annotated[
    Annotated[FieldAgain, Tag("again")] | Annotated[Question, Tag("choice")] | Annotated[Question, Tag("choices")]
    | Annotated[Question, Tag("number")] | Annotated[Question, Tag("date")] | Annotated[Question, Tag("text")]
    | Annotated[Question, Tag("photo")] | Annotated[Question, Tag("person")],
    Discriminator(_sort_of_field),
]  # fmt: skip
"""A field of a stage: a question of any kind, or a field of another stage once more."""


class Outcome(Part):
    """What an answer, or silence, leads to: a row of the stage's table.

    Exactly one of ``next``, ``end`` and ``extend`` is set.

    Attributes:
        id: its name in the stage.
        when: fields of the stage, questions and fields of stages before, with the values that match. Without it only
            silence or ``otherwise`` leads here; an empty one matches everything.
        next: the stage that follows; ``back``: the one that asked, if its clock stands.
        end: the end of the case.
        extend: more time in this stage.
        at_most: how often in the life of a case.
        otherwise: the outcome of this stage that holds after that.
        at_once: if several are asked: the first answer like this settles.
        letter: the letters that go out.
    """

    id: Slug
    when: When | None = None
    next: Slug | None = None
    end: Slug | None = None
    extend: Period | None = None
    at_most: Count | None = None
    otherwise: Slug | None = None
    at_once: Switch = False
    letter: OneOrMore = ()


def _lone(given: Any) -> Any:
    """One table as a list of tables."""
    return [given] if isinstance(given, dict) else given


class Stage(Part):
    """A stage of a case.

    Attributes:
        id: its name.
        title: the citizen's status line.
        who: who acts: recipients by their ids, ``recipient`` (whom the table chose), ``citizen``, ``nobody`` (a time
            that nobody can shorten), or ``flow:`` and the name of a Prefect deployment of the council.
        task: what whoever acts reads; needed unless nobody acts.
        due: the deadline, or a list of deadlines with ``when``.
        clock: ``stops``: the citizen is asked, and the time of the stage that asked stands.
        not_by: stages; not by an officer who decided one of these.
        source: source of the deadline, such as a law or a policy.
        field: what whoever acts fills in.
        outcome: what follows. The first that matches holds.
    """

    id: Slug
    title: OnPageLine
    who: Annotated[tuple[Who, ...], BeforeValidator(listed, json_schema_input_type=Who | tuple[Who, ...]),
                   Field(min_length=1)]  # fmt: skip
    task: AfterSending | None = None
    due: Annotated[tuple[Due, ...], BeforeValidator(_lone, json_schema_input_type=Due | tuple[Due, ...]),
                   Field(min_length=1)]  # fmt: skip
    clock: Literal["stops"] | None = None
    not_by: OneOrMore = ()
    source: Line | None = None
    field: tuple[StageField, ...] = ()
    outcome: Annotated[tuple[Outcome, ...], Field(min_length=1)]

    @cached_property
    def outcomes(self) -> Mapping[str, Outcome]:
        """Id → outcome."""
        return {outcome.id: outcome for outcome in self.outcome}

    @property
    def stops_clock(self) -> bool:
        """Whether the time of the stage that asked stands meanwhile."""
        return self.clock is not None

    @property
    def is_nobodys(self) -> bool:
        """Whether only time runs."""
        return self.who == (NOBODY,)

    @property
    def asks_several(self) -> bool:
        """Whether several are asked at once."""
        return len(self.who) > 1
