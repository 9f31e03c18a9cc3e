"""Questions and fields: their values in tables, and real answers around each border."""

import datetime
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from holidays import country_holidays

Raw = Mapping[str, Any]
DAY = datetime.timedelta(days=1)
MONDAY = datetime.date(2027, 2, 1)
NATIONS = ("ENG", "WLS", "SCT", "NIR")


@lru_cache(maxsize=64)
def _closed(nations: tuple[str, ...], year: int) -> frozenset[datetime.date]:
    return frozenset(day for each in nations for day in country_holidays("GB", subdiv=each, years=[year]))


def nations_of(raw: Raw) -> tuple[str, ...]:
    return NATIONS if raw["process"].get("working_days_of") == "any-nation" else ("ENG",)


def is_working(day: datetime.date, nations: tuple[str, ...]) -> bool:
    return day.weekday() < 5 and day not in _closed(nations, day.year)


def count_working(first: datetime.date, last: datetime.date, nations: tuple[str, ...]) -> int:
    """Working days after the first up to and with the last."""
    return sum(is_working(first + number * DAY, nations) for number in range(1, (last - first).days + 1))


def kind_of(asked: Raw) -> str:
    return str(asked.get("kind", "choice"))


def is_needed(asked: Raw) -> bool:
    return bool(asked.get("needed", True))


def values_of(asked: Raw) -> tuple[str, ...]:
    """What a table can tell apart of it; nothing if no table can read it."""
    if not is_needed(asked):
        return ()
    if kind_of(asked) == "choice":
        return tuple(each["value"] for each in asked["choices"])
    return tuple(each["value"] for each in asked.get("bands", ()))


def band(asked: Raw, number: int) -> str:
    return next(str(each["value"]) for each in asked["bands"] if "below" not in each or number < each["below"])


def distance(asked: Raw, date: datetime.date, given: datetime.date, nations: tuple[str, ...]) -> int:
    """How far a date is from the day on which it is given, in the unit of its bands."""
    unit = asked["bands_in"]
    ahead = (date - given).days if unit.endswith("ahead") else (given - date).days
    if ahead < 0:
        early, late = (given, date) if unit.endswith("ago") else (date, given)
        if unit.startswith("calendar"):
            return ahead
        return -max(1, count_working(early, late, nations))
    if unit.startswith("calendar"):
        return ahead
    early, late = min(date, given), max(date, given)
    if unit == "clear_working_days_ahead" and date > given:
        late -= DAY
    return count_working(early, late, nations)


def value_in_table(asked: Raw, answer: Any, given: datetime.date, nations: tuple[str, ...]) -> str:
    """The value in tables of an answer."""
    if kind_of(asked) == "choice":
        return str(answer)
    if kind_of(asked) == "number":
        return band(asked, int(answer))
    return band(asked, distance(asked, answer, given, nations))


def faults(asked: Raw) -> Iterator[str]:
    """Choices and bands: each can be somebody's answer, and every answer is in one."""
    names = [each["value"] for each in asked.get("choices", asked.get("bands", ()))]
    if len(set(names)) < len(names):
        yield "a value twice"
    if ("only_if_council_lists" in asked) != ("otherwise" in asked):
        yield "a list without an answer"
    options = names if kind_of(asked) in ("choice", "number", "date") and (kind_of(asked) != "choice" or names) else []
    if "otherwise" in asked and asked["otherwise"] not in options:
        yield "otherwise is no value"
    if kind_of(asked) == "number":
        yield from _numbers(asked)
    if kind_of(asked) == "date":
        yield from _dates(asked)


def _limits(asked: Raw) -> list[int] | None:
    """The limits of bands; None if they cannot be read as ranges."""
    bands = asked["bands"]
    if len(bands) < 2 or "below" in bands[-1] or any("below" not in each for each in bands[:-1]):
        return None
    return [each["below"] for each in bands[:-1]]


def _numbers(asked: Raw) -> Iterator[str]:
    least, most = asked.get("least", -(10**12)), asked.get("most", 10**12)
    if "least" in asked and "most" in asked and least >= most:
        yield "no numbers"
        return
    if not asked.get("bands"):
        return
    limits = _limits(asked)
    if limits is None:
        yield "bands that are no ranges"
        return
    tried = {each for limit in limits for each in (limit - 1, limit)} | {asked.get("least"), asked.get("most")}
    tried |= {min(limits) - 1, max(limits) + 1}
    real = {
        number
        for number in tried
        if number is not None and asked.get("least", number) <= number <= asked.get("most", number)
    }
    if {band(asked, number) for number in real} != {each["value"] for each in asked["bands"]} or limits != sorted(
        set(limits)
    ):
        yield "a band without a number"


def _dates(asked: Raw) -> Iterator[str]:
    if bool(asked.get("bands")) != ("bands_in" in asked):
        yield "bands without a unit"
        return
    if not asked.get("bands"):
        return
    limits = _limits(asked)
    if limits is None or any(abs(each) > 1000 for each in limits):
        yield "bands that are no ranges"
        return
    real = _distances(asked["bands_in"], asked.get("most_days_ahead"), NATIONS[:1])
    if {band(asked, number) for number in real} != {each["value"] for each in asked["bands"]} or limits != sorted(
        set(limits)
    ):
        yield "a band without a date"


@lru_cache(maxsize=256)
def _distances(unit: str, most: int | None, nations: tuple[str, ...]) -> frozenset[int]:
    """Every distance that a date can have which somebody gives on one of the days of a fortnight."""
    asked = {"bands_in": unit}
    days = [datetime.date(2027, 6, 7) + number * DAY for number in range(14)]
    last = 1500 if most is None else min(most, 1500)
    near = range(-120, min(last, 120) + 1)
    far = [*range(-1500, -120, 30), *range(120, last + 1, 10), last]
    found = {distance(asked, day + offset * DAY, day, nations) for day in days for offset in near}
    far_ones = {distance(asked, days[0] + offset * DAY, days[0], nations) for offset in far if offset <= last}
    low, high = min(found | far_ones), max(found | far_ones)
    return frozenset(range(low, high + 1)) if last >= 0 else frozenset(found)
