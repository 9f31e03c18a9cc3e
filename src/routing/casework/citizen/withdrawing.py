"""A citizen withdraws a report. It ends, or continues without them if other people reported the same."""

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

ENDED = "This report has already ended."


def withdraw(tx: Transaction, catalogue: Catalogue, report_id: UUID) -> None:
    """Withdraw a report. We do not send waiting messages, and we tell the people who have the case.

    If the answer to a message is lost during the withdrawal, no message follows it, because nobody can know that it
    arrived.

    Raises:
        TransitionError: it has ended, or its reporter has already withdrawn.
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
    """The last reporter withdrew."""
    told = case.told(tx)
    cancel_pending(tx, [case.id], follow_ups=True)
    forget_words(tx, case.id)
    move(tx, [case.id], Event.WITHDRAWN, "citizen")
    _forget_person(tx, case.id)
    for each in told:
        follow_up(tx, catalogue, case, each, WITHDRAWN)


def _forget_person(tx: Transaction, report_id: UUID) -> None:
    """Delete the reporter's data at once, but the email address only after we have told them (``news.forget_told``)."""
    tx.execute(
        "UPDATE reporter SET name = NULL, phone = NULL, may_pass_on = false, answers = '{}' WHERE report = %s",
        (report_id,),
    )
    forget_told(tx, report_id)


def _leave(tx: Transaction, case: UUID) -> None:
    """Delete the first reporter's data. The case and the people who joined it stay."""
    forget_words(tx, case)
    tx.execute("DELETE FROM reporter WHERE report = %s", (case,))
    tx.execute(
        "UPDATE delivery SET state = 'cancelled' WHERE report = %s AND role = 'citizen' AND state = 'pending'", (case,)
    )
    move(tx, [case], Event.LEFT, "citizen")
