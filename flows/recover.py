"""Take over what an engine that fell silent left undone."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing import casework
from routing.engine import context, crash_runs, give_back, publish, step


@step.task
def gather() -> list[casework.Lapsed]:
    """Batches whose lease ran out, by the database's clock."""
    with context().database.transaction() as tx:
        return casework.lapsed(tx)


@dataclass(frozen=True)
class Recovered:
    """What was given back, and how the last batch failed that could not be."""

    released: list[casework.Released]
    failed: Exception | None


@step.task
def give_back_batches(found: Sequence[casework.Lapsed]) -> Recovered:
    """Reports go back to received; those that broke too often go to review. One batch never holds up the others."""
    ctx = context()
    released, failed = [], None
    for each in found:
        try:
            with ctx.database.transaction() as tx:
                released.append(give_back(tx, ctx, each.batch, "crashed", only_lapsed=True))
                tx.execute("NOTIFY waywarden_work")
        except Exception as error:  # noqa: BLE001  # raised by the flow, after the others are done with
            failed = error
    return Recovered([each for each in released if each is not None], failed)


@step.flow("recover")
async def recover() -> None:
    """Force the runs that were left behind to Crashed and give their reports to another run."""
    found = await gather()
    recovered = await give_back_batches(found)
    released = recovered.released
    crashed = await crash_runs([each.flow_run for each in released])
    rows = [
        {
            "batch": str(each.batch),
            "run": str(each.flow_run) if each.flow_run else "none",
            "given back": each.reports - len(each.exhausted),
            "to review": len(each.exhausted),
        }
        for each in released
    ]
    await publish("recovery", rows, f"{len(released)} batches taken over, {crashed} runs forced to Crashed.")
    if recovered.failed is not None:
        raise recovered.failed
