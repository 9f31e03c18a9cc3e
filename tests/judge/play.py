"""Played examples, by a case and a clock of the judge's own."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from tests.judge.shape import UNITS
from tests.judge.tables import closure
from tests.judge.values import DAY, MONDAY, Raw, is_needed, is_working, kind_of, value_in_table, values_of
from tests.judge.world import BACK, NOBODY, PLACE, RECEIVED, RECIPIENT, World, many, when_of

LONDON = ZoneInfo("Europe/London")
Moment = datetime.datetime
MOST_DAYS = 36_500


class Otherwise(Exception):
    """The example goes another way."""


def need(is_so: object) -> None:
    if not is_so:
        raise Otherwise


@dataclass
class Entry:
    """A stage that the case is in.

    Attributes:
        more: further time that was taken.
        unreached: who waits for a message that cannot arrive.
    """

    stage: Raw
    at: Moment
    seats: list[str]
    answers: dict[str, str] = field(default_factory=dict)
    more: int = 0
    unreached: set[str] = field(default_factory=set)


class Case:
    """One case, which keeps what happens to it."""

    def __init__(self, world: World, now: Moment) -> None:
        self.world, self.now, self.received = world, now, now
        self.recipient, self.place = "", ""
        self.values: dict[str, Any] = {}
        self.columns: dict[str, str] = {}
        self.used: dict[str, int] = {}
        self.stood: list[tuple[Moment, Moment]] = []
        self.entry: Entry | None = None
        self.asking: list[tuple[Entry, Moment]] = []
        self.end: str | None = None
        self.outcomes: list[str] = []
        self.letters: list[str] = []
        self.passed = 0
        self.is_told = False
        self.seen_to: Moment | None = None

    # What a citizen reports

    def report(self, answers: Mapping[str, Any], place: str | None) -> None:
        world, today = self.world, self.now.date()
        for name, said in answers.items():
            need(name in world.questions)
            asked = world.questions[name]
            if is_needed(asked) or not is_nothing(said):
                self.values[name] = read(asked, said, today)
        rule, told = self._rule(place)
        if "signpost" in rule:
            return
        need(not world.has_place or place is not None)
        self._inform(told)
        if rule["to"] == "review":
            return
        self.recipient, self.place = rule["to"], place or ""
        for name, value in self.values.items():
            if values_of(world.questions[name]):
                self.columns[name] = value_in_table(world.questions[name], value, today, world.nations)
        first = world.first_of(rule)
        need(first is not None)
        self._enter(str(first), self.now)
        self._if_over()

    def _inform(self, told: dict[str, str]) -> None:
        """What every case is asked after the table has decided."""
        world = self.world
        read_by_rules = {column for row in world.rules for column, _ in closure(when_of(row), world.questions)}
        told = {name: value for name, value in told.items() if name in read_by_rules}
        for name, asked in world.questions.items():
            if name in read_by_rules:
                continue
            if all(told.get(column) in allowed for column, allowed in when_of(asked, "only_if").items()):
                need(name in self.values or not is_needed(asked))
                if name in self.values and values_of(asked):
                    told[name] = value_in_table(asked, self.values[name], self.now.date(), world.nations)

    def _rule(self, place: str | None) -> tuple[Raw, dict[str, str]]:
        world = self.world
        told = {name: value_in_table(world.questions[name], value, self.now.date(), world.nations)
                for name, value in self.values.items() if values_of(world.questions[name])}  # fmt: skip
        known = told | ({PLACE: place} if place is not None else {})
        for rule in world.rules:
            row = list(closure(when_of(rule), world.questions))
            if any(known[name] not in allowed for name, allowed in row if name in known):
                continue
            need(all(name in known for name, _ in row))
            return rule, told
        raise Otherwise

    # What happens

    def days(self, number: int) -> None:
        self.passed += number
        need(self.passed <= MOST_DAYS)
        until = Moment.combine(self.now.date() + number * DAY, self.now.time(), LONDON)
        while self.entry is not None:
            if self.entry.unreached - set(self.entry.answers):
                self._give_up(until)
                break
            due, _, late = self._deadline()
            late = self._applied(due, late)
            if late > until:
                break
            self.now = max(self.now, late.astimezone(LONDON))
            self._taken(self._highest([*self.entry.answers.values(), due["late"]]), "")
        renew = self.world.ends.get(self.end or "", {}).get("renew")
        if renew is not None and not self.is_told:
            date = self.values[self.world.ends[str(self.end)]["holds_until"]] - renew["days_before"] * DAY
            while not is_working(date, ("ENG",)):
                date -= DAY
            if opens(date) <= until:
                self.letters.append(renew["letter"])
                self.is_told = True
        self.now = until

    def _give_up(self, until: Moment) -> None:
        """Officers who see to nothing for twenty working days let the case end."""
        assert self.seen_to is not None
        day, left = self.seen_to.date(), 20
        while left:
            day += DAY
            left -= is_working(day, ("ENG",))
        if opens(open_from(day + DAY)) <= until:
            self.outcomes.append("review/unanswered")
            self.entry, self.end = None, "unanswered"

    def answer(self, by: str, said: Mapping[str, Any]) -> None:
        need(self.entry is not None)
        assert self.entry is not None
        need(by in self.entry.seats and by not in self.entry.answers)
        form = self.world.form(self.entry.stage)
        own = {each["id"]: each for each in form}
        need(set(said) <= set(own))
        columns = {name: value for name, value in self.columns.items() if name not in own}
        for each in form:
            if not all(columns.get(name) in allowed for name, allowed in closure(when_of(each, "only_if"), own)):
                continue
            if is_nothing(said.get(each["id"])):
                need(not is_needed(each))
                continue
            value = self.values[each["id"]] = read(each, said[each["id"]], self.now.date())
            if values_of(each):
                told = value_in_table(each, value, self.now.date(), self.world.nations)
                columns[each["id"]] = self.columns[each["id"]] = told
        outcome = next(
            each for each in self.entry.stage["outcome"]
            if "when" in each and all(self.columns.get(name) in allowed for name, allowed in closure(when_of(each), own))
        )  # fmt: skip
        self.entry.answers[by] = outcome["id"]
        self.seen_to = self.seen_to if self.entry.unreached - set(self.entry.answers) else None
        if outcome.get("at_once"):
            self._taken(outcome["id"], by)
        elif set(self.entry.seats) <= set(self.entry.answers):
            self._taken(self._highest(list(self.entry.answers.values())), by)

    def bounce(self, name: str) -> None:
        need(self.entry is not None)
        assert self.entry is not None
        need(name in self.world.recipients and name in self.entry.seats and name not in self.entry.answers)
        fallback = self.world.recipients.get(self.world.recipients[name].get("fallback", ""))
        if fallback is None:
            self.entry.unreached.add(name)
            self.seen_to = self.seen_to or self.now
            return
        stage = self.entry.stage
        alone = self.world.who(stage) in ((name,), (RECIPIENT,))
        begins = any(rule.get("to") == name and self.world.first_of(rule) == stage["id"] for rule in self.world.rules)
        if alone and begins and self.recipient == name and "first_stage" in fallback:
            self.recipient = fallback["id"]
            self._enter(fallback["first_stage"], self.now)
            self._if_over()
            return
        self.entry.seats = list(dict.fromkeys(fallback["id"] if each == name else each for each in self.entry.seats))
        if set(self.entry.seats) <= set(self.entry.answers):
            self._taken(self._highest(list(self.entry.answers.values())), "")

    # What comes of it

    def _enter(self, stage: str, at: Moment) -> None:
        found = self.world.stages[stage]
        who = self.world.who(found)
        if who == (NOBODY,):
            who = ()
        elif who == (RECIPIENT,):
            who = (self.recipient,)
        elif len(who) > 1 and self.place != "parish":
            who = tuple(name for name in who if self.world.recipients[name]["kind"] != "parish")
        self.entry, self.seen_to = Entry(found, at, list(who)), None

    def _if_over(self) -> None:
        while self.entry is not None:
            due, _, late = self._deadline()
            if late > self.now:
                break
            self._take(self._highest([*self.entry.answers.values(), due["late"]]), "")

    def _highest(self, names: list[str]) -> str:
        assert self.entry is not None
        return next(str(each["id"]) for each in self.entry.stage["outcome"] if each["id"] in names)

    def _taken(self, name: str, by: str) -> None:
        self._take(name, by)
        self._if_over()

    def _take(self, name: str, by: str) -> None:
        entry = self.entry
        assert entry is not None
        outcomes = self.world.outcomes(entry.stage)
        while "at_most" in outcomes[name]:
            key = f"{entry.stage['id']}/{name}"
            if self.used.get(key, 0) < outcomes[name]["at_most"]:
                self.used[key] = self.used.get(key, 0) + 1
                break
            name = outcomes[name]["otherwise"]
        outcome = outcomes[name]
        self.outcomes.append(f"{entry.stage['id']}/{name}")
        self.letters += many(outcome.get("letter"))
        entry.answers.pop(by, None)
        if "extend" in outcome:
            entry.more += next(iter(outcome["extend"].values()))
            return
        if "clock" in entry.stage and self.asking:
            self.stood.append((self.asking[0][1], self.now))
        if "end" in outcome:
            self.entry, self.asking, self.end = None, [], outcome["end"]
            end = self.world.ends[outcome["end"]]
            self.is_told = "holds_until" in end and self.values[end["holds_until"]] < self.now.date()
        elif outcome["next"] == BACK:
            self.entry, _ = self.asking.pop(0)
        else:
            stands = "clock" in self.world.stages[outcome["next"]]
            self.asking = [(entry, self.now), *self.asking] if stands else []
            self._enter(outcome["next"], self.now)

    # When it is late

    def _deadline(self) -> tuple[Raw, Moment, Moment]:
        """The deadline that holds, its promised moment, and when silence counts."""
        assert self.entry is not None
        dues = self.world.dues(self.entry.stage)
        due = next(
            each for each in dues if all(self.columns.get(name) in allowed for name, allowed in when_of(each).items())
        )
        unit = next(unit for unit in UNITS if unit in due)
        promised, late = due[unit], due.get("late_at", due[unit])
        return due, self._moment(due, unit, promised), self._moment(due, unit, late)

    def _applied(self, due: Raw, late: Moment) -> Moment:
        """When the council takes silence for an answer: hours at once, the rest at 8 on the day after, working days on a
        working day."""
        if "hours" in due:
            return late
        day = late.astimezone(LONDON).date()
        return opens(open_from(day) if "working_days" in due else day)

    def _moment(self, due: Raw, unit: str, number: int) -> Moment:
        assert self.entry is not None
        if "before" in due:
            return self._before(self.values[due["before"]], unit, number)
        start = self.entry.at
        if due.get("after") == RECEIVED:
            start = self.received
        elif "after" in due:
            start = midnight(self.values[due["after"]])
        return self._after(start, unit, number + self.entry.more)

    def _after(self, start: Moment, unit: str, number: int) -> Moment:
        if unit == "hours":
            moment = start.astimezone(datetime.UTC) + datetime.timedelta(hours=number)
            for begin, until in sorted((b.astimezone(datetime.UTC), u.astimezone(datetime.UTC)) for b, u in self.stood):
                moment += until - begin if start <= begin < moment else datetime.timedelta()
            return moment
        day = start.date()
        if unit == "working_days":
            while number:
                day += DAY
                number -= is_working(day, self.world.nations) and not self._stood_at_end(day, start)
            return midnight(day + DAY)
        last = later(day, number) if unit == "months" else day + number * (7 if unit == "weeks" else 1) * DAY
        while day < last:
            day += DAY
            last += DAY if self._stood_at_end(day, start) else datetime.timedelta()
        return midnight(last + DAY)

    def _stood_at_end(self, day: datetime.date, since: Moment) -> bool:
        return any(begin < midnight(day + DAY) <= until and begin >= since for begin, until in self.stood)

    def _before(self, date: datetime.date, unit: str, number: int) -> Moment:
        if unit == "hours":
            return midnight(date).astimezone(datetime.UTC) - datetime.timedelta(hours=number)
        if unit == "working_days":
            while number:
                date -= DAY
                number -= is_working(date, self.world.nations)
            return midnight(date + DAY)
        day = later(date, -number) if unit == "months" else date - number * (7 if unit == "weeks" else 1) * DAY
        return midnight(day + DAY)


def midnight(day: datetime.date) -> Moment:
    return Moment.combine(day, datetime.time(), LONDON)


def opens(day: datetime.date) -> Moment:
    return Moment.combine(day, datetime.time(8), LONDON)


def open_from(day: datetime.date) -> datetime.date:
    """The first working day of a council in England."""
    while not is_working(day, ("ENG",)):
        day += DAY
    return day


def later(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months later, or the last of a shorter month."""
    total = day.year * 12 + day.month - 1 + months
    for last in range(day.day, 0, -1):
        try:
            return datetime.date(total // 12, total % 12 + 1, last)
        except ValueError:
            continue
    raise AssertionError


def is_nothing(said: Any) -> bool:
    if isinstance(said, Mapping):
        return all(is_nothing(each) for each in said.values())
    return said is None or said in ([], "") or (isinstance(said, str) and not said.strip())


def read(asked: Raw, said: Any, today: datetime.date) -> Any:
    """A real answer, as a program sends it or a person writes it."""
    need(not is_nothing(said))
    kind = kind_of(asked)
    if kind == "choice":
        need(isinstance(said, str) and said in values_of({**asked, "needed": True}))
    elif kind == "choices":
        chosen = said.split(",") if isinstance(said, str) else said
        need(isinstance(chosen, list) and all(each in [one["value"] for one in asked["choices"]] for each in chosen))
    elif kind == "number":
        said = _number(asked, said)
    elif kind == "date":
        said = _date(asked, said, today)
    elif kind == "text":
        need(isinstance(said, str) and len(said.strip()) <= asked.get("max_characters", 1000))
    elif kind == "photo":
        need(said == "photo")
    else:
        need(isinstance(said, Mapping) and set(said) <= {"name", "address", "email"})
        need(
            not is_nothing(said.get("name")) and not (is_nothing(said.get("address")) and is_nothing(said.get("email")))
        )
        need(is_nothing(said.get("email")) or re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", said["email"]))
    return said


def _number(asked: Raw, said: Any) -> int:
    if isinstance(said, str):
        unit = re.escape(asked["unit"])
        found = re.fullmatch(
            rf"\s*£?\s*([+-]?)(\d{{1,3}}(?:[, ]\d{{3}})+|\d+)(?:\.0*)?\s*(?:{unit})?\s*", said, re.IGNORECASE
        )
        need(found)
        assert found is not None
        said = int(found[1] + re.sub("[, ]", "", found[2]))
    need(type(said) is int or (isinstance(said, float) and said.is_integer()))
    need(asked.get("least", said) <= said <= asked.get("most", said) and abs(said) <= 10**12)
    return int(said)


def _date(asked: Raw, said: Any, today: datetime.date) -> datetime.date:
    if isinstance(said, str):
        found = re.fullmatch(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*", said)
        need(found)
        assert found is not None
        try:
            said = datetime.date(*map(int, found.groups()))
        except ValueError:
            raise Otherwise from None
    need(isinstance(said, datetime.date))
    date = said.date() if isinstance(said, Moment) else said
    need(datetime.date(1900, 1, 1) <= date <= datetime.date(2199, 12, 31))
    need("most_days_ahead" not in asked or (date - today).days <= asked["most_days_ahead"])
    return date


def goes_as_expected(world: World, example: Raw) -> bool:
    """Whether a played example goes the way that it expects."""
    for step in example.get("steps", ()):
        if sum(key in step for key in ("days", "by", "bounce")) != 1 or (step.get("fields") and "by" not in step):
            return False
    case = Case(world, Moment.combine(MONDAY, datetime.time(9), LONDON))
    try:
        case.report(example.get("answers", {}), example.get("place"))
        for step in example.get("steps", ()):
            if "days" in step:
                case.days(step["days"])
            elif "by" in step:
                case.answer(step["by"], step.get("fields", {}))
            else:
                case.bounce(step["bounce"])
    except Otherwise:
        return False
    expect = example["expect"]
    is_as_said = expect.get("outcomes", []) == case.outcomes and expect.get("end") == case.end
    return is_as_said and bool(expect.get("letters", case.letters) == case.letters)
