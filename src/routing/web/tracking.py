"""Where a report stands, in plain words for the citizen who has its token."""

import datetime
import zoneinfo
from collections.abc import Mapping
from typing import Any

from routing.casework import LONDON, OPEN, Event, State, after_working_days, track, wording
from routing.council import Council
from routing.errors import UnknownError
from routing.process import Definition, render
from routing.web.context import WebContext
from routing.web.texts import gettext as _
from routing.web.texts import noop
from routing.web.translation import in_language
from routing.words import Role

STATES = {
    State.RECEIVED: noop("We have your report and are finding out who can act on it."),
    State.ROUTING: noop("We are sending your report to the people who can act on it."),
    State.SENT: noop("We have sent your report."),
    State.ACKNOWLEDGED: noop("The people who can act on it have your report and are looking at it."),
    State.REVIEW: noop("One of our officers is looking at your report."),
    State.DECLINED: noop("The first people we asked cannot deal with it; we are finding out who can."),
    State.ESCALATED: noop("There was no answer in time; we have asked again."),
    State.WITHDRAWN: noop("This report was withdrawn."),
    State.MERGED: noop("This report was added to another about the same place."),
    State.CLOSED: noop("This report is closed."),
}
HAPPENED = {
    Event.RECEIVED: noop("We received your report."),
    Event.SENT: noop("We sent it to the people who can act on it."),
    Event.REVIEWED: noop("One of our officers began to look at it."),
    Event.OFFICER_DECIDED: noop("An officer decided who should act on it."),
    Event.ACKNOWLEDGED: noop("The people who can act on it said that they have it."),
    Event.DECLINED: noop("The first people we asked cannot deal with it."),
    Event.ESCALATED: noop("There was no answer in time. We asked again."),
    Event.WITHDRAWN: noop("It was withdrawn."),
    Event.MERGED: noop("It was added to another report about the same place."),
    Event.CLOSED: noop("It was closed."),
}
ON_ITS_WAY = {State.SENT, State.REVIEW, State.ROUTING}


def tracked(ctx: WebContext, reference: str, token: str) -> dict[str, Any]:
    """The state of a report.

    Raises:
        UnknownError: no such reference, or another token: the same words for both.
    """
    row, definition = _read(ctx, reference, token)
    council = ctx.catalogue.council(row["council"])
    return {
        "reference": row["reference"],
        "process": row["process"],
        "council": council.name,
        "council_slug": council.slug,
        "state": row["state"],
        "text": _(STATES[State(row["state"])]),
        "received_at": row["received_at"].isoformat(),
        "changed_at": row["changed_at"].isoformat(),
        "happened": [
            {"at": each["at"].isoformat(), "text": _(HAPPENED[Event(each["event"])])} for each in row["happened"]
        ],
        "expected_by": _expected_by(row, council, definition) if definition is not None else None,
        "next": _next(row, council, definition) if definition is not None else None,
        "reply_within_working_days": definition.process.reply_within_working_days if definition is not None else None,
    }


def _read(ctx: WebContext, reference: str, token: str) -> tuple[dict[str, Any], Definition | None]:
    with ctx.database.transaction() as tx:
        row = track(tx, reference, token)
        if row is None:
            text = _("No report has this reference and token. Use the address you were given.")
            raise UnknownError("reference", text)
        key = (row["process_scope"], row["process"], row["process_version"])
        ctx.catalogue.load_versions(tx, [key])
    found = ctx.catalogue.version(*key)
    return row, in_language(found) if found is not None else None


def _expected_by(row: Mapping[str, Any], council: Council, definition: Definition) -> str | None:
    """The day by which an answer can be expected; None once it is over, or the report has ended."""
    if State(row["state"]) not in OPEN:
        return None
    here = zoneinfo.ZoneInfo(LONDON)
    received = row["received_at"].astimezone(here).date()
    day = after_working_days(received, definition.process.reply_within_working_days, council.gss)
    return day.isoformat() if day >= datetime.datetime.now(here).date() else None


def _next(row: Mapping[str, Any], council: Council, definition: Definition) -> str | None:
    """What whoever has to act does next, while it is theirs; None where nobody has been found yet, or it has ended."""
    receipt = row["receipt"] or {}
    to = next((each for each in receipt.get("recipients", []) if each["role"] != Role.COPY.value), None)
    if to is None or to["recipient"] not in definition.recipients or row["state"] not in ON_ITS_WAY:
        return None
    words = wording(
        council,
        definition,
        place_name=(receipt.get("place") or {}).get("name"),
        reference=row["reference"],
        parish_council=receipt.get("parish_council") or "",
    )
    return render(definition.recipients[to["recipient"]].confirmation, words)
