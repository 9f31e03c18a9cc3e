"""Register prefect.yaml with Prefect: the two pools, then every deployment, with Prefect's own command."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable

from routing.engine.prefect_gateway import ENGINE_POOL, UNREACHABLE, Trouble, trouble_of
from routing.errors import ConfigurationError
from routing.settings import shipped

WORKER_POOL = "waywarden"


async def _make_pools() -> None:
    """The engine starts no processes, so its pool has no job template, which Prefect would check for each run."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
    from prefect.exceptions import ObjectAlreadyExists
    from prefect.workers.process import ProcessWorker

    templates = {ENGINE_POOL: {}, WORKER_POOL: ProcessWorker.get_default_base_job_template()}
    async with get_client() as client:
        for name, template in templates.items():
            try:
                await client.create_work_pool(WorkPoolCreate(name=name, type="process", base_job_template=template))
            except ObjectAlreadyExists:
                if name == ENGINE_POOL:
                    await client.update_work_pool(name, WorkPoolUpdate(base_job_template=template))


def deploy(tell: Callable[[str], None] | None = None, deadline_s: float = 120.0) -> None:
    """Create the pools and register every deployment. Waits for a Prefect server that is still starting.

    Args:
        tell: gets a sentence if it has to wait.

    Raises:
        ConfigurationError: Prefect does not answer in time, or refuses a deployment.
    """
    deadline = time.monotonic() + deadline_s
    while True:
        try:
            asyncio.run(_make_pools())
            break
        except UNREACHABLE as error:
            if trouble_of(error) is Trouble.REFUSED:
                raise ConfigurationError(
                    "Check PREFECT_API_AUTH_STRING on this machine. It must be the same as "
                    "PREFECT_SERVER_API_AUTH_STRING on the server's machine. Prefect's server refuses it."
                ) from None
            if time.monotonic() > deadline:
                raise ConfigurationError(
                    "Check PREFECT_API_URL, and that the server is running. Prefect's server does not answer."
                ) from None
            if tell is not None:
                tell(f"Prefect does not answer. Waiting up to {deadline_s:.0f} seconds for PREFECT_API_URL.")
                tell = None
            time.sleep(0.3)
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    done = subprocess.run(
        [*command, "--prefect-file", str(shipped("prefect.yaml"))], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ConfigurationError(f"Prefect refused the deployments:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
