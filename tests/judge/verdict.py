"""The judge's verdict on a file: sound, or the class of the first fault that it finds."""

import tomllib
from collections.abc import Iterator
from typing import Any

from tests.judge import names, shape
from tests.judge.play import goes_as_expected
from tests.judge.tables import Form, Triage, rows_faults
from tests.judge.texts import Texts, clerks, missing
from tests.judge.ways import Ways
from tests.judge.world import World, when_of

SOUND = "sound"


def judge(text: str) -> str:
    """The class of the first fault of a file with stages, or ``sound``."""
    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError):
        return "shape"
    if shape.faults(raw) or not raw.get("stage"):
        return "shape"
    return next(_faults(World(raw)), SOUND)


def _faults(world: World) -> Iterator[str]:
    for check in (names.shape, names.twice):
        yield from ("names" for _ in check(world))
    yield from (fault for fault, _ in names.questions(world))
    yield from ("names" for _ in names.rules(world))
    triage = Triage(world)
    texts = Texts(world, triage)
    yield from ("unfilled" for _ in texts.unreadable())
    yield from ("unfilled" for _ in texts.early())
    yield from ("names" for _ in names.recipients(world))
    yield from ("names" for _ in names.stages(world))
    yield from ("clock" for _ in names.clocks(world))
    yield from (fault for fault, _ in triage.faults())
    forms = {name: Form(world, stage) for name, stage in world.stages.items()}
    for form in forms.values():
        yield from (fault for fault, _ in form.faults())
    for fee in world.fees.values():
        rows = [when_of(amount) for amount in fee.get("amounts", ())]
        yield from (fault for fault, _ in (rows_faults(world, rows, fee["id"]) if rows else ()))
    ways = Ways(world, triage, forms)
    yield from (fault for fault, _ in ways.faults())
    yield from ("place" for _ in clerks(world, ways))
    yield from ("unfilled" for _ in missing(world, ways))
    yield from (fault for fault, _ in texts.late(ways))
    yield from ("examples" for each in world.raw.get("example", ()) if not goes_as_expected(world, each))
