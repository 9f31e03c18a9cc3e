"""The delivery protocol as a pure model: what two engines, the store and the mailbox can do, one small step at a time.

The states of a report and what may follow are the real table (``casework.EVENTS``), and so is the size of a batch.
A step is one transaction of the store, or one thing that happens outside of it. Faults are steps of their own: an
engine that is killed, a lease that lapses under an engine that only stood still, an answer of the mail server that is
lost, a server that says not now, a database that is away while a batch is worked on. ``steps`` lists everything that can
happen next. Decisions are made outside of the store; another vintage that is let in before they are recorded makes them
old, and the store takes none of them. To note an acceptance and to ask about the next message is one statement in the store; here they are two
steps, with everything that can happen between them. A citizen may withdraw a report at any moment; that whoever got it
hears so is a message like any other, of which the model says no more than that it is in the outbox (``notice``).
Refusals and what officers do are no part of the model: examples in tests/casework and tests/delivery cover them.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from routing.casework import Event, State, allowed
from routing.casework.outbox.batches import limit_of

BATCH_SIZE = 2
CONNECTIONS = 2
"""Messages that one engine may have between the question and the note."""

ATTEMPTS = 5


class Report(NamedTuple):
    """A report and its one message.

    Attributes:
        message: none, pending, sent, cancelled.
        holder, sender: the batch that routes it, the batch that sends its message.
        got: how often the mailbox accepted the message.
        lost: how often an answer was lost, or might have been: so often it may be repeated.
        is_noted: the store knows of an acceptance; ``notice``: whoever got it hears that it was withdrawn.
    """

    state: str = State.RECEIVED.value
    attempt: int = 0
    is_poison: bool = False
    message: str = "none"
    holder: int | None = None
    sender: int | None = None
    got: int = 0
    lost: int = 0
    is_noted: bool = False
    notice: bool = False


class Engine(NamedTuple):
    """What an engine has in memory: its batch, how far it is, and what it knows of each message.

    Attributes:
        phase: idle, claimed, decided, outdated (decided by a vintage that answers no more), recorded, sending.
    """

    batch: int | None = None
    phase: str = "idle"
    knows: tuple[str, ...] = ()


class Batch(NamedTuple):
    """A row of the store."""

    kind: str
    is_open: bool = True
    has_lapsed: bool = False


class World(NamedTuple):
    """Everything, at one moment; ``faults`` and ``withdrawals`` are how many may still happen."""

    reports: tuple[Report, ...]
    engines: tuple[Engine, ...]
    batches: tuple[Batch, ...]
    faults: int
    withdrawals: int = 0


class Step(NamedTuple):
    """Something that happens, and to whom."""

    name: str
    engine: int = 0
    what: tuple[int, ...] = ()


FAULTS = {"kill", "stall", "lose answer", "defer", "outage", "activate vintage"}


def start(reports: int, engines: int, faults: int, poison: int | None = None, withdrawals: int = 0) -> World:
    """Reports that wait, engines with nothing to do."""
    made = tuple(Report(is_poison=number == poison) for number in range(reports))
    return World(made, (Engine(knows=("",) * reports),) * engines, (), faults, withdrawals)


def happen(report: Report, event: Event) -> Report | None:
    """The real table: None where the event may not happen now."""
    before, after = allowed(event)
    if report.state not in before:
        return None
    return report._replace(state=after or report.state)


def steps(world: World) -> Iterator[Step]:
    """Everything that can happen next."""
    for number, engine in enumerate(world.engines):
        if engine.phase == "idle":
            yield from _claims(world, number)
        else:
            yield from _work(world, number, engine)
            if world.faults:
                yield Step("kill", number)
                if "accepted" not in engine.knows:  # an acceptance is noted first, however long that takes
                    yield Step("outage", number)
                batch = world.batches[_batch(engine)]
                if batch.is_open and not batch.has_lapsed:
                    yield Step("stall", number)
    if world.faults and any(engine.phase == "decided" for engine in world.engines):
        yield Step("activate vintage")
    yield from _withdrawals(world)
    held = {engine.batch for engine in world.engines if engine.batch is not None}
    for number, batch in enumerate(world.batches):
        if batch.is_open and batch.has_lapsed:
            yield Step("recover", what=(number,))
        elif batch.is_open and number not in held:
            yield Step("lapse", what=(number,))


def _withdrawals(world: World) -> Iterator[Step]:
    for number, report in enumerate(world.reports):
        if world.withdrawals and happen(report, Event.WITHDRAWN) is not None:
            yield Step("withdraw", what=(number,))


def _batch(engine: Engine) -> int:
    assert engine.batch is not None
    return engine.batch


def _claims(world: World, number: int) -> Iterator[Step]:
    waiting = [n for n, report in enumerate(world.reports) if report.state == State.RECEIVED]
    for attempt in {world.reports[n].attempt for n in waiting}:
        same = [n for n in waiting if world.reports[n].attempt == attempt]
        for chosen in combinations(same, min(len(same), limit_of(BATCH_SIZE, attempt))):
            yield Step("claim", number, chosen)
    due = tuple(n for n, report in enumerate(world.reports) if is_due(report))
    if due:
        yield Step("claim due", number, due)


def is_due(report: Report) -> bool:
    """A message that waits for its next try; those of a report that waits to be routed go with it."""
    return report.message == "pending" and report.sender is None and report.state != State.RECEIVED


def _work(world: World, number: int, engine: Engine) -> Iterator[Step]:
    batch = world.batches[_batch(engine)]
    if batch.is_open and batch.has_lapsed:
        yield Step("renew", number)
    if engine.phase == "claimed":
        poisoned = any(r.is_poison and r.message == "none" for r in _held(world, engine))
        yield Step("break" if poisoned else "decide", number)
        return
    if engine.phase in {"decided", "outdated"}:
        yield Step("record", number)
        return
    if engine.phase == "recorded":
        yield Step("read outbox", number)
        return
    current = [n for n, known in enumerate(engine.knows) if known in {"checked", "accepted", "unanswered"}]
    for n in current:
        if engine.knows[n] == "checked":
            yield Step("hand over", number, (n,))
            if world.faults:
                yield Step("lose answer", number, (n,))
                yield Step("defer", number, (n,))
        else:
            yield Step("mark" if engine.knows[n] == "accepted" else "note deferred", number, (n,))
    todo = [n for n, known in enumerate(engine.knows) if known == "todo"]
    if len(current) < CONNECTIONS:
        yield from (Step("check", number, (n,)) for n in todo)
    if not todo and not current:
        yield Step("finish", number)


def _held(world: World, engine: Engine) -> list[Report]:
    return [r for r in world.reports if r.holder == engine.batch and r.state == State.ROUTING]


def is_ours(world: World, engine: Engine, n: int) -> bool:
    """What is asked just before a message leaves."""
    report, batch = world.reports[n], world.batches[_batch(engine)]
    return report.message == "pending" and report.sender == engine.batch and batch.is_open and not batch.has_lapsed


def is_stranded(world: World, report: Report) -> bool:
    """On its way with nobody to take it further: no interrupted run may leave this."""
    batch = world.batches[report.holder] if report.holder is not None else None
    return report.state == State.ROUTING and report.message != "pending" and not (batch and batch.is_open)


def has_ended(report: Report) -> bool:
    """Nothing more is to be done by an engine: it was sent, or withdrawn, or a person has it and was told."""
    if report.state == State.WITHDRAWN:
        return report.message != "pending"
    return report.state in {State.SENT, State.REVIEW} and report.message == "sent"
