"""A citizen withdraws a report. It ends, or continues without them if other people reported the same."""

from uuid import UUID

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import Event
from routing.casework.outbox.follow_ups import NOT_NEEDED, Held, follow_up, forget_words, hold_case
from routing.casework.outbox.marking import WITHDRAWN
from routing.casework.outbox.messages import cancel_pending
from routing.casework.outbox.new_messages import domain_of, tell_review
from routing.casework.outbox.notifications import forget_told
from routing.casework.stages.advancing import definition_of
from routing.casework.stages.closing import can_only_ask, end_case, forget_answers
from routing.casework.stages.loading import load_cases
from routing.database import Transaction
from routing.errors import TransitionError
from routing.process.letters import WITHDRAWN as WITHDRAWN_END
from routing.vocabulary import Role

ENDED = "This report has already ended."
WISH = "The person who reported this asks us to withdraw it. An officer must decide: reports close."


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
    is_last = is_last_reporter(tx, case.id, report_id)
    if is_last and _others_have_acted(tx, catalogue, case):
        _ask(tx, catalogue, case)
    elif is_first and is_last:
        _end(tx, catalogue, case)
    elif is_first:
        _leave(tx, report_id)
    else:
        forget_words(tx, report_id)
        move(tx, [report_id], Event.WITHDRAWN, "citizen")
        _forget_person(tx, report_id)
        if is_last:
            _end(tx, catalogue, case)


def is_last_reporter(tx: Transaction, case: UUID, report: UUID) -> bool:
    """Whether nobody else who reported the same is still there, so that a withdrawal would end the case."""
    row = tx.execute(
        "SELECT EXISTS (SELECT FROM report WHERE merged_into = %(case)s AND state = 'merged' AND id <> %(report)s)"
        " OR (%(case)s <> %(report)s AND NOT EXISTS (SELECT FROM history WHERE report = %(case)s AND event = 'left'))"
        " AS others",
        {"case": case, "report": report},
    ).fetchone()
    assert row is not None
    return not row["others"]


def _end(tx: Transaction, catalogue: Catalogue, case: Held) -> None:
    """The last reporter withdrew."""
    told = case.told(tx)
    end_case(tx, case.id, WITHDRAWN_END)
    forget_answers(tx, case.id)
    cancel_pending(tx, [case.id], follow_ups=True)
    forget_words(tx, case.id)
    move(tx, [case.id], Event.WITHDRAWN, "citizen")
    _forget_person(tx, case.id)
    for each in told:
        is_asked = case.is_staged and each["role"] == Role.TO
        follow_up(tx, catalogue, case, each, f"{WITHDRAWN} {NOT_NEEDED}" if is_asked else WITHDRAWN)


def _others_have_acted(tx: Transaction, catalogue: Catalogue, case: Held) -> bool:
    """Whether it takes an officer to withdraw a case (rule 1)."""
    return any(can_only_ask(held, definition_of(held, catalogue)) for held in load_cases(tx, catalogue, [case.id]))


def _ask(tx: Transaction, catalogue: Catalogue, case: Held) -> None:
    """The wish to withdraw, for the officers and for whoever has the case. Asking twice asks once."""
    if tx.execute("SELECT 1 FROM history WHERE report = %s AND event = %s", (case.id, Event.WISHED.value)).fetchone():
        return
    move(tx, [case.id], Event.WISHED, "citizen")
    for each in case.holders(tx):
        follow_up(tx, catalogue, case, each, WISH)
    tell_review(tx, catalogue, domain_of(tx, case.id), [(case.id, case.council)], WISH)


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
    tx.execute("UPDATE letter SET subject = NULL, text = NULL WHERE report = %s AND recipient = 'citizen'", (case,))
    tx.execute("DELETE FROM reporter WHERE report = %s", (case,))
    tx.execute(
        "UPDATE delivery SET state = 'cancelled' WHERE report = %s AND role = 'citizen' AND state = 'pending'", (case,)
    )
    move(tx, [case], Event.LEFT, "citizen")
