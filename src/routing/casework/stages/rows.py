"""A changed case as rows of the store. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from routing.casework.cases.changes import Change
from routing.casework.cases.stage_case import entry_id
from routing.process import Definition
from routing.process.case import Entry


def case_row(change: Change, definition: Definition) -> tuple[Any, ...]:
    """The columns of ``case_stage`` that say where a case stands, without answers."""
    case = change.after
    end = definition.end_of(case.end) if case.end is not None else None
    until = case.values.get(end.holds_until) if end is not None and end.holds_until is not None else None
    return (
        case.recipient,
        case.entry.stage if case.entry is not None else None,
        case.entry.serial if case.entry is not None else None,
        case.entries,
        json.dumps(dict(case.counts)),
        json.dumps([[begin.isoformat(), until_.isoformat()] for begin, until_ in case.stood]),
        json.dumps([[entry.serial, at.isoformat()] for entry, at in case.asked_by]),
        json.dumps(dict(case.columns)),
        case.review.since if case.review is not None else None,
        case.review.reminded if case.review is not None else 0,
        case.end,
        end.kind.value if end is not None else None,
        until,
        case.is_renewal_settled,
        change.calendar,
        change.promised,
        change.wakes_at,
    )


def open_entries(change: Change) -> list[Entry]:
    """The stage that a case is in, and those whose time stands."""
    case = change.after
    return [*((case.entry,) if case.entry is not None else ()), *(entry for entry, _ in case.asked_by)]


def entry_rows(change: Change) -> Iterator[tuple[Any, ...]]:
    """The rows of the stages that a case is in, and of those whose time stands."""
    for entry in open_entries(change):
        is_new = change.after.entry is entry and entry.serial > change.held.case.entries
        extended = json.dumps([each.model_dump(exclude_none=True) for each in entry.extended])
        yield (
            entry_id(change.held.report, entry.serial),
            change.held.report,
            entry.serial,
            entry.stage,
            entry.at,
            extended,
            entry.reminded,
            (change.because or None) if is_new else None,
        )


def seat_rows(change: Change) -> Iterator[tuple[Any, ...]]:
    """The rows of whom these stages ask."""
    for entry in open_entries(change):
        for position, seat in enumerate(entry.seats):
            outcome = entry.answers.get(seat)
            yield (
                entry_id(change.held.report, entry.serial),
                seat,
                position,
                outcome,
                outcome is not None,
                seat in entry.unreached,
            )


def answered_rows(change: Change) -> Iterator[tuple[Any, ...]]:
    """What those answered who did; their stage may have been left by it."""
    for (serial, seat), outcome in change.seats.items():
        yield outcome, entry_id(change.held.report, serial), seat
