"""Clocks: when a deadline of a stage is over. Pure; time is an argument.

The day on which a time begins is day 0. A time in days is over at the end of its last day, so an answer of that day is
in time. Hours go by the clock on the wall. Days are those of London. What comes of a time in days is applied when the
council opens (``Office``).
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from routing.days import LONDON, day_of
from routing.process.conditions import holds
from routing.process.letters import UNANSWERED
from routing.process.stages import RECEIVED, Due, Period, Stage, Unit
from routing.working_days import ONE_DAY, Calendar, Office

Interval = tuple[datetime.datetime, datetime.datetime]
"""From when until when time stood."""

DAYS_OF = {Unit.CALENDAR_DAYS: 1, Unit.WEEKS: 7}


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The moments of a stage.

    Attributes:
        due: the end of the time that is promised.
        over: the end of the time after which silence counts.
        late: when silence is applied; an answer before that counts.
        remind: when we remind, in order. A reminder that is not before ``late`` falls away.
        outcome: what silence is.
    """

    due: datetime.datetime
    over: datetime.datetime
    late: datetime.datetime
    remind: tuple[datetime.datetime, ...]
    outcome: str

    @property
    def day(self) -> datetime.date:
        """The last day of the time that is promised."""
        return day_of(self.due - datetime.timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class Counting:
    """What a deadline is counted with.

    Attributes:
        calendar: working days of the process.
        stood: the intervals in which time stood.
        office: when the council acts by itself.
    """

    calendar: Calendar
    stood: tuple[Interval, ...] = ()
    office: Office = field(default_factory=Office)

    def stood_at_end_of(self, day: datetime.date, since: datetime.datetime) -> bool:
        """Whether time stood at the end of a day, for a clock that began at a moment."""
        end = midnight_after(day)
        return any(begin < end <= until and begin >= since for begin, until in self.stood)

    def opening_after_stood(self, opening: datetime.datetime, *, works: bool) -> datetime.datetime:
        """A moment at which the council opens; if time stood then, the first one since time goes on.

        Args:
            works: only on working days.
        """
        for begin, until in sorted(self.stood):
            if begin <= opening < until:
                opening = self.office.next_opening(until, works=works)
        return opening


def midnight_after(day: datetime.date) -> datetime.datetime:
    """The end of a day in London."""
    return datetime.datetime.combine(day + ONE_DAY, datetime.time(), LONDON)


def over(anchor: datetime.datetime, number: int, unit: Unit, counting: Counting) -> datetime.datetime:
    """The moment at which a time is over that began at a moment. Time that stood does not count."""
    if unit is Unit.HOURS:
        return _hours_after(anchor, number, counting.stood)
    day = day_of(anchor)
    if unit is Unit.WORKING_DAYS:
        while number > 0:
            day += ONE_DAY
            number -= counting.calendar.is_working_day(day) and not counting.stood_at_end_of(day, anchor)
        return midnight_after(day)
    last = months_after(day, number) if unit is Unit.MONTHS else day + number * DAYS_OF[unit] * ONE_DAY
    while day < last:
        day += ONE_DAY
        if counting.stood_at_end_of(day, anchor):
            last += ONE_DAY
    return midnight_after(last)


def _hours_after(anchor: datetime.datetime, number: int, stood: Sequence[Interval]) -> datetime.datetime:
    moment = anchor.astimezone(datetime.UTC) + datetime.timedelta(hours=number)
    for begin, until in _merged(stood):
        if anchor <= begin < moment:
            moment += until - begin
    return moment


def _merged(stood: Sequence[Interval]) -> list[Interval]:
    """The intervals in order and in UTC, those that overlap as one: hours are those that really pass."""
    found: list[Interval] = []
    for begin, until in sorted(
        (begin.astimezone(datetime.UTC), until.astimezone(datetime.UTC)) for begin, until in stood
    ):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(until, found[-1][1]))
        else:
            found.append((begin, until))
    return found


def before(date: datetime.date, number: int, unit: Unit, calendar: Calendar) -> datetime.datetime:
    """The moment a time before a date begins: hours before its first moment, else the end of the day so many before."""
    if unit is Unit.HOURS:
        return midnight_after(date - ONE_DAY).astimezone(datetime.UTC) - datetime.timedelta(hours=number)
    day = date
    if unit is Unit.WORKING_DAYS:
        while number > 0:
            day -= ONE_DAY
            number -= calendar.is_working_day(day)
        return midnight_after(day)
    day = months_after(day, -number) if unit is Unit.MONTHS else day - number * DAYS_OF[unit] * ONE_DAY
    return midnight_after(day)


def months_after(day: datetime.date, number: int) -> datetime.date:
    """The same day of a month so many months later, or the last day of a shorter month."""
    months = day.year * 12 + day.month - 1 + number
    year, month = months // 12, months % 12 + 1
    following = datetime.date(year + month // 12, month % 12 + 1, 1)
    return datetime.date(year, month, min(day.day, (following - ONE_DAY).day))


def due_of(stage: Stage, values: Mapping[str, str]) -> Due:
    """The deadline of a stage that holds for a case: the first whose ``when`` matches."""
    return next(due for due in stage.due if holds(due.when, values))


def deadlines(
    due: Due,
    entered: datetime.datetime,
    received: datetime.datetime,
    dates: Mapping[str, str],
    extended: Sequence[Period],
    counting: Counting,
) -> Deadlines:
    """The moments of a stage that a case has entered.

    Args:
        dates: question or field → ISO date, for those that clocks count from.
        extended: more time that was taken, in the unit of the deadline.
    """
    more = sum(period.number for period in extended)
    late_at = due.late_at if due.late_at is not None else due.number
    if due.before is not None:
        date = datetime.date.fromisoformat(dates[due.before])
        moments = [
            before(date, number, due.unit, counting.calendar) for number in (due.number, late_at, *due.remind_at)
        ]
    else:
        anchor = _anchor(due, entered, received, dates)
        moments = [over(anchor, number + more, due.unit, counting) for number in (due.number, late_at, *due.remind_at)]
    remind = tuple(_reminds(moment, due.unit, counting) for moment in moments[2:])
    return Deadlines(moments[0], moments[1], _applied(moments[1], due.unit, counting), remind, due.late)


def _applied(over: datetime.datetime, unit: Unit, counting: Counting) -> datetime.datetime:
    """When silence is applied after the end of a time.

    Hours at once, working days on the council's next working day, all other days on the day after.
    """
    if unit is Unit.HOURS:
        return over
    works, office = unit is Unit.WORKING_DAYS, counting.office
    opening = office.opening_from(day_of(over)) if works else office.opening(day_of(over))
    return counting.opening_after_stood(opening, works=works)


def _reminds(over: datetime.datetime, unit: Unit, counting: Counting) -> datetime.datetime:
    """When we remind after the end of a time: after hours at once, after days on the council's next working day."""
    if unit is Unit.HOURS:
        return over
    return counting.opening_after_stood(counting.office.opening_from(day_of(over)), works=True)


REVIEW_DUE = Due(working_days=5, remind_at=(5, 10, 15), late_at=20, late=UNANSWERED)
"""How long officers have (rule 17)."""


def review_deadlines(since: datetime.datetime, office: Office) -> Deadlines:
    """The moments of officers who must see to a case."""
    return deadlines(REVIEW_DUE, since, since, {}, (), Counting(office.calendar, (), office))


def _anchor(
    due: Due, entered: datetime.datetime, received: datetime.datetime, dates: Mapping[str, str]
) -> datetime.datetime:
    if due.after is None:
        return entered
    if due.after == RECEIVED:
        return received
    return datetime.datetime.combine(datetime.date.fromisoformat(dates[due.after]), datetime.time(), LONDON)
