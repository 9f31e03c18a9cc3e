"""A whole quarter, from an empty folder to the facts."""

from collections.abc import Callable
from datetime import date, timedelta

from tests.year.facts import Facts
from tests.year.simulation import Simulation
from tests.year.standing import standing
from tests.year.stops import stops_of

FIRST = date(2027, 2, 1)
"""A Monday that lies ahead. Ninety-one days from it have St Patrick's Day, Easter and the change of the clock."""

EVENING_BEFORE = timedelta(hours=3)


def live(seed: int, days: int, reports: int, first: date, say: Callable[[str], None]) -> Facts:
    """Start an installation and live a quarter in it.

    Args:
        first: the first day, which lies ahead.
    """
    with standing(stops_of(first, days)[0].at - EVENING_BEFORE) as here:
        return Simulation(here, seed, first, days, reports, say).run()
