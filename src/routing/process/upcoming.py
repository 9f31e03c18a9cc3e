"""What the clock brings of a case by now. Pure.

After an outage several reminders can be due at once, and silence too. Then what came first is overtaken: only one
message goes.
"""

import datetime

from routing.process.advance import CaseMachine
from routing.process.case import CaseState, Lapsed, Reminded, RenewalDue


def due_by(
    machine: CaseMachine, case: CaseState, now: datetime.datetime
) -> tuple[Lapsed | Reminded | RenewalDue | None, int]:
    """What happens to a case now because of the time, and how many reminders it overtakes; None if nothing is due."""
    timetable = machine.timetable(case)
    if timetable is None:
        renewal = machine.next_moment(case)
        return (renewal, 0) if isinstance(renewal, RenewalDue) and renewal.at <= now else (None, 0)
    if timetable.late <= now:
        return Lapsed(now), len(timetable.remind)
    overtaken = sum(moment <= now for moment in timetable.remind) - 1
    return (Reminded(now, overtaken), overtaken) if overtaken >= 0 else (None, 0)
