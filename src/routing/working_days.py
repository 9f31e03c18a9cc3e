"""Working days: Monday to Friday, except bank holidays in a part of the United Kingdom or in any of them. Pure.

Bank holidays come from the library ``holidays``, always with a subdivision: without one it is wrong for all four
nations (it has no Easter Monday, for example).
"""

import datetime
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from routing.days import LONDON, day_of


class Nation(StrEnum):
    """The nations of the United Kingdom, each with its own bank holidays."""

    ENGLAND = "england"
    WALES = "wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"

    @property
    def part(self) -> str:
        """Its subdivision in ISO 3166-2:GB."""
        return PARTS[self]

    @classmethod
    def of(cls, gss: str) -> "Nation":
        """The nation of a council; England for a code of none of them.

        Args:
            gss: code of the council.
        """
        return next((nation for nation in cls if nation[0] == gss[:1].lower()), cls.ENGLAND)


PARTS = {Nation.ENGLAND: "ENG", Nation.WALES: "WLS", Nation.SCOTLAND: "SCT", Nation.NORTHERN_IRELAND: "NIR"}
ONE_DAY = datetime.timedelta(days=1)


@lru_cache(maxsize=256)
def _bank_holidays(part: str, year: int) -> frozenset[datetime.date]:
    from holidays import country_holidays

    return frozenset(country_holidays("GB", subdiv=part, years=[year]))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that count as working days.

    Attributes:
        parts: subdivisions of ISO 3166-2:GB. A day is a holiday if it is one in any of them.
        added: further days that do not count, such as the council's own closures.
        removed: bank holidays that count after all.
        proclaimed: bank holidays of the whole country that the library does not know yet.
    """

    parts: tuple[str, ...] = ("ENG",)
    added: frozenset[datetime.date] = frozenset()
    removed: frozenset[datetime.date] = frozenset()
    proclaimed: frozenset[datetime.date] = frozenset()

    def is_working_day(self, day: datetime.date) -> bool:
        """Whether a day is a working day."""
        if day.weekday() > 4 or day in self.added:  # Saturday and Sunday
            return False
        is_bank_holiday = day in self.proclaimed or any(day in _bank_holidays(part, day.year) for part in self.parts)
        return day in self.removed or not is_bank_holiday

    def after(self, start: datetime.date, number: int) -> datetime.date:
        """The day a number of working days after a day, which itself does not count."""
        day = start
        while number > 0:
            day += ONE_DAY
            number -= self.is_working_day(day)
        return day

    def first_from(self, day: datetime.date) -> datetime.date:
        """A day if it is a working day, else the next one."""
        return day if self.is_working_day(day) else self.after(day, 1)

    def last_to(self, day: datetime.date) -> datetime.date:
        """A day if it is a working day, else the one before."""
        while not self.is_working_day(day):
            day -= ONE_DAY
        return day

    def working_days_between(self, start: datetime.date, end: datetime.date, most: int) -> int:
        """Working days after one day, up to and including another, at most ``most``; 0 if that is not later."""
        count, day = 0, start
        while day < end and count < most:
            day += ONE_DAY
            count += self.is_working_day(day)
        return count

    def of_any_nation(self) -> "Calendar":
        """The calendar in which a bank holiday in any nation does not count, but the council's own closures do.

        The Freedom of Information Act 2000, section 10(6), counts like this.
        """
        return Calendar(tuple(PARTS.values()), removed=self.removed, proclaimed=self.proclaimed)

    def holidays_of(self, first: int, years: int) -> tuple[datetime.date, ...]:
        """The days from Monday to Friday in some years that are no working days, in order.

        Args:
            first: the first of the years.
        """
        day, end = datetime.date(first, 1, 1), datetime.date(first + years, 1, 1)
        found = list[datetime.date]()
        while day < end:
            if day.weekday() < 5 and not self.is_working_day(day):
                found.append(day)
            day += ONE_DAY
        return tuple(found)


ANY_NATION = Calendar().of_any_nation()
OPENS = datetime.time(8)


@dataclass(frozen=True, slots=True)
class Office:
    """When a council acts by itself: reminds, takes silence for an answer, and sends the letters about it.

    Attributes:
        calendar: the council's working days.
        letters_from: from when on a working day, by the clock in London.
    """

    calendar: Calendar = Calendar()
    letters_from: datetime.time = OPENS

    def opening(self, day: datetime.date) -> datetime.datetime:
        """The moment on a day from which it acts, whatever day it is."""
        return datetime.datetime.combine(day, self.letters_from, LONDON)

    def opening_from(self, day: datetime.date) -> datetime.datetime:
        """The moment from which it acts on a day, or on the next working day."""
        return self.opening(self.calendar.first_from(day))

    def is_open(self, moment: datetime.datetime, *, works: bool = True) -> bool:
        """Whether it acts at a moment.

        Args:
            works: only on working days.
        """
        day = day_of(moment)
        return self.opening(day) <= moment and (not works or self.calendar.is_working_day(day))

    def next_opening(self, moment: datetime.datetime, *, works: bool = True) -> datetime.datetime:
        """The first moment from a moment on at which it opens."""
        day = day_of(moment)
        day = day if moment <= self.opening(day) else day + ONE_DAY
        return self.opening_from(day) if works else self.opening(day)
