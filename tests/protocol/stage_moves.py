"""What each step of the model of cases in stages does to the world."""

from collections.abc import Callable
from typing import Any

from tests.protocol.model import Batch
from tests.protocol.stage_model import (
    FAULTS,
    LAST_RUNG,
    POSTS,
    Case,
    Engine,
    Message,
    Plan,
    Step,
    World,
    batch_of,
    is_ours,
    message_at,
    messages_of,
    plan_for,
)


def after(world: World, step: Step) -> World:
    """The world after a step."""
    changed = MOVES[step.name](world, step)
    if step.name in POSTS:
        return changed._replace(posts=world.posts - 1)
    return changed._replace(faults=world.faults - 1) if step.name in FAULTS else changed


def _case(world: World, n: int, **changes: Any) -> World:
    cases = list(world.cases)
    cases[n] = cases[n]._replace(**changes)
    return world._replace(cases=tuple(cases))


def _message(world: World, key: tuple[int, ...], **changes: Any) -> World:
    n, m = key
    messages = list(world.cases[n].messages)
    messages[m] = messages[m]._replace(**changes)
    return _case(world, n, messages=tuple(messages))


def _engine(world: World, number: int, **changes: Any) -> World:
    engines = list(world.engines)
    engines[number] = engines[number]._replace(**changes)
    return world._replace(engines=tuple(engines))


def _knows(world: World, number: int, key: tuple[int, ...], what: str) -> World:
    known = {each: said for each, said in world.engines[number].knows if each != key}
    if what:
        known[key[0], key[1]] = what
    return _engine(world, number, knows=tuple(sorted(known.items())))


def _row(world: World, number: int, **changes: Any) -> World:
    batches = list(world.batches)
    batches[number] = batches[number]._replace(**changes)
    return world._replace(batches=tuple(batches))


def claim(world: World, step: Step) -> World:
    """Cases, with what they become by what is known now."""
    number = len(world.batches)
    world = world._replace(batches=(*world.batches, Batch("advance")))
    for n in step.what:
        world = _case(world, n, holder=number)
    plans = tuple(plan_for(case) if case.holder == number else None for case in world.cases)
    return _engine(world, step.engine, batch=number, phase="looked", plans=plans)


def claim_due(world: World, step: Step) -> World:
    """Messages that wait, whatever they are about."""
    number = len(world.batches)
    world = world._replace(batches=(*world.batches, Batch("deliver")))
    for key, message in messages_of(world):
        if message.state == "pending" and message.sender is None:
            world = _message(world, key, sender=number)
    return _sending(_engine(world, step.engine, batch=number), step.engine)


def record(world: World, step: Step) -> World:
    """Each case that nobody has changed since it was looked at, with everything to send."""
    engine = world.engines[step.engine]
    for n, plan in enumerate(engine.plans):
        if plan is not None and plan.after.step == world.cases[n].step:
            cases = list(world.cases)
            cases[n] = recorded(cases[n], plan, batch_of(engine))
            world = world._replace(cases=tuple(cases))
    return _sending(_engine(world, step.engine, plans=()), step.engine)


def _sending(world: World, number: int) -> World:
    batch = world.engines[number].batch
    todo = [key for key, each in messages_of(world) if each.state == "pending" and each.sender == batch]
    return _engine(world, number, phase="sending", knows=tuple((key, "todo") for key in todo))


def recorded(case: Case, plan: Plan, batch: int) -> Case:
    """A case as it was planned. What the channel has accepted since stays."""
    now = plan.after
    if now.serial == case.serial and not now.ended:
        now = now._replace(is_asked=case.is_asked, rungs_over=case.rungs_over)
    kept = case.messages if now.serial == case.serial and not now.ended else _cancelled(case.messages)
    sent = tuple(message._replace(sender=batch) for message in plan.new)
    return now._replace(messages=(*kept, *sent), step=case.step + 1, holder=case.holder, attempt=0)


def _cancelled(messages: tuple[Message, ...], *, letters: bool = False) -> tuple[Message, ...]:
    return tuple(
        message._replace(state="cancelled", sender=None)
        if message.state == "pending" and (letters or message.what != "letter")
        else message
        for message in messages
    )


def hand_over(world: World, step: Step) -> World:
    if not is_ours(world, world.engines[step.engine], step.what):
        return _knows(world, step.engine, step.what, "")
    world = _message(world, step.what, got=message_at(world, step.what).got + 1)
    return _knows(world, step.engine, step.what, "accepted")


def lose_answer(world: World, step: Step) -> World:
    message = message_at(world, step.what)
    world = _message(world, step.what, got=message.got + 1, lost=message.lost + 1)
    return _knows(world, step.engine, step.what, "unanswered")


def mark(world: World, step: Step) -> World:
    """An acceptance is on record. The time of whoever is asked begins, so whoever changes the case must have seen it."""
    world, message, n = _knows(world, step.engine, step.what, ""), message_at(world, step.what), step.what[0]
    if message.is_noted:  # another engine sent it too, and noted that before
        return world
    world = _message(world, step.what, is_noted=True)
    if message.state == "pending":
        world = _message(world, step.what, state="sent", sender=None)
    case = world.cases[n]
    if message.what != "ask" or case.ended:
        return world
    is_current = message.serial == case.serial
    wakes = 0 if case.wakes is None else case.wakes
    return _case(world, n, is_asked=case.is_asked or is_current, wakes=wakes, step=case.step + 1)


def note_deferred(world: World, step: Step) -> World:
    world, message = _knows(world, step.engine, step.what, ""), message_at(world, step.what)
    is_it = message.state == "pending" and message.sender == world.engines[step.engine].batch
    return _message(world, step.what, sender=None) if is_it else world


def note_refused(world: World, step: Step) -> World:
    """Whom no message reaches has not answered: an event of the case."""
    world, message = _knows(world, step.engine, step.what, ""), message_at(world, step.what)
    if message.state != "pending" or message.sender != world.engines[step.engine].batch:
        return world
    return post(_message(world, step.what, state="refused", sender=None), step.what[0], "bounce", message.serial)


def post(world: World, n: int, what: str, serial: int) -> World:
    """An event of a case, with which an engine looks at it now."""
    case = world.cases[n]
    return _case(world, n, events=(*case.events, (what, serial, 0)), wakes=0, step=case.step + 1)


def end(world: World, n: int, how: str) -> World:
    """It ends outside of its stages. What waits to be sent does not go; what waits to be applied becomes notes."""
    case = world.cases[n]
    wakes, messages = 0 if case.events else None, _cancelled(case.messages, letters=True)
    changes = {"stage": "", "is_asked": False, "ended": how, "wakes": wakes, "messages": messages}
    return _case(world, n, step=case.step + 1, **changes)


def finish(world: World, step: Step) -> World:
    engine = world.engines[step.engine]
    number = batch_of(engine)
    world = _freed(_row(world, number, is_open=False), number)
    return _engine(world, step.engine, batch=None, phase="idle", plans=(), knows=())


def _freed(world: World, number: int, attempts: int = 0) -> World:
    """What a batch has waits again."""
    for n, case in enumerate(world.cases):
        if case.holder == number:
            world = _case(world, n, holder=None, attempt=case.attempt + attempts)
    for key, message in messages_of(world):
        if message.sender == number:
            world = _message(world, key, sender=None)
    return world


def kill(world: World, step: Step) -> World:
    """An acceptance that was not noted is lost with the engine."""
    world = _doubted(world, world.engines[step.engine])
    return _engine(world, step.engine, batch=None, phase="idle", plans=(), knows=())


def stall(world: World, step: Step) -> World:
    """It stands still for longer than its lease."""
    engine = world.engines[step.engine]
    return _row(_doubted(world, engine), batch_of(engine), has_lapsed=True)


def _doubted(world: World, engine: Engine) -> World:
    for key, known in engine.knows:
        if known == "accepted":
            world = _message(world, key, lost=message_at(world, key).lost + 1)
    return world


def time_passes(world: World, step: Step) -> World:
    """The next rung of everybody who is asked, a reminder or silence, is over; whatever engines plan, moments stand."""
    for n, case in enumerate(world.cases):
        over = min(case.rungs_over + 1, LAST_RUNG) if case.is_asked and not case.ended else case.rungs_over
        events = tuple((what, serial, 1) for what, serial, _ in case.events)
        world = _case(world, n, rungs_over=over, wakes=_sooner(case.wakes), events=events)
    for number, engine in enumerate(world.engines):
        plans = tuple(
            plan and plan._replace(after=plan.after._replace(wakes=_sooner(plan.after.wakes))) for plan in engine.plans
        )
        world = _engine(world, number, plans=plans)
    return world


def _sooner(wakes: int | None) -> int | None:
    return max(wakes - 1, 0) if wakes is not None else None


def _migrated(world: World, step: Step) -> World:
    (n,) = step.what
    return _case(world, n, wakes=0, step=world.cases[n].step + 1)


def _posted(world: World, step: Step) -> World:
    return post(world, step.what[0], step.name, step.what[1] if len(step.what) > 1 else 0)


MOVES: dict[str, Callable[[World, Step], World]] = {
    "claim": claim,
    "claim due": claim_due,
    "record": record,
    "hand over": hand_over,
    "lose answer": lose_answer,
    "defer": lambda world, step: _knows(world, step.engine, step.what, "unanswered"),
    "refuse": lambda world, step: _knows(world, step.engine, step.what, "refused"),
    "mark": mark,
    "note deferred": note_deferred,
    "note refused": note_refused,
    "finish": finish,
    "kill": kill,
    "stall": stall,
    "renew": lambda world, step: _row(world, batch_of(world.engines[step.engine]), has_lapsed=False),
    "lapse": lambda world, step: _row(world, step.what[0], has_lapsed=True),
    "recover": lambda world, step: _freed(_row(world, step.what[0], is_open=False), step.what[0], attempts=1),
    "free": lambda world, step: _freed(world, step.what[0]),
    "time passes": time_passes,
    "answer yes": _posted,
    "answer no": _posted,
    "decline": _posted,
    "move": _posted,
    "ask again": _posted,
    "withdraw": lambda world, step: end(world, step.what[0], "withdrawn"),
    "close": lambda world, step: end(world, step.what[0], "closed"),
    "migrate": _migrated,
}
