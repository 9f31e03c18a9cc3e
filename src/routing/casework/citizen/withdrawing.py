"""A citizen withdraws a report. It ends, or continues without them if other people reported the same."""

from uuid import UUID

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import Event
from routing.casework.outbox.follow_ups import Held, follow_up, forget_words, hold_case
from routing.casework.outbox.marking import WITHDRAWN
from routing.casework.outbox.messages import cancel_pending
from routing.casework.outbox.new_messages import domain_of, tell_review
from routing.casework.outbox.notifications import forget_told
from routing.casework.stages.closing import end_case, forget_answers
from routing.database import Transaction
from routing.errors import TransitionError
from routing.process.about import Withdrawing
from routing.process.letters import WITHDRAWN as WITHDRAWN_END
from routing.vocabulary import Role

ENDED = "This report has already ended."
NOT_NEEDED = "You no longer need to answer."
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
    if is_first and can_only_ask(tx, catalogue, report_id):
        _ask(tx, catalogue, case)
        return
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
    end_case(tx, case.id, WITHDRAWN_END)
    forget_answers(tx, case.id)
    cancel_pending(tx, [case.id], follow_ups=True)
    forget_words(tx, case.id)
    move(tx, [case.id], Event.WITHDRAWN, "citizen")
    _forget_person(tx, case.id)
    for each in told:
        is_asked = case.is_staged and each["role"] == Role.TO
        follow_up(tx, catalogue, case, each, f"{WITHDRAWN} {NOT_NEEDED}" if is_asked else WITHDRAWN)


def can_only_ask(tx: Transaction, catalogue: Catalogue, report_id: UUID) -> bool:
    """Whether a citizen can only ask us to withdraw a report, because others have acted on it (rule 1)."""
    row = tx.execute(
        "SELECT r.process_scope, r.process, r.process_version, c.entries FROM report r JOIN case_stage c"
        " ON c.report = r.id WHERE r.id = %s",
        (report_id,),
    ).fetchone()
    if row is None or row["entries"] < 2:
        return False
    key = (row["process_scope"], row["process"], row["process_version"])
    catalogue.load_versions(tx, [key])
    definition = catalogue.version(*key)
    return definition is not None and definition.process.withdraw is Withdrawing.ASKS


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
    tx.execute("DELETE FROM reporter WHERE report = %s", (case,))
    tx.execute(
        "UPDATE delivery SET state = 'cancelled' WHERE report = %s AND role = 'citizen' AND state = 'pending'", (case,)
    )
    move(tx, [case], Event.LEFT, "citizen")
