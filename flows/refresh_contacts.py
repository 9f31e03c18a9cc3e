"""Refresh the contact directory from each council's Modern.Gov."""

import datetime

from routing import contacts
from routing.contacts.moderngov import Harvest, harvest_council
from routing.council import Council
from routing.engine import context, publish, step


@step.task
def gather(council: Council) -> Harvest:
    """Ask for every linked parish, at most one request a second."""
    ctx = context()
    with ctx.database.transaction() as tx:
        contacts.store_links(tx, council.slug, ctx.catalogue.folders[council.slug].links)
        links = contacts.read_links(tx, council.slug)
    return harvest_council(ctx.settings, council, links)


@step.task
def apply(council: Council, harvest: Harvest) -> list[contacts.Change]:
    """Compare with the last good copy and write what changed; nothing is taken away."""
    with context().database.transaction() as tx:
        changes = contacts.compare(contacts.read_source(tx, council.slug), harvest.findings)
        contacts.apply(tx, council.slug, changes, datetime.datetime.now(datetime.UTC))
    return changes


@step.flow("refresh-contacts")
async def refresh_contacts() -> None:
    """Keep the directory: new, changed and unreadable parishes are shown by code, never by address."""
    rows = []
    for council in context().catalogue.councils.values():
        harvest = await gather(council)
        changes = await apply(council, harvest)
        rows += [
            {"council": council.slug, "parish": change.finding.parish_code, "change": change.kind}
            for change in changes
            if change.kind != "confirmed"
        ]
        rows += [
            {"council": council.slug, "parish": code or "list", "change": problem}
            for code, problem in harvest.problems.items()
        ]
        rows += [{"council": council.slug, "parish": code, "change": "unlisted"} for code in harvest.unlisted]
    await publish("contacts", rows, f"{len(rows)} lines; parishes without a line were confirmed.")
