"""Our pipeline as procrastinate documents it: a job for each report, and a worker that is told of it by PostgreSQL.

A process of its own, in the environment of an engine. The job is one task, which procrastinate repeats whole or not.
"""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import procrastinate
from procrastinate.schema import SchemaManager

from benchmarks import bare
from routing.engine.resources import make_context
from routing.settings import read_settings

DATABASE, QUEUE, TASK = "bench_procrastinate", "reports", "route_report"
AT_ONCE = 16


@contextlib.contextmanager
def client(url: str) -> Iterator[Callable[[int], object]]:
    """An app that another process keeps open; gives what defers so many jobs."""
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=url))
    with app.open():
        task = app.configure_task(TASK, queue=QUEUE)
        yield lambda number: task.batch_defer(*({} for _ in range(number)))


def main(url: str) -> None:
    ctx = make_context(read_settings())
    connector = procrastinate.SyncPsycopgConnector(conninfo=url)
    with procrastinate.App(connector=connector).open():
        if connector.execute_query_one("SELECT to_regclass('procrastinate_jobs') AS jobs")["jobs"] is None:
            SchemaManager(connector).apply_schema()
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=url, min_size=AT_ONCE + 2, max_size=AT_ONCE + 2)
    )

    @app.task(name=TASK, queue=QUEUE)
    def route_report() -> None:
        batch = bare.claim(ctx, 1)
        if batch is not None:
            bare.decide(ctx, batch)
            bare.send(ctx, batch)

    bare.warm(ctx)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    asyncio.run(_work(app))
    ctx.close()


async def _work(app: procrastinate.App) -> None:
    """With a thread for each job that may run at once; by default a loop has four more than the machine has cores."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(AT_ONCE))
    async with app.open_async():
        await app.run_worker_async(queues=[QUEUE], concurrency=AT_ONCE)


if __name__ == "__main__":
    main(*sys.argv[1:])
