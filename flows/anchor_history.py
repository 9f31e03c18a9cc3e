"""Anchor the histories of past days, in the database and in a file outside of it."""

import datetime

from routing import casework
from routing.engine import context, publish, step
from routing.private import append_anchors


@step.task
def anchor() -> list[casework.Anchor]:
    """Every day that is over and is not anchored yet."""
    with context().database.transaction() as tx:
        return casework.anchor(tx, datetime.datetime.now(datetime.UTC).date())


@step.task
def keep(made: list[casework.Anchor]) -> None:
    """Outside of the database."""
    lines = [f"{each.day} {each.rows} {each.sha256.hex()}" for each in made]
    append_anchors(context().settings.data_dir, lines)


@step.flow("anchor-history")
async def anchor_history() -> None:
    """Whoever alters or deletes a day of the past is noticed: waywarden reports verify."""
    made = await anchor()
    await keep(made)
    rows = [{"day": str(each.day), "rows": each.rows} for each in made]
    await publish("anchors", rows, f"{len(made)} days anchored.")
