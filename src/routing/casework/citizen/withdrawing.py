"""A citizen takes a report back: it ends, or goes on without them where others have reported the same."""

from uuid import UUID

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import Event
from routing.casework.outbox.follow_ups import Held, follow_up, forget_words, hold_case
from routing.casework.outbox.marking import WITHDRAWN
from routing.casework.outbox.messages import cancel_pending
from routing.casework.outbox.notifications import forget_told
from routing.database import Transaction
from routing.errors import TransitionError

ENDED = "This report has ended already."


def withdraw(tx: Transaction, catalogue: Catalogue, report_id: UUID) -> None:
    """Withdraw a report. What has not left the house stays there; whoever has the case hears of it.

    A message whose acceptance the store never learns of (an answer that is lost as the report is withdrawn) is followed
    by none: nobody can know that it arrived.

    Raises:
        TransitionError: it has ended, or its reporter has left it.
    """
    case = hold_case(tx, report_id)
    is_first = case.id == report_id
    if not case.is_open or (is_first and case.has_left):
        raise TransitionError(ENDED)
    others = tx.execute(
        "SELECT 1 FROM report WHERE merged_into = %s AND state = 'merged' AND id <> %s LIMIT 1", (case.id, report_id)
    ).fetchone()
    if is_first and others is None:
        _end(tx, catalogue, case)
    elif is_first:
        _leave(tx, report_id)
    else:
        forget_words(tx, report_id)
        move(tx, [report_id], Event.WITHDRAWN, "citizen")
        _forget_person(tx, report_id)
        if others is None and case.has_left:
            _end(tx, catalogue, case)


def _end(tx: Transaction, catalogue: Catalogue, case: Held) -> None:
    """Nobody reports it any more."""
    told = case.told(tx)
    cancel_pending(tx, [case.id], follow_ups=True)
    forget_words(tx, case.id)
    move(tx, [case.id], Event.WITHDRAWN, "citizen")
    _forget_person(tx, case.id)
    for each in told:
        follow_up(tx, catalogue, case, each, WITHDRAWN)


def _forget_person(tx: Transaction, report_id: UUID) -> None:
    """Whoever withdrew is forgotten at once; an e-mail address once they have been told (``news.forget_told``)."""
    tx.execute("UPDATE reporter SET name = NULL, phone = NULL, may_pass_on = false WHERE report = %s", (report_id,))
    forget_told(tx, report_id)


def _leave(tx: Transaction, case: UUID) -> None:
    """Who reported it first is forgotten; the case and those who joined it stay."""
    forget_words(tx, case)
    tx.execute("DELETE FROM reporter WHERE report = %s", (case,))
    tx.execute(
        "UPDATE delivery SET state = 'cancelled' WHERE report = %s AND role = 'citizen' AND state = 'pending'", (case,)
    )
    move(tx, [case], Event.LEFT, "citizen")
