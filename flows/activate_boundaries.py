"""Let a vintage in that waits, by the word of a person who looked at what it changes."""

from routing import casework
from routing.engine import context, publish, step


@step.task
def apply(vintage: str) -> casework.Recoded:
    """Activate it; contacts and open cases follow the codes that it retires, in the same transaction."""
    ctx = context()
    with ctx.database.transaction() as tx:
        return casework.activate_vintage(tx, vintage, "operator", ctx.catalogue, ctx.sender.domain, reviewed=True)


@step.flow("activate-boundaries")
async def activate_boundaries(vintage: str) -> None:
    """Whoever starts this run in the UI says: I have looked at what this vintage changes."""
    followed = await apply(vintage)
    rows = [
        {"what": "contacts that follow", "number": followed.contacts},
        {"what": "open cases that follow", "number": followed.cases},
        {"what": "cases for a person", "number": len(followed.review)},
    ]
    await publish("boundaries-activated", rows, f"{vintage} answers now.")
