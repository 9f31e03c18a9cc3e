"""The hourly limit of a recipient. Beyond it, copies and follow-ups wait and go together in one digest.

A digest is the message of its head, which is one of the waiting deliveries. The others are its members (``digest``
names the head, also in the head itself) and end with it. We commit the members before sending, so that a repeat has
the same Message-ID. A message that somebody must act on or decide always goes alone, even beyond the limit.

The head belongs to the report with the lowest id, which is the order of locks everywhere.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from routing.casework.cases.model import OutboxMessage
from routing.database import Transaction

MOST_BYTES = 1_000_000
"""Approximate maximum size of a digest. Mail servers accept 10 to 50 MB in total."""

MEMBER_BYTES, DETAILS_TIMES = 10_000, 6
"""Size of a message in it: its answers, and the citizen's words as text and HTML, encoded for mail."""

TAKE_TURNS = """
SELECT pg_advisory_xact_lock(hashtextextended('recipient:' || address, 0)) FROM (
    SELECT DISTINCT address FROM delivery WHERE batch = %(batch)s AND state = 'pending' AND role <> 'citizen'
    ORDER BY address) a
"""
"""Two batches with messages to one recipient count in turn. Otherwise each could use the whole limit."""

BEYOND = """
WITH mine AS (
    SELECT d.id, d.address, d.role, d.held_at, row_number() OVER (PARTITION BY d.address
        ORDER BY d.role IN ('copy', 'follow-up'), d.created_at, d.id) AS number
    FROM delivery d WHERE d.batch = %(batch)s AND d.state = 'pending' AND d.role <> 'citizen' AND d.due_at <= now()
      AND d.digest IS NULL
), in_hand AS (
    SELECT o.address, count(*) AS number FROM batch b JOIN delivery o ON o.batch = b.id
    WHERE b.finished_at IS NULL AND b.id <> %(batch)s AND o.state = 'pending' AND o.role <> 'citizen'
      AND (o.digest = o.id OR o.held_at IS NULL) GROUP BY o.address
), gone AS (
    SELECT a.address, (SELECT count(*) FROM (SELECT FROM delivery s WHERE s.address = a.address AND s.role <> 'citizen'
        AND s.sent_at >= date_trunc('hour', now()) AND (s.digest IS NULL OR s.digest = s.id) LIMIT %(most)s) counted)
        AS number
    FROM (SELECT DISTINCT address FROM mine) a
)
SELECT m.id FROM mine m JOIN gone g ON g.address = m.address LEFT JOIN in_hand h ON h.address = m.address
WHERE m.role IN ('copy', 'follow-up') AND m.held_at IS NULL
  AND g.number + coalesce(h.number, 0) + m.number > %(most)s
"""

TOGETHER = """
WITH held AS (
    SELECT d.id, d.channel, d.address, d.report, r.council,
        %(each)s + %(times)s * (octet_length(coalesce(r.details, ''))
        + octet_length(coalesce((SELECT a.text FROM addition a WHERE a.id = d.addition), ''))) AS bytes
    FROM delivery d JOIN report r ON r.id = d.report
    WHERE d.batch = %(batch)s AND d.state = 'pending' AND d.held_at IS NOT NULL AND d.digest IS NULL
      AND d.role IN ('copy', 'follow-up')
), filled AS (
    SELECT h.*, (sum(bytes) OVER (PARTITION BY channel, address, council ORDER BY report, id) - bytes) / %(most)s
        AS number
    FROM held h
), headed AS (
    SELECT id, count(*) OVER same AS together, first_value(id) OVER (same ORDER BY report, id) AS head
    FROM filled WINDOW same AS (PARTITION BY channel, address, council, number::bigint)
)
SELECT id, head FROM headed WHERE together > 1
"""


def bundle(tx: Transaction, batch: UUID, per_hour: int) -> int:
    """Delay messages of a batch beyond their recipient's limit, and make digests of those delayed before.

    Args:
        per_hour: most single messages to one recipient in a clock hour; 0 for no limit.

    Returns:
        How many were delayed.
    """
    put_off = 0
    if per_hour:
        tx.execute(TAKE_TURNS, {"batch": batch})
        beyond = [row["id"] for row in tx.execute(BEYOND, {"batch": batch, "most": per_hour}).fetchall()]
        put_off = _put_off(tx, batch, beyond)
    weights = {"each": MEMBER_BYTES, "times": DETAILS_TIMES, "most": MOST_BYTES}
    rows = tx.execute(TOGETHER, {"batch": batch} | weights).fetchall()
    _put_together(tx, batch, {row["id"]: row["head"] for row in rows})
    return put_off


def _put_off(tx: Transaction, batch: UUID, deliveries: Sequence[UUID]) -> int:
    if not deliveries:
        return 0
    hold_reports_of(tx, deliveries)
    return tx.execute(
        "UPDATE delivery SET batch = NULL, held_at = now(), due_at = date_trunc('hour', now()) + interval '1 hour'"
        " WHERE id = ANY(%s) AND batch = %s AND state = 'pending'",
        (list(deliveries), batch),
    ).rowcount


def _put_together(tx: Transaction, batch: UUID, heads: dict[UUID, UUID]) -> None:
    """Put each into the digest of its head. If the head was cancelled in between, they go with the next batch."""
    if not heads:
        return
    hold_reports_of(tx, list(heads))
    tx.execute(
        "UPDATE delivery d SET digest = h.id, batch = CASE WHEN d.id = h.id THEN d.batch END"
        " FROM unnest(%s::uuid[], %s::uuid[]) AS g (id, head) JOIN delivery h ON h.id = g.head AND h.state = 'pending'"
        " WHERE d.id = g.id AND d.batch = %s AND d.state = 'pending'",
        (list(heads), list(heads.values()), batch),
    )


def hold_reports_of(tx: Transaction, deliveries: Sequence[UUID]) -> None:
    """Lock reports before their deliveries. Everything locks in this order, to avoid deadlocks."""
    tx.execute(
        "SELECT 1 FROM report WHERE id = ANY(ARRAY(SELECT report FROM delivery WHERE id = ANY(%s)))"
        " ORDER BY id FOR UPDATE",
        (list(deliveries),),
    )


def without_cancelled(tx: Transaction, head: OutboxMessage) -> OutboxMessage:
    """A digest without members that were cancelled since we read it. With one member, it is an ordinary message."""
    if not head.members:
        return head
    rows = tx.execute("SELECT id FROM delivery WHERE digest = %s AND state = 'pending'", (head.id,)).fetchall()
    pending = {row["id"] for row in rows}
    members = tuple(each for each in head.members if each.id in pending)
    return replace(head, members=members if len(members) > 1 else ())


def settle_members(tx: Transaction, head: OutboxMessage, state: str, answer: str) -> list[OutboxMessage]:
    """End the members of a digest that will not be sent, like its head; returns them."""
    rows = tx.execute(
        "UPDATE delivery SET state = %s, answer = %s, batch = NULL, digest = %s WHERE id = ANY(%s) AND id <> %s"
        " AND state = 'pending' RETURNING id",
        (state, answer, head.id, [each.id for each in head.members], head.id),
    ).fetchall()
    settled = {row["id"] for row in rows}
    return [each for each in head.members if each.id in settled]
