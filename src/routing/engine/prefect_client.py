"""The engine's Prefect client: one for all runs of a process, with fewer calls."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.context import AsyncClientContext, ContextModel, SyncClientContext
from prefect.settings import get_current_settings

log = logging.getLogger("waywarden.engine")


@dataclass
class _Begun:
    """A run after its creation and before its first step.

    Attributes:
        flow_run: the object of Prefect's flow engine, which keeps its state there.
        updates: updates that we send while the run continues.
    """

    flow_run: FlowRun
    deployment_id: UUID | None
    is_read: bool = False
    updates: list[asyncio.Task[httpx.Response]] = field(default_factory=list)


class EngineClient(PrefectClient):
    """Prefect's client, which does not wait for two calls before a run's first step.

    When a run begins, Prefect's flow engine writes the flow's version into it, and then reads the run again. For a new
    run, we send the first while the run continues, and answer the second from the run itself (see ADR 11 for figures).
    """

    def __init__(self, api: str, **options: Any) -> None:
        super().__init__(api, **options)
        self._begun: dict[UUID, _Begun] = {}

    @contextlib.asynccontextmanager
    async def begin(self, flow_run: FlowRun) -> AsyncIterator[FlowRun]:
        """Begin a new run; gives the object for Prefect's flow engine.

        It has no deployment id. With one, Prefect opens a websocket for each run, to notice a suspension in the UI, and
        blocks the whole loop, with all leases, until it is open. The steps see the id.
        """
        unwatched = flow_run.model_copy(update={"deployment_id": None})
        begun = self._begun[flow_run.id] = _Begun(unwatched, flow_run.deployment_id)
        try:
            yield unwatched
        finally:
            del self._begun[flow_run.id]
            for ended in await asyncio.gather(*begun.updates, return_exceptions=True):
                if isinstance(ended, BaseException):
                    log.warning(
                        "Could not send the version of run %s to Prefect (%s).", flow_run.id, type(ended).__name__
                    )

    async def update_flow_run(self, flow_run_id: UUID, *args: Any, **changes: Any) -> httpx.Response:
        """Update a run. For a new run, this does not wait for the server."""
        request = super().update_flow_run(flow_run_id, *args, **changes)
        begun = self._begun.get(flow_run_id)
        if begun is None:
            return await request
        begun.updates.append(asyncio.create_task(request))
        return httpx.Response(httpx.codes.ACCEPTED)

    async def read_flow_run(self, flow_run_id: UUID) -> FlowRun:
        """A run from the server; for a new run, the first time from its engine."""
        begun = self._begun.get(flow_run_id)
        if begun is None or begun.is_read:
            return await super().read_flow_run(flow_run_id)
        begun.is_read = True
        held = begun.flow_run
        return held.model_copy(update={"deployment_id": begun.deployment_id, "run_count": held.run_count + 1})


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
