"""The lease from a flow's view: take a batch, give it back, send what fails to review."""

from collections.abc import Sequence
from uuid import UUID

from routing.casework import (
    NOTHING_LEFT,
    Batch,
    Released,
    Stranded,
    claim_cases,
    claim_deliveries,
    claim_reports,
    exhaust,
    name_run,
    read_batch,
    release,
    tell_review,
    wait_for_officers,
)
from routing.database import Transaction
from routing.engine.resources import Context, context

BROKE = "We could not handle this report automatically. Its run failed at every attempt."


def claim(kind: str) -> Batch | None:
    """Claim waiting work of one kind (``route``, ``advance`` or ``deliver``); None if there is none."""
    ctx = context()
    size, lease_s = ctx.settings.batch_size, ctx.settings.lease_s
    # If no channel works, let a run that somebody started fail and show why.
    works = [name for name, channel in ctx.channels.items() if channel.health.stopped is None] or list(ctx.channels)
    with ctx.database.transaction() as tx:
        if kind == "route":
            return claim_reports(tx, ctx.engine, size, lease_s)
        if kind == "advance":
            return claim_cases(tx, ctx.engine, size, lease_s)
        return claim_deliveries(tx, ctx.engine, size, lease_s, works)


def take(kind: str, batch: UUID | str | None, flow_run: UUID | None) -> Batch | None:
    """The batch of a run: the one it was started for, else a new one. Keeps the lease during the run.

    Args:
        batch: an id, which may be text from Prefect.

    Returns:
        None if there is nothing to do: nothing waits, or somebody else finished the batch.
    """
    ctx = context()
    claimed = claim(kind) if batch is None else None
    with ctx.database.transaction() as tx:
        taken = claimed if batch is None else read_batch(tx, UUID(str(batch)))
        if taken is None or (flow_run is not None and not name_run(tx, taken.id, flow_run, kind)):
            return None
    if flow_run is not None:
        ctx.active[flow_run] = taken
    return taken


def give_back(
    tx: Transaction, ctx: Context, batch: UUID, outcome: str, *, counts: bool = True, only_lapsed: bool = False
) -> Released | None:
    """Give back the unfinished work of a batch. Reports that failed too often go to review, with one message each."""
    released = release(tx, batch, outcome, ctx.settings.attempts, counts=counts, only_lapsed=only_lapsed)
    if released is None:
        return None
    if released.exhausted:
        exhaust(tx, [report for report, _ in released.exhausted], BROKE)
        wait_for_officers(tx, ctx.catalogue, [report for report, _ in released.exhausted])
    tell_review(tx, ctx.catalogue, ctx.sender.domain, released.exhausted, BROKE)
    return released


def tell_of_stranded(tx: Transaction, ctx: Context, stranded: Sequence[Stranded]) -> None:
    """A message to the officers for each decided report that was not sent."""
    reports = [(each.report, each.council) for each in stranded]
    tell_review(tx, ctx.catalogue, ctx.sender.domain, reports, NOTHING_LEFT)


def run_name(batch: Batch) -> str:
    """The name of a batch's run: for one report its reference; for several, how many and the first."""
    first = next(iter(batch.references), str(batch.id)[:8])
    return first if len(batch.references) == 1 else f"{len(batch.references)} reports from {first}"
