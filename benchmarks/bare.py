"""The limit: the same statements, the same commits and the same mailbox, in a loop without engine and without Prefect.

It has nothing that makes an installation: no lease is renewed, nothing is recovered, nobody can watch it. Like the
engine it works on two batches at once: one is sent while the next is claimed and recorded. Prints ``ready`` and works
until it is ended.
"""

import datetime
import signal
import sys
import threading
import time
from uuid import UUID

import numpy as np

from routing import casework, contacts, delivery
from routing.engine.resources import Context, make_context
from routing.place import View, locate
from routing.settings import read_settings


def warm(ctx: Context) -> None:
    """Hold the vintage before the first report, as an engine does."""
    with ctx.database.transaction() as tx:
        ctx.boundaries.current(tx)


def claim(ctx: Context, size: int) -> UUID | None:
    """Take what waits, at most so many reports."""
    with ctx.database.transaction() as tx:
        batch = casework.claim_reports(tx, "bare", size, 3600)
    return None if batch is None else batch.id


def decide(ctx: Context, batch: UUID) -> None:
    """Gather, locate, decide, record: two transactions, as in the flow."""
    with ctx.database.transaction() as tx:
        cases = casework.gather(tx, batch, ctx.catalogue)
        boundaries = ctx.boundaries.current(tx)
        known = contacts.read_contacts(tx, list(ctx.catalogue.councils))
    now = datetime.datetime.now(datetime.UTC)
    council = ctx.catalogue.default
    view = View(council.gss, ctx.catalogue.served, council.place.tolerance_m)
    places = locate(np.array([[case.easting, case.northing] for case in cases]), boundaries, view)
    decisions = [
        casework.decide(case, place, ctx.catalogue, known, now) for case, place in zip(cases, places, strict=True)
    ]
    messages = [row for decision in decisions for row in delivery.compose(decision, ctx.sender.domain)]
    with ctx.database.transaction() as tx:
        casework.record(tx, batch, decisions, messages)


def send(ctx: Context, batch: UUID) -> None:
    """The outbox of a batch, message by message."""
    with ctx.database.transaction() as tx:
        outbox = casework.read_outbox(tx, batch)
    delivery.send_all(ctx.delivery, outbox)


def work(ctx: Context, stop: threading.Event) -> None:
    """One batch after the other; as many at once as the engine has, so that none waits for the end of another."""
    while not stop.is_set():
        batch = claim(ctx, ctx.settings.batch_size)
        if batch is None:
            time.sleep(0.02)
            continue
        decide(ctx, batch)
        send(ctx, batch)


def main() -> None:
    ctx = make_context(read_settings())
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    warm(ctx)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    workers = [threading.Thread(target=work, args=(ctx, stop)) for _ in range(ctx.settings.batches)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ctx.close()


if __name__ == "__main__":
    main()
