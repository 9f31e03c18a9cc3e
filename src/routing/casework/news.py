"""News for the citizens who gave an e-mail address: that there is some is noted with the change, in its transaction.

What a message says is read when it is written (``standing``): so one that waits stands for everything until then.
"""

from collections.abc import Sequence
from uuid import UUID

from routing.casework.states import Event
from routing.database import Transaction

NEWS = frozenset(
    {
        Event.DECIDED, Event.REVIEWED, Event.OFFICER_DECIDED, Event.ACKNOWLEDGED, Event.DECLINED, Event.ESCALATED,
        Event.WITHDRAWN, Event.MERGED, Event.CLOSED,
    }
)  # fmt: skip
"""The first is the acknowledgement: the report is recorded, and who gets it is known."""

REPORTER = "reporter"
"""Recipient of a message to the citizen; its address is never copied into the outbox."""

# What waits is held, so that no engine takes it before this change is there to be read.
TELL = """
WITH told AS (
    SELECT r.id FROM report r
    WHERE r.id = ANY(%(reports)s) OR (r.merged_into = ANY(%(reports)s) AND r.state = 'merged')
), waiting AS MATERIALIZED (
    SELECT d.report FROM delivery d
    WHERE d.report IN (SELECT id FROM told) AND d.role = 'citizen' AND d.state = 'pending' AND d.batch IS NULL
    FOR UPDATE
)
INSERT INTO delivery (id, report, sequence, recipient, role, channel, address, message_id, reason, state)
SELECT n.id, n.report, n.sequence, %(reporter)s, 'citizen', 'smtp', '', n.id::text, '', 'pending'
FROM (
    SELECT gen_random_uuid() AS id, r.id AS report,
           (SELECT coalesce(max(d.sequence), 0) + 1 FROM delivery d WHERE d.report = r.id AND d.role = 'citizen')
               AS sequence
    FROM report r JOIN reporter p ON p.report = r.id AND p.email IS NOT NULL
    WHERE r.id IN (SELECT id FROM told) AND r.id NOT IN (SELECT report FROM waiting)
) n
"""


def tell(tx: Transaction, reports: Sequence[UUID], event: Event) -> None:
    """Note that there is news of these reports, for their reporters and for those who joined them."""
    if event in NEWS and reports:
        tx.execute(TELL, {"reports": list(reports), "reporter": REPORTER})


def send_with(tx: Transaction, reports: Sequence[UUID], batch: UUID) -> None:
    """Let the news of these reports, and of those that joined them, go out with a batch's other messages."""
    tx.execute(
        "UPDATE delivery SET batch = %(batch)s WHERE role = 'citizen' AND state = 'pending' AND batch IS NULL"
        " AND report IN (SELECT r.id FROM report r WHERE r.id = ANY(%(reports)s)"
        " OR (r.merged_into = ANY(%(reports)s) AND r.state = 'merged'))",
        {"batch": batch, "reports": list(reports)},
    )


def is_outdone(tx: Transaction, report: UUID, sequence: int) -> bool:
    """Whether there is newer news of a report, which says all that this would."""
    row = tx.execute(
        "SELECT 1 FROM delivery WHERE report = %s AND role = 'citizen' AND state IN ('pending', 'sent')"
        " AND sequence > %s",
        (report, sequence),
    ).fetchone()
    return row is not None


def drop(tx: Transaction, delivery: UUID, answer: str) -> None:
    """News that nobody needs any more does not go out; ``answer`` says why."""
    row = tx.execute(
        "UPDATE delivery SET state = 'cancelled', answer = %s WHERE id = %s RETURNING report", (answer, delivery)
    ).fetchone()
    assert row is not None
    forget_told(tx, row["report"])


def forget_told(tx: Transaction, report: UUID) -> None:
    """Of a report that was withdrawn, the address goes as soon as there is nothing more to tell."""
    tx.execute(
        "DELETE FROM reporter p USING report r WHERE p.report = r.id AND r.id = %(report)s AND r.state = 'withdrawn'"
        " AND NOT EXISTS (SELECT FROM delivery d WHERE d.report = r.id AND d.role = 'citizen' AND d.state = 'pending')",
        {"report": report},
    )
