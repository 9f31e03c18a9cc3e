"""Refresh the contact directory from each council's Modern.Gov: nightly, one host at a time, page by page."""

from routing import casework, contacts, place
from routing.contacts import moderngov
from routing.council import Council
from routing.engine import Progress, announce_contacts, context, publish, publish_contacts, step, with_progress
from routing.errors import StepFailed

THROTTLE = moderngov.Throttle()


@step.task
def gather(council: Council, progress: Progress) -> int | str | None:
    """Ask for the list and every linked page; returns the round, None without Modern.Gov, or why it was skipped."""
    ctx = context()
    THROTTLE.interval_s = ctx.settings.moderngov_interval_s
    links = ctx.catalogue.folders[council.slug].links
    with ctx.database.transaction() as tx:
        parishes = place.parishes_of(tx, council.gss)
    with moderngov.client_of(ctx.settings, council, THROTTLE) as client:
        if client is None:
            return None
        try:
            return moderngov.gather(ctx.database, council.slug, client, links, "flow", progress, parishes=parishes).id
        except moderngov.Busy as error:
            return error.code


@step.task
def apply(council: Council, number: int) -> moderngov.Outcome:
    """Use the round in one transaction, or hold it for a decision if it would delete too much."""
    ctx = context()
    with ctx.database.transaction() as tx:
        parishes = place.parishes_of(tx, council.gss)
    return moderngov.finish(ctx.database, council, number, parishes)


@step.task
def changed(council: Council) -> tuple[contacts.Unannounced, dict[str, int]]:
    """Parishes with a changed contact, by this refresh or by a person since, and their open cases."""
    with context().database.transaction() as tx:
        found = contacts.unannounced(tx, council.slug)
        return found, casework.count_open(tx, found.parish_codes)


@step.task
def settle(found: contacts.Unannounced) -> None:
    """Mark these changes as announced."""
    with context().database.transaction() as tx:
        contacts.mark_announced(tx, found)


@step.flow("refresh-contacts")
async def refresh_contacts() -> None:
    """Refresh the directory. Shows changes by code, not by name or address. If one council fails, the others go on."""
    outcomes, failed = [], None
    for council in context().catalogue.councils.values():
        try:
            outcome = await refresh_council(council)
            outcomes += [outcome] if outcome is not None else []
        except StepFailed as error:
            failed = error
            text = f"{council.slug} failed: {error}. {moderngov.what_to_do(error.kind)}"
            await publish("contacts-failed", [{"council": council.slug}], text)
        try:
            await announce(council)  # also changes by a person while Modern.Gov is down
        except StepFailed as error:
            failed = failed or error
    await publish_contacts(outcomes)
    if failed is not None:
        raise failed


async def refresh_council(council: Council) -> moderngov.Outcome | None:
    """Refresh one council; None if it has no Modern.Gov, or another refresh is running."""
    progress = Progress()
    number = await with_progress(f"contacts-{council.slug}", progress, gather(council, progress))
    if isinstance(number, str):
        text = f"{council.slug} was skipped: {number}. {moderngov.what_to_do(number)}"
        await publish("contacts-busy", [{"council": council.slug}], text)
    return await apply(council, number) if isinstance(number, int) else None


async def announce(council: Council) -> None:
    """Announce changed contacts. If that fails, the next refresh does it."""
    found, open_cases = await changed(council)
    await announce_contacts(council.slug, open_cases)
    await settle(found)
