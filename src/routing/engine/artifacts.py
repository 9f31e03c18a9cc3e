"""Artifacts of a run for its operator: codes, references and kinds of recipients, never personal data."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from prefect.artifacts import acreate_progress_artifact, acreate_table_artifact, aupdate_progress_artifact

from routing.casework import Case, Change, Decision
from routing.engine.failures import ARTIFACT
from routing.engine.orphaned_runs import OrphanedRun
from routing.engine.step import guarded

R = TypeVar("R")
SHOW_S = 1.0


async def publish_routing(cases: Sequence[Case], decisions: Sequence[Decision], sent: Mapping[str, int]) -> None:
    """The table of a routing run: reference, rule, place state, recipients, and notes on missing contacts."""
    by_report = {decision.report: decision for decision in decisions}
    rows = [_row(case, by_report.get(case.id)) for case in cases]
    rules = Counter(decision.rule for decision in decisions)
    text = ", ".join(f"{rule}: {count}" for rule, count in sorted(rules.items())) or "none"
    outcome = ", ".join(f"{count} {what}" for what, count in sorted(sent.items())) or "nothing"
    counted = "1 report" if len(cases) == 1 else f"{len(cases)} reports"
    await publish("routing", rows, f"{counted}. Rules: {text}. Messages: {outcome}.")


def _row(case: Case, decision: Decision | None) -> dict[str, Any]:
    if decision is None:
        return {"reference": case.reference, "rule": "decided before", "place": "", "recipients": "", "note": ""}
    return {
        "reference": case.reference,
        "rule": decision.rule,
        "place": decision.place.state.value if decision.place is not None else "none",
        "recipients": ", ".join(f"{each.role.value}: {each.recipient}" for each in decision.addressees),
        "note": "; ".join(decision.notes),
    }


async def publish_stages(changes: Sequence[Change], sent: Mapping[str, int]) -> None:
    """The table of a run that advanced cases: reference, stage, event, outcome and what follows, in codes."""
    rows = [row for change in changes for row in _stage_rows(change)]
    outcome = ", ".join(f"{count} {what}" for what, count in sorted(sent.items())) or "nothing"
    counted = "1 case" if len(changes) == 1 else f"{len(changes)} cases"
    await publish("stages", rows, f"{counted}. Messages: {outcome}.")


def _stage_rows(change: Change) -> list[dict[str, Any]]:
    before = change.held.case.entry
    where = before.stage if before is not None else ""
    rows = [
        {
            "reference": change.held.reference,
            "stage": each.codes.get("stage") or where,
            "event": each.event.value,
            "outcome": each.codes.get("outcome") or each.codes.get("why") or "",
            "next": each.codes.get("next") or each.codes.get("end") or each.codes.get("to") or "",
        }
        for each in change.told
    ]
    nothing = {"reference": change.held.reference, "stage": where, "event": "looked at", "outcome": "", "next": ""}
    return rows or [nothing]


async def publish(key: str, rows: list[dict[str, Any]], description: str) -> None:
    """A table artifact of the run; ``key`` in lower case, digits and dashes."""

    async def create() -> None:
        await acreate_table_artifact(table=rows, key=key, description=description)

    await guarded(f"{ARTIFACT} {key}", create)


class Progress:
    """Progress that another thread reports."""

    def __init__(self) -> None:
        self.share = 0.0

    def __call__(self, done: int, of: int) -> None:
        """Report how many are done, and the total."""
        self.share = 100.0 * done / max(of, 1)


async def with_progress(key: str, progress: Progress, work: Awaitable[R]) -> R:
    """Show the progress of work as a progress artifact of the run, once a second."""

    async def update() -> None:
        await aupdate_progress_artifact(made, progress=progress.share)

    made = await guarded(f"{ARTIFACT} {key}", lambda: acreate_progress_artifact(progress=0.0, key=key))
    running = asyncio.ensure_future(work)
    while True:
        await asyncio.wait({running}, timeout=SHOW_S)
        await guarded(f"{ARTIFACT} {key}", update)
        if running.done():
            return await running


async def end_runs(runs: Sequence[OrphanedRun]) -> dict[UUID, str]:
    """End runs that nobody works on any more; returns the state of those that were still open."""
    from routing.engine.prefect_client import shared_client
    from routing.engine.prefect_gateway import PrefectGateway

    async def end() -> dict[UUID, str]:
        async with shared_client() as client:
            prefect_gateway = PrefectGateway(client)
            states = await asyncio.gather(*(prefect_gateway.end(run.flow_run, run.outcome) for run in runs))
            return {run.flow_run: state for run, state in zip(runs, states, strict=True) if state is not None}

    return await guarded("end_runs", end)
