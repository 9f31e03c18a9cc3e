"""Our pipeline as DBOS documents it: a durable workflow for each report, a step for each part that is not repeated.

A process of its own, in the environment of an engine. Each line on its standard input starts a workflow at once, as a
web that has just accepted a report would; other processes start one through the queue, with a client.
"""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from uuid import UUID

from dbos import DBOS, DBOSClient

from benchmarks import bare
from routing.engine.resources import Context, make_context
from routing.settings import read_settings

DATABASE, NAME, QUEUE, WORKFLOW = "bench_dbos", "bench", "reports", "route_report"
AT_ONCE = 16
POLL_S = 0.05
"""The default is a second; with it, a queue starts at most ``AT_ONCE`` workflows a second, however short they are."""


def declare(ctx: Context):
    """The workflow, over the context of this process."""

    @DBOS.step()
    def claim() -> UUID | None:
        return bare.claim(ctx, 1)

    @DBOS.step()
    def decide(batch: UUID) -> None:
        bare.decide(ctx, batch)

    @DBOS.step()
    def send(batch: UUID) -> None:
        bare.send(ctx, batch)

    @DBOS.workflow(name=WORKFLOW)
    def route_report() -> None:
        batch = claim()
        if batch is not None:
            decide(batch)
            send(batch)

    return route_report


@contextlib.contextmanager
def client(url: str) -> Iterator[Callable[[int], None]]:
    """A client that another process keeps; gives what starts so many workflows through the queue."""
    held = DBOSClient(system_database_url=url, application_name=NAME)

    def enqueue(number: int) -> None:
        for _ in range(number):
            held.enqueue({"queue_name": QUEUE, "workflow_name": WORKFLOW})

    try:
        yield enqueue
    finally:
        held.destroy()


def main(url: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    ctx = make_context(read_settings())
    DBOS(config={"name": NAME, "system_database_url": url, "log_level": "WARNING"})
    route_report = declare(ctx)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=POLL_S)
    bare.warm(ctx)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        while sys.stdin.readline():
            DBOS.start_workflow(route_report)
    finally:
        DBOS.destroy()
        ctx.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
