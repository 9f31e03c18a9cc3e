"""Compare what was seen of a simulated quarter with what the lives of its cases must be. Shares no code with the engine.

Values in, counts out: messages, what people did, and what the API said at the end.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from tests.year.calendars import WorkingDays, day
from tests.year.definitions import Process
from tests.year.expected import ASK, COPY, LETTER, NEWS, NOTICE, RECALL, REMINDER, REVIEW, Due, Step
from tests.year.facts import CITIZEN, Act, Facts, Message, Report, Status
from tests.year.lives import Life, unfinished

SUBJECT = re.compile(r"(?P<kind>Answer|Reminder: answer) by (?P<by>.+): .+, (?P<reference>WW-[A-Z0-9-]+)")
OTHER = "other"
KINDS = {"Answer": ASK, "Reminder: answer": REMINDER}
Key = tuple[str, str, str, int, str]
"""Kind, address, what its subject says, stop of the clock, reference."""


@dataclass
class Verdict:
    """What the comparison found. Only ``ended`` and ``open`` are no faults."""

    ended: int = 0
    open: int = 0
    over_longest_silence: list[str] = field(default_factory=list)
    reminders_on_non_working_days: list[str] = field(default_factory=list)
    late_on_wrong_day: list[str] = field(default_factory=list)
    wrong_stage: list[str] = field(default_factory=list)
    letters_lost: list[str] = field(default_factory=list)
    letters_unexplained: list[str] = field(default_factory=list)
    ways: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> dict[str, list[str]]:
        return {name: value for name, value in vars(self).items() if isinstance(value, list)}

    @property
    def is_good(self) -> bool:
        return not any(self.faults.values())


@dataclass
class Calendars:
    """The working days of each council at each stop of the clock."""

    facts: Facts

    @cached_property
    def _first(self) -> dict[str, WorkingDays]:
        return {slug: WorkingDays.of(each.nation) for slug, each in self.facts.councils.items()}

    @cached_property
    def _known(self) -> dict[tuple[str, int], WorkingDays]:
        return {}

    def at(self, council: str, stop: int) -> WorkingDays:
        """The calendar that holds at a stop: the same object as long as nothing changes."""
        told = [each for each in self.facts.proclaimed if council in each.councils and each.moment <= stop]
        key = (council, len(told))
        if key not in self._known:
            self._known[key] = self._first[council].without(each.day for each in told)
        return self._known[key]


def check(facts: Facts) -> Verdict:
    """Judge a quarter."""
    verdict, calendars = Verdict(), Calendars(facts)
    processes = {slug: Process.read(text) for slug, text in facts.processes.items()}
    acts, messages = defaultdict[int, list[Act]](list), defaultdict[str, list[Message]](list)
    for act in facts.acts:
        acts[act.report].append(act)
    for message in facts.messages:
        for reference in message.references:
            messages[reference].append(message)
    for report in facts.reports:
        own = messages.pop(report.reference, [])
        life = _life(facts, report, processes[report.process], calendars, own).live(acts[report.number])
        case = _Case(life, own, facts.statuses.get(report.reference), calendars, verdict)
        case.judge()
    verdict.letters_unexplained += [f"{each.subject}: of no report" for rest in messages.values() for each in rest]
    verdict.letters_unexplained += _twice(facts.messages)
    return verdict


def _life(facts: Facts, report: Report, process: Process, calendars: Calendars, own: Iterable[Message]) -> Life:
    asked: dict[tuple[str, int], datetime] = {}
    counted: Counter[str] = Counter()
    for message in sorted(own, key=lambda each: each.at):
        if kind_of(message)[0] == ASK:
            counted[message.to] += 1
            asked[message.to, counted[message.to]] = message.at
    return Life(
        report,
        process,
        facts.councils[report.council],
        facts.stops,
        lambda stop: calendars.at(report.council, stop),
        lambda address, number: asked.get((address, number)),
    )


def _twice(messages: Iterable[Message]) -> list[str]:
    """The same message, accepted once more."""
    seen = Counter((each.message_id, each.to) for each in messages)
    return [f"{message_id} came {times} times to {to}" for (message_id, to), times in seen.items() if times > 1]


def kind_of(message: Message) -> tuple[str, str]:
    """Whether a message asks or reminds, and by when; else its subject."""
    found = SUBJECT.fullmatch(message.subject)
    return (KINDS[found["kind"]], found["by"]) if found is not None else (OTHER, message.subject)


@dataclass
class _Case:
    """One case: what it must be, and what was seen."""

    life: Life
    messages: list[Message]
    status: Status | None
    calendars: Calendars
    verdict: Verdict

    @property
    def name(self) -> str:
        report = self.life.report
        return f"report {report.number} ({report.process}, {report.council}, {report.reference})"

    def judge(self) -> None:
        self._judge_messages()
        self._judge_days()
        if self.status is None:
            self.verdict.wrong_stage.append(f"{self.name}: nobody knows it")
            return
        self._judge_end(self.status)
        self._judge_steps(self.status)
        self._judge_letters(self.status)
        self.verdict.ways.update(self.way())

    def way(self) -> Iterable[str]:
        """The steps of its life, for the table of a quarter."""
        for step in self.life.steps:
            yield f"{self.life.report.process} {step.id}{' in silence' if step.is_silence else ''}"

    def _judge_messages(self) -> None:
        wanted = Counter(_key(each, self.life.report) for each in self.life.due if each.kind in {ASK, REMINDER, LETTER})
        seen, rest = Counter[Key](), list[Message]()
        letters = {(each.to, each.subject) for each in self.life.due if each.kind == LETTER}
        for message in self.messages:
            kind, what = kind_of(message)
            to = self._addressee(message)
            kind = LETTER if kind == OTHER and (to, what) in letters else kind
            if kind == OTHER:
                rest.append(message)
            else:
                seen[kind, to, what, message.moment, self.life.report.reference] += 1
        if not self.life.report.email:
            wanted = Counter({key: count for key, count in wanted.items() if key[:2] != (LETTER, CITIZEN)})
        self.verdict.letters_lost += [f"{self.name}: {key}" for key in (wanted - seen).elements()]
        self.verdict.letters_unexplained += [f"{self.name}: {key}" for key in (seen - wanted).elements()]
        self._judge_others(rest)

    def _judge_others(self, rest: list[Message]) -> None:
        """News and what officers read: wanted at their stops, and never when nothing happened. Copies once at most."""
        wanted = Counter((each.to, each.moment) for each in self.life.due if each.kind in {NEWS, NOTICE, RECALL})
        copies = {each.to for each in self.life.due if each.kind == COPY}
        for message in rest:
            to = self._addressee(message)
            if wanted[to, message.moment]:
                wanted[to, message.moment] -= 1
            elif to in copies and message.moment == self.life.report.moment:
                copies.remove(to)
            elif to != CITIZEN or message.moment not in self.life.noted:
                self.verdict.letters_unexplained.append(f"{self.name}: {message.subject!r} to {to} at {message.at}")
        lost = (f"{self.name}: news or notice to {to} at stop {stop}" for to, stop in wanted.elements())
        self.verdict.letters_lost += [*lost, *(f"{self.name}: copy to {to}" for to in copies if self.life.recipient)]

    def _judge_days(self) -> None:
        """No reminder on a day on which the council does not work, and no letter about a time in working days."""
        notices = {each.moment for each in self.life.due if each.kind == NOTICE}
        silent = {step.moment for step in self.life.steps if step.is_silence and step.unit == "working_days"}
        letters = [each for each in self.life.due if each.kind == LETTER]
        of_silence = {(each.to, each.subject) for each in letters if each.moment in silent}
        of_answers = {(each.to, each.subject, each.moment) for each in letters if each.moment not in silent}
        for message in self.messages:
            to, subject = self._addressee(message), message.subject
            is_recall = message.to == self.life.council.mailbox(REVIEW) and message.moment not in notices
            is_bound = is_recall or kind_of(message)[0] == REMINDER or message.moment in silent
            is_bound |= (to, subject) in of_silence and (to, subject, message.moment) not in of_answers
            on = day(message.at)
            if is_bound and not self.calendars.at(self.life.report.council, message.moment).works(on):
                self.verdict.reminders_on_non_working_days.append(f"{self.name}: {message.subject!r} on {on}")

    def _addressee(self, message: Message) -> str:
        return CITIZEN if message.to == self.life.report.email else message.to

    def _judge_end(self, status: Status) -> None:
        last = len(self.life.stops) - 1
        if status.is_end:
            self.verdict.ended += 1
        else:
            self.verdict.open += 1
            if not unfinished(self.life, last):
                self.verdict.over_longest_silence.append(f"{self.name}: still in {status.stage}")
        stands = self.life.entry.stage.id if self.life.entry is not None else self.life.end
        expected = REVIEW if self.life.officers is not None else stands
        if status.stage != expected:
            self.verdict.wrong_stage.append(f"{self.name}: in {status.stage}, not in {expected}")

    def _judge_steps(self, status: Status) -> None:
        """Which stages it reached, and when: what silence did on its day, everything else at once."""
        titles = {f"{each.title}." for each in self.life.process.stages.values()}
        titles |= {f"{each['title']}." for each in self.life.process.ends.values()} | {"Closed without an answer."}
        seen = [(at, text) for at, text in status.happened if text in titles]
        wanted = self.life.steps
        if [text for _, text in seen] != [f"{step.title}." for step in wanted]:
            way = [step.id for step in wanted]
            self.verdict.wrong_stage.append(f"{self.name}: went {[text for _, text in seen]}, not {way}")
            return
        for (at, _), step in zip(seen, wanted, strict=True):
            self._judge_step(at, step)

    def _judge_step(self, at: datetime, step: Step) -> None:
        stops = self.life.stops
        following = stops[step.moment + 1] if step.moment + 1 < len(stops) else None
        if stops[step.moment] <= at and (following is None or at < following):
            return
        fault = f"{self.name}: {step.id} at {at}, not at {stops[step.moment]}"
        (self.verdict.late_on_wrong_day if step.is_silence else self.verdict.wrong_stage).append(fault)

    def _judge_letters(self, status: Status) -> None:
        """The page of a report keeps every letter to its citizen, also of those without email."""
        wanted = Counter(each.subject for each in self.life.due if each.kind == LETTER and each.to == CITIZEN)
        seen = Counter(subject for _, subject in status.letters)
        self.verdict.letters_lost += [f"{self.name}: {each!r} on its page" for each in (wanted - seen).elements()]
        more = (seen - wanted).elements()
        self.verdict.letters_unexplained += [f"{self.name}: {each!r} on its page" for each in more]


def _key(due: Due, report: Report) -> Key:
    return due.kind, due.to, due.by if due.kind != LETTER else due.subject, due.moment, report.reference


def totals(verdict: Verdict) -> Mapping[str, int]:
    """How many faults of each kind, and how many cases ended."""
    counts = {name: len(faults) for name, faults in verdict.faults.items()}
    return {"ended": verdict.ended, "open": verdict.open, **counts}
