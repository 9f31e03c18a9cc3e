"""What each step of the model does to the world."""

from collections.abc import Callable
from typing import Any

from routing.casework import Event
from tests.protocol.model import ATTEMPTS, FAULTS, Batch, Engine, Report, Step, World, _batch, happen, is_ours


def after(world: World, step: Step) -> World:
    """The world after a step."""
    changed = MOVES[step.name](world, step)
    if step.name == "withdraw":
        return changed._replace(withdrawals=world.withdrawals - 1)
    return changed._replace(faults=world.faults - 1) if step.name in FAULTS else changed


def _reports(world: World, change: Callable[[int, Report], Report]) -> World:
    return world._replace(reports=tuple(change(n, report) for n, report in enumerate(world.reports)))


def _engine(world: World, number: int, **changes: Any) -> World:
    engines = list(world.engines)
    engines[number] = engines[number]._replace(**changes)
    return world._replace(engines=tuple(engines))


def _knows(world: World, number: int, n: int, what: str) -> World:
    known = list(world.engines[number].knows)
    known[n] = what
    return _engine(world, number, knows=tuple(known))


def _row(world: World, number: int, **changes: Any) -> World:
    batches = list(world.batches)
    batches[number] = batches[number]._replace(**changes)
    return world._replace(batches=tuple(batches))


def _certain(report: Report, event: Event) -> Report:
    moved = happen(report, event)
    assert moved is not None, (report, event)
    return moved


def claim(world: World, step: Step) -> World:
    number = len(world.batches)
    world = world._replace(batches=(*world.batches, Batch("route")))

    def take(n: int, report: Report) -> Report:
        if n not in step.what:
            return report
        sender = number if report.message == "pending" and report.sender is None else report.sender
        return _certain(report, Event.CLAIMED)._replace(holder=number, sender=sender)

    return _engine(_reports(world, take), step.engine, batch=number, phase="claimed")


def claim_due(world: World, step: Step) -> World:
    number = len(world.batches)
    world = world._replace(batches=(*world.batches, Batch("deliver")))
    world = _reports(world, lambda n, report: report._replace(sender=number) if n in step.what else report)
    return _engine(world, step.engine, batch=number, phase="recorded")


def decide(world: World, step: Step) -> World:
    engine = world.engines[step.engine]
    undecided = (r.holder == engine.batch and r.state == "routing" and r.message == "none" for r in world.reports)
    return _engine(world, step.engine, phase="decided", knows=tuple("decided" if each else "" for each in undecided))


def activate_vintage(world: World, step: Step) -> World:
    """Another vintage answers from now on: what was decided and is not recorded yet is old."""
    for number, engine in enumerate(world.engines):
        if engine.phase == "decided":
            world = _engine(world, number, phase="outdated")
    return world


def record(world: World, step: Step) -> World:
    engine = world.engines[step.engine]
    nothing = ("",) * len(world.reports)
    if engine.phase == "outdated" and "decided" in engine.knows:
        return _engine(world, step.engine, phase="claimed", knows=nothing)

    def take(_: int, report: Report) -> Report:
        if report.holder != engine.batch or report.message != "none":
            return report
        decided = happen(report, Event.DECIDED)
        return decided._replace(message="pending", sender=engine.batch) if decided else report

    return _engine(_reports(world, take), step.engine, phase="recorded", knows=nothing)


def read_outbox(world: World, step: Step) -> World:
    engine = world.engines[step.engine]
    todo = tuple("todo" if r.message == "pending" and r.sender == engine.batch else "" for r in world.reports)
    return _engine(world, step.engine, phase="sending", knows=todo)


def check(world: World, step: Step) -> World:
    (n,) = step.what
    ours = is_ours(world, world.engines[step.engine], n)
    return _knows(world, step.engine, n, "checked" if ours else "")


def _accepted(world: World, n: int, *, lost: int) -> World:
    def get(number: int, report: Report) -> Report:
        return report._replace(got=report.got + 1, lost=report.lost + lost) if number == n else report

    return _reports(world, get)


def hand_over(world: World, step: Step) -> World:
    (n,) = step.what
    return _knows(_accepted(world, n, lost=0), step.engine, n, "accepted")


def lose_answer(world: World, step: Step) -> World:
    (n,) = step.what
    return _knows(_accepted(world, n, lost=1), step.engine, n, "unanswered")


def defer(world: World, step: Step) -> World:
    return _knows(world, step.engine, step.what[0], "unanswered")


def mark(world: World, step: Step) -> World:
    (n,) = step.what

    def sent(number: int, report: Report) -> Report:
        if number == n and report.message == "cancelled":  # while it was being handed over: whoever got it hears so
            return _certain(report, Event.COPY_SENT)._replace(is_noted=True, notice=True)
        if number != n or report.message != "pending":
            return report
        moved = happen(report, Event.SENT) or _certain(report, Event.COPY_SENT)
        return moved._replace(message="sent", sender=None, is_noted=True)

    return _knows(_reports(world, sent), step.engine, n, "")


def note_deferred(world: World, step: Step) -> World:
    (n,) = step.what
    batch = world.engines[step.engine].batch

    def wait(number: int, report: Report) -> Report:
        is_it = number == n and report.message == "pending" and report.sender == batch
        return _certain(report, Event.DEFERRED)._replace(sender=None) if is_it else report

    return _knows(_reports(world, wait), step.engine, n, "")


def finish(world: World, step: Step) -> World:
    engine = world.engines[step.engine]
    number = _batch(engine)
    if world.batches[number].is_open:
        world = _row(world, number, is_open=False)
        world = _reports(world, lambda _, r: r._replace(sender=None) if r.sender == number else r)
    return _engine(world, step.engine, batch=None, phase="idle", knows=("",) * len(world.reports))


def release(world: World, number: int, *, counts: bool = True) -> World:
    """Reports go back, their messages with them; those that broke too often are for a person."""
    if not world.batches[number].is_open:
        return world

    def back(_: int, report: Report) -> Report:
        if report.sender == number and report.message == "pending":
            report = report._replace(sender=None)
        if report.holder != number or report.state != "routing":
            return report
        report = report._replace(attempt=report.attempt + counts)
        if report.attempt < ATTEMPTS:
            return _certain(report, Event.RELEASED)
        return _certain(report, Event.REVIEWED)._replace(message="pending", sender=None)

    return _reports(_row(world, number, is_open=False), back)


def break_(world: World, step: Step) -> World:
    """The run fails: what it held is given back at once."""
    world = release(world, _batch(world.engines[step.engine]))
    return _engine(world, step.engine, batch=None, phase="idle", knows=("",) * len(world.reports))


def outage(world: World, step: Step) -> World:
    """The database is away, and the run fails of it: given back when it is there again, and no try of any report."""
    world = release(world, _batch(world.engines[step.engine]), counts=False)
    return _engine(world, step.engine, batch=None, phase="idle", knows=("",) * len(world.reports))


def _in_doubt(engine: Engine, *known: str) -> set[int]:
    return {n for n, what in enumerate(engine.knows) if what in known}


def kill(world: World, step: Step) -> World:
    """An answer that was not marked yet is lost with the engine."""
    doubt = _in_doubt(world.engines[step.engine], "accepted")
    world = _reports(world, lambda n, r: r._replace(lost=r.lost + 1) if n in doubt else r)
    return _engine(world, step.engine, batch=None, phase="idle", knows=("",) * len(world.reports))


def stall(world: World, step: Step) -> World:
    """It stands still for longer than its lease, with at most one message between the question and the mark."""
    engine = world.engines[step.engine]
    doubt = _in_doubt(engine, "checked", "accepted")
    world = _reports(world, lambda n, r: r._replace(lost=r.lost + 1) if n in doubt else r)
    return _row(world, _batch(engine), has_lapsed=True)


def withdraw(world: World, step: Step) -> World:
    """What has not left stays; whoever has the report hears that it was withdrawn."""

    def end(number: int, report: Report) -> Report:
        if number not in step.what:
            return report
        message = "cancelled" if report.message == "pending" else report.message
        sender = None if report.message == "pending" else report.sender
        ended = _certain(report, Event.WITHDRAWN)
        return ended._replace(message=message, sender=sender, notice=report.message == "sent")

    return _reports(world, end)


MOVES: dict[str, Callable[[World, Step], World]] = {
    "claim": claim,
    "claim due": claim_due,
    "decide": decide,
    "activate vintage": activate_vintage,
    "record": record,
    "break": break_,
    "read outbox": read_outbox,
    "check": check,
    "hand over": hand_over,
    "lose answer": lose_answer,
    "defer": defer,
    "mark": mark,
    "note deferred": note_deferred,
    "finish": finish,
    "kill": kill,
    "outage": outage,
    "stall": stall,
    "withdraw": withdraw,
    "renew": lambda world, step: _row(world, _batch(world.engines[step.engine]), has_lapsed=False),
    "lapse": lambda world, step: _row(world, step.what[0], has_lapsed=True),
    "recover": lambda world, step: release(world, step.what[0]),
}
