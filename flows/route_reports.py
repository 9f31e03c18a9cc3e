"""Route the reports of a batch: gather, locate, decide, record, send."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
from prefect.runtime import flow_run

from routing import casework, contacts, delivery, present
from routing.engine import context, publish_routing, step, take
from routing.place import Boundaries, Place, View, locate


@dataclass(frozen=True)
class Work:
    """Data to decide a batch, without reporter and details."""

    batch: UUID
    cases: list[casework.Case]
    boundaries: Boundaries

    @property
    def undecided(self) -> list[casework.Case]:
        return [case for case in self.cases if case.decision is None]


@step.task
def gather(batch_id: UUID | None) -> Work | None:
    """Answers and points, and the vintage in use: one query after locking the vintage."""
    ctx = context()
    batch = take("route", batch_id, UUID(flow_run.id) if flow_run.id else None)
    if batch is None:
        return None
    with ctx.database.transaction() as tx:
        cases = casework.gather(tx, batch.id, ctx.catalogue)
        return Work(batch.id, cases, ctx.boundaries.current(tx))


@dataclass(frozen=True)
class Located:
    """The place of each undecided report, None if it has none, and the contacts of the parishes among them."""

    places: list[Place | None]
    known: dict[tuple[str, str], contacts.Contact]


@step.task
def locate_reports(work: Work) -> Located:
    """The place of each undecided report from its council's view; then the contacts there, in one query.

    In this order: `record` refuses an older vintage with newer contacts, but not a newer one with older contacts.
    """
    ctx, cases = context(), work.undecided
    catalogue = ctx.catalogue
    places: dict[UUID, Place] = {}
    for slug in {case.council for case in cases}:
        council = catalogue.council_of(slug)
        ours = [case for case in cases if case.council == slug and case.easting is not None]
        if not ours:
            continue
        points = np.array([[case.easting, case.northing] for case in ours])
        found = locate(points, work.boundaries, View(council.gss, catalogue.served, council.place.tolerance_m))
        places |= {case.id: place for case, place in zip(ours, found, strict=True)}
    codes = sorted({place.area.code for place in places.values() if place.area is not None})
    with ctx.database.transaction() as tx:
        known = contacts.read_contacts(tx, list(catalogue.councils), codes)
    return Located([places.get(case.id) for case in cases], known)


@step.task
def decide(work: Work, located: Located) -> list[casework.Decision]:
    """Decide who must act on each report."""
    ctx, now = context(), datetime.datetime.now(datetime.UTC)
    return [
        casework.decide(case, place, ctx.catalogue, located.known, now, present.now())
        for case, place in zip(work.undecided, located.places, strict=True)
    ]


@step.task
def look_again(work: Work) -> Work:
    """The same reports with the vintage in use now."""
    ctx = context()
    with ctx.database.transaction() as tx:
        return replace(work, boundaries=ctx.boundaries.current(tx))


@step.task
def record(work: Work, decisions: Sequence[casework.Decision], located: Located) -> int | None:
    """Store decisions and outbox in one transaction, before sending; None if the vintage has changed."""
    ctx = context()
    messages = [row for decision in decisions for row in delivery.compose(decision, ctx.sender.domain)]
    real_now, domain = datetime.datetime.now(datetime.UTC), ctx.sender.domain
    with ctx.database.transaction() as tx:
        stored = casework.record(tx, work.batch, decisions, messages)
        if stored:
            casework.begin_cases(tx, ctx.catalogue, decisions, located.known, work.batch, domain, real_now)
        return stored


@step.task
def send(work: Work) -> Counter[str]:
    """Send the outbox of the batch. Each message is committed as `sent` separately."""
    ctx = context()
    with ctx.database.transaction() as tx:
        casework.bundle(tx, work.batch, ctx.settings.mail_per_recipient_hour)
        outbox = casework.read_messages(tx, work.batch, ctx.catalogue)
    return delivery.send_all(ctx.delivery, outbox)


@step.flow("route-reports", validate_parameters=False)
async def route_reports(batch_id: UUID | None = None) -> None:
    """Send each report of a batch to the people who must act. Without a batch, claim what waits."""
    work = await gather(batch_id)
    if work is None:
        return
    located = await locate_reports(work)
    decisions = await decide(work, located)
    while await record(work, decisions, located) is None:
        work = await look_again(work)
        located = await locate_reports(work)
        decisions = await decide(work, located)
    sent = await send(work)
    await publish_routing(work.cases, decisions, sent)
    delivery.need_channel(sent)
