"""Cases in stages as a pure model: what engines, people, the clock and the mailbox can do to one, one small step at a time.

The process is ``two-stages.toml``: a clerk is asked in *first*, a team in *second*, and each answer, and silence, has a
letter. As in ``model``, a step is one transaction of the store, or one thing that happens outside of it, and faults are
steps of their own. What an engine makes of a case (``plan_for``) is computed from what it saw, and kept in its memory until
it is recorded: in between others can answer, withdraw, close, move or migrate the case, a channel can accept a message, and
another engine can do the same work. To claim and to look, and to record and to read the outbox, are one step each, because
what comes between the two could as well come before or after. A post is an answer by a link that somebody has, also of a stage that was left, a
clerk's *not ours*, or what an officer does. Messages to citizens but letters, follow-ups and refusals of the team are no
part of the model.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from routing.casework.outbox.batches import limit_of
from tests.protocol.model import BATCH_SIZE, Batch

FIRST, SECOND = "first", "second"
LAST_RUNG = 2
"""Rungs of a stage: after the first a reminder is due, after the second silence counts."""


class Message(NamedTuple):
    """Something in the outbox.

    Attributes:
        what: ask, reminder or letter.
        serial: of the entry that it is about; of a letter, the entry that was left with it.
        state: pending, sent, cancelled, refused.
        got: how often the mailbox accepted it; ``lost``: how often nobody can know that it did.
        is_noted: its acceptance is on record.
    """

    what: str
    serial: int
    state: str = "pending"
    sender: int | None = None
    got: int = 0
    lost: int = 0
    is_noted: bool = False


class Case(NamedTuple):
    """A case.

    Attributes:
        rungs_over: of its stage, since the message that asks was accepted (``is_asked``).
        wakes: after how many rungs an engine looks at it; None: never.
        events: what happened and is not applied: what, the entry for which it is meant, how many rungs ago.
        applied: what counted, with its entry; ``notes``: how many events did not.
        rungs: what the clock did.
        ended: how; empty while a stage goes on.
    """

    stage: str = FIRST
    serial: int = 1
    is_asked: bool = False
    rungs_over: int = 0
    is_reminded: bool = False
    wakes: int | None = 1
    events: tuple[tuple[str, int, int], ...] = ()
    applied: tuple[tuple[str, int], ...] = ()
    notes: int = 0
    rungs: tuple[tuple[str, int], ...] = ()
    ended: str = ""
    messages: tuple[Message, ...] = (Message("ask", 1),)
    holder: int | None = None
    attempt: int = 0
    step: int = 0


class Plan(NamedTuple):
    """What an engine will record: where the case stands then, what is to be sent, and the step that it saw."""

    after: Case
    new: tuple[Message, ...]


class Engine(NamedTuple):
    """What an engine has in memory.

    Attributes:
        phase: idle, looked, sending.
        knows: case and message → todo, accepted, unanswered, refused.
    """

    batch: int | None = None
    phase: str = "idle"
    plans: tuple[Plan | None, ...] = ()
    knows: tuple[tuple[tuple[int, int], str], ...] = ()


class World(NamedTuple):
    """Everything, at one moment; ``faults`` and ``posts`` are how many may still happen."""

    cases: tuple[Case, ...]
    engines: tuple[Engine, ...]
    batches: tuple[Batch, ...]
    faults: int
    posts: int


class Step(NamedTuple):
    """Something that happens, and to what."""

    name: str
    engine: int = 0
    what: tuple[int, ...] = ()


FAULTS = {"kill", "stall", "lose answer", "defer", "refuse"}
POSTS = {"answer yes", "answer no", "decline", "move", "ask again", "withdraw", "close", "migrate"}


def start(cases: int, engines: int, faults: int, posts: int) -> World:
    """Cases whose clerks are about to be asked, engines with nothing to do."""
    return World((Case(),) * cases, (Engine(),) * engines, (), faults, posts)


def steps(world: World) -> Iterator[Step]:
    """Everything that can happen next."""
    for number, engine in enumerate(world.engines):
        if engine.phase == "idle":
            yield from _claims(world, number)
        else:
            yield from _work(world, number, engine)
            yield from _faults(world, number, engine)
    if world.posts:
        for n, case in enumerate(world.cases):
            yield from _posts(n, case)
    if any(is_going_on(case) for case in world.cases):
        yield Step("time passes")
    held = {engine.batch for engine in world.engines}
    for number, batch in enumerate(world.batches):
        if batch.is_open and batch.has_lapsed:
            yield Step("recover", what=(number,))
        elif batch.is_open and number not in held:
            yield Step("lapse", what=(number,))
        elif not batch.is_open and is_orphaned(world, number):
            yield Step("free", what=(number,))


def _claims(world: World, number: int) -> Iterator[Step]:
    due = [n for n, case in enumerate(world.cases) if is_due(case)]
    for attempt in {world.cases[n].attempt for n in due}:
        same = [n for n in due if world.cases[n].attempt == attempt]
        for chosen in combinations(same, min(len(same), limit_of(BATCH_SIZE, attempt))):
            yield Step("claim", number, chosen)
    if any(message.state == "pending" and message.sender is None for _, message in messages_of(world)):
        yield Step("claim due", number)


def is_due(case: Case) -> bool:
    """Whether an engine can claim it."""
    return case.holder is None and case.wakes == 0


def is_going_on(case: Case) -> bool:
    """Whether time makes a difference to it."""
    return not case.ended and (bool(case.wakes) or (case.is_asked and case.rungs_over < LAST_RUNG))


def messages_of(world: World) -> Iterator[tuple[tuple[int, int], Message]]:
    """Every message, with the numbers of its case and of itself."""
    for n, case in enumerate(world.cases):
        for m, message in enumerate(case.messages):
            yield (n, m), message


def _work(world: World, number: int, engine: Engine) -> Iterator[Step]:
    batch = world.batches[batch_of(engine)]
    if batch.is_open and batch.has_lapsed:
        yield Step("renew", number)
    if engine.phase == "looked":
        yield Step("record", number)
        return
    notes = {"accepted": "mark", "unanswered": "note deferred", "refused": "note refused"}
    current = [(key, known) for key, known in engine.knows if known in notes]
    todo = [key for key, known in engine.knows if known == "todo"]
    for key, known in current:
        yield Step(notes[known], number, key)
    if not current:  # one connection: the other model has several
        for key in todo[:1]:
            yield Step("hand over", number, key)
            if world.faults and is_ours(world, engine, key):
                yield Step("lose answer", number, key)
                yield Step("defer", number, key)
                if message_at(world, key).serial == 1 and message_at(world, key).what != "letter":  # the clerk's
                    yield Step("refuse", number, key)
    if not engine.knows:
        yield Step("finish", number)


def _faults(world: World, number: int, engine: Engine) -> Iterator[Step]:
    batch = world.batches[batch_of(engine)]
    if world.faults:
        yield Step("kill", number)
        if batch.is_open and not batch.has_lapsed:
            yield Step("stall", number)


def _posts(n: int, case: Case) -> Iterator[Step]:
    """By a link that somebody has, whether the case still stands there or not; and what officers do to open cases."""
    for serial in sorted({message.serial for message in case.messages if message.what == "ask" and message.got}):
        for answer in ("answer yes", "answer no", *(("decline",) if serial == 1 else ())):
            yield Step(answer, what=(n, serial))
    if not case.ended:
        for act in ("move", "withdraw", "migrate", *(("close",) if case.is_asked else ())):
            yield Step(act, what=(n,))
        yield Step("ask again", what=(n, case.serial))


def batch_of(engine: Engine) -> int:
    """The number of the batch that it works on."""
    assert engine.batch is not None
    return engine.batch


def message_at(world: World, key: tuple[int, ...]) -> Message:
    """A message by its numbers."""
    n, m = key
    return world.cases[n].messages[m]


def is_ours(world: World, engine: Engine, key: tuple[int, ...]) -> bool:
    """What is asked just before a message leaves."""
    message, batch = message_at(world, key), world.batches[batch_of(engine)]
    return message.state == "pending" and message.sender == engine.batch and batch.is_open and not batch.has_lapsed


def is_orphaned(world: World, number: int) -> bool:
    """Whether a batch that has ended still has something, since its engine recorded it too late."""
    is_sent = any(message.sender == number and message.state == "pending" for _, message in messages_of(world))
    return is_sent or any(case.holder == number for case in world.cases)


def has_ended(case: Case) -> bool:
    """Nothing more is to be done by an engine."""
    is_sent = all(message.state != "pending" for message in case.messages)
    return bool(case.ended) and is_sent and not case.events and case.holder is None


def plan_for(case: Case) -> Plan:
    """What becomes of a case: of everything that happened, in order, then of the time."""
    after, new = case, tuple[Message, ...]()
    for event in case.events:
        after, new = _apply(after, new, *event)
    after = after._replace(events=())
    while after.is_asked and not after.ended:
        if after.rungs_over >= LAST_RUNG:
            rung = ("late", after.serial)
            after, new = _taken(after._replace(rungs=(*after.rungs, rung)), new, "late")
        elif after.rungs_over and not after.is_reminded:
            after = after._replace(is_reminded=True, rungs=(*after.rungs, ("remind", after.serial)))
            new = (*new, Message("reminder", after.serial))
        else:
            break
    is_new = after.serial != case.serial
    wakes = None if after.ended or not (is_new or after.is_asked) else after.wakes if is_new else 1
    return Plan(after._replace(wakes=wakes), _sorted(new))


def _sorted(new: tuple[Message, ...]) -> tuple[Message, ...]:
    """As they stand in the outbox."""
    return tuple(sorted(new, key=lambda message: ("ask", "reminder", "letter").index(message.what)))


def _apply(case: Case, new: tuple[Message, ...], what: str, serial: int, ago: int) -> tuple[Case, tuple[Message, ...]]:
    if case.ended or (what != "move" and serial != case.serial):
        return case._replace(notes=case.notes + 1), new
    case = case._replace(applied=(*case.applied, (what, case.serial)))
    if what == "ask again":
        return case, (*new, Message("reminder", serial))
    if what in {"decline", "bounce", "move"}:
        return _entered(case, new, ago)
    return _taken(case, new, what, ago)


def _taken(case: Case, new: tuple[Message, ...], outcome: str, ago: int = 0) -> tuple[Case, tuple[Message, ...]]:
    """An outcome holds, with its letter."""
    new = (*new, Message("letter", case.serial))
    if case.stage == FIRST and outcome != "answer no":
        return _entered(case, new, ago)
    ended = "unanswered" if outcome == "late" else "answered"
    return case._replace(stage="", is_asked=False, ended=ended), _left(new)


def _entered(case: Case, new: tuple[Message, ...], ago: int) -> tuple[Case, tuple[Message, ...]]:
    """In the next stage. An engine looks at it too early rather than too late: its time begins with the message."""
    serial = case.serial + 1
    after = case._replace(stage=SECOND, serial=serial, is_asked=False, rungs_over=0, is_reminded=False, wakes=1 - ago)
    return after, (*_left(new), Message("ask", serial))


def _left(new: tuple[Message, ...]) -> tuple[Message, ...]:
    """Nobody asks or reminds in a stage that has been left."""
    return tuple(message for message in new if message.what == "letter")
