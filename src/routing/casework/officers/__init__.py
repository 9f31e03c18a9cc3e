"""What officers do with a report, for the command line and the desk.

They find, show, decide, answer, move, migrate, print, close and retry.
"""

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
from routing.casework.officers.in_stages import Posted, answer_for, ask_again, held_case, move_to
from routing.casework.officers.letters import PrintedLetter, letters_to_print, mark_printed
from routing.casework.officers.migrating import Migrated, lost_stages, migrate_all, migrate_report
from routing.casework.officers.parishes import find_parish

__all__ = [
    "Dossier",
    "Migrated",
    "Posted",
    "PrintedLetter",
    "Wanted",
    "answer_for",
    "ask_again",
    "close",
    "count_open",
    "decide_by_officer",
    "decide_report",
    "find_parish",
    "find_reports",
    "held_case",
    "letters_to_print",
    "lock_report",
    "look_at_reporter",
    "lost_stages",
    "mark_printed",
    "migrate_all",
    "migrate_report",
    "move_to",
    "retry",
    "show_report",
]
