"""How much one recipient gets in an hour: beyond it, copies and follow-ups wait and go together, as one digest.

A digest is the message of its head, one of the deliveries that wait; the others are its members (``digest`` names the
head, of the head too) and are settled with it. Who belongs to it is committed before it leaves, so a repeat is the
same message. What somebody is to act on, or to judge, always goes by itself, also beyond the cap.
"""

from uuid import UUID

from routing.database import Transaction

HOLD = """
WITH mine AS (
    SELECT d.id, d.address, d.role, row_number() OVER (PARTITION BY d.address
        ORDER BY d.role IN ('copy', 'follow-up'), d.created_at, d.id) AS number
    FROM delivery d WHERE d.batch = %(batch)s AND d.state = 'pending' AND d.role <> 'citizen' AND d.due_at <= now()
      AND d.digest IS NULL
), sent AS (
    SELECT a.address, (SELECT count(*) FROM (SELECT FROM delivery s WHERE s.address = a.address AND s.role <> 'citizen'
        AND s.sent_at >= date_trunc('hour', now()) AND (s.digest IS NULL OR s.digest = s.id) LIMIT %(most)s) counted)
        AS number
    FROM (SELECT DISTINCT address FROM mine) a
)
UPDATE delivery d SET batch = NULL, held_at = now(), due_at = date_trunc('hour', now()) + interval '1 hour'
FROM mine m JOIN sent s ON s.address = m.address
WHERE d.id = m.id AND m.role IN ('copy', 'follow-up') AND d.held_at IS NULL AND s.number + m.number > %(most)s
"""

BUNDLE = """
WITH held AS (
    SELECT d.id, count(*) OVER same AS together, first_value(d.id) OVER (same ORDER BY d.created_at, d.id) AS head
    FROM delivery d JOIN report r ON r.id = d.report
    WHERE d.batch = %(batch)s AND d.state = 'pending' AND d.held_at IS NOT NULL AND d.digest IS NULL
      AND d.role IN ('copy', 'follow-up')
    WINDOW same AS (PARTITION BY d.address, r.council)
)
UPDATE delivery d SET digest = h.head, batch = CASE WHEN d.id = h.head THEN d.batch END
FROM held h WHERE d.id = h.id AND h.together > 1
"""


def bundle(tx: Transaction, batch: UUID, per_hour: int) -> int:
    """Put off what of a batch is beyond the cap of its recipient, and make digests of what was put off before.

    Args:
        per_hour: messages that one recipient gets one by one in an hour by the clock; 0 for any number.

    Returns:
        How many were put off.
    """
    put_off = tx.execute(HOLD, {"batch": batch, "most": per_hour}).rowcount if per_hour else 0
    tx.execute(BUNDLE, {"batch": batch})
    return put_off


def settle_members(tx: Transaction, head: UUID, state: str, answer: str) -> list[UUID]:
    """The members of a digest that will not be sent any more end as its head does; returns their reports."""
    rows = tx.execute(
        "UPDATE delivery SET state = %s, answer = %s, batch = NULL WHERE digest = %s AND id <> %s"
        " AND state = 'pending' RETURNING report",
        (state, answer, head, head),
    ).fetchall()
    return [row["report"] for row in rows]
