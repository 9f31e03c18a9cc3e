"""Days in words, and working days: Monday to Friday without the bank holidays of a part of the United Kingdom."""

import datetime
from functools import lru_cache

from routing.texts import gettext as _
from routing.texts import noop

PARTS = {"E": "ENG", "W": "WLS", "S": "SCT", "N": "NIR"}
"""First letter of a GSS code → subdivision, as ISO 3166-2:GB has it."""

LONDON = "Europe/London"
MONTHS = (
    noop("January"), noop("February"), noop("March"), noop("April"), noop("May"), noop("June"), noop("July"),
    noop("August"), noop("September"), noop("October"), noop("November"), noop("December"),
)  # fmt: skip


@lru_cache(maxsize=64)
def _bank_holidays(part: str, year: int) -> frozenset[datetime.date]:
    from holidays import country_holidays

    return frozenset(country_holidays("GB", subdiv=part, years=[year]))


def after_working_days(start: datetime.date, number: int, gss: str) -> datetime.date:
    """The working day that is so many working days after a day.

    Args:
        start: not counted itself.
        gss: code of the council.
    """
    part, day = PARTS.get(gss[:1], "ENG"), start
    while number > 0:
        day += datetime.timedelta(days=1)
        number -= day.weekday() < 5 and day not in _bank_holidays(part, day.year)
    return day


def in_words(when: datetime.date) -> str:
    """A day, as people write it."""
    return _("{day} {month} {year}").format(day=when.day, month=_(MONTHS[when.month - 1]), year=when.year)
