"""The decorators around every task and flow body. Only fixed text may leave it.

Prefect stores and shows the text of an exception in five places, and results in a sixth. So all errors become a
``StepFailed`` that names the step, the kind of error and the line of code, never a value. Inputs and results stay in
memory, and Prefect never looks into them.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from prefect import Flow
from prefect import flow as prefect_flow
from prefect import task as prefect_task
from prefect.cache_policies import NO_CACHE
from prefect.settings import get_current_settings

from routing.engine.failures import failure

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger("waywarden.engine")


async def guarded(step: str, body: Callable[[], Awaitable[R]]) -> R:
    """Run a body. Every error becomes a ``StepFailed`` without its cause."""
    try:
        return await body()
    except Exception as error:  # noqa: BLE001  # whatever it is, only its kind may leave
        failed = failure(step, error)
    # Raise this outside the handler, so that the original exception is not its context.
    log.error("Step failed: %s", failed)
    raise failed


def task(body: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Make a plain function a task of a flow. It runs in a thread, guarded, without cache and storage."""
    step = body.__name__

    async def run(call: _Call) -> Any:
        return await guarded(step, lambda: asyncio.to_thread(body, *call.args, **call.kwargs))

    run.__doc__ = body.__doc__
    options: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False, "retries": 0}
    tracked: Any = prefect_task(name=step, task_run_name=step, **options)(run)

    @functools.wraps(body)
    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        result: R = await tracked(_Call(args, kwargs))
        return result

    return call


class _Call:
    """The arguments of a task as one object that Prefect does not look into or store."""

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.args, self.kwargs = args, kwargs


def flow(
    name: str, *, validate_parameters: bool = True
) -> Callable[[Callable[P, Awaitable[R]]], Flow[P, Coroutine[Any, Any, R]]]:
    """Make an ``async def`` a flow, guarded and unpersisted.

    Args:
        validate_parameters: if False, the flow gets its parameters as JSON. Prefect's server has checked those from the
            UI. Otherwise Prefect makes a class for them at each run, which takes some 5 ms.
    """

    def decorate(body: Callable[P, Awaitable[R]]) -> Flow[P, Coroutine[Any, Any, R]]:
        @functools.wraps(body)
        async def run(*args: P.args, **kwargs: P.kwargs) -> R:
            return await guarded(name, lambda: body(*args, **kwargs))

        # We never store anything there. Without it, Prefect asks its server at each run where to put results.
        nowhere: Any = get_current_settings().results.local_storage_path
        options: dict[str, Any] = {"persist_result": False, "result_storage": nowhere, "retries": 0}
        options["validate_parameters"] = validate_parameters
        made: Any = prefect_flow(name=name, log_prints=False, **options)(run)
        decorated: Flow[P, Coroutine[Any, Any, R]] = made
        return decorated

    return decorate
