"""Additions to a case: information from its reporters, and other people who report the same."""

from uuid import UUID, uuid4

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import Event
from routing.casework.outbox.follow_ups import Held, follow_up, hold_case
from routing.database import Transaction
from routing.errors import InputError, TransitionError

ADDED = "A person who reported this has added information."
JOINED = "One more person has reported this."
MOST = 20
"""Most additions of a reporter to one report, because each sends a message."""

ENDED = "Report it again. You cannot add to a report that has ended."
TOO_MANY = f"Contact the council instead. You have added information {MOST} times."


def add_information(tx: Transaction, catalogue: Catalogue, report_id: UUID, addition: UUID, text: str) -> None:
    """Store what a reporter adds, and tell the people who have the case.

    Args:
        addition: an id of the form. Sending it twice adds it once.

    Raises:
        TransitionError: the report has ended, or its reporter has withdrawn.
        InputError: there are too many additions.
    """
    case = hold_case(tx, report_id)
    if not case.is_open or (case.id == report_id and case.has_left):
        raise TransitionError(ENDED)
    if not _keep(tx, addition, case.id, report_id, text):
        return
    row = tx.execute(
        "SELECT count(*) AS n FROM addition WHERE given_by = %s AND NOT is_joining", (report_id,)
    ).fetchone()
    assert row is not None
    if row["n"] > MOST:
        raise InputError("text", TOO_MANY)
    _tell(tx, catalogue, case, ADDED, addition)
    move(tx, [report_id], Event.ADDED, "citizen")


def join(tx: Transaction, catalogue: Catalogue, report_id: UUID, case: UUID) -> bool:
    """Add a new report to an open case; returns False if the case has ended."""
    held = hold_case(tx, case)
    if not held.is_open or held.id != case:
        return False
    addition = uuid4()
    _keep(tx, addition, case, report_id, None)
    tx.execute("UPDATE report SET merged_into = %s WHERE id = %s", (case, report_id))
    _tell(tx, catalogue, held, JOINED, addition)
    move(tx, [case], Event.JOINED, "citizen", {"report": str(report_id)})
    move(tx, [report_id], Event.MERGED, "citizen", {"into": str(case)})
    return True


def _keep(tx: Transaction, addition: UUID, case: UUID, given_by: UUID, text: str | None) -> bool:
    """Store an addition; without text, it says that somebody joined. Returns False if it is already stored."""
    changed = tx.execute(
        "INSERT INTO addition (id, report, given_by, is_joining, text) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (id) DO NOTHING",
        (addition, case, given_by, text is None, text),
    ).rowcount
    return bool(changed)


def _tell(tx: Transaction, catalogue: Catalogue, case: Held, reason: str, addition: UUID) -> None:
    """Messages to the people who have the case or got a copy. If nobody has it yet, their first message says it all."""
    holders = case.holders(tx)
    if holders:
        sequence = follow_up(tx, catalogue, case, holders[0], reason, addition)
        for other in holders[1:] if case.is_staged else ():
            follow_up(tx, catalogue, case, other, reason, addition)
        for copy in case.copied(tx):
            follow_up(tx, catalogue, case, copy, reason, addition)
        tx.execute("UPDATE addition SET sequence = %s WHERE id = %s", (sequence, addition))
