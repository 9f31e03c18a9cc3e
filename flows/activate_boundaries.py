"""Activate a vintage that waits for review, after a person has reviewed it."""

from routing import casework
from routing.engine import context, publish, step


@step.task
def apply(vintage: str) -> casework.Recoded:
    """Activate it, and move contacts and open cases from retired codes, in the same transaction."""
    ctx = context()
    with ctx.database.transaction() as tx:
        return casework.activate_vintage(tx, vintage, "operator", ctx.catalogue, ctx.sender.domain, reviewed=True)


@step.flow("activate-boundaries")
async def activate_boundaries(vintage: str) -> None:
    """Review the changes of the vintage first. With this run you confirm your review."""
    followed = await apply(vintage)
    rows = [
        {"what": "contacts moved to new codes", "number": followed.contacts},
        {"what": "open cases moved to new codes", "number": followed.cases},
        {"what": "cases that need a decision", "number": len(followed.review)},
    ]
    await publish("boundaries-activated", rows, f"{vintage} is now in use.")
