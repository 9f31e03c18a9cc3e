"""When an answer to a case is promised."""

import datetime

from routing.council import Council
from routing.days import day_of
from routing.process import Definition


def expected_answer(received_at: datetime.datetime, council: Council, definition: Definition) -> datetime.date:
    """The day by which the process promises an answer."""
    return definition.calendar(council.calendar).after(day_of(received_at), definition.promised_working_days)
