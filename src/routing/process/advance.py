"""What comes of what happens to a case: ``advance`` is pure, a value in and a value out.

An answer only counts if the case still stands where it was asked; else it is a note. Late is an outcome like any other.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import replace

from routing.days import day_of
from routing.process.case import (
    Answered,
    Bounced,
    CaseState,
    Entry,
    Happening,
    Lapsed,
    Reminded,
    RenewalDue,
    Sent,
    Step,
    Taken,
)
from routing.process.conditions import by_id, effective, holds
from routing.process.definition import Definition
from routing.process.letters import End
from routing.process.rules import Rule
from routing.process.stages import BACK, CITIZEN, RECIPIENT, Outcome, Stage
from routing.vocabulary import PlaceState, RecipientKind
from routing.working_days import Office


class CaseMachine:
    """A definition with the council's office: begins cases and advances them."""

    def __init__(self, definition: Definition, office: Office) -> None:
        self.definition, self.office = definition, office

    def enter(
        self, rule: Rule, received: datetime.datetime, place: PlaceState | None, values: Mapping[str, str],
        columns: Mapping[str, str],
    ) -> CaseState:  # fmt: skip
        """A case that a rule sends to a recipient, in its first stage: with the deadline that is promised."""
        assert rule.to is not None
        stage = rule.stage or self.definition.recipients[rule.to].first_stage
        assert stage is not None
        return self._entered(Step(CaseState(received, rule.to, place, values, columns)), stage, received).case

    def begin(self, entered: CaseState) -> Step:
        """What comes of a case as soon as it has entered: the time of its first stage can be over already."""
        return self._if_over(Step(entered), entered.received)

    def advance(self, case: CaseState, happening: Happening) -> Step:
        """What comes of something that happens."""
        if isinstance(happening, RenewalDue):
            return self._renewal(case, happening)
        if case.entry is None:
            return Step(case, note="The case has ended.")
        if isinstance(happening, Answered):
            return self._answered(case, case.entry, happening)
        if isinstance(happening, Bounced):
            return self._bounced(case, case.entry, happening)
        if isinstance(happening, Reminded):
            return self._reminded(case, case.entry, happening)
        return self._lapsed(case, case.entry, happening)

    def next_moment(self, case: CaseState) -> Lapsed | Reminded | RenewalDue | None:
        """What the clock brings next if nobody acts.

        None after an end, but for the letter before a permission runs out, and while a message has not reached somebody
        (rule 3).
        """
        if case.entry is None:
            return self._renewal_due(case)
        if case.entry.is_held:
            return None
        moments = case.deadlines(self.definition, self.office)
        if case.entry.reminded < len(moments.remind):
            moment = moments.remind[case.entry.reminded]
            if moment < moments.late:
                return Reminded(moment)
        return Lapsed(moments.late)

    def _renewal_due(self, case: CaseState) -> RenewalDue | None:
        """When the council opens so many days before a permission runs out, or on the last working day by then."""
        end = self.definition.ends.get(case.end or "")
        if end is None or end.renew is None or end.holds_until is None or case.is_renewal_settled:
            return None
        until = datetime.date.fromisoformat(case.values[end.holds_until])
        day = until - datetime.timedelta(days=end.renew.days_before)
        return RenewalDue(self.office.opening(self.office.calendar.last_to(day)))

    def _renewal(self, case: CaseState, renewal: RenewalDue) -> Step:
        end = self.definition.ends.get(case.end or "")
        if end is None or end.renew is None or self._renewal_due(case) is None:
            return Step(case, note="No permission of this case waits for a renewal.")
        letter = self.definition.letters[end.renew.letter]
        sent = Sent(letter.id, letter.to, None, renewal.at, is_renewal=True)
        return Step(replace(case, is_renewal_settled=True), letters=(sent,))

    def _ended(self, case: CaseState, end: End, at: datetime.datetime) -> CaseState:
        """At an end. A permission that has run out by then is not renewed."""
        until = case.values.get(end.holds_until or "")
        is_over = until is not None and datetime.date.fromisoformat(until) < day_of(at)
        return replace(case, entry=None, asked_by=(), end=end.id, is_renewal_settled=is_over)

    def outcome_of(self, stage: Stage, columns: Mapping[str, str]) -> Outcome:
        """The outcome of an answer: the first row that matches."""
        own = by_id(self.definition.fields_of(stage))
        rows = (outcome for outcome in stage.outcome if outcome.when is not None)
        return next(outcome for outcome in rows if holds(effective(outcome.when or {}, own), columns))

    def _answered(self, case: CaseState, entry: Entry, answer: Answered) -> Step:
        stage = case.stage_of(self.definition)
        if answer.by not in entry.seats:
            return Step(case, note=f"{answer.by} is not asked in this stage.")
        if answer.by in entry.answers:
            return Step(case, note=f"{answer.by} has answered in this stage.")
        case = case.with_values(answer.values, answer.columns)
        outcome = self.outcome_of(stage, case.columns)
        entry = replace(entry, answers={**entry.answers, answer.by: outcome.id})
        case = replace(case, entry=entry)
        if outcome.at_once:
            return self._taken(case, answer.at, outcome, answer.by)
        if set(entry.answers) >= set(entry.seats):
            return self._taken(case, answer.at, _highest(stage, entry.answers.values()), answer.by)
        return Step(case)

    def _lapsed(self, case: CaseState, entry: Entry, lapsed: Lapsed) -> Step:
        stage = case.stage_of(self.definition)
        silence = case.deadlines(self.definition, self.office).outcome
        return self._taken(case, lapsed.at, _highest(stage, (*entry.answers.values(), silence)), "")

    def _reminded(self, case: CaseState, entry: Entry, reminded: Reminded) -> Step:
        entry = replace(entry, reminded=entry.reminded + 1)
        due = case.deadlines(self.definition, self.office).day
        silent = [seat for seat in entry.seats if seat not in entry.answers]
        letters = tuple(Sent("", seat, due, reminded.at) for seat in silent)
        return Step(replace(case, entry=entry), letters=letters)

    def _bounced(self, case: CaseState, entry: Entry, bounced: Bounced) -> Step:
        """Rule 3: a bounce is never silence. That of a team is for officers to see to."""
        name = bounced.recipient
        recipient = self.definition.recipients.get(name)
        if recipient is None or name not in entry.seats or name in entry.answers:
            return Step(case, note=f"Nobody waits for {name} in this stage.")
        if recipient.fallback is None:
            entry = replace(entry, unreached=(*entry.unreached, name))
            return Step(replace(case, entry=entry), review=f"No message reaches {name}. Officers must see to it.")
        fallback = self.definition.recipients[recipient.fallback]
        if self.definition.begins(name, entry.stage) and case.recipient == name and fallback.first_stage is not None:
            step = self._entered(Step(replace(case, recipient=fallback.id)), fallback.first_stage, bounced.at)
            return self._if_over(step, bounced.at)
        seats = dict.fromkeys(fallback.id if seat == name else seat for seat in entry.seats)
        entry = replace(entry, seats=tuple(seats))
        case = replace(case, entry=entry)
        if set(entry.answers) >= set(entry.seats):  # the fallback has answered as one of the others
            return self._taken(case, bounced.at, _highest(case.stage_of(self.definition), entry.answers.values()), "")
        return Step(case)

    def after_silence(self, case: CaseState) -> Outcome:
        """The outcome that holds if nobody acts any more in the stage in which a case is."""
        assert case.entry is not None
        silence = case.deadlines(self.definition, self.office).outcome
        stage = case.stage_of(self.definition)
        return self._counted(case, _highest(stage, (*case.entry.answers.values(), silence)))[0]

    def _counted(self, case: CaseState, outcome: Outcome) -> tuple[Outcome, dict[str, int]]:
        """An outcome, or the one that holds after its count is used up; and the counts with it."""
        stage, counts = case.stage_of(self.definition), dict(case.counts)
        while outcome.at_most is not None and outcome.otherwise is not None:
            key = f"{stage.id}/{outcome.id}"
            if counts.get(key, 0) < outcome.at_most:
                counts[key] = counts.get(key, 0) + 1
                break
            outcome = stage.outcomes[outcome.otherwise]
        return outcome, counts

    def _taken(self, case: CaseState, at: datetime.datetime, outcome: Outcome, by: str) -> Step:
        outcome, counts = self._counted(case, outcome)
        taken = Taken(at, f"{case.stage_of(self.definition).id}/{outcome.id}", by)
        step = Step(replace(case, counts=counts), (taken,))
        step = self._with_letters(self._followed(step, outcome, at, by), outcome, at)
        return self._if_over(step, at)

    def _followed(self, step: Step, outcome: Outcome, at: datetime.datetime, by: str) -> Step:
        case, asking = step.case, step.case.entry
        assert asking is not None
        others = {seat: answer for seat, answer in asking.answers.items() if seat != by}  # who asks answers again
        if outcome.extend is not None:
            entry = replace(asking, answers=others, extended=(*asking.extended, outcome.extend))
            return replace(step, case=replace(case, entry=entry))
        if self.definition.stages[asking.stage].stops_clock and case.asked_by:
            case = replace(case, stood=(*case.stood, (case.asked_by[0][1], at)))
        if outcome.end is not None:
            return replace(step, case=self._ended(case, self.definition.ends[outcome.end], at))
        assert outcome.next is not None
        if outcome.next == BACK:
            (entry, _), *further = case.asked_by
            case = replace(case, entry=entry, asked_by=tuple(further))
            return replace(step, case=case)
        stops = self.definition.stages[outcome.next].stops_clock
        case = replace(case, asked_by=((replace(asking, answers=others), at), *case.asked_by) if stops else ())
        return self._entered(replace(step, case=case), outcome.next, at)

    def _entered(self, step: Step, stage_id: str, at: datetime.datetime) -> Step:
        stage = self.definition.stages[stage_id]
        entry = Entry(stage_id, at, self._seats(step.case, stage))
        return replace(step, case=replace(step.case, entry=entry))

    def _if_over(self, step: Step, at: datetime.datetime) -> Step:
        """Rule 8: a time that is over at entry is late at once, and nobody is asked."""
        case = step.case
        if case.entry is None:
            return step
        moments = case.deadlines(self.definition, self.office)
        if moments.over > at:
            return step
        later = self._lapsed(case, case.entry, Lapsed(at))
        return replace(later, outcomes=(*step.outcomes, *later.outcomes), letters=(*step.letters, *later.letters))

    def _with_letters(self, step: Step, outcome: Outcome, at: datetime.datetime) -> Step:
        due = None
        if step.case.entry is not None:
            due = step.case.deadlines(self.definition, self.office).day
        letters = tuple(Sent(name, self.definition.letters[name].to, due, at) for name in outcome.letter)
        return replace(step, letters=(*step.letters, *letters))

    def _seats(self, case: CaseState, stage: Stage) -> tuple[str, ...]:
        """Whom a stage asks: a parish in a list only where the place is one (rule 16)."""
        if stage.is_nobodys:
            return ()
        if stage.who == (RECIPIENT,):
            return (case.recipient,)
        if stage.who == (CITIZEN,) or not stage.asks_several:
            return stage.who
        kinds = {name: self.definition.recipients[name].kind for name in stage.who}
        has_parish = case.place is PlaceState.PARISH
        return tuple(name for name in stage.who if has_parish or kinds[name] is not RecipientKind.PARISH)


def _highest(stage: Stage, given: Iterable[str]) -> Outcome:
    """The outcome that stands highest in the file."""
    names = set(given)
    return next(outcome for outcome in stage.outcome if outcome.id in names)
