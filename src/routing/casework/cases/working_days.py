"""When an answer to a report can be expected."""

import datetime

from routing.council import Council
from routing.days import day_of
from routing.process import Definition
from routing.working_days import calendar_of


def after_working_days(start: datetime.date, number: int, gss: str) -> datetime.date:
    """The day a number of working days after a day.

    Args:
        start: the day before the first counted day.
        gss: code of the council.
    """
    return calendar_of(gss).after(start, number)


def expected_answer(received_at: datetime.datetime, council: Council, definition: Definition) -> datetime.date:
    """The day by which the process promises an answer."""
    return definition.calendar(council.gss).after(day_of(received_at), definition.promised_working_days)
