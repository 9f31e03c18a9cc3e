"""Working days and deadlines for the checker, from GOV.UK's own file. Shares no code with the engine.

Written from the language's description: a time in days is over at the end of its last day, days on which time stood at
midnight do not count, and what comes of silence is done at 8am.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
OPENS = time(8)
DAY = timedelta(days=1)
DIVISIONS = {
    "england": "england-and-wales",
    "wales": "england-and-wales",
    "scotland": "scotland",
    "northern-ireland": "northern-ireland",
}
SPANS = {"calendar_days": 1, "weeks": 7}

Stood = Sequence[tuple[datetime, datetime]]


def bank_holidays(nation: str) -> frozenset[date]:
    """The bank holidays of a nation that GOV.UK has published."""
    published = json.loads(files("govuk_bank_holidays").joinpath("bank-holidays.json").read_text(encoding="utf-8"))
    return frozenset(date.fromisoformat(each["date"]) for each in published[DIVISIONS[nation]]["events"])


def day(moment: datetime) -> date:
    """The day of a moment in London."""
    return moment.astimezone(LONDON).date()


def end_of(last: date) -> datetime:
    """The midnight at which a day is over."""
    return datetime.combine(last + DAY, time(), LONDON)


def opening(on: date) -> datetime:
    """8am on a day."""
    return datetime.combine(on, OPENS, LONDON)


@dataclass(frozen=True)
class WorkingDays:
    """On which days a council works."""

    closed: frozenset[date] = field(repr=False)

    @classmethod
    def of(cls, nation: str) -> "WorkingDays":
        return cls(bank_holidays(nation))

    def without(self, days: Iterable[date]) -> "WorkingDays":
        """The same, but for holidays that were proclaimed."""
        return replace(self, closed=self.closed | frozenset(days))

    def works(self, on: date) -> bool:
        """Whether it is a working day."""
        return on.isoweekday() <= 5 and on not in self.closed

    def from_day(self, on: date) -> date:
        """The first working day from a day on."""
        while not self.works(on):
            on += DAY
        return on

    def over(self, begun: datetime, amount: int, unit: str, stood: Stood = ()) -> datetime:
        """When a time is over that began at a moment."""
        if unit == "hours":
            return begun.astimezone(ZoneInfo("UTC")) + timedelta(hours=amount)
        last, left = day(begun), amount
        if unit == "months":
            left = (_months_on(last, amount) - last).days
        left *= SPANS.get(unit, 1)
        while left:
            last += DAY
            if not (unit == "working_days" and not self.works(last)) and not _stood_at_end(last, begun, stood):
                left -= 1
        return end_of(last)

    def silence(self, over: datetime, unit: str, stood: Stood = ()) -> datetime:
        """When silence is taken for an answer, once a time is over."""
        if unit == "hours":
            return over
        return self._opens(day(over), stood, works=unit == "working_days")

    def reminder(self, over: datetime, unit: str, stood: Stood = ()) -> datetime:
        """When somebody is reminded, once a time is over."""
        return over if unit == "hours" else self._opens(day(over), stood, works=True)

    def _opens(self, on: date, stood: Stood, *, works: bool) -> datetime:
        """8am on a day or the first working day from it; never while time stands."""
        while True:
            moment = opening(self.from_day(on) if works else on)
            until = next((until for begun, until in stood if begun <= moment < until), None)
            if until is None:
                return moment
            on = day(until) + (DAY if until > opening(day(until)) else timedelta())


def _stood_at_end(last: date, since: datetime, stood: Stood) -> bool:
    return any(since <= begun < end_of(last) <= until for begun, until in stood)


def _months_on(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    first, following = date(year, month + 1, 1), divmod(year * 12 + month + 1, 12)
    length = (date(following[0], following[1] + 1, 1) - first).days
    return first + (min(start.day, length) - 1) * DAY
