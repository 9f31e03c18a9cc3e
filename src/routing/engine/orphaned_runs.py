"""Runs that are unfinished in Prefect, but that nobody works on. We note them at once and close them after a lease.

A dead engine leaves its runs Pending or Running, and so does a lost answer between Prefect and the engine. Prefect does
not notice or delete them. Only our database's clock decides how long a run has been orphaned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from routing.database import Transaction

UPKEEP_S = 6 * 3600.0
"""A worker's run has no lease of ours. We treat one that lasts longer than this as orphaned."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run that is Pending, Running or Cancelling in Prefect.

    Attributes:
        batch: the batch in its parameters, if there is one.
        is_engines: whether it is one of the engine's flows. The heartbeat names the engine's current runs.
    """

    flow_run: UUID
    flow: str
    batch: UUID | None
    is_engines: bool


@dataclass(frozen=True, slots=True)
class OrphanedRun:
    """A run to close.

    Attributes:
        outcome: how its batch ended; None if there is no such batch.
    """

    flow_run: UUID
    flow: str
    outcome: str | None


# A run is not orphaned if a living engine names it, or its batch is open. Then its lease decides.
IN_HAND = """
    SELECT unnest(h.runs) FROM heartbeat h WHERE h.seen_at > now() - make_interval(secs => %(lease)s)
    UNION ALL SELECT b.flow_run FROM batch b WHERE b.finished_at IS NULL AND b.flow_run IS NOT NULL
"""

NOTE = f"""
    INSERT INTO stray_run (flow_run, flow, batch, patience_s)
    SELECT u.* FROM unnest(%(runs)s::uuid[], %(flows)s::text[], %(batches)s::uuid[], %(patience)s::float8[])
        AS u (flow_run, flow, batch, patience_s)
    WHERE u.flow_run NOT IN ({IN_HAND}) ON CONFLICT DO NOTHING
"""  # noqa: S608  # a constant of ours


def note_orphaned_runs(tx: Transaction, unfinished: Sequence[Unfinished], lease_s: float) -> int:
    """Compare Prefect's unfinished runs with current work; returns how many to close now."""
    values = {
        "runs": [run.flow_run for run in unfinished],
        "flows": [run.flow for run in unfinished],
        "batches": [run.batch for run in unfinished],
        "patience": [lease_s if run.is_engines else UPKEEP_S for run in unfinished],
        "lease": lease_s,
    }
    tx.execute(
        f"DELETE FROM stray_run WHERE flow_run <> ALL(%(runs)s) OR flow_run IN ({IN_HAND})",  # noqa: S608  # ours
        values,
    )
    tx.execute(NOTE, values)
    return len(due_orphaned_runs(tx))


def due_orphaned_runs(tx: Transaction) -> list[OrphanedRun]:
    """Orphaned runs that we first saw a lease ago, or some hours ago for a worker's."""
    rows = tx.execute(
        "SELECT s.flow_run, s.flow, coalesce((SELECT b.outcome FROM batch b WHERE b.id = s.batch),"
        " (SELECT b.outcome FROM batch b WHERE b.flow_run = s.flow_run LIMIT 1)) AS outcome FROM stray_run s"
        " WHERE s.first_seen < now() - make_interval(secs => s.patience_s) ORDER BY s.first_seen"
    ).fetchall()
    return [OrphanedRun(row["flow_run"], row["flow"], row["outcome"]) for row in rows]
