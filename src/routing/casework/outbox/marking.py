"""Record the result of a message at once: accepted, deferred or refused; and check whether it is still ours to send."""

from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import Event, allowed
from routing.casework.cases.model import OutboxMessage
from routing.casework.outbox.digests import hold_reports_of, settle_members
from routing.casework.outbox.follow_ups import cancel_follow_ups
from routing.casework.outbox.notifications import forget_told
from routing.database import Transaction

WITHDRAWN = "The person who reported this has withdrawn it."


def holds_lease(tx: Transaction, delivery: OutboxMessage) -> bool:
    """Whether its batch still has to send a delivery. Ask this just before sending.

    This writes, because a read-only store, for example with a full disk, could not record the acceptance. Then we must
    not send.
    """
    row = tx.execute(
        "UPDATE delivery d SET batch = d.batch FROM batch b WHERE d.id = %s AND d.batch = %s AND b.id = d.batch"
        " AND d.state = 'pending' AND b.finished_at IS NULL AND b.lease_until > now() RETURNING d.id",
        (delivery.id, delivery.batch),
    ).fetchone()
    return row is not None


def mark_sent(tx: Transaction, delivery: OutboxMessage, answer: str, upcoming: OutboxMessage | None = None) -> bool:
    """The channel accepted a message: record it at once, and mark the report as sent if its recipient must act.

    One round trip. With autocommit, it is committed on return.

    Args:
        following: the next delivery on the same connection.

    Returns:
        Whether its batch still has to send the following one.
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
    """A line in the history of each report. For a digest's member, it names its own delivery and the digest's head."""
    move(tx, [head.report], event, "channel", {"delivery": str(head.id), **codes})
    for each in members:
        move(tx, [each.report], event, "channel", {"delivery": str(each.id), "digest": str(head.id), **codes})


def mark_deferred(
    tx: Transaction, delivery: OutboxMessage, answer: str, wait_s: float | None, *, counts: bool = True
) -> bool:
    """Not accepted for now: due again after a wait. With None, there are no attempts left.

    Args:
        counts: whether it was an attempt; False if our own mail server was unavailable. Then the history only gets a
            line when the answer changes, so that a long outage does not fill it.

    Returns:
        False if the delivery no longer belongs to this batch: cancelled, or another engine has it or has sent it.
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
    """Refused permanently: do not send this message again. Returns False if it no longer belongs to this batch."""
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
