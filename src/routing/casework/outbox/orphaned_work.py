"""Free reports and messages of a batch that has ended, which nobody would continue."""

from dataclasses import dataclass
from uuid import UUID

from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import Event
from routing.casework.outbox.messages import enter_review
from routing.database import Transaction

NOTHING_LEFT = "Find out why this report has no message in the outbox. It was decided."

STRANDED = """
    FROM report r WHERE r.state = 'routing'
      AND NOT EXISTS (SELECT 1 FROM batch b WHERE b.id = r.batch AND b.finished_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.report = r.id AND d.state = 'pending'
          AND d.role NOT IN ('citizen', 'follow-up', 'letter'))
      AND NOT EXISTS (SELECT 1 FROM case_stage c WHERE c.report = r.id AND c.entry IS NOT NULL)
"""

LEFT_OVER = """
    FROM (SELECT d.batch FROM delivery d WHERE d.batch IS NOT NULL AND d.state = 'pending'
        UNION ALL SELECT c.batch FROM case_stage c WHERE c.batch IS NOT NULL) held
    JOIN batch b ON b.id = held.batch WHERE b.finished_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Stranded:
    """A report that was on its way, but that no engine had.

    Attributes:
        needs_message: it is in review now, and we must tell the officers.
    """

    report: UUID
    reference: str
    council: str
    needs_message: bool


def count_stranded(tx: Transaction) -> int:
    """The number of reports and messages of batches that have ended."""
    row = tx.execute(f"SELECT (SELECT count(*) {STRANDED}) + (SELECT count(*) {LEFT_OVER}) AS n").fetchone()
    assert row is not None
    return int(row["n"])


def release_orphaned_work(tx: Transaction) -> list[Stranded]:
    """Messages become due again. Reports wait again, or go to review if they were already decided."""
    # Lock first and check in a second statement, which sees what was committed while this one waited for its rows.
    held = tx.execute(f"SELECT r.id {STRANDED} ORDER BY r.id FOR UPDATE OF r SKIP LOCKED").fetchall()
    rows = tx.execute(
        f"SELECT r.id, r.reference, r.council, r.decision {STRANDED} AND r.id = ANY(%s) ORDER BY r.id",
        ([row["id"] for row in held],),
    ).fetchall()
    undecided = [row["id"] for row in rows if row["decision"] is None]
    move(tx, undecided, Event.RELEASED, "engine", {"outcome": "stranded"})
    decided = [row["id"] for row in rows if row["decision"] is not None]
    enter_review(tx, decided, NOTHING_LEFT, "engine")
    tx.execute(
        "UPDATE delivery d SET batch = NULL FROM batch b"
        " WHERE b.id = d.batch AND d.state = 'pending' AND b.finished_at IS NOT NULL"
    )
    tx.execute("UPDATE case_stage c SET batch = NULL FROM batch b WHERE b.id = c.batch AND b.finished_at IS NOT NULL")
    return [Stranded(row["id"], row["reference"], row["council"], row["decision"] is not None) for row in rows]
