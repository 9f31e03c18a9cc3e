"""Empty an outbox through a channel: `sent` is committed per message, straight after the channel accepted it."""

import contextlib
import datetime
import logging
import time
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from routing import contacts
from routing.casework import (
    Allowed,
    Catalogue,
    Dispatch,
    drop,
    enter_review,
    insert_outgoing,
    is_outdone,
    mark_deferred,
    mark_refused,
    mark_sent,
    may_write,
    next_sequence,
    standing,
    still_ours,
    take_token_back,
    track,
    without_cancelled,
)
from routing.council import Council
from routing.database import UNAVAILABLE, Database, Transaction
from routing.delivery.compose import instead_of_refused, with_others
from routing.delivery.digest import write_digest
from routing.delivery.errors import AddressRefused, AnswerLost, ChannelDown, ChannelStopped, Deferred, Refused
from routing.delivery.messages import Sender, write_message
from routing.delivery.news import Links, write_news
from routing.delivery.review import tell_review
from routing.delivery.smtp import SmtpChannel
from routing.errors import StoreUnavailable
from routing.process import Definition, in_language
from routing.words import REVIEW, Role

log = logging.getLogger("waywarden.delivery")

NOTE_S = 600.0
"""So long an engine tries to note an acceptance while the database is away; then the message may be sent again."""

NOTE_PAUSE_S = 0.3

NO_ADDRESS = "no-address"
"""Answer where the citizen's address was taken away before the message left."""

NOT_LEFT, STOPPED = "could not leave", "stopped"
"""Outcomes of messages that were kept in the house by our own mail server, which is nobody's failure but ours."""

OUTDONE = "outdone"
"""Answer where there was newer news before the message left."""

EXHAUSTED = "Every try to deliver this report failed; the mail server did not take it in time."


@dataclass(frozen=True)
class Post:
    """What sending needs: given in, so that a test brings its own.

    Attributes:
        retry_after_s: waits before each further try; after the last one the delivery is for a person.
        public_url: address of the web, for the links of citizens.
        per_citizen_day: messages that one citizen's mailbox gets in 24 hours; 0 for any number.
    """

    database: Database
    catalogue: Catalogue
    channel: SmtpChannel
    sender: Sender
    retry_after_s: tuple[float, ...]
    public_url: str
    per_citizen_day: int = 0


def send_all(post: Post, outbox: Sequence[Dispatch]) -> Counter[str]:
    """Send everything of a batch over at most the channel's connections; news last, since it tells of the rest.

    Returns:
        How many were ``sent``, ``deferred``, ``refused``, ``stopped`` or ``could not leave`` (``need_channel``),
        ``dropped`` (news that nobody needs any more) or ``lost`` (to another engine).

    Raises:
        StoreUnavailable: the database went away; what was not sent by then is still in the outbox.
    """
    news = [dispatch for dispatch in outbox if dispatch.role is Role.CITIZEN]
    others = [dispatch for dispatch in outbox if dispatch.role is not Role.CITIZEN]
    return _send_together(post, others) + _send_together(post, news)


def need_channel(sent: Mapping[str, int]) -> None:
    """Let nobody take a run for well in which something could not leave.

    Args:
        sent: as ``send_all`` gives it.

    Raises:
        ChannelStopped, ChannelDown: something was kept in the house by our own mail server.
    """
    if sent.get(STOPPED):
        raise ChannelStopped(STOPPED)
    if sent.get(NOT_LEFT):
        raise ChannelDown(NOT_LEFT)


def _send_together(post: Post, outbox: Sequence[Dispatch]) -> Counter[str]:
    waiting: SimpleQueue[Dispatch] = SimpleQueue()
    for dispatch in outbox:
        waiting.put(dispatch)
    connections = min(post.channel.server.connections, len(outbox))
    if connections <= 1:
        return _send_waiting(post, waiting)
    with ThreadPoolExecutor(connections, thread_name_prefix="send") as pool:
        counted = [pool.submit(_send_waiting, post, waiting) for _ in range(connections)]
    return sum((each.result() for each in counted), Counter())


def _send_waiting(post: Post, waiting: "SimpleQueue[Dispatch]") -> Counter[str]:
    """One thread's share: a turn of the channel, and a connection whose every statement commits by itself."""
    counted: Counter[str] = Counter()
    with post.channel.turn(), post.database.statements() as tx:
        dispatch = _take(waiting)
        is_ours = dispatch is not None and still_ours(tx, dispatch)
        while dispatch is not None:
            following = _take(waiting)
            if not is_ours:
                outcome, answer = "lost", ""
            else:
                dispatch = without_cancelled(tx, dispatch)
                outcome, answer = _send(post, tx, dispatch)
            counted[outcome] += 1
            if outcome == "sent":
                is_ours = _mark(post, tx, dispatch, answer, following)
            else:
                is_ours = following is not None and still_ours(tx, following)
            dispatch = following
    return counted


def _mark(post: Post, tx: Transaction, dispatch: Dispatch, answer: str, following: Dispatch | None) -> bool:
    """Note an acceptance; where the database fails at that, again and again, with the turn still held.

    Given up, the turn would let another message leave that could not be noted either.
    """
    try:
        return mark_sent(tx, dispatch, answer, following)
    except UNAVAILABLE:
        deadline = time.monotonic() + NOTE_S
        while time.monotonic() < deadline:
            time.sleep(NOTE_PAUSE_S)
            with contextlib.suppress(StoreUnavailable), post.database.transaction() as fresh:
                mark_sent(fresh, dispatch, answer)
                break
        raise


def _take(waiting: "SimpleQueue[Dispatch]") -> Dispatch | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None


def _send(post: Post, tx: Transaction, dispatch: Dispatch) -> tuple[str, str]:
    """What became of a message, and the channel's answer; everything but its acceptance is noted already."""
    needless = _needless(tx, dispatch)
    if needless is not None:
        drop(tx, dispatch.id, needless)
        return "dropped", needless
    allowed = may_write(tx, dispatch.id, dispatch.address, post.per_citizen_day) if _is_news(dispatch) else None
    if allowed is not None and allowed.why_not is not None:
        drop(tx, dispatch.id, allowed.why_not)
        return "dropped", allowed.why_not
    try:
        message = _write(post, tx, dispatch, allowed)
        proves = not _is_news(dispatch)
        answer = post.channel.deliver(post.sender.envelope(dispatch.id), dispatch.address, message, proves=proves)
    except Exception as error:  # noqa: BLE001  # one message that cannot be written must not hold up the others
        if allowed is not None and allowed.token is not None and not isinstance(error, AnswerLost):
            take_token_back(tx, allowed.token)
        return _failed(post, tx, dispatch, error)
    return "sent", answer


def _is_news(dispatch: Dispatch) -> bool:
    return dispatch.role is Role.CITIZEN


def _needless(tx: Transaction, dispatch: Dispatch) -> str | None:
    """Why news is not needed any more; None where it is, and for all other messages."""
    if not _is_news(dispatch):
        return None
    if not dispatch.address:
        return NO_ADDRESS
    return OUTDONE if is_outdone(tx, dispatch.report, dispatch.sequence) else None


def _failed(post: Post, tx: Transaction, dispatch: Dispatch, error: Exception) -> tuple[str, str]:
    """Note what went wrong, and what follows from it."""
    # No traceback anywhere here: it could show an address.
    if isinstance(error, ChannelStopped):
        return STOPPED, error.answer
    if isinstance(error, Refused):
        return _refused(post, tx, dispatch, error), error.answer
    if isinstance(error, Deferred):
        is_try = not isinstance(error, ChannelDown)
        outcome = _deferred(post, tx, dispatch, error.answer, is_try=is_try)
        return outcome if is_try else NOT_LEFT, error.answer
    where = traceback.extract_tb(error.__traceback__)[-1]
    log.error("Delivery %s failed: %s at %s:%s", dispatch.id, type(error).__name__, where.name, where.lineno)
    answer = f"failed-{type(error).__name__}"
    return _deferred(post, tx, dispatch, answer), answer


def _write(post: Post, tx: Transaction, dispatch: Dispatch, allowed: Allowed | None) -> bytes:
    """A message as it goes over the wire; what it says of a report is read now."""
    council, definition = _definition(post, dispatch)
    now = datetime.datetime.now(datetime.UTC)
    if dispatch.members:
        return write_digest(dispatch, [(each, *_definition(post, each)) for each in dispatch.members], post.sender, now)
    if allowed is None:
        return write_message(dispatch, council, definition, post.sender, now)
    told = standing(track(tx, dispatch.report), council, in_language(definition), now)
    site = council.address(post.public_url)
    links = Links(
        f"{site}/reports/{dispatch.reference}?token={allowed.token}", f"{site}/not-me/{allowed.address_hash.hex()}"
    )
    return write_news(told, dispatch, links, post.sender, now)


def _definition(post: Post, dispatch: Dispatch) -> tuple[Council, Definition]:
    """The council that decided, and the definition under which the report was submitted."""
    council = post.catalogue.council_of(dispatch.council)
    definition = post.catalogue.version(dispatch.process_scope, dispatch.process, dispatch.process_version)
    return council, definition or post.catalogue.definition(council.slug, dispatch.process)


def _deferred(post: Post, tx: Transaction, dispatch: Dispatch, answer: str, *, is_try: bool = True) -> str:
    """Due again after a wait; where it was no try of the recipient's, after the first one."""
    waits = post.retry_after_s
    wait = waits[0] if not is_try else waits[dispatch.attempt] if dispatch.attempt < len(waits) else None
    if wait is None and dispatch.role is Role.REVIEW:
        # Nobody is left to be told instead: it is tried for ever.
        log.error("The review mailbox of %s takes nothing (%s). Mend it.", dispatch.council, answer)
        wait = waits[-1]
    with tx.transaction():
        is_given_up = mark_deferred(tx, dispatch, answer, wait, counts=is_try) and wait is None
        if is_given_up and dispatch.role is not Role.CITIZEN:
            _hand_to_review(tx, post, dispatch, f"{EXHAUSTED}{with_others(dispatch)}")
    return "deferred"


def _refused(post: Post, tx: Transaction, dispatch: Dispatch, error: Refused) -> str:
    council, definition = _definition(post, dispatch)
    answer = error.answer
    with tx.transaction():
        if not mark_refused(tx, dispatch, answer):
            return "lost"
        if dispatch.role is Role.CITIZEN:  # nobody else is to hear of it; their page says the same
            return "refused"
        if dispatch.contact is not None and isinstance(error, AddressRefused):
            contacts.quarantine(tx, dispatch.contact, dispatch.address, f"smtp-{answer}")
        sequence = next_sequence(tx, dispatch.report)
        instead = instead_of_refused(dispatch, sequence, council, definition, post.sender.domain)
        if instead is None:
            log.error("The review mailbox of %s refuses messages (%s). Mend council.toml.", council.slug, answer)
        elif instead.recipient == REVIEW:
            _hand_to_review(tx, post, dispatch, instead.reason)
        else:
            insert_outgoing(tx, [instead], None)
            tx.execute("NOTIFY waywarden_work")
    return "refused"


def _hand_to_review(tx: Transaction, post: Post, dispatch: Dispatch, reason: str) -> None:
    """One message to the review mailbox; the report itself moves only if who is to act cannot be reached."""
    if dispatch.role is Role.TO:
        enter_review(tx, [dispatch.report], reason, "channel")
    tell_review(tx, post.catalogue, post.sender.domain, [(dispatch.report, dispatch.council)], reason)
