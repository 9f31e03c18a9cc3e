"""A case ends outside of its stages: withdrawn, or closed by an officer (rule 1)."""

from uuid import UUID

from routing.casework.cases.stage_case import StageCase
from routing.database import Transaction
from routing.process import Definition
from routing.process.about import Withdrawing


def end_case(tx: Transaction, report: UUID, how: str) -> bool:
    """Close the stage of a case with all its questions; what comes later is a note. Returns whether it is one.

    Args:
        how: the end, ``withdrawn`` or ``closed``.
    """
    ended = tx.execute(
        "UPDATE case_stage SET ended = coalesce(ended, %s), stage = NULL, entry = NULL, asked_by = '[]',"
        " review_since = NULL, review_reminded = 0, step = step + 1,"
        " wakes_at = CASE WHEN EXISTS (SELECT FROM case_event v WHERE v.report = %s AND v.applied_at IS NULL)"
        " THEN casework_now() END WHERE report = %s",
        (how, report, report),
    ).rowcount
    tx.execute("UPDATE case_entry SET left_at = casework_now() WHERE report = %s AND left_at IS NULL", (report,))
    return bool(ended)


def can_only_ask(held: StageCase, definition: Definition) -> bool:
    """Whether citizens can only ask us to withdraw a case, because somebody has acted on it (rule 1)."""
    return held.has_acted and definition.process.withdraw is Withdrawing.ASKS


def forget_answers(tx: Transaction, report: UUID) -> None:
    """Delete what a case says of people, and what anybody typed in it."""
    tx.execute("UPDATE case_stage SET personal = '{}', words = '{}', columns = '{}' WHERE report = %s", (report,))
    tx.execute("UPDATE letter SET subject = NULL, text = NULL WHERE report = %s", (report,))
    tx.execute("UPDATE case_event SET said = said - 'values' - 'columns', because = NULL WHERE report = %s", (report,))
    tx.execute("UPDATE case_entry SET because = NULL WHERE report = %s", (report,))
