"""The life of a report: every state and every event, with everything that depends on them. Pure.

Make changes here. The tables ``STATES`` and ``EVENTS`` say whether a report is open, where an event leads, what is
news, and what the citizen reads on the page and in the subject of an email. Statements and indexes of the database
derive from them which reports are open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from routing.i18n import noop


class State(StrEnum):
    """The state of a report. ``sent``: the channel of the recipient who must act has accepted it."""

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
    ENTERED = "entered"
    ANSWERED = "answered"
    LATE = "late"
    REMINDED = "reminded"
    BOUNCED = "bounced"
    MOVED = "moved"
    ENDED = "ended"
    OFFICER_NEEDED = "officer-needed"
    NOTED = "noted"
    RECKONED = "reckoned"
    MIGRATED = "migrated"
    WISHED = "wished"
    RECODED = "recoded"
    LOOKED = "looked"
    PURGED = "purged"


@dataclass(frozen=True, slots=True)
class StateFacts:
    """Everything that depends on a state.

    Attributes:
        text: what the citizen reads on the page of the report; ``{noun}`` is filled.
        subject: of the email about it; ``{noun}`` and ``{reference}`` are filled.
        is_open: somebody must still act on it.
        has_ended: nothing more happens to it, and the time starts after which we delete personal data. A merged report
            is neither open nor ended, but its case is.
        next_says_all: if the process says what the recipient does next, we show that instead of ``text``.
    """

    text: str
    subject: str
    is_open: bool = True
    has_ended: bool = False
    next_says_all: bool = False


HAVE = noop("We have your {noun} {reference}")

STATES: dict[State, StateFacts] = {
    State.RECEIVED: StateFacts(noop("We have your {noun} and are finding out who can act on it."), HAVE),
    State.ROUTING: StateFacts(noop("We are sending your {noun} to the people who can act on it."), HAVE),
    State.SENT: StateFacts(
        noop("We have sent your {noun}."), noop("We have sent your {noun} {reference}"), next_says_all=True
    ),
    State.ACKNOWLEDGED: StateFacts(
        noop("The people who can act on it have your {noun} and are looking at it."),
        noop("Your {noun} {reference} is being looked at"),
    ),
    State.REVIEW: StateFacts(
        noop("One of our officers is looking at your {noun}."),
        noop("One of our officers will look at your {noun} {reference}"),
        next_says_all=True,
    ),
    State.DECLINED: StateFacts(
        noop("The first people we asked cannot deal with it. We are finding out who can."),
        noop("We are finding out who can deal with your {noun} {reference}"),
    ),
    State.ESCALATED: StateFacts(
        noop("There was no answer in time. We have asked again."),
        noop("We have asked again about your {noun} {reference}"),
    ),
    State.WITHDRAWN: StateFacts(
        noop("You have withdrawn this {noun}."),
        noop("You have withdrawn your {noun} {reference}"),
        is_open=False,
        has_ended=True,
    ),
    State.MERGED: StateFacts(
        noop("We have added your {noun} to another about the same place."), HAVE, is_open=False, next_says_all=True
    ),
    State.CLOSED: StateFacts(
        noop("This {noun} is closed."), noop("Your {noun} {reference} is closed"), is_open=False, has_ended=True
    ),
}

OPEN = frozenset(state for state, facts in STATES.items() if facts.is_open)
ENDED = frozenset(state for state, facts in STATES.items() if facts.has_ended)
ALL = frozenset(State)


@dataclass(frozen=True, slots=True)
class EventFacts:
    """Everything that depends on an event.

    Attributes:
        before: states in which it may happen; none for the first event of a report.
        after: the new state; None if the state stays.
        text: what the citizen reads in the list of events, ``{noun}`` is filled; None if we do not tell them.
        is_of_case: we also tell people who joined a case, because the first reporter did not cause it.
        is_news: the citizen gets an email about it.
    """

    before: frozenset[State]
    after: State | None = None
    text: str | None = None
    is_of_case: bool = True
    is_news: bool = False


EVENTS: dict[Event, EventFacts] = {
    Event.RECEIVED: EventFacts(frozenset(), State.RECEIVED, noop("We received your {noun}."), is_of_case=False),
    Event.CLAIMED: EventFacts(frozenset({State.RECEIVED}), State.ROUTING),
    Event.RELEASED: EventFacts(frozenset({State.ROUTING}), State.RECEIVED),
    # Its email is the acknowledgement: we have recorded the report and know who gets it.
    Event.DECIDED: EventFacts(frozenset({State.ROUTING}), is_news=True),
    # From received too: the answer may arrive after another engine took the report from a silent one.
    # From declined: it is sent on to somebody else.
    Event.SENT: EventFacts(
        frozenset({State.ROUTING, State.RECEIVED, State.DECLINED}),
        State.SENT,
        noop("We sent it to the people who can act on it."),
    ),
    Event.COPY_SENT: EventFacts(ALL),
    Event.DEFERRED: EventFacts(ALL),
    Event.REFUSED: EventFacts(ALL),
    # From acknowledged too: the parish with the case may be divided.
    Event.REVIEWED: EventFacts(
        frozenset({State.RECEIVED, State.ROUTING, State.SENT, State.ACKNOWLEDGED}),
        State.REVIEW,
        noop("One of our officers began to look at it."),
        is_news=True,
    ),
    # From sent too: an officer may notice that it went to the wrong place.
    Event.OFFICER_DECIDED: EventFacts(
        frozenset({State.REVIEW, State.SENT, State.DECLINED, State.ESCALATED}),
        State.ROUTING,
        noop("An officer decided who should act on it."),
        is_news=True,
    ),
    Event.RETRIED: EventFacts(frozenset({State.REVIEW}), State.RECEIVED),
    # From received and routing too: they may answer before we know that their message has arrived.
    Event.ACKNOWLEDGED: EventFacts(
        OPEN - {State.ACKNOWLEDGED},
        State.ACKNOWLEDGED,
        noop("The people who can act on it have answered."),
        is_news=True,
    ),
    Event.DECLINED: EventFacts(
        OPEN - {State.DECLINED},
        State.DECLINED,
        noop("The first people we asked cannot deal with it."),
        is_news=True,
    ),
    Event.ESCALATED: EventFacts(
        frozenset({State.SENT, State.ACKNOWLEDGED, State.DECLINED}),
        State.ESCALATED,
        noop("There was no answer in time. We asked again."),
        is_news=True,
    ),
    Event.WITHDRAWN: EventFacts(OPEN | {State.MERGED}, State.WITHDRAWN, noop("You withdrew it."), is_news=True),
    Event.MERGED: EventFacts(
        frozenset({State.RECEIVED, State.ROUTING, State.REVIEW, State.SENT}),
        State.MERGED,
        noop("It was added to another {noun} about the same place."),
        is_news=True,
    ),
    Event.CLOSED: EventFacts(
        frozenset({State.SENT, State.ACKNOWLEDGED, State.REVIEW, State.DECLINED, State.ESCALATED}),
        State.CLOSED,
        noop("It was closed."),
        is_news=True,
    ),
    Event.ADDED: EventFacts(OPEN | {State.MERGED}, text=noop("You added information."), is_of_case=False),
    # Somebody else reported the same; and the first reporter withdrew, while others did not.
    Event.JOINED: EventFacts(OPEN),
    Event.LEFT: EventFacts(
        OPEN,
        text=noop("You withdrew it. Other people reported the same, so we are still dealing with it."),
        is_of_case=False,
    ),
    # What happens in the stages of a case. The page tells their titles, and letters tell the rest.
    Event.ENTERED: EventFacts(OPEN, text=noop("A new stage began.")),
    Event.ANSWERED: EventFacts(OPEN),
    Event.LATE: EventFacts(OPEN),
    Event.REMINDED: EventFacts(OPEN),
    Event.BOUNCED: EventFacts(OPEN),
    Event.MOVED: EventFacts(OPEN),
    Event.ENDED: EventFacts(OPEN, State.CLOSED, noop("It was closed.")),
    Event.OFFICER_NEEDED: EventFacts(
        OPEN - {State.REVIEW}, State.REVIEW, noop("One of our officers began to look at it.")
    ),
    # What came too late, or from somebody who was not asked, changes nothing, also after the end.
    Event.NOTED: EventFacts(ALL),
    Event.RECKONED: EventFacts(OPEN, text=noop("The day by which an answer is due has changed.")),
    Event.MIGRATED: EventFacts(OPEN),
    Event.WISHED: EventFacts(OPEN, text=noop("You asked us to withdraw it.")),
    Event.RECODED: EventFacts(OPEN),
    # An officer has looked at who reported it.
    Event.LOOKED: EventFacts(ALL),
    Event.PURGED: EventFacts(ALL),
}

TOLD = [event.value for event, facts in EVENTS.items() if facts.text is not None]
"""Events that we tell a citizen about. The others are internal."""

TOLD_TO_JOINERS = [event.value for event, facts in EVENTS.items() if facts.text is not None and facts.is_of_case]

OPEN_VALUES = sorted(OPEN)
"""In the database's format."""


def in_sql(states: Iterable[State]) -> str:
    """A list of states for the fixed text of a statement or index: ``'closed', 'merged'``."""
    return ", ".join(f"'{state.value}'" for state in sorted(states))


NOT_OPEN_SQL = in_sql(ALL - OPEN)


def allowed(event: Event) -> tuple[list[str], str | None]:
    """An event's row of the table in the database's format: from which states, to which state."""
    facts = EVENTS[event]
    return sorted(state.value for state in facts.before), facts.after.value if facts.after is not None else None
