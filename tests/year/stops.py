"""The moments to which the clock of a quarter is set."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tests.year.calendars import LONDON

SLOTS_A_DAY = 2
"""How often people act on a working day."""

LATER = timedelta(minutes=1)
"""By how much each day's stops are later than those of the day before: whatever takes 24 hours is over by then."""

NIGHT, MORNING, OPENS, NOON, EVENING = time(0, 1), time(7, 45), time(8, 2), time(13), time(18)
AWAKE = (OPENS, EVENING)


@dataclass(frozen=True)
class Stop:
    """A moment to which the clock is set; ``slots`` are those of the day in which people act then."""

    at: datetime
    on: date
    slots: tuple[int, ...] = ()


def stops_of(first: date, days: int) -> list[Stop]:
    """Three or four a day: by night and before the council opens nothing but hours may run out; people act by day.

    At weekends they do everything at noon.
    """
    found = list[Stop]()
    for number in range(days):
        on = first + timedelta(days=number)
        every = {NOON: tuple(range(SLOTS_A_DAY))} if on.isoweekday() > 5 else {at: (n,) for n, at in enumerate(AWAKE)}
        for at in (NIGHT, MORNING, *every):
            moment = datetime.combine(on, at, LONDON) + (number * LATER if at in every else timedelta())
            found.append(Stop(moment, on, every.get(at, ())))
    return found
