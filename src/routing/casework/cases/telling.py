"""What the history of a case says of a step, and the state of its report after it: codes only. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routing.casework.cases.lifecycle import EVENTS, Event, State
from routing.casework.cases.settling import Settled
from routing.casework.cases.stage_case import CaseEvent, Kind
from routing.process import Definition
from routing.process.case import CaseState, NotReached, Taken
from routing.process.stages import CITIZEN
from routing.vocabulary import REVIEW

NOT_OURS = "not-ours"
"""The value of a choice by which a recipient says that it is not for them."""


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the history to be: codes and ids only."""

    event: Event
    actor: str
    codes: Mapping[str, Any]


def tell(
    definition: Definition, state: State, before: CaseState, settled: Settled, actor: str, codes: Mapping[str, Any],
    event: CaseEvent | None = None,
) -> tuple[list[Told], State]:  # fmt: skip
    """The rows for a step, and the state after them."""
    rows = list[Told]()
    for each, more in _events(definition, state, before, settled, event):
        state = _after(each, state)
        rows.append(Told(each, actor, {**codes, **more}))
    return rows, state


def _after(event: Event, state: State) -> State:
    return {
        Event.ACKNOWLEDGED: State.ACKNOWLEDGED,
        Event.DECLINED: State.DECLINED,
        Event.ESCALATED: State.ESCALATED,
        Event.ENDED: State.CLOSED,
        Event.OFFICER_NEEDED: State.REVIEW,
        Event.OFFICER_DECIDED: State.ROUTING,
    }.get(event, state)


def _events(
    definition: Definition, state: State, before: CaseState, settled: Settled, event: CaseEvent | None
) -> Iterator[tuple[Event, dict[str, Any]]]:
    step, after = settled.step, settled.step.case
    if event is not None:
        yield from _of_event(state, before, event, is_taken=bool(step.outcomes))
    for taken in step.outcomes:
        yield _of_outcome(definition, state, taken, event)
    for seat, _why in settled.unreachable:
        yield Event.BOUNCED, {"seat": seat, "why": "no-address"}
    if after.entry is not None and after.entries > before.entries:
        yield Event.ENTERED, {"stage": after.entry.stage, "serial": after.entry.serial}
    if step.review:
        yield Event.OFFICER_NEEDED if state is not State.REVIEW else Event.BOUNCED, {"why": "unreached"}
    if after.end is not None and before.end is None:
        yield Event.ENDED, {"end": after.end, "kind": definition.end_of(after.end).kind.value}


def _of_event(
    state: State, before: CaseState, event: CaseEvent, *, is_taken: bool
) -> Iterator[tuple[Event, dict[str, Any]]]:
    stage = before.entry.stage if before.entry is not None else None
    if event.kind is Kind.BOUNCED:
        why = event.said.get("why", NotReached.BOUNCED.value)
        declines = why == NotReached.NOT_OURS and state is not State.DECLINED
        yield Event.DECLINED if declines else Event.BOUNCED, {"stage": stage, "why": why}
    elif event.kind in {Kind.MOVED, Kind.CHOSEN}:
        leaves = {State.REVIEW, State.SENT, State.DECLINED, State.ESCALATED}
        yield Event.OFFICER_DECIDED if state in leaves else Event.MOVED, {"from": stage, "to": event.said["to"]}
    elif event.kind is Kind.ANSWERED and not is_taken:  # others are still asked
        yield _answered(state, event), {"stage": stage}


def _answered(state: State, event: CaseEvent) -> Event:
    if event.seat == CITIZEN:
        return Event.ANSWERED
    if NOT_OURS in event.said.get("values", {}).values():
        return Event.DECLINED if state is not State.DECLINED else Event.ANSWERED
    return Event.ACKNOWLEDGED if state is not State.ACKNOWLEDGED else Event.ANSWERED


def _of_outcome(
    definition: Definition, state: State, taken: Taken, event: CaseEvent | None
) -> tuple[Event, dict[str, Any]]:
    name, _, outcome_id = taken.name.partition("/")
    codes: dict[str, Any] = {"stage": name, "outcome": outcome_id}
    if name == REVIEW or name not in definition.stages:
        return Event.LATE, codes
    stage = definition.stages[name]
    outcome = stage.outcomes[outcome_id]
    codes |= {key: value for key, value in (("next", outcome.next), ("end", outcome.end)) if value is not None}
    if taken.by and event is not None and event.kind is Kind.ANSWERED:
        return _answered(state, event), codes | {"by": taken.by}
    is_asked = not stage.is_nobodys and stage.who != (CITIZEN,)
    if is_asked and outcome.next is not None and state in EVENTS[Event.ESCALATED].before:
        return Event.ESCALATED, codes
    return Event.LATE, codes
