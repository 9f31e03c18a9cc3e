"""Notifications for citizens: which go out with a batch, and which are no longer needed.

We record news with the change (``cases.history``), but read its content when we write the message. So a waiting message
covers everything until then.
"""

from collections.abc import Sequence
from uuid import UUID

from routing.database import Transaction


def send_with(tx: Transaction, reports: Sequence[UUID], batch: UUID) -> None:
    """Send news of these reports, and of those that joined them, with the other messages of a batch."""
    tx.execute(
        "UPDATE delivery SET batch = %(batch)s WHERE role = 'citizen' AND state = 'pending' AND batch IS NULL"
        " AND report IN (SELECT r.id FROM report r WHERE r.id = ANY(%(reports)s)"
        " OR (r.merged_into = ANY(%(reports)s) AND r.state = 'merged'))",
        {"batch": batch, "reports": list(reports)},
    )


def is_superseded(tx: Transaction, report_id: UUID, sequence: int) -> bool:
    """Whether there is newer news of a report, which includes this."""
    row = tx.execute(
        "SELECT 1 FROM delivery WHERE report = %s AND role = 'citizen' AND state IN ('pending', 'sent')"
        " AND sequence > %s",
        (report_id, sequence),
    ).fetchone()
    return row is not None


def drop(tx: Transaction, delivery: UUID, answer: str) -> None:
    """Cancel news that is no longer needed; ``answer`` says why."""
    row = tx.execute(
        "UPDATE delivery SET state = 'cancelled', answer = %s WHERE id = %s RETURNING report", (answer, delivery)
    ).fetchone()
    assert row is not None
    forget_told(tx, row["report"])


def forget_told(tx: Transaction, report_id: UUID) -> None:
    """Delete the address of a withdrawn report as soon as there is no more news."""
    tx.execute(
        "DELETE FROM reporter p USING report r WHERE p.report = r.id AND r.id = %(report)s AND r.state = 'withdrawn'"
        " AND NOT EXISTS (SELECT FROM delivery d WHERE d.report = r.id AND d.role = 'citizen' AND d.state = 'pending')",
        {"report": report_id},
    )
