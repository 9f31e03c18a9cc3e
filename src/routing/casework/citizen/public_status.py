"""The state of a report in plain words for its citizen, the same on its page and in an email. Pure."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing.casework.cases.lifecycle import ENDED, EVENTS, OPEN, STATES, Event, State
from routing.casework.cases.promise import expected_answer
from routing.casework.cases.wording import wording
from routing.casework.citizen.in_stages import StageStatus, due_day, stage_status
from routing.council import Council
from routing.days import day_of, in_words
from routing.i18n import gettext as _
from routing.i18n import noop
from routing.process import NOT_OFFERED, Definition, answers_in_words, filled
from routing.process.letters import WITHDRAWN
from routing.vocabulary import REVIEW, RecipientKind


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """What we tell the citizen.

    Attributes:
        state: of the report itself; ``stage``: the state to show, which is the case's if the report was merged and the
            case continued.
        happened: when and what, oldest first.
        next: what the recipient does next; None if we do not have one yet, or it has ended.
        expected_by: the day by which an answer is due, even after it has passed; None if the report has ended.
        is_late: that day has passed.
        promise: the sentence about that day; None if no answer is due.
        answers: question and answer, as given.
        is_open: the citizen can add to it and withdraw it.
        is_told: the reporter gets news by email.
        because: the officer's words when they closed it.
        staged: where a case in stages stands; None without stages, and before it is decided.
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
    is_late: bool
    promise: str | None
    place: str | None
    answers: tuple[tuple[str, str], ...]
    is_open: bool
    is_told: bool
    because: str | None = None
    staged: StageStatus | None = None

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs, in order. A sentence about who has it also says that we sent it."""
        joined = [_(STATES[State.MERGED].text).format(noun=self.definition.noun)] if self.state is State.MERGED else []
        says_all = STATES[self.stage].next_says_all and self.staged is None
        said = [] if says_all and self.next else [self.text]
        why = [_("{council} says: {because}").format(council=self.council.name, because=self.because)]
        return tuple(
            dict.fromkeys([*joined, *said, *([self.next] if self.next else []), *(why if self.because else [])])
        )


def public_status(
    row: Mapping[str, Any], council: Council, definition: Definition, now: datetime.datetime
) -> PublicStatus:
    """Write the status of a report from its row (``track``).

    Args:
        definition: the version at the time of the report, in the language of the pages.
        now: with a time zone.
    """
    case = row["case"] if State(row["state"]) is State.MERGED else None
    since, own = _since_joined(row, case), _until_left(row["happened"])
    deciding = case or row
    stage = State(deciding["state"] if since else row["state"])
    left = any(each["event"] == Event.LEFT for each in own)
    staged = _staged(row, council, definition, now) if not left else None
    definition = filled(definition, _words(row, deciding["receipt"] or {}, council, definition))
    is_over = left or State(deciding["state"]) not in OPEN
    due = _due(staged, deciding, council, definition, now) if not is_over else _Due()
    return PublicStatus(
        row["id"],
        row["reference"],
        council,
        definition,
        State(row["state"]),
        stage,
        _said(Event.LEFT, definition) if left else _text(stage, staged, definition),
        row["received_at"],
        row["changed_at"],
        tuple(_happened((*own, *since), definition)),
        None if left else staged.next if staged is not None else _next(deciding, definition),
        due.day,
        due.is_late,
        due.promise if staged is not None else _promise(row, definition, _who(deciding, definition), due),
        _where(row["place_name"], _parish(row)),
        answers_in_words(definition, row["answers"], _(NOT_OFFERED)),
        State(deciding["state"]) not in ENDED and not left,
        row["is_told"],
        deciding["closed_because"] if stage is State.CLOSED else None,
        staged,
    )


def _text(stage: State, staged: StageStatus | None, definition: Definition) -> str:
    """The status line: the title of the stage, without one the sentence of the state."""
    if staged is not None and stage not in {State.WITHDRAWN, State.MERGED}:
        return f"{staged.title}."
    return _(STATES[stage].text).format(noun=definition.noun)


@dataclass(frozen=True, slots=True)
class _Due:
    """When an answer is due, whether that is past, and the sentence about it in a process with stages."""

    day: datetime.date | None = None
    is_late: bool = False
    promise: str | None = None


def _due(
    staged: StageStatus | None, deciding: Mapping[str, Any], council: Council, definition: Definition,
    now: datetime.datetime,
) -> _Due:  # fmt: skip
    if staged is not None:
        return _Due(due_day(staged), staged.is_late, staged.promise)
    if definition.has_stages:
        return _Due()
    day = expected_answer(deciding["received_at"], council, definition)
    return _Due(day, day < day_of(now))


def _staged(
    row: Mapping[str, Any], council: Council, definition: Definition, now: datetime.datetime
) -> StageStatus | None:
    held = row["held"]
    if held is None or (held.case.end in (WITHDRAWN, None) and held.case.entry is None and held.case.review is None):
        return None
    kept, asked, last = row["letters"], row["is_asked_how"], row["is_last"]
    is_first = row["merged_into"] is None
    return stage_status(held, council, definition, now, kept, is_asked_how=asked, is_last=last, is_first=is_first)


def _happened(rows: Sequence[Mapping[str, Any]], definition: Definition) -> Iterator[tuple[datetime.datetime, str]]:
    """What happened, in words. A stage has its title, unless that depends on answers; the list never shows those."""
    for each in rows:
        event, codes = Event(each["event"]), each.get("codes") or {}
        stage = definition.stages.get(codes.get("stage", "")) if event is Event.ENTERED else None
        end = definition.end_of(codes["end"]) if event is Event.ENDED else None
        title = stage.title if stage is not None else _(end.title) if end is not None else None
        yield each["at"], f"{title}." if title is not None and "{" not in title else _said(event, definition)


def _said(event: Event, definition: Definition) -> str:
    text = EVENTS[event].text
    assert text is not None, f"{event} has no text for citizens"
    return _(text).format(noun=definition.noun)


def _where(named: str | None, parish: str | None) -> str | None:
    """A street and its parish, without repeating a parish that the street's name contains."""
    if named and parish and named.lower().endswith(f", {parish.lower()}"):
        return named
    return ", ".join(part for part in (named, parish) if part) or None


def _parish(row: Mapping[str, Any]) -> str | None:
    found: str | None = ((row["receipt"] or {}).get("place") or {}).get("name")
    return found


def _until_left(happened: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """What happened until the reporter withdrew."""
    left = next((n for n, each in enumerate(happened, 1) if each["event"] == Event.LEFT), len(happened))
    return happened[:left]


def _since_joined(row: Mapping[str, Any], case: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """What happened to the case after this report was added to it."""
    if case is None:
        return []
    joined = max(each["at"] for each in row["happened"] if each["event"] == Event.MERGED)
    return [each for each in case["happened"] if each["at"] > joined]


def _who(row: Mapping[str, Any], definition: Definition) -> str | None:
    """The name of the parish council that has it; None if the council itself has it."""
    recipient = definition.recipients.get(row["has_it"] or "") if State(row["state"]) is State.SENT else None
    if recipient is None or recipient.kind is not RecipientKind.PARISH:
        return None
    return (row["receipt"] or {}).get("parish_council") or None


KNOWN = (
    noop("You can expect to hear from {who} by {day}."),
    noop("We said that you would hear from {who} by {day}. They are late."),
)
KNOWN_TO_US = (
    noop("You can expect to hear from us by {day}."),
    noop("We said that you would hear from us by {day}. We are late."),
)
TOLD = (
    noop("They do not know who you are, so they cannot write to you. They have until {day} to answer us."),
    noop("They had until {day} to answer us. They are late."),
)
WITH_US = (
    noop("We expect to have an answer by {day}. Check the page of your {noun} then."),
    noop("We expected to have an answer by {day}. The answer is late."),
)
"""The promise before the day, and the sentence after it."""


def _promise(row: Mapping[str, Any], definition: Definition, who: str | None, due: _Due) -> str | None:
    """What a citizen can expect. A recipient cannot write to a citizen who did not agree to share their details."""
    if due.day is None:
        return None
    texts = (KNOWN if who else KNOWN_TO_US) if row["is_known"] else TOLD if who else WITH_US
    return _(texts[due.is_late]).format(who=who, day=in_words(due.day), noun=definition.noun)


def _next(row: Mapping[str, Any], definition: Definition) -> str | None:
    """What happens next: by the recipient of the accepted message, or by the officers."""
    has_it = {State.SENT: row["has_it"], State.REVIEW: REVIEW}.get(State(row["state"]))
    return definition.recipients[has_it].confirmation if has_it in definition.recipients else None


def _words(
    row: Mapping[str, Any], receipt: Mapping[str, Any], council: Council, definition: Definition
) -> dict[str, str]:
    """The placeholders of a report, with the receipt of the case that it belongs to."""
    return wording(
        council,
        definition,
        place_name=(receipt.get("place") or {}).get("name"),
        reference=row["reference"],
        parish_council=receipt.get("parish_council") or "",
        answers={**row["answers"], **(row["personal"] or {})},
        given=definition.given_on(day_of(row["received_at"]), council.calendar),
    )
