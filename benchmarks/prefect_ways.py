"""The documented ways to start a run of our flow from outside: what ours is compared with."""

import asyncio
import os

from benchmarks.stage import Stage

FLOW = "route-reports"
POOL = "waywarden"


def _client(stage: Stage):
    os.environ.update(stage.here.part_environment())
    from prefect.client.orchestration import get_client

    return get_client()


def wait_for_deployment(stage: Stage, name: str) -> None:
    """Until a deployment is registered."""
    from prefect.exceptions import ObjectNotFound

    async def wait() -> None:
        async with _client(stage) as client:
            while True:
                try:
                    await client.read_deployment_by_name(f"{FLOW}/{name}")
                    return
                except ObjectNotFound:
                    await asyncio.sleep(0.1)

    asyncio.run(asyncio.wait_for(wait(), 120))


def deploy_to_pool(stage: Stage, name: str) -> None:
    """Register our flow a second time, for an ordinary process pool."""

    async def deploy() -> None:
        async with _client(stage) as client:
            ours = await client.read_deployment_by_name(f"{FLOW}/waywarden")
            await client.create_deployment(
                flow_id=ours.flow_id, name=name, entrypoint=ours.entrypoint, work_pool_name=POOL, pull_steps=[]
            )

    asyncio.run(deploy())


def start_run(name: str) -> None:
    """What Prefect's documentation says: ``run_deployment``, without waiting for the end."""
    from prefect.deployments import run_deployment

    run_deployment(f"{FLOW}/{name}", timeout=0, as_subflow=False)
