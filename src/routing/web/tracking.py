"""Where a report stands, in plain words for the citizen who has its token."""

from typing import Any

from routing.casework import State, track, wording
from routing.errors import UnknownError
from routing.process import render
from routing.web.context import WebContext
from routing.words import Role

STATES = {
    State.RECEIVED: "We have your report and are finding out who can act on it.",
    State.ROUTING: "We are sending your report to the people who can act on it.",
    State.SENT: "We have sent your report.",
    State.ACKNOWLEDGED: "The people who can act on it have your report and are looking at it.",
    State.REVIEW: "One of our officers is looking at your report.",
    State.DECLINED: "The first people we asked cannot deal with it; we are finding out who can.",
    State.ESCALATED: "There was no answer in time; we have asked again.",
    State.WITHDRAWN: "This report was withdrawn.",
    State.MERGED: "This report was added to another about the same place.",
    State.CLOSED: "This report is closed.",
}


def tracked(ctx: WebContext, reference: str, token: str) -> dict[str, Any]:
    """The state of a report.

    Raises:
        UnknownError: no such reference, or another token: the same words for both.
    """
    with ctx.database.transaction() as tx:
        row = track(tx, reference, token)
        if row is not None:
            key = (row["process_scope"], row["process"], row["process_version"])
            ctx.catalogue.load_versions(tx, [key])
    if row is None:
        raise UnknownError("reference", "No report has this reference and token. Use the address you were given.")
    definition = ctx.catalogue.version(*key)
    council = ctx.catalogue.council(row["council"])
    receipt = row["receipt"] or {}
    answer: dict[str, Any] = {
        "reference": row["reference"],
        "process": row["process"],
        "council": council.name,
        "council_slug": council.slug,
        "state": row["state"],
        "text": STATES[State(row["state"])],
        "received_at": row["received_at"].isoformat(),
        "changed_at": row["changed_at"].isoformat(),
        "next": None,
        "reply_within_working_days": None,
    }
    to = next((each for each in receipt.get("recipients", []) if each["role"] != Role.COPY.value), None)
    if definition is not None:
        answer["reply_within_working_days"] = definition.process.reply_within_working_days
    if definition is not None and to is not None and to["recipient"] in definition.recipients:
        words = wording(
            council,
            definition,
            place_name=(receipt.get("place") or {}).get("name"),
            reference=row["reference"],
            parish_council=receipt.get("parish_council") or "",
        )
        if row["state"] in {State.SENT, State.REVIEW, State.ROUTING}:
            answer["next"] = render(definition.recipients[to["recipient"]].confirmation, words)
    return answer
