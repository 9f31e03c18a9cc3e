"""Take over the unfinished work of a silent engine, in the store and in Prefect."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from routing import casework
from routing.engine import OrphanedRun, context, due_orphaned_runs, end_runs, give_back, publish, step, tell_of_stranded


@dataclass(frozen=True)
class LeftBehind:
    """Work to take over."""

    lapsed: list[casework.Lapsed]
    orphaned_runs: list[OrphanedRun]


@dataclass
class Recovered:
    """The work given back and freed, and the error of the last batch that failed."""

    released: list[casework.Released] = field(default_factory=list)
    freed: list[casework.Stranded] = field(default_factory=list)
    failed: Exception | None = None


@step.task
def gather() -> LeftBehind:
    """Batches with an expired lease, and orphaned runs, by the database's clock."""
    with context().database.transaction() as tx:
        return LeftBehind(casework.lapsed(tx), due_orphaned_runs(tx))


@step.task
def give_back_batches(found: Sequence[casework.Lapsed]) -> Recovered:
    """Reports go back to received. Those that failed too often go to review. One batch never blocks the others."""
    ctx, done = context(), Recovered()
    for each in found:
        try:
            with ctx.database.transaction() as tx:
                released = give_back(tx, ctx, each.batch, "crashed", only_lapsed=True)
                tx.execute("NOTIFY waywarden_work")
        except Exception as error:  # noqa: BLE001  # raised by the flow, after the others are done with
            done.failed = error
        else:
            done.released += [released] if released is not None else []
    with ctx.database.transaction() as tx:
        done.freed = casework.release_orphaned_work(tx)
        tell_of_stranded(tx, ctx, [each for each in done.freed if each.needs_message])
    return done


@step.flow("recover")
async def recover() -> None:
    """Give unfinished work to other runs, and end orphaned runs."""
    found = await gather()
    done = await give_back_batches(found.lapsed)
    crashed = [OrphanedRun(each.flow_run, "", "crashed") for each in done.released if each.flow_run is not None]
    ended = await end_runs([*crashed, *found.orphaned_runs])
    rows = [
        {
            "what": "batch taken over",
            "id": str(each.batch),
            "run": str(each.flow_run) if each.flow_run else "none",
            "given back": each.reports - len(each.exhausted),
            "to review": len(each.exhausted),
        }
        for each in done.released
    ]
    rows += [
        {"what": "report freed", "id": each.reference, "run": "none", "given back": 1, "to review": each.needs_message}
        for each in done.freed
    ]
    rows += [{"what": f"run set to {state}", "id": "", "run": str(run)} for run, state in ended.items()]
    counts = f"{len(done.released)} batches taken over, {len(done.freed)} reports freed, {len(ended)} runs ended."
    await publish("recovery", rows, counts)
    if done.failed is not None:
        raise done.failed
