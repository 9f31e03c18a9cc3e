"""Send deliveries that are due again."""

from collections import Counter
from uuid import UUID

from prefect.runtime import flow_run

from routing import casework, delivery
from routing.engine import context, publish, step, take


@step.task
def gather(batch_id: UUID | None) -> list[casework.OutboxMessage]:
    """The due deliveries with the content of their messages, in memory only."""
    ctx = context()
    batch = take("deliver", batch_id, UUID(flow_run.id) if flow_run.id else None)
    if batch is None:
        return []
    with ctx.database.transaction() as tx:
        casework.bundle(tx, batch.id, ctx.settings.mail_per_recipient_hour)
        return casework.read_messages(tx, batch.id, ctx.catalogue)


@step.task
def send(outbox: list[casework.OutboxMessage]) -> Counter[str]:
    """Send messages. Each is committed as `sent` separately."""
    return delivery.send_all(context().delivery, outbox)


@step.flow("deliver-due", validate_parameters=False)
async def deliver_due(batch_id: UUID | None = None) -> None:
    """Retry messages that were not accepted before. Without a batch, claim what is due."""
    outbox = await gather(batch_id)
    sent = await send(outbox)
    rows = [
        {"reference": each.reference, "recipient": each.recipient, "role": each.role.value, "try": each.attempt + 1}
        for each in outbox
    ]
    outcome = ", ".join(f"{count} {what}" for what, count in sorted(sent.items())) or "nothing was due"
    counted = "1 message" if len(outbox) == 1 else f"{len(outbox)} messages"
    await publish("deliveries", rows, f"{counted}: {outcome}.")
    delivery.need_channel(sent)
