"""The checker can fail, in each way it is there for; and what is right it takes for right."""

import ast
import importlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from tests.year.calendars import LONDON, WorkingDays
from tests.year.checker import check, totals
from tests.year.councils import councils, process_texts
from tests.year.facts import Act, Facts, Message, Place, Proclaimed, Report, Status

FIRST, DAYS, A_DAY = date(2027, 3, 1), 40, 5
OF_A_DAY = (time(0, 1), time(7, 45), time(8, 2), time(13), time(18))
STOPS = [
    datetime.combine(FIRST + timedelta(days=day), at, LONDON)
    + (timedelta(minutes=day) if at > time(8) else timedelta())
    for day in range(DAYS)
    for at in OF_A_DAY
]
OPENS, NOON = 2, 3
BIN, HEDGE = "WW-BBBB-2222", "WW-HHHH-3333"
ADA, CLERK = "ada@people.example", "clerk@norby.example"
TITLES = {BIN: "Report a missed bin", HEDGE: "Report an overgrown hedge or plants over a path or road"}
SECOND = timedelta(seconds=1)
SUBJECTS = {
    "coming-back": f"We are coming back for your bin: {BIN}",
    "unanswered": f"We have not emptied your bin: {BIN}",
}


def stop(day: int, of_day: int = OPENS, month: int = 3) -> int:
    return (date(2027, month, day) - FIRST).days * A_DAY + of_day


def message(number: int, reference: str, to: str, subject: str, moment: int) -> Message:
    return Message(number, f"<{number}@x>", (reference,), to, subject, moment, STOPS[moment] + SECOND)


def ask(by: str, reference: str, start: str = "Answer") -> str:
    return f"{start} by {by}: {TITLES[reference]}, {reference}"


def quarter() -> Facts:
    """A bin that nobody sees to over Easter in England, and a hedge that a clerk in Northern Ireland sees to in March."""
    bin_place = Place("merewold", "parish", "Beckwith", 0, 0, "clerk@beckwith.example")
    hedge = {"over": "open-space", "land": "public", "passable": "yes"}
    facts = Facts(councils(), process_texts(), STOPS)
    facts.reports = [
        Report(0, BIN, "missed-bin", bin_place, {"collection_day": "2027-03-25", "bins": ["food"]}, ADA, stop(25)),
        Report(1, HEDGE, "overgrown-hedge", Place("norwick", "parish", "Norby", 0, 0, CLERK), hedge, None, stop(1)),
    ]
    facts.acts = [Act(1, "parish", CLERK, 1, stop(23, NOON), STOPS[stop(23, NOON)] + SECOND, {"parish_answer": "cut"})]
    facts.messages = [
        message(1, BIN, ADA, f"Your report {BIN} is on its way", stop(25)),
        message(2, BIN, "collections@merewold.example", ask("26 March 2027 at 8:26am", BIN), stop(25)),
        message(3, BIN, ADA, SUBJECTS["coming-back"], stop(26)),
        message(4, BIN, "collections@merewold.example", ask("31 March 2027", BIN), stop(26)),
        message(5, BIN, ADA, f"Your report {BIN}: a new stage", stop(1, month=4)),
        message(6, BIN, "manager@merewold.example", ask("2 April 2027", BIN), stop(1, month=4)),
        message(7, BIN, ADA, SUBJECTS["unanswered"], stop(5, month=4)),
        message(8, HEDGE, CLERK, ask("23 March 2027", HEDGE), stop(1)),
        message(9, HEDGE, "highways@norwick.example", f"Copy: report {HEDGE}", stop(1)),
        message(10, HEDGE, CLERK, ask("23 March 2027", HEDGE, "Reminder: answer"), stop(16)),
    ]
    ways = {
        BIN: [
            (stop(25), "We are asking the crew."),
            (stop(26), "We are coming back for your bin."),
            (stop(1, month=4), "The manager for collections is dealing with it."),
            (stop(5, month=4), "Closed without an answer."),
        ],
        HEDGE: [(stop(1), "The parish council is looking at it."), (stop(23, NOON), "It has been cut.")],
    }
    happened = {name: tuple((STOPS[at] + SECOND, text) for at, text in way) for name, way in ways.items()}
    kept = {
        BIN: tuple((STOPS[stop(5)], each) for each in SUBJECTS.values()),
        HEDGE: ((STOPS[0], f"Your report {HEDGE}"),),
    }
    facts.statuses = {
        BIN: Status("unanswered", True, happened[BIN], kept[BIN]), HEDGE: Status("cut", True, happened[HEDGE], kept[HEDGE])
    }  # fmt: skip
    return facts


def test_a_quarter_in_which_all_is_right_is_good():
    verdict = check(quarter())
    assert verdict.is_good, verdict
    assert totals(verdict)["ended"] == 2


Change = Callable[[Facts], object]


def moved(number: int, to: int) -> Change:
    """A message at another stop."""

    def change(facts: Facts) -> None:
        facts.messages[number - 1] = replace(facts.messages[number - 1], moment=to, at=STOPS[to] + SECOND)

    return change


def without(number: int) -> Change:
    return lambda facts: facts.messages.pop(number - 1)


def also(new: Message) -> Change:
    return lambda facts: facts.messages.append(new)


def happens(reference: str, number: int, at: int) -> Change:
    """A step of a case at another stop."""

    def change(facts: Facts) -> None:
        way = list(facts.statuses[reference].happened)
        way[number] = (STOPS[at] + SECOND, way[number][1])
        stands(reference, happened=tuple(way))(facts)

    return change


def stands(reference: str, **changes: object) -> Change:
    def change(facts: Facts) -> None:
        facts.statuses[reference] = replace(facts.statuses[reference], **changes)  # type: ignore[arg-type]

    return change


def unknown(reference: str) -> Change:
    return lambda facts: facts.statuses.pop(reference)


def says(number: int, subject: str) -> Change:
    def change(facts: Facts) -> None:
        facts.messages[number - 1] = replace(facts.messages[number - 1], subject=subject)

    return change


def closed(facts: Facts) -> None:
    facts.acts = [replace(each, page="closed") for each in facts.acts]


BIN_DONE, HEDGE_DONE = quarter().statuses[BIN], quarter().statuses[HEDGE]
FAULTS: dict[str, tuple[Change, str]] = {
    "silence is taken a day early": (happens(BIN, 2, stop(31)), "late_on_wrong_day"),
    "silence is taken before the council opens": (happens(BIN, 2, stop(1, 1, month=4)), "late_on_wrong_day"),
    "silence is taken a day late": (happens(BIN, 2, stop(2, month=4)), "late_on_wrong_day"),
    "silence is taken on Easter Monday": (happens(BIN, 2, stop(29)), "late_on_wrong_day"),
    "an end comes on a Sunday": (happens(BIN, 3, stop(4, month=4)), "late_on_wrong_day"),
    "a reminder on St Patrick's Day": (moved(10, stop(17)), "reminders_on_non_working_days"),
    "a reminder on a Sunday": (moved(10, stop(14)), "reminders_on_non_working_days"),
    "a reminder a day early": (moved(10, stop(15)), "letters_unexplained"),
    "a letter about working days on a Saturday": (moved(7, stop(3, month=4)), "reminders_on_non_working_days"),
    "that letter, and one on its day": (also(message(11, BIN, ADA, SUBJECTS["unanswered"], stop(3, month=4))),
                                        "letters_unexplained"),
    "an answer is applied a day late": (happens(HEDGE, 1, stop(24)), "wrong_stage"),
    "a lost letter": (without(7), "letters_lost"),
    "a lost request": (without(4), "letters_lost"),
    "a lost reminder": (without(10), "letters_lost"),
    "lost news": (without(5), "letters_lost"),
    "a lost copy": (without(9), "letters_lost"),
    "a letter that its page does not have": (stands(HEDGE, letters=()), "letters_lost"),
    "a letter twice": (also(message(11, BIN, ADA, SUBJECTS["unanswered"], stop(5, month=4))), "letters_unexplained"),
    "a letter twice on its page": (stands(HEDGE, letters=HEDGE_DONE.letters * 2), "letters_unexplained"),
    "a message that is accepted twice": (also(quarter().messages[6]), "letters_unexplained"),
    "news of nothing": (also(message(11, BIN, ADA, "Your report", stop(30))), "letters_unexplained"),
    "a reminder of what was answered": (also(message(11, HEDGE, CLERK, ask("23 March 2027", HEDGE, "Reminder: answer"),
                                                     stop(24))), "letters_unexplained"),
    "a message to a stranger": (also(message(11, BIN, "eve@x.example", "Hello", stop(25))), "letters_unexplained"),
    "a message of no report": (also(message(11, "WW-XXXX-9999", ADA, "Hello", stop(25))), "letters_unexplained"),
    "another day in a request": (says(4, ask("30 March 2027", BIN)), "letters_lost"),
    "another stage at the end": (stands(BIN, stage="escalated", is_end=False), "wrong_stage"),
    "a case that stands too long": (stands(BIN, stage="escalated", is_end=False), "over_longest_silence"),
    "a stage that was left out": (stands(BIN, happened=BIN_DONE.happened[:2] + BIN_DONE.happened[3:]), "wrong_stage"),
    "a stage twice": (stands(BIN, happened=BIN_DONE.happened[:2] + BIN_DONE.happened[1:]), "wrong_stage"),
    "an answer that was not taken": (closed, "wrong_stage"),
    "a report that nobody knows": (unknown(BIN), "wrong_stage"),
    "a holiday that nobody minded": (
        lambda facts: setattr(facts, "proclaimed", [Proclaimed(frozenset({"merewold"}), date(2027, 3, 30), stop(27, 0))]),
        "late_on_wrong_day",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_is_found(name):
    change, where = FAULTS[name]
    facts = quarter()
    change(facts)
    verdict = check(facts)
    assert not verdict.is_good
    assert verdict.faults[where], verdict.faults


AT = datetime(2027, 3, 25, 9, tzinfo=UTC)
STOOD = [(AT + timedelta(hours=1), AT + timedelta(days=7))]
TIMES = {
    "working days pass over Easter": ("england", 2, "working_days", (), "2027-03-31"),
    "Easter Monday is a working day in Scotland": ("scotland", 2, "working_days", (), "2027-03-30"),
    "calendar days do not": ("england", 2, "calendar_days", (), "2027-03-27"),
    "weeks": ("wales", 2, "weeks", (), "2027-04-08"),
    "months": ("wales", 11, "months", (), "2028-02-25"),
    "days at whose end time stood do not count": ("england", 2, "calendar_days", STOOD, "2027-04-02"),
    "nor do such working days": ("england", 3, "working_days", STOOD, "2027-04-05"),
}


@pytest.mark.parametrize("name", TIMES)
def test_a_time_is_over_at_the_end_of_its_last_day(name):
    nation, amount, unit, stood, last = TIMES[name]
    over = WorkingDays.of(nation).over(AT, amount, unit, stood)
    assert over == datetime.combine(date.fromisoformat(last) + timedelta(days=1), datetime.min.time(), LONDON)


@pytest.mark.parametrize(
    ("until", "silence", "reminder"),
    [
        ("2027-03-27T10:00", "2027-03-28", "2027-03-30"),  # a Saturday, before Easter
        ("2027-03-30T07:00", "2027-03-30", "2027-03-30"),
        ("2027-03-30T09:00", "2027-03-31", "2027-03-31"),
    ],
)
def test_what_falls_due_while_time_stands_waits_until_the_council_opens(until, silence, reminder):
    moment = datetime.fromisoformat(until).replace(tzinfo=LONDON)
    stood, over = [(AT - timedelta(days=2), moment)], datetime(2027, 3, 25, tzinfo=LONDON)
    days = WorkingDays.of("england")
    opens = [datetime.combine(date.fromisoformat(each), time(8), LONDON) for each in (silence, reminder)]
    assert [days.silence(over, "weeks", stood), days.reminder(over, "weeks", stood)] == opens


def test_hours_are_those_that_pass_also_when_the_clock_changes():
    begun = datetime(2027, 3, 27, 13, tzinfo=LONDON)
    assert WorkingDays.of("england").over(begun, 24, "hours") == datetime(2027, 3, 28, 14, tzinfo=LONDON)


@pytest.mark.parametrize("month", ["a month with 31 days", "a month with 28 days"])
def test_a_month_ends_on_the_same_day_or_the_last(month):
    begun = datetime(2027, 1, 31 if "28" in month else 30, 9, tzinfo=UTC)
    days = {"a month with 31 days": (2, date(2027, 3, 30)), "a month with 28 days": (1, date(2027, 2, 28))}
    amount, last = days[month]
    over = WorkingDays.of("england").over(begun, amount, "months")
    assert over.astimezone(LONDON).date() == last + timedelta(days=1)


@pytest.mark.parametrize("name", ["calendars", "checker", "definitions", "expected", "facts", "lives"])
def test_the_checker_imports_nothing_of_the_engine(name):
    module = importlib.import_module(f"tests.year.{name}")
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    named |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not {each for each in named if each.split(".")[0] in {"routing", "flows", "holidays"}}
