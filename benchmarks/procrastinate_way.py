"""Our pipeline as procrastinate documents it: a job for each report, and a worker that is told of it by PostgreSQL.

A process of its own, in the environment of an engine. The job is one task, which procrastinate repeats whole or not.
"""

import sys

import procrastinate
from procrastinate.schema import SchemaManager

from benchmarks import bare
from routing.engine.resources import make_context
from routing.settings import read_settings

DATABASE, QUEUE, TASK = "bench_procrastinate", "reports", "route_report"
AT_ONCE = 16


def defer(url: str, number: int) -> None:
    """Start so many jobs from another process."""
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=url))
    with app.open():
        app.configure_task(TASK, queue=QUEUE).batch_defer(*({} for _ in range(number)))


def main(url: str) -> None:
    ctx = make_context(read_settings())
    connector = procrastinate.SyncPsycopgConnector(conninfo=url)
    with procrastinate.App(connector=connector).open():
        if connector.execute_query_one("SELECT to_regclass('procrastinate_jobs') AS jobs")["jobs"] is None:
            SchemaManager(connector).apply_schema()
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

    @app.task(name=TASK, queue=QUEUE)
    def route_report() -> None:
        batch = bare.claim(ctx, 1)
        if batch is not None:
            bare.decide(ctx, batch)
            bare.send(ctx, batch)

    bare.warm(ctx)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    app.run_worker(queues=[QUEUE], concurrency=AT_ONCE)
    ctx.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
