"""Refresh the contact directory from each council's Modern.Gov: nightly, one host at a time, page by page."""

from routing import casework, contacts, place
from routing.contacts import moderngov
from routing.council import Council
from routing.engine import Progress, announce_contacts, context, publish, publish_contacts, step, with_progress
from routing.errors import StepFailed

THROTTLE = moderngov.Throttle()


@step.task
def gather(council: Council, progress: Progress) -> int | str | None:
    """Ask for the list and every linked page; returns the round, None without Modern.Gov, or why it was left out."""
    ctx = context()
    THROTTLE.interval_s = ctx.settings.moderngov_interval_s
    with ctx.database.transaction() as tx:
        contacts.store_links(tx, council.slug, ctx.catalogue.folders[council.slug].links)
    with moderngov.client_of(ctx.settings, council, THROTTLE) as client:
        if client is None:
            return None
        try:
            return moderngov.gather(ctx.database, council.slug, client, "flow", progress).id
        except moderngov.Busy as error:
            return error.code


@step.task
def apply(council: Council, number: int) -> moderngov.Outcome:
    """Let it count in one transaction, or leave it to a person where it would take away too much."""
    ctx = context()
    with ctx.database.transaction() as tx:
        parishes = place.parishes_of(tx, council.gss)
    return moderngov.finish(ctx.database, council, number, parishes)


@step.task
def touched(outcome: moderngov.Outcome) -> dict[str, int]:
    """Parishes whose contact is another one now, and how many cases are open there."""
    if outcome.outcome != "applied":
        return {}
    codes = [change.finding.parish_code for change in outcome.changes if change.kind in {"new", "changed", "released"}]
    with context().database.transaction() as tx:
        return casework.count_open(tx, codes)


@step.flow("refresh-contacts")
async def refresh_contacts() -> None:
    """Keep the directory; what changed is shown by code, never by name or address. One council's failure is its own."""
    outcomes, failed = [], None
    for council in context().catalogue.councils.values():
        try:
            outcome = await refresh_council(council)
        except StepFailed as error:
            failed = error
            await publish("contacts-failed", [{"council": council.slug}], f"{council.slug} failed: {error}.")
            continue
        if outcome is not None:
            outcomes.append(outcome)
    await publish_contacts(outcomes)
    if failed is not None:
        raise failed


async def refresh_council(council: Council) -> moderngov.Outcome | None:
    """One council: ask, let it count, tell whom it concerns; None where there is nothing to ask, or another does."""
    progress = Progress()
    number = await with_progress(f"contacts-{council.slug}", progress, gather(council, progress))
    if isinstance(number, str):
        await publish("contacts-busy", [{"council": council.slug}], f"{council.slug} was left out: {number}.")
    if not isinstance(number, int):
        return None
    outcome = await apply(council, number)
    await announce_contacts(council.slug, await touched(outcome))
    return outcome
