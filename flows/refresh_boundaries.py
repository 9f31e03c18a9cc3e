"""Refresh the boundaries from their publisher: cheap where nothing moved, and nothing answers without its checks."""

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
    """What the publisher has: layers, and the vintage that was made of just this vintage, with its state."""

    found: build.Found
    known: str | None
    state: str | None


@step.task
def gather() -> Look | BoundaryError:
    """Ask for the layers' metadata only."""
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
    """Fetch every page, store the vintage, and keep the pages as they came; returns the vintage."""
    ctx = context()
    try:
        with contextlib.closing(build.Fetcher.of(ctx.settings)) as fetcher:
            folder = ctx.settings.data_dir / "boundaries"
            return build.fetch_vintage(ctx.database, fetcher, found, folder, progress)
    except BoundaryError as error:
        return error


@step.task
def check(vintage: str) -> build.Assessment | BoundaryError:
    """Check it and compare it with the one that answers; again, where an earlier run did not come to its end."""
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
    """What a person looks at: the map of what changes, and how many stored cases would go elsewhere."""
    if judged.comparison is None:
        return None
    ctx = context()
    with ctx.database.transaction() as tx:
        before, after = (read_boundaries(tx, each) for each in (judged.comparison.before, judged.comparison.after))
        picture = build.draw(before, after, judged.comparison, read_vintage(tx, judged.vintage).licence)
        return Preview(picture, casework.relocate(tx, after, ctx.catalogue))


@step.task
def apply(judged: build.Assessment) -> str:
    """Let it answer where every check lets it; else it waits, or is refused, and the one before answers on."""
    ctx = context()
    with ctx.database.transaction() as tx:
        if read_vintage(tx, judged.vintage).state == "loaded":
            casework.activate_vintage(tx, judged.vintage, "flow", ctx.catalogue, ctx.sender.domain)
        return read_vintage(tx, judged.vintage).state


@step.flow("refresh-boundaries")
async def refresh_boundaries() -> None:
    """Look, fetch what moved, check it, let it in or leave it to a person."""
    look = await accepted(await gather())
    if look.state in ANSWERED:
        await publish_vintage(None, None, f"nothing moved since {look.known}")
        return
    vintage = look.known
    if vintage is None:
        progress = Progress()
        vintage = await accepted(await with_progress("boundaries-fetched", progress, fetch(look.found, progress)))
    judged = await accepted(await check(vintage))
    shown = await preview(judged)
    await publish_vintage(judged, None, await apply(judged), shown)


async def accepted(answer: A | BoundaryError) -> A:
    """What a step gave; a refusal is shown to the operator first, and then ends the run."""
    if isinstance(answer, BoundaryError):
        await publish_vintage(None, answer, "refused")
        raise answer
    return answer
