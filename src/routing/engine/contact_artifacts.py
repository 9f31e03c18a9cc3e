"""Artifacts of a contact refresh for its operator: counts and codes, never a name or an address."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from prefect.events import emit_event

from routing.engine.artifacts import publish
from routing.engine.failures import ARTIFACT
from routing.engine.step import guarded

if TYPE_CHECKING:
    from routing.contacts.moderngov import Outcome

CONTACT_CHANGED = "waywarden.contact.changed"
"""The event for a parish with a changed contact and open cases."""

HELD = (
    "Review the changes, then run `waywarden contacts review --council {council} --accept` or `--discard`. "
    "Nothing has changed yet."
)


async def publish_contacts(outcomes: "Sequence[Outcome]") -> None:
    """The counts of each council, and a line for each parish that changed or that we could not read."""
    counts: list[dict[str, Any]] = [
        {"council": each.council, "outcome": each.outcome} | each.counts for each in outcomes
    ]
    rows = [row for outcome in outcomes for row in _rows(outcome)]
    await publish(
        "contacts-counts", counts, " ".join(_told(each) for each in outcomes) or "No council has a Modern.Gov."
    )
    await publish("contacts", rows, f"{len(rows)} lines. All other parishes were confirmed.")


def _told(outcome: "Outcome") -> str:
    if outcome.outcome == "held":
        return f"{outcome.council} needs a decision: {outcome.why_held}. {HELD.format(council=outcome.council)}"
    return f"{outcome.council}: {outcome.outcome}."


def _rows(outcome: "Outcome") -> list[dict[str, Any]]:
    from routing.contacts.moderngov import what_to_do

    def row(parish: str, change: str, fields: Sequence[str] = ()) -> dict[str, Any]:
        told = ", ".join(fields) or what_to_do(change)
        return {"council": outcome.council, "parish": parish, "change": change, "fields, or what to do": told}

    changed = [each for each in outcome.changes if each.kind != "confirmed" or each.fields]
    return [
        *(row(each.finding.parish_code, each.kind, each.fields) for each in changed),
        *(row(code or "list", problem) for code, problem in outcome.problems.items()),
        *(row(code, "unlisted") for code in outcome.unlisted),
        *(row(code, "unread-label", ["to check, run: waywarden contacts review"]) for code in outcome.unread),
    ]


async def announce_contacts(council: str, open_cases: Mapping[str, int]) -> None:
    """An event for each parish with a changed contact and open cases, for automations.

    Args:
        open_cases: parish code → number of open cases.
    """

    async def announce() -> None:
        for code, cases in open_cases.items():
            resource = {
                "prefect.resource.id": f"waywarden.parish.{code}",
                "prefect.resource.name": code,
                "waywarden.council": council,
            }
            emit_event(event=CONTACT_CHANGED, resource=resource, payload={"parish": code, "open_cases": cases})

    await guarded(f"{ARTIFACT} contact-events", announce)
