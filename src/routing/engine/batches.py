"""A flow's side of the lease: take a batch, give it back, hand what breaks to a person."""

from collections.abc import Sequence
from uuid import UUID

from routing.casework import (
    NOTHING_LEFT,
    Batch,
    Released,
    Stranded,
    claim_deliveries,
    claim_reports,
    exhaust,
    insert_outgoing,
    name_run,
    next_sequence,
    read_batch,
    release,
)
from routing.database import Transaction
from routing.delivery import to_review
from routing.engine.resources import Context, context

BROKE = "It could not be handled automatically: the run broke each time it was tried."


def claim(kind: str) -> Batch | None:
    """Claim what waits, of one kind (``route`` or ``deliver``); None where nothing does."""
    ctx = context()
    claimer = claim_reports if kind == "route" else claim_deliveries
    with ctx.database.transaction() as tx:
        return claimer(tx, ctx.engine, ctx.settings.batch_size, ctx.settings.lease_s)


def take(kind: str, batch: UUID | None, flow_run: UUID | None) -> Batch | None:
    """The batch of a run: the one it was started for, else one claimed now; its lease is kept while the run lasts.

    Returns:
        None where there is nothing to do: nothing waits, or the batch was finished by somebody else.
    """
    ctx = context()
    if batch is None:
        taken = claim(kind)
    else:
        with ctx.database.transaction() as tx:
            taken = read_batch(tx, batch)
    if taken is not None and flow_run is not None:
        with ctx.database.transaction() as tx:
            if not name_run(tx, taken.id, flow_run, kind):
                return None
        ctx.active[flow_run] = taken
    return taken


def give_back(
    tx: Transaction, ctx: Context, batch: UUID, outcome: str, *, counts: bool = True, only_lapsed: bool = False
) -> Released | None:
    """Release what a batch left undone; reports that broke too often go to review, with one message each."""
    released = release(tx, batch, outcome, ctx.settings.attempts, counts=counts, only_lapsed=only_lapsed)
    if released is None:
        return None
    if released.exhausted:
        exhaust(tx, [report for report, _ in released.exhausted], BROKE)
    for report, slug in released.exhausted:
        _tell(tx, ctx, report, slug, BROKE)
    return released


def tell_review(tx: Transaction, ctx: Context, stranded: Sequence[Stranded]) -> None:
    """A message to the officers for each report that was decided and then went nowhere."""
    for each in stranded:
        _tell(tx, ctx, each.report, each.council, NOTHING_LEFT)


def _tell(tx: Transaction, ctx: Context, report: UUID, slug: str, reason: str) -> None:
    council = ctx.catalogue.council_of(slug)
    row = to_review(report, next_sequence(tx, report), council, reason, ctx.sender.domain)
    insert_outgoing(tx, [row], None)
