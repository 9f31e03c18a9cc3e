"""How satisfied citizens were at the end of their cases: counts, without who said what."""

from uuid import UUID

from routing.database import Transaction


def count_satisfaction(tx: Transaction, report: UUID, level: int) -> bool:
    """Count the answer of a citizen whose case has ended, once; returns whether it was counted.

    Args:
        level: 1 (very dissatisfied) to 5 (very satisfied).
    """
    row = tx.execute(
        "UPDATE case_stage c SET is_asked_how = true FROM report r WHERE c.report = %s AND r.id = c.report"
        " AND c.ended IS NOT NULL AND NOT c.is_asked_how"
        " RETURNING r.process, r.process_scope, r.process_version, c.ended",
        (report,),
    ).fetchone()
    if row is None:
        return False
    tx.execute(
        "INSERT INTO satisfaction (process, scope, version, ended, level, answers) VALUES (%s, %s, %s, %s, %s, 1)"
        " ON CONFLICT (process, scope, version, ended, level) DO UPDATE SET answers = satisfaction.answers + 1",
        (row["process"], row["process_scope"], row["process_version"], row["ended"], level),
    )
    return True
