"""Send an outbox through channels. Each message is committed as `sent` straight after the channel accepted it."""

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from routing import present
from routing.casework import (
    REPORTER,
    Allowed,
    OutboxMessage,
    drop,
    holds_lease,
    is_superseded,
    issue_link,
    mark_sent,
    may_write,
    need_print,
    public_status,
    revoke_link,
    revoke_token,
    track,
    without_cancelled,
)
from routing.database import UNAVAILABLE, Transaction
from routing.delivery.channels import Channel, Handover
from routing.delivery.context import DeliveryContext
from routing.delivery.digest import write_digest
from routing.delivery.errors import AnswerLost, ChannelDown, ChannelStopped, Deferred
from routing.delivery.messages import write_message
from routing.delivery.not_taken import NOT_LEFT, STOPPED, not_taken
from routing.delivery.notifications import Links, write_notification
from routing.delivery.stage_mail import write_ask, write_letter, write_letter_to_others
from routing.errors import StoreUnavailable
from routing.process import in_language
from routing.vocabulary import Role

log = logging.getLogger("waywarden.delivery")

NOTE_S = 600.0
"""For this long, an engine tries to note an acceptance while the database is down. Then the message may be repeated."""

NOTE_PAUSE_S = 0.3

LEFT = "left"
"""Answer if the case no longer waits for whoever the message asks."""

NO_ADDRESS = "no-address"
"""Answer if the citizen's address was deleted before we sent the message."""

SUPERSEDED = "outdone"
"""Answer if there was newer news before we sent the message."""


def send_all(ctx: DeliveryContext, outbox: Sequence[OutboxMessage]) -> Counter[str]:
    """Send everything in a batch, on all channels at the same time, each with at most its slots.

    Notifications go last on each channel, because they report on the rest.

    Returns:
        How many were ``sent``, ``deferred``, ``refused``, ``stopped`` or ``could not leave`` (``need_channel``),
        ``dropped`` (notifications no longer needed) or ``lost`` (to another engine).

    Raises:
        StoreUnavailable: the database is down. Messages not yet sent are still in the outbox.
    """
    shares: dict[str, list[OutboxMessage]] = {}
    for delivery in outbox:
        shares.setdefault(delivery.channel, []).append(delivery)
    if len(shares) < 2:
        return sum((_send_over(ctx, name, share) for name, share in shares.items()), Counter())
    with ThreadPoolExecutor(len(shares), thread_name_prefix="channel") as pool:
        counted = [pool.submit(_send_over, ctx, name, share) for name, share in shares.items()]
    return sum((each.result() for each in counted), Counter())


def _send_over(ctx: DeliveryContext, name: str, share: Sequence[OutboxMessage]) -> Counter[str]:
    """Send the messages of one channel. If this installation does not have the channel, they wait."""
    channel = ctx.channels.get(name)
    if channel is None:
        log.error("This installation has no channel %s. Messages for it wait in the outbox.", name)
        return Counter({STOPPED: len(share)})
    notifications = [delivery for delivery in share if delivery.role is Role.CITIZEN]
    others = [delivery for delivery in share if delivery.role is not Role.CITIZEN]
    return _send_together(ctx, channel, others) + _send_together(ctx, channel, notifications)


def need_channel(sent: Mapping[str, int]) -> None:
    """Fail a run if a message could not be sent.

    Args:
        sent: result of ``send_all``.

    Raises:
        ChannelStopped, ChannelDown: our own end of a channel could not send something.
    """
    if sent.get(STOPPED):
        raise ChannelStopped(STOPPED)
    if sent.get(NOT_LEFT):
        raise ChannelDown(NOT_LEFT)


def _send_together(ctx: DeliveryContext, channel: Channel, outbox: Sequence[OutboxMessage]) -> Counter[str]:
    waiting: SimpleQueue[OutboxMessage] = SimpleQueue()
    for delivery in outbox:
        waiting.put(delivery)
    at_once = min(channel.slots, len(outbox))
    if at_once <= 1:
        return _send_waiting(ctx, channel, waiting)
    with ThreadPoolExecutor(at_once, thread_name_prefix="send") as pool:
        counted = [pool.submit(_send_waiting, ctx, channel, waiting) for _ in range(at_once)]
    return sum((each.result() for each in counted), Counter())


def _send_waiting(ctx: DeliveryContext, channel: Channel, waiting: "SimpleQueue[OutboxMessage]") -> Counter[str]:
    """One thread's share: a slot of the channel, and a connection that commits every statement."""
    counted: Counter[str] = Counter()
    with channel.slot(), ctx.database.statements() as tx:
        delivery = _take(waiting)
        is_ours = delivery is not None and holds_lease(tx, delivery)
        while delivery is not None:
            upcoming = _take(waiting)
            if not is_ours:
                outcome, answer = "lost", ""
            else:
                delivery = without_cancelled(tx, delivery)
                outcome, answer = _send(ctx, channel, tx, delivery)
            counted[outcome] += 1
            if outcome == "sent":
                is_ours = _mark(ctx, tx, delivery, answer, upcoming)
            else:
                is_ours = upcoming is not None and holds_lease(tx, upcoming)
            delivery = upcoming
    return counted


def _mark(
    ctx: DeliveryContext, tx: Transaction, delivery: OutboxMessage, answer: str, upcoming: OutboxMessage | None
) -> bool:
    """Note an acceptance. If the database fails, try again and again with the slot still held.

    If we released the slot, another message could be sent that we could not note either.
    """
    try:
        return mark_sent(tx, delivery, answer, upcoming)
    except UNAVAILABLE:
        deadline = time.monotonic() + NOTE_S
        while time.monotonic() < deadline:
            time.sleep(NOTE_PAUSE_S)
            with contextlib.suppress(StoreUnavailable), ctx.database.transaction() as fresh:
                mark_sent(fresh, delivery, answer)
                break
        raise


def _take(waiting: "SimpleQueue[OutboxMessage]") -> OutboxMessage | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None


def _send(ctx: DeliveryContext, channel: Channel, tx: Transaction, delivery: OutboxMessage) -> tuple[str, str]:
    """The outcome of a message, and the channel's answer. Everything but an acceptance is already noted."""
    if delivery.unwritten:
        return not_taken(ctx, tx, delivery, Deferred(f"failed-{delivery.unwritten}"))
    needless = _needless(tx, delivery)
    if needless is not None:
        return _drop(tx, delivery, needless)
    allowed = may_write(tx, delivery.id, delivery.address, ctx.per_citizen_day) if _is_notification(delivery) else None
    if allowed is not None and allowed.why_not is not None:
        return _drop(tx, delivery, allowed.why_not)
    link = issue_link(tx, delivery.entry, delivery.recipient) if delivery.entry is not None else None
    try:
        content = _write(ctx, tx, delivery, allowed, link)
        is_known = delivery.address_is_known  # anybody may have typed the address of a citizen
        answer = channel.deliver(Handover(delivery.id, delivery.address, content, affects_relay_health=is_known))
    except Exception as error:  # noqa: BLE001  # one message that cannot be written must not hold up the others
        if not isinstance(error, AnswerLost):
            _revoke(tx, allowed, link)
        return not_taken(ctx, tx, delivery, error)
    return "sent", answer


def _drop(tx: Transaction, delivery: OutboxMessage, why: str) -> tuple[str, str]:
    with tx.transaction():
        drop(tx, delivery.id, why)
        if delivery.role is Role.LETTER and delivery.letter is not None:
            need_print(tx, delivery.id)
    return "dropped", why


def _revoke(tx: Transaction, allowed: Allowed | None, link: str | None) -> None:
    """Delete the tokens of a message that nobody got."""
    if allowed is not None and allowed.token is not None:
        revoke_token(tx, allowed.token)
    if link is not None:
        revoke_link(tx, link)


def _is_notification(delivery: OutboxMessage) -> bool:
    """Whether it goes to the citizen: news, or a letter."""
    return delivery.role is Role.CITIZEN or (delivery.role is Role.LETTER and delivery.recipient == REPORTER)


def _needless(tx: Transaction, delivery: OutboxMessage) -> str | None:
    """Why news is no longer needed; None if it is, and for all other messages."""
    if delivery.entry is not None:
        return LEFT if delivery.asked is None else None
    if not delivery.address or (delivery.role is Role.LETTER and delivery.letter is None):
        return NO_ADDRESS
    if delivery.role is not Role.CITIZEN:
        return None
    return SUPERSEDED if is_superseded(tx, delivery.report, delivery.sequence) else None


def _write(
    ctx: DeliveryContext, tx: Transaction, delivery: OutboxMessage, allowed: Allowed | None, link: str | None
) -> bytes:
    """The bytes of a message, with the current state of the report."""
    council, definition = ctx.definition_of(delivery)
    now = present.now()
    if delivery.members:
        return write_digest(delivery, [(each, *ctx.definition_of(each)) for each in delivery.members], ctx.sender, now)
    site = council.address(ctx.public_url)
    if link is not None:
        return write_ask(delivery, council, definition, f"{site}/answer/{link}", ctx.sender, now)
    if allowed is None:
        write = write_letter_to_others if delivery.role is Role.LETTER else write_message
        return write(delivery, council, definition, ctx.sender, now)
    links = Links(
        f"{site}/reports/{delivery.reference}?token={allowed.token}", f"{site}/not-me/{allowed.address_hash.hex()}"
    )
    if delivery.role is Role.LETTER:
        return write_letter(delivery, council, in_language(definition), links, ctx.sender, now)
    told = public_status(track(tx, delivery.report, ctx.catalogue), council, in_language(definition), now)
    return write_notification(told, delivery, links, ctx.sender, now)
