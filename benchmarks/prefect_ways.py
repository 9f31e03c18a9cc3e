"""The documented ways to start a run of our flow from outside: what ours is compared with.

Prefect is imported where it is used: it reads its settings at that moment, and the stage has set them by then.
"""

import asyncio

FLOW = "route-reports"
POOL = "waywarden"


def wait_for_deployment(name: str) -> None:
    """Until a deployment is registered."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    async def wait() -> None:
        async with get_client() as client:
            while True:
                try:
                    await client.read_deployment_by_name(f"{FLOW}/{name}")
                    return
                except ObjectNotFound:
                    await asyncio.sleep(0.1)

    asyncio.run(asyncio.wait_for(wait(), 120))


def deploy_to_pool(name: str) -> None:
    """Register our flow a second time, for an ordinary process pool."""
    from prefect.client.orchestration import get_client

    async def deploy() -> None:
        async with get_client() as client:
            ours = await client.read_deployment_by_name(f"{FLOW}/waywarden")
            await client.create_deployment(
                flow_id=ours.flow_id, name=name, entrypoint=ours.entrypoint, work_pool_name=POOL, pull_steps=[]
            )

    asyncio.run(deploy())


def start_run(name: str) -> None:
    """What Prefect's documentation says: ``run_deployment``, without waiting for the end."""
    from prefect.deployments import run_deployment

    run_deployment(f"{FLOW}/{name}", timeout=0, as_subflow=False)
