"""The engine's calls to Prefect's API: runs from deployments, runs started in the UI, orphaned runs."""

import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import httpx
from prefect import Flow
from prefect.client.schemas import OrchestrationResult
from prefect.client.schemas.actions import DeploymentFlowRunCreate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.flow_engine import run_flow_async
from prefect.flows import load_flow_from_entrypoint
from prefect.states import Completed, Crashed, Pending, Running, to_state_create

from routing.engine.orphaned_runs import Unfinished
from routing.engine.prefect_client import EngineClient

ROUTE, ADVANCE, DELIVER, RECOVER = "route-reports", "advance-cases", "deliver-due", "recover"
ENGINE_FLOWS = (ROUTE, ADVANCE, DELIVER, RECOVER)
FLOW_OF = {"route": ROUTE, "advance": ADVANCE, "deliver": DELIVER}
"""Kind of a batch → its flow."""

DEPLOYMENT = "waywarden"
"""Name of every deployment in prefect.yaml. The address of one is ``<flow>/waywarden``."""

ENGINE_POOL = "waywarden-engine"
"""Pool of the four flows that the engine runs itself. The UI shows the engine as its worker."""

BEGUN = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]

UNREACHABLE = (httpx.HTTPError, PrefectHTTPStatusError, ObjectNotFound, OSError)
"""Errors of Prefect's client if its server is down, refuses us, or is not set up yet."""


class Trouble(StrEnum):
    """What is wrong with Prefect."""

    AWAY = "away"
    REFUSED = "refused"
    NOT_DEPLOYED = "not-deployed"

    @property
    def said(self) -> str:
        """Words for the log, with what to do."""
        return {
            Trouble.AWAY: "Prefect does not answer",
            Trouble.REFUSED: "Prefect refuses the auth string. Check PREFECT_API_AUTH_STRING",
            Trouble.NOT_DEPLOYED: "Prefect does not have the flows. Run: waywarden deploy",
        }[self]

    @property
    def passes(self) -> bool:
        """Whether this is normal in the first minute of an installation."""
        return self is not Trouble.REFUSED


def trouble_of(error: BaseException) -> Trouble:
    """The trouble behind one of the errors in ``UNREACHABLE``."""
    if isinstance(error, ObjectNotFound):
        return Trouble.NOT_DEPLOYED
    if isinstance(error, httpx.HTTPStatusError) and error.response.status_code in {401, 403}:
        return Trouble.REFUSED
    return Trouble.AWAY


class PrefectGateway:
    """Prefect's API for the engine, with one shared client for the life of the process."""

    def __init__(self, client: EngineClient) -> None:
        self.client = client
        self._deployments: dict[str, tuple[UUID, Flow[Any, Any]]] = {}

    async def load(self) -> None:
        """Look up the deployments and load the flow of each entry point, like Prefect.

        Raises:
            UNREACHABLE: the server is down, or there are no deployments yet.
        """
        for name in ENGINE_FLOWS:
            deployment = await self.client.read_deployment_by_name(f"{name}/{DEPLOYMENT}")
            assert deployment.entrypoint is not None
            known = self._deployments.get(name)
            flow = known[1] if known else load_flow_from_entrypoint(deployment.entrypoint, use_placeholder_flow=False)
            self._deployments[name] = deployment.id, flow

    async def create(self, name: str, run_name: str, batch: UUID | None) -> FlowRun:
        """Create a run from its deployment, as running. The batch id is both its parameter and its idempotency key.

        The server does not check this parameter against the flow's schema. It only does that for runs from the UI.
        """
        wanted = DeploymentFlowRunCreate(
            parameters={"batch_id": str(batch)} if batch is not None else {},
            state=to_state_create(Running()),
            name=run_name,
            idempotency_key=f"batch:{batch}" if batch is not None else None,
            enforce_parameter_schema=False,
        )
        answer = await self.client.request(
            "POST",
            "/deployments/{id}/create_flow_run",
            path_params={"id": self._deployments[name][0]},
            json=wanted.model_dump(mode="json", exclude_unset=True),
        )
        return FlowRun.model_validate(answer.json())

    async def run(self, name: str, flow_run: FlowRun) -> State[Any]:
        """Run it in this interpreter, and return how it ended."""
        _, flow = self._deployments[name]
        parameters = dict(flow_run.parameters)
        async with self.client.begin(flow_run) as begun:
            state = await run_flow_async(flow, flow_run=begun, parameters=parameters, return_type="state")
        assert state is not None
        return state

    async def scheduled(self) -> list[tuple[str, FlowRun]]:
        """Due runs of the engine's flows that somebody started or scheduled in the UI.

        Polls like a worker, so that Prefect shows the pool and deployments as ready.
        """
        names = {identifier: name for name, (identifier, _) in self._deployments.items()}
        now = datetime.datetime.now(datetime.UTC)
        found = await self.client.get_scheduled_flow_runs_for_work_pool(ENGINE_POOL, scheduled_before=now)
        return [
            (names[each.flow_run.deployment_id], each.flow_run)
            for each in found
            if each.flow_run.deployment_id in names
        ]

    async def unfinished(self) -> list[Unfinished]:
        """Unfinished runs of Waywarden's deployments in Prefect, oldest first, at most 200."""
        names = {identifier: name for name, (identifier, _) in self._deployments.items()}
        found = await self.client.read_flow_runs(
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[DEPLOYMENT])),
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=BEGUN))),
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=200,
        )
        return [
            Unfinished(
                run.id, names.get(run.deployment_id, "upkeep"), _batch_of(run.parameters), run.deployment_id in names
            )
            for run in found
            if run.deployment_id is not None
        ]

    async def accept(self, flow_run: FlowRun) -> bool:
        """Take a Scheduled run; returns True for the engine whose Pending the server accepts."""
        answer: OrchestrationResult[Any] = await self.client.set_flow_run_state(flow_run.id, Pending())
        return answer.status.value == "ACCEPT"

    async def end(self, flow_run: UUID, outcome: str | None) -> str | None:
        """End a run that nobody works on any more; None if Prefect no longer has it, or it has ended.

        Args:
            outcome: outcome of its batch. With ``done``, only the last update of a finished run was lost.
        """
        try:
            run = await self.client.read_flow_run(flow_run)
        except ObjectNotFound:
            return None
        if run.state is not None and run.state.is_final():
            return None
        state: State[Any]
        if outcome == "done":
            state = Completed(message="Its batch is finished. The engine stopped before it could report this.")
        else:
            state = Crashed(
                message="Nothing works on this run any more. If it had reports, another run takes them over."
            )
        await self.client.set_flow_run_state(flow_run, state, force=True)
        return state.type.value

    async def beat(self, worker: str) -> None:
        """Show the engine as a worker of its pool in the UI."""
        await self.client.send_worker_heartbeat(ENGINE_POOL, worker, heartbeat_interval_seconds=30)


def _batch_of(parameters: dict[str, Any]) -> UUID | None:
    """The batch of a run. A run started in the UI has none, whatever was typed there."""
    try:
        return UUID(str(parameters["batch_id"]))
    except (KeyError, ValueError):
        return None
