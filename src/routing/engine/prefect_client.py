"""Prefect's client as the engine uses it: one for all runs of a process, and it does not ask twice."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus, StateAcceptDetails
from prefect.context import AsyncClientContext, ContextModel, SyncClientContext
from prefect.settings import get_current_settings

log = logging.getLogger("waywarden.engine")


@dataclass
class _Begun:
    """A run that an engine has created, and runs.

    Attributes:
        flow_run: as Prefect's flow engine has it, which keeps its state there.
        is_new: it was created as running, and has not been said to be.
        update: what was to be written into it while it ran.
    """

    flow_run: FlowRun
    deployment_id: UUID | None
    is_new: bool
    is_read: bool = False
    update: Mapping[str, Any] | None = None


class EngineClient(PrefectClient):
    """Prefect's client, without the three calls before a run's first step that nothing needs to wait for.

    When a run begins, Prefect's flow engine writes the flow's version into it, sets it to running, and reads the run
    that it already holds. Our runs are created as running, so the second is done; the first is sent once the run has
    ended, and the third is answered from the run itself (ADR 11 has the figures).
    """

    def __init__(self, api: str, **options: Any) -> None:
        super().__init__(api, **options)
        self._begun: dict[UUID, _Begun] = {}

    @contextlib.asynccontextmanager
    async def begin(self, flow_run: FlowRun) -> AsyncIterator[FlowRun]:
        """Let a run begin; gives it as Prefect's flow engine should get it.

        That is without the id of its deployment, by which Prefect would open a websocket for each run, to hear of a
        suspension in the UI, and hold up the whole loop, with all leases, until it stands. The steps see the id.
        """
        unwatched = flow_run.model_copy(update={"deployment_id": None})
        is_running = flow_run.state is not None and flow_run.state.is_running()
        begun = self._begun[flow_run.id] = _Begun(unwatched, flow_run.deployment_id, is_running)
        try:
            yield unwatched
        finally:
            del self._begun[flow_run.id]
            if begun.update is not None:
                try:
                    await self.update_flow_run(flow_run.id, **begun.update)
                except httpx.HTTPError as error:
                    log.warning("Prefect did not take the version of run %s (%s).", flow_run.id, type(error).__name__)

    async def update_flow_run(self, flow_run_id: UUID, *args: Any, **changes: Any) -> httpx.Response:
        """Write something into a run; into one that goes on here, when it has ended."""
        begun = self._begun.get(flow_run_id)
        if begun is None:
            return await super().update_flow_run(flow_run_id, *args, **changes)
        begun.update = changes
        return httpx.Response(httpx.codes.ACCEPTED)

    async def set_flow_run_state(
        self,
        flow_run_id: UUID | str,
        state: State[Any],
        force: bool = False,  # noqa: FBT001, FBT002  # as Prefect has it
    ) -> OrchestrationResult[Any]:
        """Propose a state; that a run is running, which was created so, is accepted here."""
        begun = self._begun.get(UUID(str(flow_run_id)))
        if begun is None or not begun.is_new or not state.is_running():
            return await super().set_flow_run_state(flow_run_id, state, force)
        begun.is_new = False
        return OrchestrationResult(
            state=begun.flow_run.state, status=SetStateStatus.ACCEPT, details=StateAcceptDetails()
        )

    async def read_flow_run(self, flow_run_id: UUID) -> FlowRun:
        """A run as the server has it; one that begins, the first time, as its engine has it."""
        begun = self._begun.get(flow_run_id)
        if begun is None or begun.is_read:
            return await super().read_flow_run(flow_run_id)
        begun.is_read = True
        return begun.flow_run.model_copy(update={"deployment_id": begun.deployment_id})


class _Context(AsyncClientContext):
    """Where everything of Prefect's finds the client of this loop."""

    def __init__(self) -> None:
        api = get_current_settings().api
        assert api.url is not None, "the environment of an engine names Prefect's API"
        secrets = {"auth_string": api.auth_string, "api_key": api.key}
        known = {name: secret.get_secret_value() for name, secret in secrets.items() if secret is not None}
        ContextModel.__init__(self, client=EngineClient(api.url, **known))


@contextlib.asynccontextmanager
async def shared_client() -> AsyncIterator[EngineClient]:
    """One client that every flow and task run of this loop shares."""
    held = AsyncClientContext.get()
    if held and isinstance(held.client, EngineClient) and held.client.loop is asyncio.get_running_loop():
        yield held.client
        return
    # Prefect makes a second, blocking client for each run that is given a place for results, and asks it nothing.
    with SyncClientContext.get_or_create():
        async with _Context() as made:
            assert isinstance(made.client, EngineClient)
            yield made.client
