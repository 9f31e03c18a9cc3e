"""Every state that two engines, three reports and a few faults can reach: nothing lost, nothing twice without cause."""

import pytest

from tests.protocol.model import CONNECTIONS, FAULTS, Batch, Engine, Step, World, has_ended, is_stranded, start, steps
from tests.protocol.moves import after
from tests.protocol.rounds import assert_it_comes_to_an_end, story

Known = dict[World, tuple[World | None, Step | None]]
"""Each world that was seen, and whence it was reached first."""


def canonical(world: World) -> World:
    """Rows that nobody looks at any more go, the rest is numbered anew; reports and engines are in no order."""
    held = [engine.batch for engine in world.engines if engine.batch is not None]
    kept = [n for n, batch in enumerate(world.batches) if batch.is_open or n in held]
    best = None
    for order in ([0, 1], [1, 0]) if len(world.engines) == 2 else ([0],):
        engines = [world.engines[n] for n in order]
        numbers = {old: new for new, old in enumerate(sorted(kept, key=lambda n: _rank(engines, world, n)))}
        rows = sorted(
            (
                (
                    report._replace(holder=_anew(numbers, report.holder), sender=_anew(numbers, report.sender)),
                    tuple(engine.knows[n] for engine in engines),
                )
                for n, report in enumerate(world.reports)
            ),
            key=repr,
        )
        made = World(
            tuple(report for report, _ in rows),
            tuple(
                engine._replace(batch=_anew(numbers, engine.batch), knows=tuple(knows[n] for _, knows in rows))
                for n, engine in enumerate(engines)
            ),
            tuple(world.batches[old] for old in sorted(numbers, key=numbers.__getitem__)),
            world.faults,
            world.withdrawals,
        )
        if best is None or repr(made) < repr(best):
            best = made
    assert best is not None
    return best


def _anew(numbers: dict[int, int], old: int | None) -> int | None:
    return None if old is None else numbers.get(old)


def _rank(engines: list[Engine], world: World, number: int) -> tuple[int, Batch, list[str]]:
    owner = next((n for n, engine in enumerate(engines) if engine.batch == number), len(engines))
    return owner, world.batches[number], sorted(repr(r) for r in world.reports if number in {r.holder, r.sender})


def explore(first: World) -> tuple[int, int]:
    """Visit every state; returns how many there are, and how many of them are ends."""
    known: Known = {canonical(first): (None, None)}
    waiting, ends = [canonical(first)], 0
    calm: dict[World, list[World]] = {}
    while waiting:
        world = waiting.pop()
        calm[world] = []
        for step in steps(world):
            following = canonical(after(world, step))
            if step.name not in FAULTS | {"withdraw"}:
                calm[world].append(following)
            if following not in known:
                known[following] = world, step
                check_invariants(following, first.faults, known)
                waiting.append(following)
        if not calm[world]:
            ends += 1
            assert all(has_ended(report) for report in world.reports), story(world, known)
    assert_it_comes_to_an_end(calm)
    return len(known), ends


def check_invariants(world: World, faults: int, known: Known) -> None:
    repeats = sum(max(0, report.got - 1) for report in world.reports)
    assert repeats <= CONNECTIONS * (faults - world.faults), story(world, known)
    for report in world.reports:
        assert not is_stranded(world, report), story(world, known)
        assert report.got <= 1 + report.lost, story(world, known)
        if report.message == "sent":
            assert report.got >= 1, story(world, known)
        if report.state == "withdrawn":
            assert report.notice == report.is_noted, story(world, known)


WITHDRAWN = "two engines, two reports, one withdrawn"
QUICK = "two engines, two reports, one fault"

SEARCHES = {
    QUICK: (start(2, 2, faults=1), 300),
    WITHDRAWN: (start(2, 2, faults=0, withdrawals=1), 50),
    "two engines, three reports, two faults": (start(3, 2, faults=2), 50_000),
    "two engines, three reports, a fault at every step": (start(3, 2, faults=1), 3_000),
    "one engine, two reports, three faults": (start(2, 1, faults=3), 2_000),
    "two engines, two reports, both withdrawn, a fault": (start(2, 2, faults=1, withdrawals=2), 3_000),
    "two engines, three reports, one withdrawn, a fault": (start(3, 2, faults=1, withdrawals=1), 5_000),
    "a poison report among three, two engines": (start(3, 2, faults=0, poison=0), 500),
    "a poison report among two, with a fault": (start(2, 2, faults=1, poison=1), 2_000),
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.thorough] if name not in (QUICK, WITHDRAWN) else []) for name in SEARCHES],
)
def test_nothing_is_lost_or_repeated_without_cause_and_every_report_ends(name):
    first, least = SEARCHES[name]
    states, ends = explore(first)
    assert states >= least
    assert ends >= 1
