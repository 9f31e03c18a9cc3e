"""What a case becomes, and everything to store and send with it: from what happened, or from the time. Pure."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from routing.casework.cases.addressing import AddressBook
from routing.casework.cases.comparing import asks_citizen_anew, has_left, is_back
from routing.casework.cases.happenings import happening_of, not_applied
from routing.casework.cases.letters import NewLetter, write_letters
from routing.casework.cases.lifecycle import Event, State
from routing.casework.cases.model import Addressee
from routing.casework.cases.settling import Settled, settle
from routing.casework.cases.stage_case import CaseEvent, Kind, StageCase, calendar_key, is_other_calendar
from routing.casework.cases.telling import Told, tell
from routing.days import day_of
from routing.process.advance import CaseMachine
from routing.process.case import Answered, CaseState, Happening, Lapsed, NotReached, Reminded, RenewalDue, Step
from routing.process.clock import review_deadlines
from routing.process.stages import CITIZEN
from routing.process.upcoming import due_by, wakes_at
from routing.vocabulary import REVIEW, RecipientKind, Role

CLOCK = "clock"
"""Who acts when the time does."""

BACK = "You asked for something, and now have an answer. Your time goes on."


@dataclass
class Change:
    """A case, and everything to store and send.

    Attributes:
        held: as it was loaded; ``held.step`` must still be its step.
        after: where it stands now.
        told: rows of its history, in order.
        asks, reminders: whom we ask, and whom we remind.
        letters: with their words.
        values: question or field → answers that came in.
        applied: event → what came of it, as a code.
        seats: number of the entry and seat → the outcome of its answer.
        rungs: what the clock did, once in the life of the case.
        review: why officers must see to it; empty if they need not.
        tells_citizen: news for the citizen, because no letter says what happened.
        notice: what officers should know, without the case waiting for them.
        is_taken_away: an officer sent it elsewhere, so those who were asked hear that they need not answer.
    """

    held: StageCase
    after: CaseState
    state: State
    told: list[Told] = field(default_factory=list)
    asks: list[Addressee] = field(default_factory=list)
    reminders: list[Addressee] = field(default_factory=list)
    letters: list[NewLetter] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    applied: dict[int, str] = field(default_factory=dict)
    seats: dict[tuple[int, str], str] = field(default_factory=dict)
    rungs: list[str] = field(default_factory=list)
    review: str = ""
    notice: str = ""
    tells_citizen: bool = False
    is_taken_away: bool = False
    because: str = ""
    calendar: str = ""
    promised: datetime.date | None = None
    wakes_at: datetime.datetime | None = None
    reason: str = ""


@dataclass
class Advancer:
    """Advances one case.

    Attributes:
        known: the placeholders that the case does not know: of the council, the place and the reference.
        now: by the time of cases.
    """

    machine: CaseMachine
    book: AddressBook
    known: Mapping[str, str]
    now: datetime.datetime

    def begin(self, held: StageCase, settled: Settled, reason: str) -> Change:
        """How a case begins; ``held`` is in no stage yet."""
        change = Change(held, settled.step.case, held.state, reason=reason)
        self._take(change, held.case, settled, actor="table", codes={})
        change.tells_citizen = False  # the acknowledgement says it
        return self._finished(change)

    def advance(self, held: StageCase) -> Change:
        """Apply everything that happened, in order, then what the time brings; who is asked now has all their time."""
        change = Change(held, held.case, held.state)
        for event in held.events:
            self._apply(change, event)
        while not change.asks and (change.after.end is None or self.machine.next_moment(change.after) is not None):
            due, overtaken = due_by(self.machine, change.after, self.now)
            if due is None:
                break
            self._lapse(change, due, overtaken)
        self._reckon(change)
        return self._finished(change)

    def _apply(self, change: Change, event: CaseEvent) -> None:
        refused = not_applied(change.after, change.held, event, self.machine.definition, change.applied)
        if refused is None and event.kind is Kind.ASKED:
            self._ask_again(change, event)
            return
        if refused is None:
            happening = happening_of(event, self.machine.definition)
            before, step = change.after, self.machine.advance(change.after, happening)
            refused = "not-waited-for" if step.note else None
        if refused is not None:
            change.applied[event.id] = refused
            codes = {"what": event.kind.value, "seat": event.seat, "why": refused, "event": event.id}
            change.told.append(Told(Event.NOTED, event.author, codes))
            return
        change.applied[event.id] = "applied"
        self._note_answer(change, happening)
        change.values |= event.said.get("values", {})
        change.because = change.reason = event.because or ""
        change.is_taken_away = change.is_taken_away or event.kind in {Kind.MOVED, Kind.CHOSEN}
        codes = {"what": event.kind.value, "seat": event.seat, "event": event.id}
        self._take(change, before, settle(self.machine, before, step, self.book), event.author, codes, event)
        parish = self.book.parish
        if event.said.get("why") == NotReached.WRONG_ADDRESS and parish is not None and _is_parish(self.machine, event):
            change.notice = WRONG_ADDRESS.format(parish=parish)

    def _note_answer(self, change: Change, happening: Happening) -> None:
        before = change.after
        if isinstance(happening, Answered) and before.entry is not None:
            columns = {**before.columns, **happening.columns}
            outcome = self.machine.outcome_of(before.stage_of(self.machine.definition), columns)
            change.seats[before.entry.serial, happening.by] = outcome.id

    def _ask_again(self, change: Change, event: CaseEvent) -> None:
        """An officer has whoever did not answer asked once more. No deadline moves."""
        assert change.after.entry is not None
        change.reminders += self._waiting(change.after)
        change.tells_citizen = change.tells_citizen or CITIZEN in change.after.entry.seats
        change.applied[event.id] = "applied"
        change.told.append(Told(Event.REMINDED, event.author, _stage_code(change.after) | {"event": event.id}))

    def _ask_after_back(self, change: Change, case: CaseState) -> None:
        """Tell those who asked the citizen that it is their turn again; ask those whom no message has reached yet."""
        assert case.entry is not None
        unasked = set(case.entry.waiting)
        for each in self._waiting(case, BACK):
            if each.recipient in unasked:
                change.asks.append(replace(each, role=Role.TO))
            else:
                change.reminders.append(each)

    def _waiting(self, case: CaseState, why: str = "") -> list[Addressee]:
        """The recipients who are asked and have not answered, to write to once more."""
        assert case.entry is not None
        return self._once_more(case.entry.silent, why)

    def _once_more(self, seats: Sequence[str], why: str = "") -> list[Addressee]:
        """Where to write to these seats, of those that are recipients; each by the link of its seat."""
        recipients = self.machine.definition.recipients
        found = [
            (seat, self.book.find_or_fallback(recipients[seat], Role.REMINDER)) for seat in seats if seat in recipients
        ]
        return [replace(each, recipient=seat, why=why) for seat, each in found]

    def _lapse(self, change: Change, due: Lapsed | Reminded | RenewalDue, overtaken: int) -> None:
        before = change.after
        change.rungs.append(_rung(before, due))
        step = self.machine.advance(before, replace(due, at=self.now))
        codes: dict[str, Any] = {"overtaken": overtaken} if overtaken else {}
        if isinstance(due, Reminded):
            change.told.append(Told(Event.REMINDED, CLOCK, _stage_code(before) | codes))
        self._take(change, before, settle(self.machine, before, step, self.book), CLOCK, codes)

    def _take(
        self, change: Change, before: CaseState, settled: Settled, actor: str, codes: Mapping[str, Any],
        event: CaseEvent | None = None,
    ) -> None:  # fmt: skip
        """Keep what came of one thing."""
        step = settled.step
        told, change.state = tell(self.machine.definition, change.state, before, settled, actor, codes, event)
        change.told += told
        if has_left(before, step.case):
            change.asks, change.reminders = [], []
        change.asks += settled.asks
        if is_back(before, step.case):
            self._ask_after_back(change, step.case)
        change.after = step.case
        if asks_citizen_anew(before, step.case):
            step = self._from_now(step)
            change.after = step.case
        change.review = step.review or ("" if step.case.review is None else change.review)
        self._write(change, step)

    def _from_now(self, step: Step) -> Step:
        """A citizen's time begins when they are asked, also where what led to it happened before an outage."""
        case = step.case
        assert case.entry is not None
        before = case.deadlines(self.machine.definition, self.machine.office).day
        case = replace(case, entry=replace(case.entry, asked_at=self.now))
        day = case.deadlines(self.machine.definition, self.machine.office).day
        letters = tuple(replace(each, due=day) if each.due == before else each for each in step.letters)
        return replace(step, case=case, letters=letters)

    def _write(self, change: Change, step: Step) -> None:
        """Letters and reminders, with their words and addresses."""
        letters = [sent for sent in step.letters if sent.letter]
        change.reminders += self._once_more([sent.to for sent in step.letters if not sent.letter])
        if any(not sent.letter and sent.to == REVIEW for sent in step.letters):
            review = Addressee(REVIEW, Role.REMINDER, self.book.council.review)
            change.reminders.append(review)
        change.letters += write_letters(self.machine.definition, step.case, letters, self.known, self.book, uuid4)
        has_moved = bool(step.outcomes or step.review)
        is_told = any(each.recipient == CITIZEN for each in change.letters)
        change.tells_citizen = not is_told and (change.tells_citizen or has_moved or _asks_citizen(step))

    def _reckon(self, change: Change) -> None:
        """Rule 10: a holiday proclaimed later moves deadlines, and the history has both."""
        after, office = change.after, self.machine.office
        calendar = self.machine.definition.calendar(office.calendar)
        if after.entry is None or change.held.promised is None:
            return
        if not is_other_calendar(change.held.calendar, calendar, office):
            return
        if change.held.case.entry is None or change.held.case.entry.serial != after.entry.serial:
            return
        day = after.deadlines(self.machine.definition, office).day
        if day != change.held.promised:
            codes = {"before": change.held.promised.isoformat(), "after": day.isoformat()} | _stage_code(after)
            change.told.append(Told(Event.RECKONED, CLOCK, codes))

    def _writes_to(self, case: CaseState) -> bool:
        """Whether a stage asks somebody by a message of ours."""
        return case.entry is not None and any(seat in self.machine.definition.recipients for seat in case.entry.seats)

    def _key(self) -> str:
        office = self.machine.office
        return calendar_key(self.machine.definition.calendar(office.calendar), office, day_of(self.now))

    def _finished(self, change: Change) -> Change:
        after = change.after
        change.wakes_at = wakes_at(self.machine, after, self.now)
        change.calendar = self._key()
        if after.entry is not None:
            change.promised = after.deadlines(self.machine.definition, self.machine.office).day
        elif after.review is not None:
            change.promised = review_deadlines(after.review.since, self.machine.office).day
        if change.is_taken_away and not any(each.recipient == CITIZEN for each in change.letters):
            # Where somebody is written to, the citizen hears of it once the message was accepted.
            change.tells_citizen = change.state is not State.ROUTING or not self._writes_to(after)
        if change.state in {State.ROUTING, State.DECLINED} and after.entry is not None and not self._writes_to(after):
            change.told.append(Told(Event.SENT, CLOCK, _stage_code(after)))  # it is sent without a message
            change.state = State.SENT
        return change


def _is_parish(machine: CaseMachine, event: CaseEvent) -> bool:
    recipient = machine.definition.recipients.get(event.seat or "")
    return recipient is not None and recipient.kind is RecipientKind.PARISH


WRONG_ADDRESS = (
    "Whoever has the clerk's address for {parish} says that it is wrong. This case has gone on without them. If they "
    "are right, stop using the address: waywarden contacts quarantine {parish} --because REASON"
)


def _stage_code(case: CaseState) -> dict[str, Any]:
    return {"stage": case.entry.stage} if case.entry is not None else {}


def _asks_citizen(step: Step) -> bool:
    return any(not sent.letter and sent.to == CITIZEN for sent in step.letters)


def _rung(case: CaseState, due: Lapsed | Reminded | RenewalDue) -> str:
    """The name of what the clock does: once in the life of a case."""
    if isinstance(due, RenewalDue):
        return "renewal"
    if case.review is not None:
        where, number, more = f"review {case.review.since.isoformat()}", case.review.reminded, 0
    else:
        assert case.entry is not None
        where, number, more = f"entry {case.entry.serial}", case.entry.reminded, len(case.entry.extended)
    return f"{where} late {more}" if isinstance(due, Lapsed) else f"{where} remind {number + due.overtaken}"
