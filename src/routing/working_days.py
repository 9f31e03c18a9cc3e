"""Working days: Monday to Friday, except bank holidays in a part of the United Kingdom or in any of them. Pure.

Bank holidays come from the library ``holidays``, always with a subdivision: without one it is wrong for all four
nations (it has no Easter Monday, for example).
"""

import datetime
from dataclasses import dataclass
from functools import lru_cache

PARTS = {"E": "ENG", "W": "WLS", "S": "SCT", "N": "NIR"}
"""First letter of a GSS code → subdivision in ISO 3166-2:GB."""

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
    """

    parts: tuple[str, ...] = ("ENG",)
    added: frozenset[datetime.date] = frozenset()

    def is_working_day(self, day: datetime.date) -> bool:
        """Whether a day is a working day."""
        if day.weekday() > 4 or day in self.added:  # Saturday and Sunday
            return False
        return not any(day in _bank_holidays(part, day.year) for part in self.parts)

    def after(self, start: datetime.date, number: int) -> datetime.date:
        """The day a number of working days after a day, which itself does not count."""
        day = start
        while number > 0:
            day += ONE_DAY
            number -= self.is_working_day(day)
        return day

    def working_days_between(self, start: datetime.date, end: datetime.date, most: int) -> int:
        """Working days after one day, up to and including another, at most ``most``; 0 if that is not later."""
        count, day = 0, start
        while day < end and count < most:
            day += ONE_DAY
            count += self.is_working_day(day)
        return count


def calendar_of(gss: str) -> Calendar:
    """The calendar of the nation of a council.

    Args:
        gss: code of the council.
    """
    return Calendar((PARTS.get(gss[:1], "ENG"),))


ANY_NATION = Calendar(tuple(PARTS.values()))
"""A bank holiday in any nation does not count, as in the Freedom of Information Act 2000, section 10(6)."""
