"""Delete personal data when its retention has ended."""

import datetime

from routing import casework, contacts
from routing.engine import context, publish, step

KEY_DAYS = 1


@step.task
def purge_process(process: str, days: dict[str, int]) -> casework.Purged:
    """Delete reporter, details, place and recipients' addresses of reports that ended long enough ago."""
    with context().database.transaction() as tx:
        return casework.purge(tx, process, days)


@step.task
def purge_keys() -> int:
    """Delete idempotency keys after a day."""
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=KEY_DAYS)
    with context().database.transaction() as tx:
        return casework.forget_keys(tx, before)


@step.task
def purge_journeys() -> int:
    """Delete what citizens entered but did not send within a day."""
    with context().database.transaction() as tx:
        return casework.forget_journeys(tx)


@step.task
def purge_contacts() -> int:
    """Delete former values of contacts. Their history still shows the changes."""
    ctx = context()
    with ctx.database.transaction() as tx:
        return contacts.forget_values(tx, ctx.settings.contact_history_days)


@step.flow("purge-personal-data")
async def purge_personal_data() -> None:
    """Delete personal data after the retention in each definition."""
    rows, unsent = [], await purge_journeys()
    for process, days in context().catalogue.retention().items():
        purged = await purge_process(process, days)
        rows.append(
            {
                "process": process,
                "reporters": purged.reporters,
                "details": purged.details,
                "addresses": purged.addresses,
                "places": purged.places,
            }
        )
    keys, former = await purge_keys(), await purge_contacts()
    told = f"{keys} idempotency keys, {unsent} journeys of citizens, former values of {former} contact changes."
    await publish("purge", rows, f"Deleted personal data after its retention; {told}")
