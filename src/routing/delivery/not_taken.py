"""What happens to a message that was not accepted: we retry it, or send it to somebody else or to review."""

import logging
import traceback

from routing import contacts
from routing.casework import (
    OutboxMessage,
    enter_review,
    insert_messages,
    mark_deferred,
    mark_refused,
    need_print,
    next_sequence,
    note_bounce,
    tell_review,
)
from routing.database import Transaction
from routing.delivery.compose import instead_of_refused, to_print, with_others
from routing.delivery.context import DeliveryContext
from routing.delivery.errors import AddressRefused, ChannelDown, ChannelStopped, Deferred, Refused
from routing.vocabulary import REVIEW, Role

log = logging.getLogger("waywarden.delivery")

NOT_LEFT, STOPPED = "could not leave", "stopped"
"""Outcomes of messages that our own end of a channel could not send."""

EXHAUSTED = "We could not deliver this message. The mail server did not accept it in time."


def not_taken(ctx: DeliveryContext, tx: Transaction, delivery: OutboxMessage, error: Exception) -> tuple[str, str]:
    """Record what went wrong, and act on it."""
    # No traceback anywhere here: it could show an address.
    if isinstance(error, ChannelStopped):
        return STOPPED, error.answer
    if isinstance(error, Refused):
        return _refused(ctx, tx, delivery, error), error.answer
    if isinstance(error, Deferred):
        is_try = not isinstance(error, ChannelDown)
        outcome = _deferred(ctx, tx, delivery, error.answer, is_try=is_try)
        return outcome if is_try else NOT_LEFT, error.answer
    where = traceback.extract_tb(error.__traceback__)[-1]
    log.error("Delivery %s failed: %s at %s:%s", delivery.id, type(error).__name__, where.name, where.lineno)
    answer = f"failed-{type(error).__name__}"
    return _deferred(ctx, tx, delivery, answer), answer


def _deferred(
    ctx: DeliveryContext, tx: Transaction, delivery: OutboxMessage, answer: str, *, is_try: bool = True
) -> str:
    """Due again after a wait. If no attempt reached the recipient, wait as for the first one."""
    waits = ctx.retry_after_s
    wait = waits[0] if not is_try else waits[delivery.attempt] if delivery.attempt < len(waits) else None
    if wait is None and delivery.role is Role.REVIEW:
        # Nobody else is left, so we keep retrying.
        log.error("Fix the review mailbox of %s. It does not accept messages (%s).", delivery.council, answer)
        wait = waits[-1]
    with tx.transaction():
        is_given_up = mark_deferred(tx, delivery, answer, wait, counts=is_try) and wait is None
        if is_given_up and not _is_of_stage(tx, delivery) and delivery.role is not Role.CITIZEN:
            _hand_to_review(tx, ctx, delivery, f"{EXHAUSTED}{with_others(delivery)}{to_print(delivery)}")
    return "deferred"


def _refused(ctx: DeliveryContext, tx: Transaction, delivery: OutboxMessage, error: Refused) -> str:
    council, definition = ctx.definition_of(delivery)
    answer = error.answer
    with tx.transaction():
        if not mark_refused(tx, delivery, answer):
            return "lost"
        if delivery.role is Role.CITIZEN:  # nobody else may learn of it; their page says the same
            return "refused"
        if delivery.contact is not None and isinstance(error, AddressRefused):
            contacts.quarantine(tx, delivery.contact, delivery.address, f"{delivery.channel}-{answer}")
        if _is_of_stage(tx, delivery):
            return "refused"
        sequence = next_sequence(tx, delivery.report)
        instead = instead_of_refused(delivery, sequence, council, definition, ctx.sender.domain)
        if instead is None:
            log.error("Fix the review mailbox of %s in council.toml. It refuses messages (%s).", council.slug, answer)
        elif instead.recipient == REVIEW:
            _hand_to_review(tx, ctx, delivery, instead.reason)
        else:
            insert_messages(tx, [instead], None)
            tx.execute("NOTIFY waywarden_work")
    return "refused"


def _is_of_stage(tx: Transaction, delivery: OutboxMessage) -> bool:
    """Whether the stages of its case say what follows: for what asks somebody, and for letters that officers print."""
    if delivery.entry is not None:
        return note_bounce(tx, delivery.id)
    if delivery.role is Role.LETTER:
        need_print(tx, delivery.id)
        return not delivery.address_is_known
    return False


def _hand_to_review(tx: Transaction, ctx: DeliveryContext, delivery: OutboxMessage, reason: str) -> None:
    """One message to the review mailbox. The report moves only if we cannot reach the person who must act."""
    if delivery.role is Role.TO:
        enter_review(tx, [delivery.report], reason, "channel")
    tell_review(tx, ctx.catalogue, ctx.sender.domain, [(delivery.report, delivery.council)], reason)
