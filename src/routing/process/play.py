"""Play a definition without an installation: its examples when it is loaded, and cases in the terminal. Pure.

A case begins on Monday 1 February 2027 at 9am in England, unless somebody says otherwise.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from routing.days import LONDON, at_moment, day_of, with_time
from routing.errors import InputError
from routing.process.advance import CaseMachine
from routing.process.case import Answered, Bounced, CaseState, Sent, Step, Taken
from routing.process.definition import Definition
from routing.process.examples import Example, ExampleStep
from routing.process.filling import need_form
from routing.process.kinds import Given
from routing.process.rules import Rule
from routing.process.table import check_answers, decide_rule, table_values
from routing.vocabulary import REVIEW, PlaceState
from routing.working_days import Calendar, Office

MOST_DAYS = 36_500
OFFICE = Office()
"""England's working days, and letters from 8am."""

BEGINS = datetime.datetime(2027, 2, 1, 9, tzinfo=LONDON)


class NotPlayed(Exception):
    """A played example goes another way. The text says what to change."""


@dataclass
class Played:
    """A case that is played.

    Attributes:
        now: the time in it.
        rule: the rule that decided.
        state: where it stands; None if it is no case with stages: a signpost, or review.
        outcomes, letters: all so far, in order.
        notes: what happened and came to nothing.
        log: outcomes, letters, notes and what officers must see to, in order.
        passed: days so far.
        promised: the last day of the first stage, as the citizen is told; None without one.
    """

    definition: Definition
    rule: Rule
    now: datetime.datetime = BEGINS
    state: CaseState | None = None
    outcomes: list[Taken] = field(default_factory=list)
    letters: list[Sent] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    log: list[Taken | Sent | str] = field(default_factory=list)
    passed: int = 0
    promised: datetime.date | None = None

    @property
    def calendar(self) -> Calendar:
        """England's, or that of any nation, as the process says."""
        return self.definition.calendar(OFFICE.calendar)

    @property
    def machine(self) -> CaseMachine:
        """What advances the case."""
        return CaseMachine(self.definition, OFFICE)

    @property
    def unreached(self) -> str | None:
        """Whom no message reaches, so that time stands until officers see to it; None while time goes on."""
        if self.state is None or self.state.entry is None or not self.state.entry.is_held:
            return None
        entry = self.state.entry
        return ", ".join(seat for seat in entry.unreached if seat not in entry.answers)

    def took(self, step: Step) -> None:
        """Keep what came of something."""
        self.state = step.case
        self.outcomes += step.outcomes
        self.letters += step.letters
        self.notes += [step.note] if step.note else []
        self.log += [*step.outcomes, *step.letters, *(text for text in (step.note, step.review) if text)]

    def pass_days(self, days: int) -> None:
        """Let days pass. What the clock brings meanwhile happens at its moment.

        Raises:
            InputError: more than ``MOST_DAYS`` have passed in all.
        """
        self.passed += days
        if self.passed > MOST_DAYS:
            raise InputError("days", f"Let at most {MOST_DAYS:,} days pass in all.")
        until = datetime.datetime.combine(day_of(self.now) + datetime.timedelta(days=days), self.now.time(), LONDON)
        while self.state is not None:
            following = self.machine.next_moment(self.state)
            if following is None or following.at > until:
                break
            self.now = max(self.now, following.at.astimezone(LONDON))
            self.took(self.machine.advance(self.state, replace(following, at=self.now)))
        self.now = until

    def answer(self, by: str, fields: Mapping[str, Any]) -> None:
        """Somebody answers in the stage in which the case is.

        Raises:
            InputError: names the field, and what to do.
        """
        if self.state is None:
            self.notes.append("The report is in no stage.")
            return
        if self.state.entry is None or by not in self.state.entry.seats:  # a note, whatever they say
            self.took(self.machine.advance(self.state, Answered(self.now, by, {}, {})))
            return
        asked = self.definition.fields_of(self.state.stage_of(self.definition))
        given = Given(day_of(self.now), self.calendar)
        filled = need_form(asked, fields, given, self.state.columns)
        self.took(self.machine.advance(self.state, Answered(self.now, by, filled.values, filled.columns)))

    def bounce(self, recipient: str) -> None:
        """No message reaches a recipient."""
        if self.state is None:
            self.notes.append("The report is in no stage.")
        else:
            self.took(self.machine.advance(self.state, Bounced(self.now, recipient)))


def begin(
    definition: Definition, answers: Mapping[str, Any], place: PlaceState | None, now: datetime.datetime = BEGINS
) -> Played:
    """Report something: the answers go through the table, and a case enters its first stage.

    Raises:
        InputError: names the answer, and what to do.
    """
    played = Played(definition, definition.rule[0], now)
    given = Given(day_of(now), played.calendar)
    checked = check_answers(definition, answers, given)
    played.rule = decide_rule(definition, checked, place, given)
    if played.rule.to is not None and played.rule.to != REVIEW and definition.has_stages:
        columns = table_values(definition, checked, given)
        entered = played.machine.enter(played.rule, now, place, checked, columns)
        played.promised = entered.deadlines(definition, OFFICE).day
        played.took(played.machine.begin(entered))
    return played


def play(definition: Definition, example: Example) -> Played:
    """Play an example.

    Raises:
        NotPlayed: it goes another way than it expects.
    """
    try:
        played = begin(definition, example.answers, example.place)
        for number, step in enumerate(example.steps, 1):
            _do(played, step, number)
    except InputError as error:
        raise NotPlayed(f"{error.field}: {error.what_to_do}") from None
    _compare(played, example)
    return played


def _do(played: Played, step: ExampleStep, number: int) -> None:
    notes = len(played.notes)
    if step.days is not None:
        played.pass_days(step.days)
    elif step.bounce is not None:
        played.bounce(step.bounce)
    elif step.by is not None:
        played.answer(step.by, step.fields)
    if len(played.notes) > notes:
        raise NotPlayed(f"step {number}: {played.notes[-1]}{_stands(played)}")


def _compare(played: Played, example: Example) -> None:
    expect = example.expect
    outcomes = tuple(taken.name for taken in played.outcomes)
    letters = tuple(sent.letter for sent in played.letters if sent.letter)
    end = played.state.end if played.state is not None else None
    found = (("outcomes", expect.outcomes, outcomes), ("letters", expect.letters, letters), ("end", expect.end, end))
    for name, wanted, came in found:
        if wanted is not None and wanted != came:
            raise NotPlayed(f"expect.{name} is {_words(wanted)}, but played it is {_words(came)}.{_stands(played)}")
    if expect.end is None and end is not None:
        raise NotPlayed(f"expect.end: add '{end}'. Played, the case ends so.")


def _stands(played: Played) -> str:
    """Where a case stands, for whoever expected something else."""
    if played.rule.signpost is not None:
        return f" Rule {played.rule.id} gives the signpost {played.rule.signpost}."
    if played.state is None:
        return f" Rule {played.rule.id} sends it to {played.rule.to}."
    if played.state.entry is None:
        return f" It has ended with {played.state.end}."
    stands = f" On {with_time(played.now)} it is in the stage {played.state.entry.stage}, and"
    if (unreached := played.unreached) is not None:
        return f"{stands} time stands, because no message reaches {unreached}."
    late = played.state.deadlines(played.definition, OFFICE).over
    return f"{stands} silence counts {at_moment(late)}."


def _words(value: Any) -> str:
    return ", ".join(value) or "nothing" if isinstance(value, tuple) else str(value or "nothing")
