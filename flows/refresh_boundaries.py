"""Refresh the boundaries from their publisher. Cheap if nothing changed, and only checked boundaries are used."""

import contextlib
from dataclasses import dataclass
from typing import TypeVar

from routing import casework
from routing.engine import Preview, Progress, context, publish_vintage, step, with_progress
from routing.errors import BoundaryError
from routing.place import ANSWERED, build, read_boundaries, read_vintage

A = TypeVar("A")


@dataclass(frozen=True)
class Look:
    """The publisher's layers, and the stored vintage from them, with its state."""

    found: build.Found
    known: str | None
    state: str | None


@step.task
def gather() -> Look | BoundaryError:
    """Fetch only the layers' metadata."""
    ctx = context()
    try:
        with contextlib.closing(build.Fetcher.of(ctx.settings)) as fetcher:
            found = build.find(fetcher, build.Wanted.of(ctx.settings))
    except BoundaryError as error:
        return error
    with ctx.database.transaction() as tx:
        known = build.is_known(tx, found)
        return Look(found, known, read_vintage(tx, known).state if known is not None else None)


@step.task
def fetch(found: build.Found, progress: Progress) -> str | BoundaryError:
    """Fetch every page, and store the vintage and the unchanged pages; returns the vintage."""
    ctx = context()
    try:
        with contextlib.closing(build.Fetcher.of(ctx.settings)) as fetcher:
            folder = ctx.settings.data_dir / "boundaries"
            return build.fetch_vintage(ctx.database, fetcher, found, folder, progress)
    except BoundaryError as error:
        return error


@step.task
def check(vintage: str) -> build.Assessment | BoundaryError:
    """Check it and compare it with the one in use, again if an earlier run did not finish."""
    ctx = context()
    mapping = ctx.settings.boundaries_mapping
    try:
        mapped = build.read_mapping(mapping) if mapping else None
        with ctx.database.transaction() as tx:
            return build.assess(tx, vintage, mapped)
    except BoundaryError as error:
        return error


@step.task
def preview(judged: build.Assessment) -> Preview | None:
    """For review: the map of changes, and how many stored cases would change parish."""
    if judged.comparison is None:
        return None
    ctx = context()
    with ctx.database.transaction() as tx:
        before, after = (read_boundaries(tx, each) for each in (judged.comparison.before, judged.comparison.after))
        picture = build.draw(before, after, judged.comparison, read_vintage(tx, judged.vintage).licence)
        return Preview(picture, casework.relocate(tx, after, ctx.catalogue))


@step.task
def apply(judged: build.Assessment) -> str:
    """Activate it if every check passes. Otherwise it waits or is refused, and the one before stays in use."""
    ctx = context()
    with ctx.database.transaction() as tx:
        if read_vintage(tx, judged.vintage).state == "loaded":
            casework.activate_vintage(tx, judged.vintage, "flow", ctx.catalogue, ctx.sender.domain)
        return read_vintage(tx, judged.vintage).state


@step.flow("refresh-boundaries")
async def refresh_boundaries() -> None:
    """Fetch a new vintage if there is one, check it, then activate it or leave it for review."""
    look = await accepted(await gather())
    if look.state in ANSWERED:
        await publish_vintage(None, None, f"nothing is newer than {look.known}")
        return
    vintage = look.known
    if vintage is None:
        progress = Progress()
        vintage = await accepted(await with_progress("boundaries-fetched", progress, fetch(look.found, progress)))
    judged = await accepted(await check(vintage))
    shown = await preview(judged)
    await publish_vintage(judged, None, await apply(judged), shown)


async def accepted(answer: A | BoundaryError) -> A:
    """The result of a step. A refusal is shown to the operator and ends the run."""
    if isinstance(answer, BoundaryError):
        await publish_vintage(None, answer, "refused")
        raise answer
    return answer
