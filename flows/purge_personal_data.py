"""Take away personal data when its retention has ended."""

import datetime

from routing import casework, contacts
from routing.engine import context, publish, step

KEY_DAYS = 1


@step.task
def purge_process(process: str, days: dict[str, int]) -> casework.Purged:
    """Reporter, details, place and recipients' addresses of reports that ended long enough ago."""
    with context().database.transaction() as tx:
        return casework.purge(tx, process, days)


@step.task
def purge_keys() -> int:
    """Idempotency keys are of use for a day."""
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=KEY_DAYS)
    with context().database.transaction() as tx:
        return casework.forget_keys(tx, before)


@step.task
def purge_journeys() -> int:
    """What citizens entered and did not send within a day."""
    with context().database.transaction() as tx:
        return casework.forget_journeys(tx)


@step.task
def purge_contacts() -> int:
    """Former values of contacts; that they changed stays in their history."""
    ctx = context()
    with ctx.database.transaction() as tx:
        return contacts.forget_values(tx, ctx.settings.contact_history_days)


@step.flow("purge-personal-data")
async def purge_personal_data() -> None:
    """Carry out the retention that each definition sets."""
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
    told = f"{keys} idempotency keys, {unsent} journeys of citizens, former values of {former} contact changes too."
    await publish("purge", rows, f"Personal data whose retention ended is gone; {told}")
