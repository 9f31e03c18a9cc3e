"""Working days: Monday to Friday, except bank holidays in a part of the United Kingdom."""

import datetime
from functools import lru_cache

from routing.council import Council
from routing.days import day_of
from routing.process import Definition

PARTS = {"E": "ENG", "W": "WLS", "S": "SCT", "N": "NIR"}
"""First letter of a GSS code → subdivision in ISO 3166-2:GB."""


@lru_cache(maxsize=64)
def _bank_holidays(part: str, year: int) -> frozenset[datetime.date]:
    from holidays import country_holidays

    return frozenset(country_holidays("GB", subdiv=part, years=[year]))


def after_working_days(start: datetime.date, number: int, gss: str) -> datetime.date:
    """The day a number of working days after a day.

    Args:
        start: the day before the first counted day.
        gss: code of the council.
    """
    part, day = PARTS.get(gss[:1], "ENG"), start
    while number > 0:
        day += datetime.timedelta(days=1)
        number -= day.weekday() < 5 and day not in _bank_holidays(part, day.year)
    return day


def expected_answer(received_at: datetime.datetime, council: Council, definition: Definition) -> datetime.date:
    """The day by which the process promises an answer."""
    return after_working_days(day_of(received_at), definition.process.reply_within_working_days, council.gss)
