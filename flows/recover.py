"""Take over what an engine that fell silent left undone."""

from collections.abc import Sequence

from routing import casework
from routing.engine import context, crash_runs, give_back, publish, step


@step.task
def gather() -> list[casework.Lapsed]:
    """Batches whose lease ran out, by the database's clock."""
    with context().database.transaction() as tx:
        return casework.lapsed(tx)


@step.task
def give_back_batches(found: Sequence[casework.Lapsed]) -> list[casework.Released]:
    """Reports go back to received; those that broke too often go to review."""
    ctx = context()
    released, failed = [], None
    for each in found:
        try:
            with ctx.database.transaction() as tx:
                released.append(give_back(tx, ctx, each.batch, "crashed", only_lapsed=True))
                tx.execute("NOTIFY waywarden_work")
        except Exception as error:  # noqa: BLE001  # one batch that cannot be released must not hold up the others
            failed = error
    if failed is not None:
        raise failed
    return [each for each in released if each is not None]


@step.flow("recover")
async def recover() -> None:
    """Force the runs that were left behind to Crashed and give their reports to another run."""
    found = await gather()
    released = await give_back_batches(found)
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
