"""Claims and leases: which engine works on which reports. Time is always the database's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import Event
from routing.casework.outbox.messages import cancel_pending, enter_review
from routing.database import Transaction
from routing.vocabulary import SMTP

ENGINE = "engine"
MOST_ATTEMPTS = 20
"""Most attempts of a report, whatever the settings say."""

# One short look into the index for each attempt: sorting all waiting reports would get slower as they grow.
OLDEST = """
SELECT a.attempt FROM generate_series(0, %(most)s) AS a (attempt), LATERAL (
    SELECT r.received_at FROM report r WHERE r.state = 'received' AND r.attempt = a.attempt
    ORDER BY r.received_at LIMIT 1 FOR UPDATE SKIP LOCKED
) r ORDER BY r.received_at LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Reports, or deliveries, that one engine has claimed.

    Attributes:
        references: of its reports, oldest first; for a delivery batch, of the reports of its deliveries.
    """

    id: UUID
    kind: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work that no engine has claimed."""

    reports: int
    deliveries: int
    lapsed: int


def waiting(tx: Transaction) -> Waiting:
    """Count work in one query: reports to route (up to 1), due deliveries, expired leases."""
    row = tx.execute(
        """
        SELECT (SELECT count(*) FROM (SELECT 1 FROM report WHERE state = 'received' LIMIT 1) r) AS reports,
               (SELECT count(*) FROM (SELECT 1 FROM delivery d JOIN report r ON r.id = d.report
                    WHERE d.state = 'pending' AND d.batch IS NULL AND d.due_at <= now() AND r.state <> 'received'
                    AND (d.digest IS NULL OR d.digest = d.id)
                    AND delivery_has_turn(d.follows) LIMIT 1) d) AS deliveries,
               (SELECT count(*) FROM batch WHERE finished_at IS NULL AND lease_until < now()) AS lapsed
        """
    ).fetchone()
    assert row is not None
    return Waiting(row["reports"], row["deliveries"], row["lapsed"])


def limit_of(size: int, attempt: int) -> int:
    """The size of a batch for an attempt: an eighth of the one before.

    So a report that makes its run fail is alone by the fourth attempt, and the others succeed.
    """
    return max(1, size // int(8**attempt))


def claim_reports(tx: Transaction, engine: str, size: int, lease_s: float) -> Batch | None:
    """Claim the reports that wait longest, all of the same attempt, with their unsent messages.

    Returns:
        None if nothing waits, or other engines have it.
    """
    head = tx.execute(OLDEST, {"most": MOST_ATTEMPTS}).fetchone()
    if head is None:
        return None
    rows = tx.execute(
        "SELECT id, reference FROM report WHERE state = 'received' AND attempt = %s ORDER BY received_at"
        " LIMIT %s FOR UPDATE SKIP LOCKED",
        (head["attempt"], limit_of(size, head["attempt"])),
    ).fetchall()
    ids = [row["id"] for row in rows]
    batch = open_batch(tx, "route", engine, lease_s, tuple(row["reference"] for row in rows))
    with tx.pipeline():
        tx.execute("UPDATE report SET batch = %s WHERE id = ANY(%s)", (batch.id, ids))
        tx.execute(
            "UPDATE delivery d SET batch = %s WHERE report = ANY(%s) AND state = 'pending' AND batch IS NULL"
            " AND due_at <= now() AND delivery_has_turn(d.follows) AND (digest IS NULL OR digest = id)",
            (batch.id, ids),
        )
    move(tx, ids, Event.CLAIMED, ENGINE, {"batch": str(batch.id)})
    return batch


def claim_deliveries(
    tx: Transaction, engine: str, size: int, lease_s: float, channels: Sequence[str] = (SMTP,)
) -> Batch | None:
    """Claim deliveries that are due again. Those of a report that waits for routing go with the report.

    Args:
        channels: channels that work, each with an equal share of ``size``. Others are skipped.
    """
    rows = tx.execute(
        """
        SELECT due.id, due.reference FROM unnest(%s::text[]) AS c (channel), LATERAL (
            SELECT d.id, r.reference, d.due_at FROM delivery d JOIN report r ON r.id = d.report
            WHERE d.state = 'pending' AND d.batch IS NULL AND d.due_at <= now() AND r.state <> 'received'
              AND delivery_has_turn(d.follows) AND (d.digest IS NULL OR d.digest = d.id) AND d.channel = c.channel
            ORDER BY d.due_at LIMIT %s FOR UPDATE OF d SKIP LOCKED
        ) due ORDER BY due.due_at
        """,
        (list(channels), max(1, size // len(channels))),
    ).fetchall()
    if not rows:
        return None
    batch = open_batch(tx, "deliver", engine, lease_s, tuple(dict.fromkeys(row["reference"] for row in rows)))
    tx.execute("UPDATE delivery SET batch = %s WHERE id = ANY(%s)", (batch.id, [row["id"] for row in rows]))
    return batch


def open_batch(tx: Transaction, kind: str, engine: str, lease_s: float, references: tuple[str, ...]) -> Batch:
    """A new batch of an engine, with its lease."""
    batch = Batch(uuid4(), kind, references)
    tx.execute(
        "INSERT INTO batch (id, kind, engine, size, lease_until)"
        " VALUES (%s, %s, %s, %s, now() + make_interval(secs => %s))",
        (batch.id, kind, engine, len(references), lease_s),
    )
    return batch


def read_batch(tx: Transaction, batch: UUID) -> Batch | None:
    """A batch that is still open, or None."""
    row = tx.execute("SELECT kind FROM batch WHERE id = %s AND finished_at IS NULL", (batch,)).fetchone()
    if row is None:
        return None
    if row["kind"] == "route":
        rows = tx.execute("SELECT reference FROM report WHERE batch = %s ORDER BY received_at", (batch,)).fetchall()
    elif row["kind"] == "advance":
        rows = tx.execute(
            "SELECT r.reference FROM case_stage c JOIN report r ON r.id = c.report WHERE c.batch = %s", (batch,)
        ).fetchall()
    else:
        rows = tx.execute(
            "SELECT DISTINCT r.reference FROM delivery d JOIN report r ON r.id = d.report WHERE d.batch = %s", (batch,)
        ).fetchall()
    return Batch(batch, row["kind"], tuple(each["reference"] for each in rows))


def name_run(tx: Transaction, batch: UUID, flow_run: UUID, kind: str) -> bool:
    """Record the Prefect run of a batch; returns False if another run has it, or it is of another kind.

    So a copy of a run, which an operator can start in Prefect's UI, never sends the same batch again.
    """
    changed = tx.execute(
        "UPDATE batch SET flow_run = %(run)s WHERE id = %(batch)s AND kind = %(kind)s AND finished_at IS NULL"
        " AND (flow_run IS NULL OR flow_run = %(run)s)",
        {"run": flow_run, "batch": batch, "kind": kind},
    ).rowcount
    return bool(changed)


def renew(tx: Transaction, batches: list[UUID], lease_s: float) -> None:
    """Renew the leases of batches that the engine still works on."""
    tx.execute(
        "UPDATE batch SET lease_until = now() + make_interval(secs => %s) WHERE id = ANY(%s) AND finished_at IS NULL",
        (lease_s, batches),
    )


def finish(tx: Transaction, batch: UUID, outcome: str = "done") -> None:
    """Close a batch whose run has ended. Its pending deliveries wait until they are due."""
    tx.execute(
        "UPDATE batch SET finished_at = now(), outcome = %s WHERE id = %s AND finished_at IS NULL", (outcome, batch)
    )
    tx.execute("UPDATE delivery SET batch = NULL WHERE batch = %s", (batch,))
    tx.execute("UPDATE case_stage SET batch = NULL WHERE batch = %s", (batch,))


@dataclass(frozen=True, slots=True)
class Released:
    """The result of giving back an unfinished batch.

    Attributes:
        exhausted: reports that made their run fail too often, with their councils. They go to review.
    """

    batch: UUID
    flow_run: UUID | None
    reports: int
    exhausted: tuple[tuple[UUID, str], ...]


def release(
    tx: Transaction, batch: UUID, outcome: str, attempts: int, *, counts: bool = True, only_lapsed: bool = False
) -> Released | None:
    """Give back the unfinished work of a batch, so that it is claimed again; None if that has already happened.

    Args:
        outcome: ``crashed``, ``failed`` or ``unstarted``.
        attempts: after this many attempts, a report is exhausted and not given back.
        counts: whether this was an attempt; False if Prefect did not answer.
        only_lapsed: do nothing if its engine came back and renewed the lease.
    """
    row = tx.execute(
        "UPDATE batch SET finished_at = now(), outcome = %s WHERE id = %s AND finished_at IS NULL"
        " AND (NOT %s OR lease_until < now()) RETURNING flow_run",
        (outcome, batch, only_lapsed),
    ).fetchone()
    if row is None:
        return None
    tx.execute("SELECT 1 FROM report WHERE batch = %s ORDER BY id FOR UPDATE", (batch,))
    reports = tx.execute(
        "UPDATE report SET attempt = attempt + %s WHERE batch = %s AND state = 'routing'"
        " RETURNING id, council, attempt",
        (1 if counts else 0, batch),
    ).fetchall()
    routed = [each["id"] for each in reports if each["attempt"] < attempts]
    _release_deliveries(tx, batch, counts=counts)
    reports += tx.execute(
        "UPDATE case_stage c SET attempt = c.attempt + %s, batch = NULL, wakes_at = CASE WHEN c.attempt + %s >= %s"
        " THEN NULL ELSE c.wakes_at END FROM report r WHERE c.batch = %s AND r.id = c.report"
        " RETURNING c.report AS id, r.council, c.attempt",
        (1 if counts else 0, 1 if counts else 0, attempts, batch),
    ).fetchall()
    exhausted = [each for each in reports if each["attempt"] >= attempts]
    if routed:  # a case that was being advanced has been decided, whatever the state of its report
        move(tx, routed, Event.RELEASED, ENGINE, {"batch": str(batch), "outcome": outcome})
    return Released(batch, row["flow_run"], len(reports), tuple((e["id"], e["council"]) for e in exhausted))


def _release_deliveries(tx: Transaction, batch: UUID, *, counts: bool) -> None:
    """Deliveries of a route batch go with their reports. Those of a delivery batch wait a minute after the attempt."""
    tx.execute(
        """
        UPDATE delivery d SET batch = NULL,
            attempt = d.attempt + CASE WHEN b.kind = 'deliver' AND %(counts)s THEN 1 ELSE 0 END,
            due_at = CASE WHEN b.kind = 'deliver' AND %(counts)s THEN now() + interval '1 minute' ELSE d.due_at END
        FROM batch b WHERE b.id = %(batch)s AND d.batch = b.id AND d.state = 'pending'
        """,
        {"batch": batch, "counts": counts},
    )
    tx.execute("UPDATE delivery SET batch = NULL WHERE batch = %s", (batch,))  # cancelled while the batch had it


def exhaust(tx: Transaction, reports: list[UUID], reason: str) -> None:
    """Send reports that make their run fail to review, and cancel their unsent messages.

    Cases in stages have the clock of officers from then on (rule 17), and whoever is asked there still is. After a day
    an engine tries them again.
    """
    staged = tx.execute(
        "UPDATE case_stage SET attempt = 0, wakes_at = casework_now() + interval '1 day', step = step + 1,"
        " review_since = CASE WHEN ended IS NULL THEN coalesce(review_since, casework_now()) END"
        " WHERE report = ANY(%s)"
        " RETURNING CASE WHEN entry IS NOT NULL THEN report END AS report",
        (reports,),
    ).fetchall()
    in_stage = {row["report"] for row in staged}
    cancel_pending(tx, [each for each in reports if each not in in_stage], follow_ups=True)
    enter_review(tx, reports, reason, ENGINE)
    move(tx, reports, Event.OFFICER_NEEDED, ENGINE)


@dataclass(frozen=True, slots=True)
class Lapsed:
    """An unfinished batch of a silent engine, with its Prefect run."""

    batch: UUID
    flow_run: UUID | None


def lapsed(tx: Transaction) -> list[Lapsed]:
    """Batches with an expired lease, by the database's clock."""
    rows = tx.execute(
        "SELECT id, flow_run FROM batch WHERE finished_at IS NULL AND lease_until < now() ORDER BY claimed_at"
    ).fetchall()
    return [Lapsed(row["id"], row["flow_run"]) for row in rows]
