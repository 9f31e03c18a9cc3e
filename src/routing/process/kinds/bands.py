"""Bands: how a number or a date enters a table, as one of a few named ranges."""

import datetime
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from routing.process.parts import Part, Value
from routing.working_days import ONE_DAY, Calendar


class Band(Part):
    """A range: from the band before up to a limit.

    Attributes:
        value: its name in rules.
        below: the first number that is too large for it; the last band has none.
    """

    value: Value
    below: Annotated[int, Field(strict=True, ge=-(10**9), le=10**9)] | None = None


class BandUnit(StrEnum):
    """What the bands of a date count, from the day on which it is given.

    *Clear* working days count neither that day nor the date itself.
    """

    WORKING_DAYS_AGO = "working_days_ago"
    CALENDAR_DAYS_AGO = "calendar_days_ago"
    WORKING_DAYS_AHEAD = "working_days_ahead"
    CLEAR_WORKING_DAYS_AHEAD = "clear_working_days_ahead"
    CALENDAR_DAYS_AHEAD = "calendar_days_ahead"


AGO = frozenset({BandUnit.WORKING_DAYS_AGO, BandUnit.CALENDAR_DAYS_AGO})
FARTHEST = 1_000
"""The largest limit of a band of a date. We count no further."""


def band_of(bands: Sequence[Band], number: int) -> str:
    """The name of the band of a number."""
    return next(band.value for band in bands if band.below is None or number < band.below)


def distance(date: datetime.date, on: datetime.date, unit: BandUnit, calendar: Calendar) -> int:
    """How far a date is from the day on which it is given, in the unit, up to ``FARTHEST``.

    A date on the other side, such as tomorrow for ``working_days_ago``, is -1 or less, also at a weekend.
    """
    early, late = min(date, on), max(date, on)
    is_other_side = date > on if unit in AGO else date < on
    if unit in (BandUnit.CALENDAR_DAYS_AGO, BandUnit.CALENDAR_DAYS_AHEAD):
        days = (late - early).days
    else:
        is_clear = unit is BandUnit.CLEAR_WORKING_DAYS_AHEAD and not is_other_side and date != on
        days = calendar.working_days_between(early, late - ONE_DAY if is_clear else late, FARTHEST)
    return -max(days, 1) if is_other_side else days


def reach(unit: BandUnit, most_days_ahead: int) -> tuple[int, int]:
    """The smallest and largest distance of a date that is at most so many days ahead; bank holidays do not count."""
    ahead = most_days_ahead - (unit is BandUnit.CLEAR_WORKING_DAYS_AHEAD and most_days_ahead > 0)
    if unit not in (BandUnit.CALENDAR_DAYS_AGO, BandUnit.CALENDAR_DAYS_AHEAD):
        weeks, days = divmod(ahead, 7)
        ahead = 5 * weeks + min(days, 5)
    if unit in AGO:
        return -max(ahead, min(most_days_ahead, 1)), FARTHEST
    return -FARTHEST, min(ahead, FARTHEST)


def complaints(bands: Sequence[Band], least: int | None, most: int | None) -> Iterator[str]:
    """What to change about bands: they ascend within the bounds, and only the last is open."""
    if len(bands) == 1:
        yield "add a second band, or remove bands. One band tells nothing apart."
    elif bands:
        yield from _openness(bands) or _order([band.below for band in bands if band.below is not None])
        yield from _bounds(bands, least, most)
        for value, count in Counter(band.value for band in bands).items():
            if count > 1:
                yield f"rename one of the bands '{value}'. It is there twice."


def _openness(bands: Sequence[Band]) -> list[str]:
    """Only the last band has no limit."""
    found = [
        f"add 'below' to the band '{band.value}'. Only the last band has none."
        for band in bands[:-1]
        if band.below is None
    ]
    if bands[-1].below is not None:
        found.append(f"remove 'below' from the last band '{bands[-1].value}'. It takes everything from there on.")
    return found


def _order(limits: Sequence[int]) -> list[str]:
    return [
        f"put the bands in ascending order. {other} comes after {one}."
        for one, other in itertools.pairwise(limits)
        if other <= one
    ][:1]


def _bounds(bands: Sequence[Band], least: int | None, most: int | None) -> Iterator[str]:
    first, last = bands[0].below, bands[-2].below
    if least is not None and first is not None and first <= least:
        yield f"raise below = {first} above least = {least}. No number is in the band '{bands[0].value}'."
    if most is not None and last is not None and last > most:
        yield f"lower below = {last} to most = {most} or less. No number is in the band '{bands[-1].value}'."
