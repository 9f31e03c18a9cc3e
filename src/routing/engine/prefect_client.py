"""The engine's Prefect client: one for all runs of a process, with fewer calls."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from prefect.client.base import PrefectHttpxAsyncClient
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus, StateAcceptDetails
from prefect.context import AsyncClientContext, ContextModel, SyncClientContext
from prefect.settings import get_current_settings

log = logging.getLogger("waywarden.engine")


@dataclass
class _Begun:
    """A run that an engine has created as running, and runs.

    Attributes:
        flow_run: the object of Prefect's flow engine, which keeps its state there.
        is_said: Prefect's flow engine has set it to running.
        is_read: Prefect's flow engine has read it.
        updates: updates that we send when the run has ended.
    """

    flow_run: FlowRun
    deployment_id: UUID | None
    is_said: bool = False
    is_read: bool = False
    updates: dict[str, Any] = field(default_factory=dict)


class EngineClient(PrefectClient):
    """Prefect's client, which does not wait for three calls before a run's first step.

    When a run begins, Prefect's flow engine writes the flow's version into it, sets it to running, and then reads the
    run again. We create our runs as running, so we accept the second ourselves. We send the first when the run has
    ended, and answer the third from the run itself (see ADR 11 for figures). For a run of the UI, the server does all.
    """

    def __init__(self, api: str, **options: Any) -> None:
        super().__init__(api, **options)
        self._begun: dict[UUID, _Begun] = {}
        self._late: set[asyncio.Task[None]] = set()
        self._tokens = asyncio.Lock()
        self._newest_token: str | None = None
        assert isinstance(self._client, PrefectHttpxAsyncClient)
        self._http = self._client
        self._add_token = self._http._add_csrf_headers  # noqa: SLF001
        self._http._add_csrf_headers = self._with_token  # type: ignore[method-assign]  # noqa: SLF001

    async def _with_token(self, request: httpx.Request) -> None:
        """Give a request the client's CSRF token. One request at a time fetches a new one, which replaces the old.

        Prefect's server keeps one token for each client. If several requests fetch one at once, only the last is valid,
        and the server refuses the others (403).
        """
        async with self._tokens:
            refused = request.headers.get("Prefect-Csrf-Token")
            if self._http.csrf_token is None and self._newest_token != refused:
                self._http.csrf_token = self._newest_token  # another request has fetched it meanwhile
            await self._add_token(request)
            self._newest_token = self._http.csrf_token

    @contextlib.asynccontextmanager
    async def begin(self, flow_run: FlowRun) -> AsyncIterator[FlowRun]:
        """Begin a new run; gives the object for Prefect's flow engine.

        It has no deployment id. With one, Prefect opens a websocket for each run, to notice a suspension in the UI, and
        blocks the whole loop, with all leases, until it is open. The steps see the id.
        """
        unwatched = flow_run.model_copy(update={"deployment_id": None})
        if flow_run.state is None or not flow_run.state.is_running():
            yield unwatched
            return
        begun = self._begun[flow_run.id] = _Begun(unwatched, flow_run.deployment_id)
        try:
            yield unwatched
        finally:
            self._begun.pop(flow_run.id, None)
        if begun.updates:  # nobody waits for it
            late = asyncio.create_task(self._send(flow_run.id, begun.updates))
            self._late.add(late)
            late.add_done_callback(self._late.discard)

    async def _send(self, flow_run_id: UUID, updates: dict[str, Any]) -> None:
        try:
            await super().update_flow_run(flow_run_id, **updates)
        except Exception as error:  # noqa: BLE001  # the run has ended well, whatever Prefect says
            log.warning("Could not send the version of run %s to Prefect (%s).", flow_run_id, type(error).__name__)

    async def finish(self) -> None:
        """Wait until what we still had to send is sent."""
        await asyncio.gather(*self._late)

    async def update_flow_run(self, flow_run_id: UUID, *args: Any, **changes: Any) -> httpx.Response:
        """Update a run. For a new run that goes on here, we do this when it has ended."""
        begun = self._begun.get(flow_run_id)
        if begun is None or args:
            return await super().update_flow_run(flow_run_id, *args, **changes)
        begun.updates |= changes
        return httpx.Response(httpx.codes.ACCEPTED)

    async def set_flow_run_state(
        self,
        flow_run_id: UUID | str,
        state: State[Any],
        force: bool = False,  # noqa: FBT001, FBT002  # as Prefect has it
    ) -> OrchestrationResult[Any]:
        """Set a run's state. For a new run, which was created as running, we accept that state here."""
        begun = self._begun.get(UUID(str(flow_run_id)))
        if begun is None or begun.is_said or not state.is_running():
            return await super().set_flow_run_state(flow_run_id, state, force)
        begun.is_said = True
        return OrchestrationResult(
            state=begun.flow_run.state, status=SetStateStatus.ACCEPT, details=StateAcceptDetails()
        )

    async def read_flow_run(self, flow_run_id: UUID) -> FlowRun:
        """A run from the server; for a new run, the first time from its engine."""
        begun = self._begun.get(flow_run_id)
        if begun is None or begun.is_read:
            return await super().read_flow_run(flow_run_id)
        begun.is_read = True
        return begun.flow_run.model_copy(update={"deployment_id": begun.deployment_id})


class _Context(AsyncClientContext):
    """The place where Prefect's code finds the client of this loop."""

    def __init__(self) -> None:
        api = get_current_settings().api
        assert api.url is not None, "an engine's environment names Prefect's API"
        secrets = {"auth_string": api.auth_string, "api_key": api.key}
        known = {name: secret.get_secret_value() for name, secret in secrets.items() if secret is not None}
        ContextModel.__init__(self, client=EngineClient(api.url, **known))


@contextlib.asynccontextmanager
async def shared_client() -> AsyncIterator[EngineClient]:
    """A client that all flow and task runs of this loop share."""
    held = AsyncClientContext.get()
    if held and isinstance(held.client, EngineClient) and held.client.loop is asyncio.get_running_loop():
        yield held.client
        return
    # Prefect makes a second, blocking client for each run with a place for results, and never uses it.
    with SyncClientContext.get_or_create():
        async with _Context() as made:
            assert isinstance(made.client, EngineClient)
            yield made.client
            await made.client.finish()
