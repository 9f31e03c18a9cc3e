"""The life of a report: one pure table of events. Every change of a state in the database goes through it."""

from enum import StrEnum


class State(StrEnum):
    """Where a report stands. ``sent``: the channel of the recipient who is to act has accepted it."""

    RECEIVED = "received"
    ROUTING = "routing"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    REVIEW = "review"
    DECLINED = "declined"
    ESCALATED = "escalated"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    CLOSED = "closed"


class Event(StrEnum):
    """What can happen to a report."""

    RECEIVED = "received"
    CLAIMED = "claimed"
    RELEASED = "released"
    DECIDED = "decided"
    SENT = "sent"
    COPY_SENT = "copy-sent"
    DEFERRED = "deferred"
    REFUSED = "refused"
    REVIEWED = "reviewed"
    OFFICER_DECIDED = "officer-decided"
    RETRIED = "retried"
    ACKNOWLEDGED = "acknowledged"
    DECLINED = "declined"
    ESCALATED = "escalated"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    CLOSED = "closed"
    ADDED = "added"
    JOINED = "joined"
    LEFT = "left"
    RECODED = "recoded"
    PURGED = "purged"


OPEN = frozenset(State) - {State.CLOSED, State.WITHDRAWN, State.MERGED}

TRANSITIONS: dict[Event, tuple[frozenset[State], State | None]] = {
    Event.CLAIMED: (frozenset({State.RECEIVED}), State.ROUTING),
    Event.RELEASED: (frozenset({State.ROUTING}), State.RECEIVED),
    Event.DECIDED: (frozenset({State.ROUTING}), None),
    # From received too: the answer may come after another engine took the report back from a silent one.
    Event.SENT: (frozenset({State.ROUTING, State.RECEIVED}), State.SENT),
    Event.COPY_SENT: (frozenset(State), None),
    Event.DEFERRED: (frozenset(State), None),
    Event.REFUSED: (frozenset(State), None),
    # From acknowledged too: the parish that has the case in hand may be divided.
    Event.REVIEWED: (frozenset({State.RECEIVED, State.ROUTING, State.SENT, State.ACKNOWLEDGED}), State.REVIEW),
    Event.OFFICER_DECIDED: (frozenset({State.REVIEW, State.DECLINED, State.ESCALATED}), State.ROUTING),
    Event.RETRIED: (frozenset({State.REVIEW}), State.RECEIVED),
    Event.ACKNOWLEDGED: (frozenset({State.SENT, State.ESCALATED}), State.ACKNOWLEDGED),
    Event.DECLINED: (frozenset({State.SENT, State.ACKNOWLEDGED}), State.DECLINED),
    Event.ESCALATED: (frozenset({State.SENT, State.ACKNOWLEDGED, State.DECLINED}), State.ESCALATED),
    Event.WITHDRAWN: (OPEN | {State.MERGED}, State.WITHDRAWN),
    Event.MERGED: (frozenset({State.RECEIVED, State.ROUTING, State.REVIEW, State.SENT}), State.MERGED),
    Event.CLOSED: (
        frozenset({State.SENT, State.ACKNOWLEDGED, State.REVIEW, State.DECLINED, State.ESCALATED}),
        State.CLOSED,
    ),
    Event.ADDED: (OPEN | {State.MERGED}, None),
    # Somebody else reported the same; and who did so first does not any more, while others still do.
    Event.JOINED: (OPEN, None),
    Event.LEFT: (OPEN, None),
    Event.RECODED: (OPEN, None),
    Event.PURGED: (frozenset(State), None),
}
"""Event → states from which it may happen, and the state it leads to; None: the state stays."""


def allowed(event: Event) -> tuple[list[str], str | None]:
    """An event's row of the table as the database takes it: from which states, to which state."""
    before, after = TRANSITIONS[event]
    return sorted(state.value for state in before), after.value if after is not None else None
