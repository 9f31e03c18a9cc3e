"""What comes of what happens to a case: ``advance`` is pure, a value in and a value out.

An answer only counts if the case still stands where it was asked; else it is a note. Late is an outcome like any other.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

from routing.days import day_of
from routing.process.case import (
    Answered,
    Bounced,
    CaseState,
    Chosen,
    Entry,
    Happening,
    Lapsed,
    Moved,
    NotReached,
    Reminded,
    RenewalDue,
    Review,
    Sent,
    Step,
    Taken,
)
from routing.process.clock import REVIEW_DUE, due_of, review_deadlines
from routing.process.conditions import by_id, effective, holds
from routing.process.letters import UNANSWERED
from routing.process.rules import Rule
from routing.process.stages import Outcome, Stage, Unit
from routing.process.ways_on import Ways, highest
from routing.vocabulary import REVIEW, PlaceState

WHY_REVIEW = {
    NotReached.BOUNCED: "No message reaches {name}. Officers must see to it.",
    NotReached.WRONG_ADDRESS: "{name} says that this is the wrong address. Officers must see to it.",
    NotReached.NOT_OURS: "{name} says that this is not theirs. Officers must see to it.",
}


@dataclass(frozen=True, slots=True)
class Timetable:
    """When the clock acts, if nobody does.

    Attributes:
        remind: the reminders that are still to come, in order.
        late: when silence is applied.
        unit: in which its times are counted.
    """

    remind: tuple[datetime.datetime, ...]
    late: datetime.datetime
    unit: Unit


class CaseMachine(Ways):
    """A definition with the council's office: begins cases and advances them."""

    def enter(
        self, rule: Rule, received: datetime.datetime, place: PlaceState | None, values: Mapping[str, str],
        columns: Mapping[str, str], at: datetime.datetime | None = None,
    ) -> CaseState:  # fmt: skip
        """A case that a rule sends to a recipient, in its first stage: with the deadline that is promised.

        Args:
            at: when it is sent; by default when it was received.
        """
        assert rule.to is not None
        stage = rule.stage or self.definition.recipients[rule.to].first_stage
        assert stage is not None
        return self._entered(Step(CaseState(received, rule.to, place, values, columns)), stage, at or received).case

    def begin(self, entered: CaseState) -> Step:
        """What comes of a case as soon as it has entered: the time of its first stage can be over already."""
        assert entered.entry is not None
        return self._if_over(Step(entered), entered.entry.at)

    def review(
        self, received: datetime.datetime, place: PlaceState | None, values: Mapping[str, str],
        columns: Mapping[str, str], since: datetime.datetime,
    ) -> CaseState:  # fmt: skip
        """A case that no table could send: officers must see to it."""
        return CaseState(received, "", place, values, columns, review=Review(since))

    def advance(self, case: CaseState, happening: Happening) -> Step:
        """What comes of something that happens."""
        if isinstance(happening, RenewalDue):
            return self._renewal(case, happening)
        if case.entry is None and case.review is None:
            return Step(case, note="The case has ended.")
        if isinstance(happening, Moved):
            return self._moved(case, happening)
        if isinstance(happening, Chosen):
            return self._chosen(case, happening)
        return self._happened(case, happening)

    def _happened(self, case: CaseState, happening: Answered | Bounced | Reminded | Lapsed) -> Step:
        if case.review is not None and isinstance(happening, Lapsed | Reminded):
            return self._not_reviewed(case, case.review, happening)
        if case.entry is None:
            return Step(case, note="The case is in no stage.")
        if isinstance(happening, Answered):
            return self._answered(case, case.entry, happening)
        if isinstance(happening, Bounced):
            return self._bounced(case, case.entry, happening)
        if isinstance(happening, Reminded):
            return self._reminded(case, case.entry, happening)
        return self._lapsed(case, case.entry, happening)

    def _chosen(self, case: CaseState, choice: Chosen) -> Step:
        first = self.definition.recipients[choice.recipient].first_stage
        assert first is not None
        chosen = replace(self._left(case, choice.at), recipient=choice.recipient)
        return self._if_over(self._entered(Step(chosen), first, choice.at), choice.at)

    def _not_reviewed(self, case: CaseState, review: Review, silence: Lapsed | Reminded) -> Step:
        """Rule 17: officers are reminded, and after twenty working days the case ends unanswered."""
        if isinstance(silence, Reminded):
            reminded = replace(review, reminded=review.reminded + silence.overtaken + 1)
            sent = Sent("", REVIEW, review_deadlines(review.since, self.office).day, silence.at)
            return Step(replace(case, review=reminded), letters=(sent,))
        ended = self._ended(self._left(case, silence.at), self.definition.end_of(UNANSWERED), silence.at)
        return Step(ended, (Taken(silence.at, f"{REVIEW}/{UNANSWERED}"),))

    def _moved(self, case: CaseState, move: Moved) -> Step:
        """Rule 5: fresh time, and no count is reset. What the stage asks is asked again."""
        stage, asking = self.definition.stages[move.to], case.entry
        case = self._left(case, move.at).with_values(move.values, move.columns)
        if stage.stops_clock and asking is not None:
            case = replace(case, asked_by=((asking, move.at),))
        return self._if_over(self._entered(Step(case), move.to, move.at), move.at)

    def next_moment(self, case: CaseState) -> Lapsed | Reminded | RenewalDue | None:
        """What the clock brings next if nobody acts.

        None after an end, but for the letter before a permission runs out, and while a message has not reached somebody
        (rule 3).
        """
        timetable = self.timetable(case)
        if timetable is None:
            return self._renewal_due(case) if case.end is not None else None
        return Reminded(timetable.remind[0]) if timetable.remind else Lapsed(timetable.late)

    def timetable(self, case: CaseState) -> "Timetable | None":
        """When the clock acts from now on; None after an end, and while a message has not reached somebody."""
        if case.review is not None:
            moments, reminded = review_deadlines(case.review.since, self.office), case.review.reminded
            unit = REVIEW_DUE.unit
        elif case.entry is None or case.entry.is_held:
            return None
        else:
            moments, reminded = case.deadlines(self.definition, self.office), case.entry.reminded
            unit = due_of(case.stage_of(self.definition), case.columns).unit
        remind = tuple(moment for moment in moments.remind[reminded:] if moment < moments.late)
        return Timetable(remind, moments.late, unit)

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
        settled, until = replace(case, is_renewal_settled=True), case.values[end.holds_until or ""]
        if datetime.date.fromisoformat(until) < day_of(renewal.at):  # it has run out while nothing ran here
            return Step(settled)
        letter = self.definition.letters[end.renew.letter]
        sent = Sent(letter.id, letter.to, None, renewal.at, is_renewal=True)
        return Step(settled, letters=(sent,))

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
        case = replace(case, entry=entry, review=case.review if entry.is_held else None)
        if outcome.at_once:
            return self._taken(case, answer.at, outcome, answer.by)
        if set(entry.answers) >= set(entry.seats):
            return self._taken(case, answer.at, highest(stage, entry.answers.values()), answer.by)
        return Step(case)

    def _reminded(self, case: CaseState, entry: Entry, reminded: Reminded) -> Step:
        entry = replace(entry, reminded=entry.reminded + reminded.overtaken + 1)
        due = case.deadlines(self.definition, self.office).day
        letters = tuple(Sent("", seat, due, reminded.at) for seat in entry.silent)
        return Step(replace(case, entry=entry), letters=letters)

    def _bounced(self, case: CaseState, entry: Entry, bounced: Bounced) -> Step:
        """Rule 3: a bounce is never silence. That of a team is for officers to see to."""
        name = bounced.recipient
        recipient = self.definition.recipients.get(name)
        if recipient is None or name not in entry.seats or name in entry.answers:
            return Step(case, note=f"Nobody waits for {name} in this stage.")
        if recipient.fallback is None:
            entry = replace(entry, unreached=tuple(dict.fromkeys((*entry.unreached, name))))
            held = replace(case, entry=entry, review=case.review or Review(bounced.at))
            return Step(held, review=WHY_REVIEW[bounced.why].format(name=name))
        fallback = self.definition.recipients[recipient.fallback]
        if self.definition.begins(name, entry.stage) and case.recipient == name and fallback.first_stage is not None:
            step = self._entered(Step(replace(case, recipient=fallback.id)), fallback.first_stage, bounced.at)
            return self._if_over(step, bounced.at)
        seats = dict.fromkeys(fallback.id if seat == name else seat for seat in entry.seats)
        entry = replace(entry, seats=tuple(seats))
        case = replace(case, entry=entry)
        if set(entry.answers) >= set(entry.seats):  # the fallback has answered as one of the others
            return self._taken(case, bounced.at, highest(case.stage_of(self.definition), entry.answers.values()), "")
        return Step(case)

    def after_silence(self, case: CaseState) -> Outcome:
        """The outcome that holds if nobody acts any more in the stage in which a case is."""
        assert case.entry is not None
        silence = case.deadlines(self.definition, self.office).outcome
        stage = case.stage_of(self.definition)
        return self._counted(case, highest(stage, (*case.entry.answers.values(), silence)))[0]
