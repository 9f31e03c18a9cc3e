"""How a case goes on from stage to stage: an outcome counts, and leads on, to an end or to more time. Pure."""

import datetime
from collections.abc import Iterable
from dataclasses import replace

from routing.days import day_of
from routing.process.case import CaseState, Entry, Lapsed, Sent, Step, Taken
from routing.process.definition import Definition
from routing.process.letters import End
from routing.process.stages import BACK, CITIZEN, RECIPIENT, Outcome, Stage
from routing.vocabulary import PlaceState, RecipientKind
from routing.working_days import Office


class Ways:
    """The ways of a definition, with the council's office."""

    def __init__(self, definition: Definition, office: Office) -> None:
        self.definition, self.office = definition, office

    def _ended(self, case: CaseState, end: End, at: datetime.datetime) -> CaseState:
        """At an end. A permission that has run out by then is not renewed."""
        until = case.values.get(end.holds_until or "")
        is_over = until is not None and datetime.date.fromisoformat(until) < day_of(at)
        return replace(case, entry=None, asked_by=(), review=None, end=end.id, is_renewal_settled=is_over)

    def _left(self, case: CaseState, at: datetime.datetime) -> CaseState:
        """Out of its stage and of review, whatever asked it. Time that stood until now did not count."""
        stood = case.stood
        if case.entry is not None and case.asked_by and self.definition.stages[case.entry.stage].stops_clock:
            stood = (*stood, (case.asked_by[0][1], at))
        return replace(case, entry=None, review=None, asked_by=(), stood=stood)

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

    def _lapsed(self, case: CaseState, entry: Entry, lapsed: Lapsed) -> Step:
        stage = case.stage_of(self.definition)
        silence = case.deadlines(self.definition, self.office).outcome
        return self._taken(case, lapsed.at, highest(stage, (*entry.answers.values(), silence)), "")

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
            case = replace(case, entry=entry, asked_by=tuple(further), review=None)
            return replace(step, case=case)
        stops = self.definition.stages[outcome.next].stops_clock
        case = replace(case, asked_by=((replace(asking, answers=others), at), *case.asked_by) if stops else ())
        return self._entered(replace(step, case=case), outcome.next, at)

    def _entered(self, step: Step, stage_id: str, at: datetime.datetime) -> Step:
        """In a stage. Rule 8: a reminder whose time is over at entry does not go."""
        stage, serial = self.definition.stages[stage_id], step.case.entries + 1
        entry = Entry(stage_id, at, self._seats(step.case, stage), serial=serial)
        case = replace(step.case, entry=entry, entries=serial, review=None)
        past = sum(moment <= at for moment in case.deadlines(self.definition, self.office).remind)
        return replace(step, case=replace(case, entry=replace(entry, reminded=past)))

    def _if_over(self, step: Step, at: datetime.datetime) -> Step:
        """Rule 8: a time that is over at entry is late at once, and nobody is asked.

        Where a case comes back, silence counts when the council opens, as if it had not been away.
        """
        case = step.case
        if case.entry is None:
            return step
        moments = case.deadlines(self.definition, self.office)
        if (moments.over if case.entry.at == at else moments.late) > at:
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


def highest(stage: Stage, given: Iterable[str]) -> Outcome:
    """The outcome that stands highest in the file."""
    names = set(given)
    return next(outcome for outcome in stage.outcome if outcome.id in names)
