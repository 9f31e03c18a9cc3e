"""What the clock brings of a case by now, and when it acts next. Pure.

After an outage several reminders can be due at once, and silence too. Then what came first is overtaken: only one
message goes. It waits until the council opens, as it would have done without the outage.
"""

import datetime

from routing.process.advance import CaseMachine, Timetable
from routing.process.case import CaseState, Lapsed, Reminded, RenewalDue
from routing.process.stages import Unit


def due_by(
    machine: CaseMachine, case: CaseState, now: datetime.datetime
) -> tuple[Lapsed | Reminded | RenewalDue | None, int]:
    """What happens to a case now because of the time, and how many reminders it overtakes; None if nothing is due."""
    timetable = machine.timetable(case)
    if timetable is None:
        renewal = machine.next_moment(case)
        if isinstance(renewal, RenewalDue) and renewal.at <= now and machine.office.is_open(now, works=True):
            return renewal, 0
        return None, 0
    overtaken = sum(moment <= now for moment in timetable.remind) - 1
    if (timetable.late > now and overtaken < 0) or not _acts(machine, timetable, now):
        return None, 0
    return (Lapsed(now), len(timetable.remind)) if timetable.late <= now else (Reminded(now, overtaken), overtaken)


def wakes_at(machine: CaseMachine, case: CaseState, now: datetime.datetime) -> datetime.datetime | None:
    """When to look at a case again because of the time, once everything that is due has been done; None for never."""
    following, timetable = machine.next_moment(case), machine.timetable(case)
    if following is None:
        return None
    if following.at > now:
        return following.at
    if timetable is None:
        return machine.office.next_opening(now, works=True)
    if _acts(machine, timetable, now):
        return following.at
    opens = machine.office.next_opening(now, works=_on_working_days(timetable, now))
    return min(opens, timetable.late) if timetable.late > now else opens


def _acts(machine: CaseMachine, timetable: Timetable, now: datetime.datetime) -> bool:
    """Whether the council does now what is due: hours go by the clock, everything else waits until it opens."""
    return timetable.unit is Unit.HOURS or machine.office.is_open(now, works=_on_working_days(timetable, now))


def _on_working_days(timetable: Timetable, now: datetime.datetime) -> bool:
    """Whether what is due by now comes only on working days: a reminder, or silence counted in them."""
    return timetable.late > now or timetable.unit is Unit.WORKING_DAYS
