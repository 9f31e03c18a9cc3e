"""What officers do with a report: find, show, decide, close, retry. For the command line and the desk."""

from routing.casework.officers.actions import (
    Dossier,
    close,
    count_open,
    decide_by_officer,
    lock_report,
    look_at_reporter,
    retry,
    show_report,
)
from routing.casework.officers.deciding import decide_report
from routing.casework.officers.finding import Wanted, find_reports
from routing.casework.officers.parishes import find_parish

__all__ = [
    "Dossier",
    "Wanted",
    "close",
    "count_open",
    "decide_by_officer",
    "decide_report",
    "find_parish",
    "find_reports",
    "lock_report",
    "look_at_reporter",
    "retry",
    "show_report",
]
