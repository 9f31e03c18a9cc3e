"""Stored events → what happens to a case, or why they only become a note. Pure."""

from collections.abc import Mapping
from typing import Any

from routing.casework.cases.stage_case import CaseEvent, Kind, StageCase, entry_id
from routing.process import Definition
from routing.process.case import Answered, Bounced, CaseState, Chosen, Moved, NotReached
from routing.process.filling import is_answer, is_complete

LEFT, ENDED, ANSWERED_BEFORE, NOT_ASKED = "left", "ended", "answered-before", "not-asked"
DOES_NOT_FIT = "does-not-fit"


def not_applied(
    case: CaseState, held: StageCase, event: CaseEvent, definition: Definition, applied: Mapping[int, str]
) -> str | None:
    """Why an event changes nothing; None if it counts. An answer counts only if the case stands where it was asked.

    Args:
        applied: event → what came of it, of those that are applied with this one.
    """
    if case.end is not None:
        return ENDED
    why = _not_here(case, held, event)
    if why is None and _is_repeated(held, event, applied):
        why = ANSWERED_BEFORE
    return why or (None if _fits(case, event, definition) else DOES_NOT_FIT)


def _not_here(case: CaseState, held: StageCase, event: CaseEvent) -> str | None:
    if event.entry is None:
        return None
    entry = case.entry
    if entry is None or entry_id(held.report, entry.serial) != event.entry:
        return LEFT
    if event.seat is not None and event.seat not in entry.seats:
        return NOT_ASKED
    return ANSWERED_BEFORE if event.seat in entry.answers else None


def _is_repeated(held: StageCase, event: CaseEvent, applied: Mapping[int, str]) -> bool:
    """Whether an answer is from a form that was shown before another answer of the same seat counted."""
    shown = event.said.get("answered")
    if event.kind is not Kind.ANSWERED or shown is None:
        return False
    with_it = [each for each in held.events if each.kind is Kind.ANSWERED and applied.get(each.id) == "applied"]
    return int(shown) < event.before + sum((each.entry, each.seat) == (event.entry, event.seat) for each in with_it)


def _fits(case: CaseState, event: CaseEvent, definition: Definition) -> bool:
    """Whether the definition that the case follows now knows all of an event: the case may have been migrated since."""
    said: Any = event.said
    if event.kind is Kind.ANSWERED:
        fields = definition.fields_of(case.stage_of(definition)) if case.entry is not None else ()
        return is_complete(fields, said["values"], said["columns"], case.columns)
    if event.kind is Kind.MOVED:
        values, columns = said.get("values", {}), said.get("columns", {})
        are_known = all(is_answer(definition.asked(name), value, columns.get(name)) for name, value in values.items())
        return are_known and said["to"] in definition.stages
    chosen = definition.recipients.get(said.get("to", ""))
    return event.kind is not Kind.CHOSEN or (chosen is not None and chosen.first_stage is not None)


def happening_of(event: CaseEvent, definition: Definition) -> Answered | Bounced | Moved | Chosen:
    """What happens by an event that counts."""
    said: Any = event.said
    if event.kind is Kind.ANSWERED:
        assert event.seat is not None
        return Answered(event.at, event.seat, said["values"], said["columns"])
    if event.kind is Kind.BOUNCED:
        assert event.seat is not None
        return Bounced(event.at, event.seat, NotReached(said.get("why", NotReached.BOUNCED)))
    if event.kind is Kind.MOVED:
        assert said["to"] in definition.stages
        return Moved(event.at, said["to"], said.get("values", {}), said.get("columns", {}))
    return Chosen(event.at, said["to"])
