"""What a citizen may know of a case in stages: its title, whose turn it is and until when, their letters. Pure."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from routing.casework.cases.stage_case import StageCase
from routing.casework.stages.advancing import known_words
from routing.casework.stages.closing import can_only_ask
from routing.council import Council
from routing.days import by_moment, day_of
from routing.i18n import gettext as _
from routing.i18n import noop
from routing.process import Definition
from routing.process.clock import Deadlines, review_deadlines
from routing.process.correspondence import case_words
from routing.process.stages import CITIZEN, Stage
from routing.process.wording import render
from routing.vocabulary import RecipientKind


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A letter to the citizen, as it was written."""

    at: datetime.datetime
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class StageStatus:
    """Where a case in stages stands, in words.

    Attributes:
        id: of the stage, or of the end.
        title: the status line.
        next: what happens next; None if the title says it all.
        due: the end of the time that is promised, also once it is past; None after an end.
        promise: the sentence about that; None without it.
        serial: of the entry; 0 in no stage.
        asks: the citizen must act.
        task: what they read then.
        letters: kept for them, the newest first.
        can_say_how: they can say how satisfied they were.
        can_renew: it ended with a permission that can be renewed.
        can_wish: they can only ask us to withdraw it, because others have acted on it (rule 1).
    """

    id: str
    title: str
    next: str | None = None
    due: datetime.datetime | None = None
    promise: str | None = None
    is_late: bool = False
    serial: int = 0
    asks: bool = False
    task: str = ""
    letters: tuple[KeptLetter, ...] = ()
    can_say_how: bool = False
    can_wish: bool = False
    is_ended: bool = False
    can_renew: bool = False


OTHERS = (noop("{who} has until {day} to act."), noop("{who} had until {day} to act. They are late."))
SEVERAL = (noop("{who} have until {day} to act."), noop("{who} had until {day} to act. They are late."))
OURS = (noop("We have until {day} to act."), noop("We had until {day} to act. We are late."))
YOURS = (noop("You have until {day} to answer."), noop("You had until {day} to answer."))
NOBODYS = (noop("This takes until {day}."), noop("This took until {day}."))
OFFICERS = (
    noop("One of our officers will look at it by {day}."),
    noop("One of our officers should have looked at it by {day}. We are late."),
)
WITH_OFFICERS = noop("One of our officers is looking at it")


def stage_status(
    held: StageCase, council: Council, definition: Definition, now: datetime.datetime,
    letters: Sequence[Mapping[str, Any]], *, is_asked_how: bool, is_last: bool, is_first: bool,
) -> StageStatus:  # fmt: skip
    """Where a case stands, for its citizen.

    Args:
        definition: in the language of the page.
        letters: rows of the letters to the citizen, the newest first.
        is_asked_how: they have said how satisfied they were.
        is_last: nobody else who reported it is left.
        is_first: they reported it first, so they are asked. Who joined them is not.
    """
    case = held.case
    kept = tuple(KeptLetter(each["at"], each["subject"], each["text"]) for each in letters)
    known = known_words(held, council, definition)
    if case.end is not None:
        end = definition.end_of(case.end)
        title = render(_(end.title), case_words(definition, case, None, known))
        return StageStatus(case.end, title, letters=kept, can_say_how=not is_asked_how, is_ended=True,
                           can_renew=end.renew is not None)  # fmt: skip
    if case.entry is None or case.review is not None:
        assert case.review is not None
        moments = review_deadlines(case.review.since, council.office)
        return _waiting("review", _(WITH_OFFICERS), OFFICERS, "", moments, now, kept)
    status = _in_stage(held, council, definition, now, kept)
    if not is_first and status.asks:
        status = replace(status, asks=False, task="", promise=None)
    return replace(status, can_wish=is_last and can_only_ask(held, definition))


def _in_stage(
    held: StageCase, council: Council, definition: Definition, now: datetime.datetime, kept: tuple[KeptLetter, ...]
) -> StageStatus:
    case = held.case.as_if_asked(now)
    assert case.entry is not None
    stage, moments = definition.stages[case.entry.stage], case.deadlines(definition, council.office)
    words = case_words(definition, case, moments.day, known_words(held, council, definition))
    texts, who = _whose_turn(held, stage, definition, council)
    found = _waiting(stage.id, render(stage.title, words), texts, who, moments, now, kept)
    asks = CITIZEN in case.entry.silent
    first = definition.recipients.get(case.recipient) if case.entry.serial == 1 else None
    following = render(first.confirmation, words) if first is not None and first.confirmation is not None else None
    return StageStatus(
        found.id,
        found.title,
        following,
        found.due,
        found.promise,
        found.is_late,
        case.entry.serial,
        asks,
        render(stage.task or "", words) if asks else "",
        kept,
    )


def _waiting(
    name: str, title: str, texts: tuple[str, str], who: str, moments: Deadlines, now: datetime.datetime,
    letters: tuple[KeptLetter, ...],
) -> StageStatus:  # fmt: skip
    is_late = moments.due <= now
    promise = _(texts[is_late]).format(who=who, day=by_moment(moments.due))
    return StageStatus(name, title, None, moments.due, promise, is_late, letters=letters)


def _whose_turn(held: StageCase, stage: Stage, definition: Definition, council: Council) -> tuple[tuple[str, str], str]:
    """The sentences about a deadline, and who they are about."""
    assert held.case.entry is not None
    if stage.is_nobodys:
        return NOBODYS, ""
    if stage.who == (CITIZEN,):
        return YOURS, ""
    named = [_named(held, definition, seat) for seat in held.case.entry.silent]
    if not any(named):
        return OURS, ""
    who = [name or council.name for name in named]
    joined = who[0] if len(who) == 1 else _("{some} and {last}").format(some=", ".join(who[:-1]), last=who[-1])
    return OTHERS if len(who) == 1 else SEVERAL, f"{joined[:1].upper()}{joined[1:]}"


def _named(held: StageCase, definition: Definition, seat: str) -> str | None:
    """The name of whoever is asked outside the council; None for a team of its own."""
    recipient = definition.recipients.get(seat)
    if recipient is None or recipient.kind is RecipientKind.TEAM:
        return None
    if recipient.kind is RecipientKind.PARISH:
        return held.receipt.get("parish_council") or recipient.title
    return recipient.title


def due_day(status: StageStatus) -> datetime.date | None:
    """The last day of the time that is promised."""
    return day_of(status.due - datetime.timedelta(microseconds=1)) if status.due is not None else None
