"""Every state that cases in stages can reach with two engines, a few faults and a few posts: nothing counts twice."""

from collections.abc import Callable

import pytest

from tests.protocol.model import Batch
from tests.protocol.rounds import assert_it_comes_to_an_end, story
from tests.protocol.stage_model import (
    FAULTS,
    POSTS,
    Case,
    Engine,
    Step,
    World,
    has_ended,
    start,
    steps,
)
from tests.protocol.stage_moves import after

Known = dict[World, tuple[World | None, Step | None]]
"""Each world that was seen, and whence it was reached first."""


def canonical(world: World) -> World:
    """Rows that nobody looks at any more go, the rest is numbered anew; engines are in no order, and steps are told
    apart only by whether a plan has seen the last one."""
    held = {engine.batch for engine in world.engines if engine.batch is not None}
    named = {case.holder for case in world.cases} | {each.sender for case in world.cases for each in case.messages}
    kept = [n for n, batch in enumerate(world.batches) if batch.is_open or n in held | named]
    orders = ([0, 1], [1, 0]) if len(world.engines) == 2 else ([0],)
    return min((_arranged(world, [world.engines[n] for n in order], kept) for order in orders), key=hash)


def _arranged(world: World, engines: list[Engine], kept: list[int]) -> World:
    def rank(number: int) -> tuple[int, Batch, list[tuple[bool, list[bool]]]]:
        owner = next((n for n, engine in enumerate(engines) if engine.batch == number), len(engines))
        return owner, world.batches[number], [_of(case, number) for case in world.cases]

    numbers: dict[int | None, int] = {old: new for new, old in enumerate(sorted(kept, key=rank))}

    def anew(case: Case, step: int) -> Case:
        messages = tuple(each._replace(sender=numbers.get(each.sender)) for each in case.messages)
        return case._replace(messages=messages, holder=numbers.get(case.holder), step=step)

    def planned(engine: Engine) -> Engine:
        plans = tuple(
            plan and plan._replace(after=anew(plan.after, int(plan.after.step == case.step)))
            for plan, case in zip(engine.plans, world.cases, strict=bool(engine.plans))
        )
        return engine._replace(batch=numbers.get(engine.batch), plans=plans)

    return world._replace(
        cases=tuple(anew(case, 1) for case in world.cases),
        engines=tuple(planned(engine) for engine in engines),
        batches=tuple(world.batches[old] for old in sorted(kept, key=rank)),
    )


def _of(case: Case, batch: int) -> tuple[bool, list[bool]]:
    return case.holder == batch, [message.sender == batch for message in case.messages]


def explore(first: World, follow: Callable[[World, Step], World] = after) -> tuple[int, int]:
    """Visit every state; returns how many there are, and how many of them are ends.

    Args:
        follow: what a step does.
    """
    known: Known = {canonical(first): (None, None)}
    waiting, ends = [canonical(first)], 0
    calm: dict[World, list[World]] = {}
    while waiting:
        world = waiting.pop()
        calm[world] = []
        for step in steps(world):
            reached = follow(world, step)
            check_step(world, step, reached, known)
            following = canonical(reached)
            if step.name not in FAULTS | POSTS:
                calm[world].append(following)
            if following not in known:
                known[following] = world, step
                waiting.append(following)
        if not calm[world]:
            ends += 1
            assert all(has_ended(case) for case in world.cases), story(world, known)
    assert_it_comes_to_an_end(calm)
    return len(known), ends


def check_step(world: World, step: Step, reached: World, known: Known) -> None:
    """What must hold whatever happens."""
    for before, case in zip(world.cases, reached.cases, strict=True):
        broken = [name for name, holds in INVARIANTS.items() if not holds(before, case)]
        assert not broken, f"{broken} by {step}:\n{story(world, known)}"


def _happened(case: Case) -> int:
    return len(case.events) + len(case.applied) + case.notes


def _counts_once(before: Case, case: Case) -> bool:
    """An entry is left once: by an answer, a bounce, a move or silence. Everything else that came for it is a note."""
    leaving = [serial for what, serial in case.applied if what != "ask again"]
    leaving += [serial for rung, serial in case.rungs if rung == "late"]
    return len(leaving) == len(set(leaving))


def _is_asked_in_one_stage(before: Case, case: Case) -> bool:
    asks = [each for each in case.messages if each.what != "letter" and each.state == "pending"]
    return all(each.serial == case.serial and not case.ended for each in asks)


def _has_one_letter_for_each_outcome(before: Case, case: Case) -> bool:
    letters = sorted(each.serial for each in case.messages if each.what == "letter")
    answered = [serial for what, serial in case.applied if what.startswith("answer")]
    return letters == sorted(answered + [serial for rung, serial in case.rungs if rung == "late"])


def _stays_ended(before: Case, case: Case) -> bool:
    """Only notes come, and what had been handed over is marked."""
    if not before.ended:
        return True
    same = (before.ended, before.serial, before.applied, before.rungs) == (
        case.ended, case.serial, case.applied, case.rungs,
    )  # fmt: skip
    return same and len(before.messages) == len(case.messages)


def _answers_come_before_silence(before: Case, case: Case) -> bool:
    """Also in the same second: what was known when silence was recorded was applied first."""
    if case.rungs == before.rungs or case.rungs[-1][0] != "late":
        return True
    serial = case.rungs[-1][1]
    return all(of != serial or what == "ask again" for what, of, _ in before.events)


def _only_who_was_asked_is_late(before: Case, case: Case) -> bool:
    asked = {each.serial for each in case.messages if each.what == "ask" and each.got}
    return {serial for _, serial in case.rungs} <= asked


INVARIANTS: dict[str, Callable[[Case, Case], bool]] = {
    "each rung once": lambda before, case: len(set(case.rungs)) == len(case.rungs),
    "an answer counts once, or is a note": _counts_once,
    "never two stages open": _is_asked_in_one_stage,
    "one letter for each outcome": _has_one_letter_for_each_outcome,
    "no message again without cause": lambda before, case: all(each.got <= 1 + each.lost for each in case.messages),
    "nothing that happened is forgotten": lambda before, case: _happened(before) <= _happened(case),
    "an ended case never changes": _stays_ended,
    "an answer comes before silence": _answers_come_before_silence,
    "only who was asked is late": _only_who_was_asked_is_late,
}


QUICK = "two engines, something happens"
SEARCHES = {
    QUICK: (start(1, 2, faults=0, posts=1), 4_000),
    "two engines, a fault": (start(1, 2, faults=1, posts=0), 10_000),
    "one engine, something happens, a fault": (start(1, 1, faults=1, posts=1), 50_000),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.thorough] if name != QUICK else []) for name in SEARCHES]
)
def test_nothing_that_happens_to_a_case_counts_twice_or_is_lost_and_every_case_ends(name):
    first, least = SEARCHES[name]
    states, ends = explore(first)
    assert states >= least
    assert ends >= 1


def unguarded(world: World, step: Step) -> World:
    """As if an engine recorded what it planned, whoever has changed the case since."""
    if step.name != "record":
        return after(world, step)
    engine = world.engines[step.engine]
    plans = tuple(
        plan and plan._replace(after=plan.after._replace(step=case.step))
        for plan, case in zip(engine.plans, world.cases, strict=True)
    )
    engines = tuple(engine._replace(plans=plans) if n == step.engine else each for n, each in enumerate(world.engines))
    return after(world._replace(engines=engines), step)


def unnoticed(world: World, step: Step) -> World:
    """As if whoever plans need not have seen that a channel accepted a message."""
    reached = after(world, step)
    if step.name != "mark":
        return reached
    pairs = zip(reached.cases, world.cases, strict=True)
    return reached._replace(cases=tuple(case._replace(step=before.step) for case, before in pairs))


@pytest.mark.parametrize("follow", [unguarded, unnoticed])
def test_the_search_finds_what_goes_wrong_where_a_change_has_not_seen_the_last_one(follow):
    with pytest.raises(AssertionError):
        explore(SEARCHES[QUICK][0], follow)
