"""A simulated quarter: day by day, people report and answer over HTTP, and only the day is set."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

from tests.year.browser import ASKS, LINK, Browser, Taken
from tests.year.calendars import WorkingDays, day
from tests.year.checker import kind_of
from tests.year.councils import councils, process_texts
from tests.year.definitions import Process
from tests.year.expected import ASK, REMINDER
from tests.year.facts import CITIZEN, Act, Facts, Message, Proclaimed, Report
from tests.year.people import How, Plan, Wish, as_form, filled, plan, wish
from tests.year.standing import Standing
from tests.year.stops import SLOTS_A_DAY, Stop, stops_of

THREADS = 4
HOLIDAY_IN = ("merewold", "farholme")
LONG = 14
"""In as many days or more, a holiday is proclaimed in the middle."""


@dataclass(frozen=True)
class Asked:
    """Somebody was asked, and has a link: for a stage, by a message of which it is the so-many-th."""

    report: Report
    stage: str
    seat: str
    ask: int
    address: str


@dataclass
class Simulation:
    """One quarter.

    Attributes:
        wishes: slot, counted from the first day → the reports that people are going to send then.
        diary: slot → what else they are going to do.
    """

    standing: Standing
    seed: int
    first: date
    days: int
    reports: int
    say: Callable[[str], None]
    facts: Facts = field(init=False)
    wishes: dict[int, list[Callable[[int], None]]] = field(default_factory=lambda: defaultdict(list))
    diary: dict[int, list[Callable[[int], None]]] = field(default_factory=lambda: defaultdict(list))
    taken: dict[int, Taken] = field(default_factory=dict)
    by_reference: dict[str, Report] = field(default_factory=dict)
    asks: Counter[tuple[str, str]] = field(default_factory=Counter)
    visits: Counter[tuple[int, str]] = field(default_factory=Counter)
    waiting: dict[tuple[str, str, int], tuple[Asked, Plan]] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)
    read: int = 0

    def __post_init__(self) -> None:
        here = self.standing.here.addresses
        assert here.mailbox is not None
        self.browser = Browser(here.web, here.mailbox)
        self.stops = stops_of(self.first, self.days)
        self.facts = Facts(councils(), process_texts(), [])
        self.processes = {slug: Process.read(text) for slug, text in self.facts.processes.items()}
        for number in range(self.reports):
            each = wish(self.seed, number, self.days, self.first, self.standing.places, self.processes)
            self.wishes[each.day * SLOTS_A_DAY + each.slot].append(partial(self._report, each))

    def run(self) -> Facts:
        """Live the quarter, then look at every report's page."""
        middle = self.first + timedelta(days=self.days // 2) if self.days >= LONG else None
        with ThreadPoolExecutor(THREADS) as pool:
            for number, stop in enumerate(self.stops):
                if stop.on == middle and self.stops[number - 1].on != middle:
                    self._proclaim(stop.on, number)
                self._live(number, stop, pool)
            looked = pool.map(self._look, self.facts.reports)
            self.facts.statuses = dict(zip((each.reference for each in self.facts.reports), looked, strict=True))
        return self.facts

    def _look(self, report: Report) -> Any:
        return self.browser.status(report, self.taken[report.number].token)

    def _live(self, number: int, stop: Stop, pool: ThreadPoolExecutor) -> None:
        """One stop: new reports and what the time brings, then what people do who were asked before."""
        self.standing.clock.set(stop.at)
        self.facts.stops.append(stop.at)
        slots = [(stop.on - self.first).days * SLOTS_A_DAY + each for each in stop.slots]
        for diary in (self.wishes, self.diary):
            doing = [each for slot in slots for each in diary.pop(slot, ())]
            for done in [pool.submit(each, number) for each in doing]:
                done.result()
            self.standing.wait_until_quiet()
            self._collect(number, stop)
        if stop.slots:
            self.say(f"{stop.at:%a %d %b %H:%M}  {len(self.facts.reports)} reports, {len(self.facts.acts)} answers, "
                     f"{len(self.facts.messages)} messages")  # fmt: skip

    def _proclaim(self, on: date, number: int) -> None:
        """A holiday in two of the councils, some days from now."""
        calendars = [WorkingDays.of(self.facts.councils[each].nation) for each in HOLIDAY_IN]
        holiday = on + timedelta(days=4)
        while not all(each.works(holiday) for each in calendars):
            holiday += timedelta(days=1)
        self.standing.proclaim(frozenset(HOLIDAY_IN), holiday)
        self.facts.proclaimed = [Proclaimed(frozenset(HOLIDAY_IN), holiday, number)]
        self.say(f"{on:%a %d %b}  {holiday:%a %d %b} is proclaimed a holiday")

    def _report(self, wish: Wish, moment: int) -> None:
        browser = self.browser
        taken = (
            browser.report_by_form(wish, self.processes[wish.process]) if wish.by_form else browser.report_by_api(wish)
        )
        report = Report(
            wish.number, taken.reference, wish.process, wish.place, wish.answers, wish.email, moment, wish.by_form
        )
        self.taken[wish.number] = taken
        self.by_reference[taken.reference] = report
        self.facts.reports.append(report)
        for slot in wish.looks:
            self.diary[wish.day * SLOTS_A_DAY + wish.slot + slot].append(partial(self._look_if_asked, report))

    def _collect(self, number: int, stop: Stop) -> None:
        """Read the new mail, and plan what to do about it."""
        new = list[Message]()
        for each in self.browser.mail_after(self.read):
            self.read = each["number"]
            at, references = self.standing.clock.of(each["received_at"]), tuple(each["reference"].split())
            subject = " ".join(each["subject"].split())  # a long one comes on two lines
            new += [Message(each["number"], each["message_id"], references, to, subject, number, at)
                    for to in each["envelope_to"]]  # fmt: skip
        self.facts.messages += new
        for message in new:
            if (message.message_id, message.to) not in self.seen:  # a repeat tells nobody anything new
                self.seen.add((message.message_id, message.to))
                self._read(message, stop)

    def _read(self, message: Message, stop: Stop) -> None:
        report = self.by_reference[message.references[0]]
        kind, _ = kind_of(message)
        if message.to == report.email:
            self._read_letter(report, message, stop)
        elif kind in {ASK, REMINDER}:
            self._read_ask(report, message, kind, stop)

    def _read_ask(self, report: Report, message: Message, kind: str, stop: Stop) -> None:
        self.asks[report.reference, message.to] += kind == ASK
        ask = self.asks[report.reference, message.to]
        link = LINK.search(text := self.browser.read(message.number))
        assert link is not None, text
        address = self.browser.answer_link(link[1])
        if kind == REMINDER:
            kept = self.waiting.pop((report.reference, message.to, ask), None)
            if kept is not None:
                asked, then = kept
                self._plan(Asked(report, asked.stage, message.to, ask, address), then, stop)
            return
        process = self.processes[report.process]
        stage = next(each for each in process.stages.values() if _task(each.own) and _task(each.own) in text)
        self.visits[report.number, stage.id] += 1
        then = plan(self.seed, report.number, process, stage, self.visits[report.number, stage.id])
        asked = Asked(report, stage.id, message.to, ask, address)
        if then.how is How.REMINDED:
            self.waiting[report.reference, message.to, ask] = asked, then
        else:
            self._plan(asked, then, stop)

    def _plan(self, asked: Asked, then: Plan, stop: Stop) -> None:
        if then.how is not How.SILENT:
            last = max(stop.slots, default=0)
            slot = (stop.on - self.first).days * SLOTS_A_DAY + last + then.wait
            self.diary[slot].append(partial(self._do, asked, then))

    def _read_letter(self, report: Report, message: Message, stop: Stop) -> None:
        if any(each.who == CITIZEN for each in self.processes[report.process].stages.values()) and ASKS.search(
            self.browser.read(message.number)
        ):
            self._citizen_is_asked(report, stop)

    def _look_if_asked(self, report: Report, moment: int) -> None:
        """Somebody without email comes back to the page of their report."""
        if self._stage_of_page(report) is not None:
            self._citizen_is_asked(report, self.stops[moment])

    def _stage_of_page(self, report: Report) -> str | None:
        names = self.browser.fields(self.browser.report_page(self.taken[report.number], "/answer"))
        return self.processes[report.process].stage_asking(_first(names)) if names else None

    def _citizen_is_asked(self, report: Report, stop: Stop) -> None:
        stage = self._stage_of_page(report)
        if stage is None:
            return
        self.visits[report.number, stage] += 1
        process = self.processes[report.process]
        then = plan(self.seed, report.number, process, process.stages[stage], self.visits[report.number, stage])
        address = self.browser.report_page(self.taken[report.number], "/answer")
        self._plan(Asked(report, stage, CITIZEN, 0, address), then, stop)

    def _do(self, asked: Asked, then: Plan, moment: int) -> None:
        """Open the page, and answer, maybe twice; or give the case back."""
        names = self.browser.fields(asked.address)
        process = self.processes[asked.report.process]
        shown = process.stage_asking(_first(names)) if names else None
        page = "open" if shown == asked.stage else "closed"
        if then.why != "answer":
            self._send(asked, f"{asked.address}/{then.why}", {}, then, page, moment)
            return
        for answers in (then.answers, *([then.again] if then.again is not None else [])):
            self._send(asked, asked.address, answers, then, page, moment)

    def _send(self, asked: Asked, address: str, said: Any, then: Plan, page: str, moment: int) -> None:
        stage = self.processes[asked.report.process].stages[asked.stage]
        answers = filled(said, day(self.standing.clock.now()))
        form = as_form(stage.fields, answers)
        if asked.seat == CITIZEN:
            form["token"] = self.taken[asked.report.number].token
        at = self.standing.clock.now()
        self.browser.send(address.partition("?")[0] if asked.seat == CITIZEN else address, form)
        self.facts.acts.append(
            Act(asked.report.number, asked.stage, asked.seat, asked.ask, moment, at, answers, then.why, page)
        )


def _first(names: Iterable[str]) -> str:
    """The field of the first part of a form: of a date, its day."""
    return next(iter(names)).removesuffix("-day")


def _task(stage: Any) -> str:
    """The words of a task that are always the same."""
    return str(stage.get("task", "")).partition("{")[0].strip()
