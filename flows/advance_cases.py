"""Advance cases: gather, advance, record, send."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from prefect.runtime import flow_run

from routing import casework, contacts, delivery, present
from routing.engine import context, publish_stages, step, take


@dataclass(frozen=True)
class Work:
    """Cases to advance, with what happened to them, and the contacts of their parishes."""

    batch: UUID
    cases: list[casework.StageCase]
    known: dict[tuple[str, str], contacts.Contact]


@step.task
def gather(batch_id: UUID | None) -> Work | None:
    """Where the cases stand, what happened, and who can be written to."""
    ctx = context()
    batch = take("advance", batch_id, UUID(flow_run.id) if flow_run.id else None)
    if batch is None:
        return None
    with ctx.database.transaction() as tx:
        cases = casework.load_cases(tx, ctx.catalogue, casework.cases_of(tx, batch.id))
        codes = sorted({case.area_code for case in cases if case.area_code is not None})
        return Work(batch.id, cases, contacts.read_contacts(tx, list(ctx.catalogue.councils), codes))


@step.task
def advance(work: Work) -> list[casework.Change]:
    """What each case becomes, by its definition, what happened and the time."""
    real_now = datetime.datetime.now(datetime.UTC)
    return casework.advance_cases(work.cases, context().catalogue, work.known, real_now, present.now())


@step.task
def record(work: Work, changes: Sequence[casework.Change]) -> list[casework.Change]:
    """Store the changes and their messages in one transaction, before sending."""
    ctx = context()
    with ctx.database.transaction() as tx:
        return casework.record_changes(tx, ctx.catalogue, changes, work.batch, ctx.sender.domain)


@step.task
def send(work: Work) -> Counter[str]:
    """Send the outbox of the batch. Each message is committed as `sent` separately."""
    ctx = context()
    with ctx.database.transaction() as tx:
        casework.bundle(tx, work.batch, ctx.settings.mail_per_recipient_hour)
        outbox = casework.read_messages(tx, work.batch, ctx.catalogue)
    return delivery.send_all(ctx.delivery, outbox)


@step.flow("advance-cases", validate_parameters=False)
async def advance_cases(batch_id: UUID | None = None) -> None:
    """Apply answers, silence and officers' moves to the cases of a batch. Without a batch, claim what is due."""
    work = await gather(batch_id)
    if work is None:
        return
    changes = await record(work, await advance(work))
    sent = await send(work)
    await publish_stages(changes, sent)
    delivery.need_channel(sent)
