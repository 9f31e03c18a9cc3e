"""Where a report stands, in plain words for the citizen who made it: the same on its page and in an e-mail. Pure."""

import datetime
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing.casework.decide import wording
from routing.casework.states import OPEN, Event, State
from routing.casework.working_days import LONDON, after_working_days
from routing.council import Council
from routing.process import Definition, render
from routing.texts import gettext as _
from routing.texts import noop
from routing.words import REVIEW

STATES = {
    State.RECEIVED: noop("We have your report and are finding out who can act on it."),
    State.ROUTING: noop("We are sending your report to the people who can act on it."),
    State.SENT: noop("We have sent your report."),
    State.ACKNOWLEDGED: noop("The people who can act on it have your report and are looking at it."),
    State.REVIEW: noop("One of our officers is looking at your report."),
    State.DECLINED: noop("The first people we asked cannot deal with it; we are finding out who can."),
    State.ESCALATED: noop("There was no answer in time; we have asked again."),
    State.WITHDRAWN: noop("You have withdrawn this report."),
    State.MERGED: noop("We have added your report to another about the same place."),
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
    Event.ADDED: noop("You added information."),
    Event.LEFT: noop("You withdrew it. Others had reported the same, so it went on without you."),
    Event.WITHDRAWN: noop("You withdrew it."),
    Event.MERGED: noop("It was added to another report about the same place."),
    Event.CLOSED: noop("It was closed."),
}
SAID_BY_NEXT = {State.MERGED, State.SENT, State.REVIEW}
"""States of which what comes next says all that there is to say."""

ENDED = frozenset(State) - OPEN - {State.MERGED}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the citizen is told.

    Attributes:
        state: of the report itself; ``stage``: what there is to say, of the case it was merged into where that went on.
        happened: when and what, oldest first.
        next: what whoever has to act does next; None where nobody has been found yet, or it has ended.
        expected_by: the day by which an answer can be expected; None once it is over, or where it has ended.
        answers: question and answer, as they were given.
        is_open: it can be added to, and withdrawn.
        is_told: news of it goes to the reporter by e-mail.
    """

    id: UUID
    reference: str
    council: Council
    definition: Definition
    state: State
    stage: State
    text: str
    received_at: datetime.datetime
    changed_at: datetime.datetime
    happened: tuple[tuple[datetime.datetime, str], ...]
    next: str | None
    expected_by: datetime.date | None
    place: str | None
    answers: tuple[tuple[str, str], ...]
    is_open: bool
    is_told: bool

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """What there is to say, in the order in which it is said; who has it says that it was sent, too."""
        joined = [_(STATES[State.MERGED])] if self.state is State.MERGED else []
        said = [] if self.stage in SAID_BY_NEXT and self.next else [self.text]
        return tuple(dict.fromkeys([*joined, *said, *([self.next] if self.next else [])]))


def standing(row: Mapping[str, Any], council: Council, definition: Definition, now: datetime.datetime) -> Standing:
    """Put into words what was read of a report (``track``).

    Args:
        definition: as the report was submitted under, in the language of the pages.
        now: with a time zone.
    """
    case = row["case"] if State(row["state"]) is State.MERGED else None
    since, own = _since_joined(row, case), _until_left(row["happened"])
    deciding = case or row
    stage = State(deciding["state"] if since else row["state"])
    left = any(each["event"] == Event.LEFT for each in own)
    words = wording(council, definition)
    return Standing(
        row["id"],
        row["reference"],
        council,
        definition,
        State(row["state"]),
        stage,
        _(HAPPENED[Event.LEFT] if left else STATES[stage]),
        row["received_at"],
        row["changed_at"],
        tuple((each["at"], _(HAPPENED[Event(each["event"])])) for each in (*own, *since)),
        None if left else _next(deciding, row["reference"], council, definition),
        None if left else _expected_by(deciding, council, definition, now),
        ", ".join(part for part in (row["place_name"], _parish(row)) if part) or None,
        tuple(
            (render(question.ask, words), question.label(row["answers"][question.id]))
            for question in definition.question
            if row["answers"].get(question.id) in question.values
        ),
        State(deciding["state"]) not in ENDED and not left,
        row["is_told"],
    )


def _parish(row: Mapping[str, Any]) -> str | None:
    found: str | None = ((row["receipt"] or {}).get("place") or {}).get("name")
    return found


def _until_left(happened: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """What happened while it was the reporter's."""
    left = next((n for n, each in enumerate(happened, 1) if each["event"] == Event.LEFT), len(happened))
    return happened[:left]


def _since_joined(row: Mapping[str, Any], case: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """What happened to the case after this report was added to it."""
    if case is None:
        return []
    joined = max(each["at"] for each in row["happened"] if each["event"] == Event.MERGED)
    return [each for each in case["happened"] if each["at"] > joined]


def _expected_by(
    row: Mapping[str, Any], council: Council, definition: Definition, now: datetime.datetime
) -> datetime.date | None:
    if State(row["state"]) not in OPEN:
        return None
    here = zoneinfo.ZoneInfo(LONDON)
    received = row["received_at"].astimezone(here).date()
    day = after_working_days(received, definition.process.reply_within_working_days, council.gss)
    return day if day >= now.astimezone(here).date() else None


def _next(row: Mapping[str, Any], reference: str, council: Council, definition: Definition) -> str | None:
    """What whoever has it does: the recipient of the message that was accepted, or the officers."""
    receipt = row["receipt"] or {}
    has_it = {State.SENT: row["has_it"], State.REVIEW: REVIEW}.get(State(row["state"]))
    if has_it not in definition.recipients:
        return None
    words = wording(
        council,
        definition,
        place_name=(receipt.get("place") or {}).get("name"),
        reference=reference,
        parish_council=receipt.get("parish_council") or "",
    )
    return render(definition.recipients[has_it].confirmation, words)
