"""Refresh the boundaries from their publisher: cheap where nothing moved, and nothing answers without its checks."""

import contextlib
from dataclasses import dataclass

from routing import casework, delivery
from routing.engine import Preview, Progress, context, publish_vintage, step, with_progress
from routing.errors import BoundaryError
from routing.place import build, read_boundaries, read_vintage


@dataclass(frozen=True)
class Look:
    """What the publisher has: layers whose edition is not known yet, or the vintage that was made of it."""

    found: build.Found | None = None
    known: str | None = None
    refused: BoundaryError | None = None


@dataclass(frozen=True)
class Judged:
    """What became of an edition: its assessment, or why it was refused before there was a vintage."""

    assessment: build.Assessment | None = None
    refused: BoundaryError | None = None


@step.task
def gather() -> Look:
    """Ask for the layers' metadata only."""
    ctx = context()
    with contextlib.closing(build.Fetcher(ca_file=ctx.settings.boundaries_ca_file)) as fetcher:
        try:
            found = build.find(fetcher, build.Wanted.of(ctx.settings))
        except BoundaryError as error:
            return Look(refused=error)
    with ctx.database.transaction() as tx:
        return Look(found, build.is_known(tx, found))


@step.task
def fetch(found: build.Found, progress: Progress) -> Judged:
    """Fetch every page, keep it as it came, store the edition, check it and compare it."""
    ctx = context()
    mapping = ctx.settings.boundaries_mapping
    try:
        mapped = build.read_mapping(mapping) if mapping else None
        with contextlib.closing(build.Fetcher(ca_file=ctx.settings.boundaries_ca_file)) as fetcher:
            folder = ctx.settings.data_dir / "boundaries"
            vintage = build.fetch_vintage(ctx.database, fetcher, found, folder, progress)
        with ctx.database.transaction() as tx:
            return Judged(build.assess(tx, vintage, mapped))
    except BoundaryError as error:
        return Judged(refused=error)


@step.task
def preview(judged: build.Assessment) -> Preview | None:
    """What a person looks at: the map of what changes, and how many stored cases would go elsewhere."""
    if judged.comparison is None:
        return None
    ctx = context()
    with ctx.database.transaction() as tx:
        before, after = (read_boundaries(tx, each) for each in (judged.comparison.before, judged.comparison.after))
        return Preview(build.draw(before, after, judged.comparison), casework.relocate(tx, after, ctx.catalogue))


@step.task
def apply(judged: build.Assessment) -> str:
    """Let it answer where every check lets it; else it waits, or is refused, and the one before answers on."""
    ctx = context()
    with ctx.database.transaction() as tx:
        if read_vintage(tx, judged.vintage).state == "loaded":
            delivery.let_in(tx, judged.vintage, "flow", ctx.catalogue, ctx.sender.domain)
        return read_vintage(tx, judged.vintage).state


@step.flow("refresh-boundaries")
async def refresh_boundaries() -> None:
    """Look, fetch what moved, check it, let it in or leave it to a person."""
    look = await gather()
    if look.refused is not None:
        await publish_vintage(None, look.refused, "refused")
        raise look.refused
    if look.found is None or look.known is not None:
        await publish_vintage(None, None, f"nothing moved since {look.known}")
        return
    progress = Progress()
    judged = await with_progress("boundaries-fetched", progress, fetch(look.found, progress))
    if judged.assessment is None:
        assert judged.refused is not None
        await publish_vintage(None, judged.refused, "refused")
        raise judged.refused
    shown = await preview(judged.assessment)
    await publish_vintage(judged.assessment, None, await apply(judged.assessment), shown)
