"""What became of a message, noted at once: accepted, put off, refused; and whether it is still ours to send."""

from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import Event, allowed
from routing.casework.cases.model import OutboxMessage
from routing.casework.outbox.digests import hold_reports_of, settle_members
from routing.casework.outbox.follow_ups import cancel_follow_ups
from routing.casework.outbox.notifications import forget_told
from routing.database import Transaction

WITHDRAWN = "Whoever reported this has withdrawn it."


def holds_lease(tx: Transaction, delivery: OutboxMessage) -> bool:
    """Whether a delivery is still to be sent by its batch: asked just before each message leaves.

    Asked by writing: a store that can be read but not written, such as one whose disk is full, could not note that the
    message was accepted, and must let none leave.
    """
    row = tx.execute(
        "UPDATE delivery d SET batch = d.batch FROM batch b WHERE d.id = %s AND d.batch = %s AND b.id = d.batch"
        " AND d.state = 'pending' AND b.finished_at IS NULL AND b.lease_until > now() RETURNING d.id",
        (delivery.id, delivery.batch),
    ).fetchone()
    return row is not None


def mark_sent(tx: Transaction, delivery: OutboxMessage, answer: str, upcoming: OutboxMessage | None = None) -> bool:
    """The channel accepted a message: note it at once, and that the report is sent if this was the one to act.

    One round trip: in autocommit it is committed when this returns.

    Args:
        following: what is to be sent next over the same connection.

    Returns:
        Whether the following one is still to be sent by its batch.
    """
    before, after = allowed(Event.SENT)
    copies, _ = allowed(Event.COPY_SENT)
    row = tx.execute(
        "SELECT delivery_sent(%s, %s, %s, %s, %s, %s, %s, %s, %s) AS ours",
        (
            delivery.id,
            answer,
            before,
            after,
            copies,
            upcoming.id if upcoming else None,
            upcoming.batch if upcoming else None,
            WITHDRAWN,
            [each.id for each in delivery.members if each.id != delivery.id],
        ),
    ).fetchone()
    return row is not None and bool(row["ours"])


def _hold(tx: Transaction, delivery: OutboxMessage) -> None:
    """Lock the report of a message, and those of a digest's members."""
    hold_reports_of(tx, [delivery.id, *(each.id for each in delivery.members)])


def _tell(tx: Transaction, event: Event, head: OutboxMessage, members: list[OutboxMessage], **codes: str | int) -> None:
    """A line in the history of each report: of a digest's member its own delivery, and whose message it was in."""
    move(tx, [head.report], event, "channel", {"delivery": str(head.id), **codes})
    for each in members:
        move(tx, [each.report], event, "channel", {"delivery": str(each.id), "digest": str(head.id), **codes})


def mark_deferred(
    tx: Transaction, delivery: OutboxMessage, answer: str, wait_s: float | None, *, counts: bool = True
) -> bool:
    """Not taken for the time being: due again after a wait; with None the tries are used up.

    Args:
        counts: whether it was a try; not where our own mail server was away. What was no try is told in the history
            once, and again when the answer is another: an outage of a day is not a thousand lines for each report.

    Returns:
        False where the delivery is no longer this batch's: cancelled, or another engine has it or is done with it.
    """
    _hold(tx, delivery)
    row = tx.execute(
        "UPDATE delivery d SET attempt = d.attempt + %s, answer = %s, batch = NULL,"
        " due_at = now() + make_interval(secs => %s), state = %s FROM delivery before WHERE before.id = d.id"
        " AND d.id = %s AND d.batch = %s AND d.state = 'pending' RETURNING before.answer",
        (
            1 if counts else 0,
            answer,
            wait_s or 0,
            "exhausted" if wait_s is None else "pending",
            delivery.id,
            delivery.batch,
        ),
    ).fetchone()
    if row is None:
        return False
    members: list[OutboxMessage] = []
    if wait_s is None:
        cancel_follow_ups(tx, delivery.id)
        forget_told(tx, delivery.report)
        members = settle_members(tx, delivery, "exhausted", answer)
    if counts or row["answer"] != answer:
        tries = delivery.attempt + (1 if counts else 0)
        _tell(tx, Event.DEFERRED, delivery, members, answer=answer, attempt=tries)
    return True


def mark_refused(tx: Transaction, delivery: OutboxMessage, answer: str) -> bool:
    """Refused for good: this message will not be sent again; false where it is no longer this batch's."""
    _hold(tx, delivery)
    changed = tx.execute(
        "UPDATE delivery SET state = 'refused', answer = %s, batch = NULL"
        " WHERE id = %s AND batch = %s AND state = 'pending'",
        (answer, delivery.id, delivery.batch),
    ).rowcount
    if not changed:
        return False
    cancel_follow_ups(tx, delivery.id)
    forget_told(tx, delivery.report)
    _tell(tx, Event.REFUSED, delivery, settle_members(tx, delivery, "refused", answer), answer=answer)
    return True
