"""Anchor the histories of past days, in the database and in a file outside it."""

import datetime

from routing import casework, present
from routing.engine import context, publish, step
from routing.errors import ConfigurationError
from routing.private import append_anchors, read_anchors


@step.task
def anchor() -> list[casework.Anchor]:
    """Anchor every past day that has no anchor yet."""
    ctx = context()
    outside = read_anchors(ctx.settings.data_dir)
    with ctx.database.transaction() as tx:
        return casework.anchor(tx, present.now().date(), outside)


@step.task
def keep() -> int:
    """Write new anchors to the file; returns how many days do not match it."""
    ctx = context()
    outside = read_anchors(ctx.settings.data_dir)
    with ctx.database.transaction() as tx:
        missing = casework.not_outside(tx, outside)
        broken = casework.compare_anchors(tx, outside)
    last = max((day for day, _ in outside), default=datetime.date.min)
    append_anchors(
        ctx.settings.data_dir, [f"{each.day} {each.rows} {each.sha256.hex()}" for each in missing if each.day > last]
    )
    return len(broken)


@step.flow("anchor-history")
async def anchor_history() -> None:
    """Add proofs of past days, so that waywarden reports verify notices changes."""
    made = await anchor()
    unfit = await keep()
    rows = [{"day": str(each.day), "rows": each.rows} for each in made]
    await publish("anchors", rows, f"{len(made)} days anchored.")
    if unfit:
        raise ConfigurationError(f"{unfit} days do not match anchors.log. To see why, run: waywarden reports verify")
