"""What the life of one case must be, from what was reported, who acted when, and the clock. Shares no code with the engine.

Written from the rules of the language; only what the four processes of a simulated quarter use.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.year.calendars import WorkingDays
from tests.year.definitions import OFFICERS_TIME, Process, Stage, Table, Time, fits
from tests.year.expected import (
    ASK,
    COPY,
    LETTER,
    NEWS,
    NOTICE,
    RECALL,
    REMINDER,
    REVIEW,
    UNANSWERED,
    Due,
    Entry,
    Step,
    in_words,
)
from tests.year.facts import CITIZEN, Act, Council, Report

NEVER = 10**9
"""The number of a stop that no quarter has."""

AskedAt = Callable[[str, int], datetime | None]
"""Address and number of the message that asks → when the mailbox accepted it."""


@dataclass
class Life:
    """One case. After ``live`` it has everything that must have happened.

    Attributes:
        due: the messages, in order.
        steps: the stages and ends that its page names, in order.
        noted: the moments at which anything happened to it.
    """

    report: Report
    process: Process
    council: Council
    stops: Sequence[datetime]
    calendar: Callable[[int], WorkingDays]
    asked_at: AskedAt
    due: list[Due] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    noted: set[int] = field(default_factory=set)
    entry: Entry | None = None
    end: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    stood: list[tuple[datetime, datetime]] = field(default_factory=list)
    holding: tuple[Entry, datetime] | None = None
    asks: Counter[str] = field(default_factory=Counter)
    recipient: str = ""
    officers: tuple[datetime, int] | None = None

    def live(self, acts: Sequence[Act]) -> "Life":
        """From the report to the last stop of the clock."""
        now = self.report.moment
        self._begin(now)
        for act in sorted(acts, key=lambda each: each.at):
            now = self._wait(now, act.moment)
            self._act(act)
        self._wait(now, len(self.stops) - 1)
        return self

    def next_by_clock(self, now: int) -> tuple[int, bool]:
        """The stop at which the clock acts next if nobody does, and whether that is silence; never where it cannot."""
        while True:
            due, is_late = self._clock(now)
            stop = max(bisect_left(self.stops, due), now) if due is not None else NEVER
            changed = self._calendar_changes(now, min(stop, len(self.stops) - 1))
            if changed is None:
                return stop, is_late
            now = changed

    def _begin(self, now: int) -> None:
        self.noted.add(now)
        answers = dict(self.report.answers)
        if not self.council.lists_trunk_roads and "road" in self.process.questions:
            answers["road"] = "no"
        self.values = answers
        rule = self.process.rule(answers, self.report.place.state)
        self._news(now)
        if rule["to"] == REVIEW:
            self.officers = (self.stops[now], 0)
            self.due.append(Due(NOTICE, self.council.mailbox(REVIEW), now))
            return
        self.recipient = rule["to"]
        copies = [self._address(each) for each in rule.get("copy", ())]
        if self._address(self.recipient) is None:
            self.recipient = str(self.process.recipients[self.recipient]["fallback"])
        own = self._address(self.recipient)
        self.due += [Due(COPY, each, now) for each in copies if each is not None and each != own]
        first = rule.get("stage") or self.process.recipients[self.recipient]["first_stage"]
        self._enter(first, now, self.stops[now], is_silence=False, unit="")

    def _wait(self, now: int, until: int) -> int:
        """Let the clock act at each stop, this one included."""
        while self.end is None:
            stop, is_late = self.next_by_clock(now)
            if stop > until:
                break
            now = stop
            self.noted.add(now)
            if is_late:
                self._lapse(now)
            else:
                self._remind(now)
        return until

    def _time(self) -> Time:
        return OFFICERS_TIME if self.officers is not None or self.entry is None else self.entry.stage.time

    def _since(self) -> tuple[datetime, int]:
        if self.officers is not None:
            return self.officers
        assert self.entry is not None
        return self.entry.at, self.entry.reminded

    def _clock(self, now: int) -> tuple[datetime | None, bool]:
        if self.end is not None:
            return None, False
        (begun, reminded), time, days = self._since(), self._time(), self.calendar(now)
        stood = () if self.officers is not None else self.stood
        late = days.silence(days.over(begun, time.late_at, time.unit, stood), time.unit, stood)
        for amount in time.remind_at[reminded:]:
            moment = days.reminder(days.over(begun, amount, time.unit, stood), time.unit, stood)
            if moment < late:
                return moment, False
        return late, True

    def _calendar_changes(self, now: int, until: int) -> int | None:
        """The first stop after now at which another calendar holds, up to another stop."""
        before = self.calendar(now)
        return next((stop for stop in range(now + 1, until + 1) if self.calendar(stop) is not before), None)

    def _lapse(self, now: int) -> None:
        time = self._time()
        if self.officers is not None:
            self._news(now)
            self._ended(UNANSWERED, now, is_silence=True, unit=time.unit)
            return
        self._take(time.late, now, self.stops[now], is_silence=True)

    def _remind(self, now: int) -> None:
        if self.officers is not None:
            since, reminded = self.officers
            self.officers = (since, reminded + 1)
            self.due.append(Due(RECALL, self.council.mailbox(REVIEW), now))
            return
        assert self.entry is not None
        self.entry = replace(self.entry, reminded=self.entry.reminded + 1)
        if self.entry.seat == CITIZEN:
            self._news(now)
        elif self.entry.seat:
            self.due.append(Due(REMINDER, self.entry.seat, now, by=self.promised(now)))

    def promised(self, now: int) -> str:
        """The end of the time that is promised in the stage, in words, by the calendar that holds at a stop."""
        assert self.entry is not None
        time = self.entry.stage.time
        return in_words(self.calendar(now).over(self.entry.at, time.promised, time.unit, self.stood))

    def _act(self, act: Act) -> None:
        if not self._counts(act):
            return
        self.noted.add(act.moment)
        assert self.entry is not None
        if act.why == "answer":
            self.values |= act.answers
            self.officers = None
            self._take(self._outcome(self.entry.stage), act.moment, act.at, is_silence=False)
        elif act.seat == self.report.place.clerk and "fallback" in self.process.recipients[self.recipient]:
            self.recipient = str(self.process.recipients[self.recipient]["fallback"])
            first = self.process.recipients[self.recipient]["first_stage"]
            self._enter(first, act.moment, act.at, is_silence=False, unit="")
            if act.why == "wrong-address":
                self.due.append(Due(NOTICE, self.council.mailbox(REVIEW), act.moment))
        elif self.officers is None:
            self.officers = (act.at, 0)
            self.due.append(Due(NOTICE, self.council.mailbox(REVIEW), act.moment))
            self._news(act.moment)

    def _counts(self, act: Act) -> bool:
        """An answer counts only where it was asked."""
        entry = self.entry
        if self.end is not None or entry is None or act.page != "open" or act.stage != entry.stage.id:
            return False
        return act.seat == entry.seat and act.ask in entry.asks

    def _outcome(self, stage: Stage) -> str:
        known = {name: self.process.column(name, value) for name, value in self.values.items()}
        return next(name for name, each in stage.outcomes.items() if "when" in each and fits(each["when"], known))

    def _take(self, name: str, now: int, at: datetime, *, is_silence: bool) -> None:
        assert self.entry is not None
        stage, outcome = self.entry.stage, self.entry.stage.outcomes[name]
        if "at_most" in outcome:
            if self.counts[f"{stage.id}/{name}"] >= outcome["at_most"]:
                outcome = stage.outcomes[outcome["otherwise"]]
            else:
                self.counts[f"{stage.id}/{name}"] += 1
        self._follow(stage, outcome, now, at, is_silence=is_silence)
        self._letters(outcome, now)

    def _follow(self, stage: Stage, outcome: Table, now: int, at: datetime, *, is_silence: bool) -> None:
        assert self.entry is not None
        unit = stage.time.unit
        if stage.stops and self.holding is not None:
            self.stood.append((self.holding[1], at))
        if "end" in outcome:
            self._ended(outcome["end"], now, is_silence=is_silence, unit=unit)
        elif outcome["next"] == "back":
            assert self.holding is not None
            self._come_back(self.holding[0], now)
        else:
            stops = self.process.stages[outcome["next"]].stops
            self.holding = (self.entry, at) if stops else None
            self._enter(outcome["next"], now, at, is_silence=is_silence, unit=unit)

    def _enter(self, name: str, now: int, at: datetime, *, is_silence: bool, unit: str) -> None:
        stage = self.process.stages[name]
        self.officers = None
        seat = self._seat(stage)
        self.entry = Entry(stage, at, seat)
        self.steps.append(Step(name, stage.title, now, is_silence, unit))
        if seat not in {"", CITIZEN}:
            self.asks[seat] += 1
            asked = self.asked_at(seat, self.asks[seat]) or at
            self.entry = Entry(stage, asked, seat, (self.asks[seat],))
            self.due.append(Due(ASK, seat, now, by=self.promised(now)))

    def _come_back(self, entry: Entry, now: int) -> None:
        """Where a case was before its citizen was asked; whoever asked hears that it is their turn again."""
        self.asks[entry.seat] += 1
        self.entry, self.holding = replace(entry, asks=(*entry.asks, self.asks[entry.seat])), None
        self.due.append(Due(ASK, entry.seat, now, by=self.promised(now)))

    def _ended(self, name: str, now: int, *, is_silence: bool, unit: str) -> None:
        title = self.process.ends[name]["title"] if name in self.process.ends else "Closed without an answer"
        self.steps.append(Step(name, title, now, is_silence, unit))
        self.end, self.entry, self.officers = name, None, None

    def _seat(self, stage: Stage) -> str:
        if stage.who == "nobody":
            return ""
        if stage.who == CITIZEN:
            return CITIZEN
        found = self._address(self.recipient if stage.who == "recipient" else stage.who)
        assert found is not None
        return found

    def _address(self, recipient: str) -> str | None:
        if self.process.recipients[recipient]["kind"] == "parish":
            return self.report.place.clerk
        return self.council.mailbox(self.process.mailbox(recipient))

    def _letters(self, outcome: Table, now: int) -> None:
        named = outcome.get("letter", ())
        letters = [self.process.letters[each] for each in ([named] if isinstance(named, str) else named)]
        for letter in letters:
            to, subject = letter.get("to", CITIZEN), self._worded(letter["subject"])
            if to.startswith("field:"):
                to = self.values[to.removeprefix("field:")].get("email", "")
            if to:
                self.due.append(Due(LETTER, to, now, subject=subject))
        if not any(letter.get("to", CITIZEN) == CITIZEN for letter in letters):
            self._news(now)

    def _worded(self, text: str) -> str:
        return text.replace("{reference}", self.report.reference).replace("{place.name}", self.report.place.name)

    def _news(self, now: int) -> None:
        if self.report.email:
            self.due.append(Due(NEWS, CITIZEN, now))


def unfinished(life: Life, now: int) -> bool:
    """Whether a case may stand open at a stop: nobody has had to take silence for an end of it."""
    return life.end is None and life.next_by_clock(now)[0] > now
