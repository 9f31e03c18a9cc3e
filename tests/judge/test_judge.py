"""Loader and judge agree on real processes, on each rule broken once, and on mutants; and would notice if they did not."""

import contextlib
import tomllib

import pytest

from routing.process import parsing, proof
from tests.judge.campaign import EXAMPLES, counted, said_by_loader, verdict_of
from tests.judge.mutate import mutant
from tests.judge.verdict import SOUND, judge

NAMES = sorted(path.stem for path in EXAMPLES.glob("*.toml"))
BROKEN = {each["name"]: each for each in tomllib.loads((EXAMPLES.parent / "broken.toml").read_text())["broken"]}


def broken(name: str) -> str:
    case = BROKEN[name]
    text = (EXAMPLES / f"{case['file']}.toml").read_text()
    for old, new in case["changes"]:
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize("name", NAMES)
def test_a_real_process_is_sound(name):
    assert judge((EXAMPLES / f"{name}.toml").read_text()) == SOUND


@pytest.mark.parametrize("name", BROKEN)
def test_the_judge_refuses_what_breaks_a_rule(name):
    assert judge(broken(name)) != SOUND


@pytest.mark.parametrize("name", NAMES)
def test_loader_and_judge_agree_on_mutants_with_one_line_changed(name):
    found = counted(verdict_of(name, f"slice:{number}") for number in range(25))
    assert found.in_all.total() == 25
    assert found.differ == []


def test_a_mutant_follows_from_its_seed_and_differs_in_one_line():
    text = (EXAMPLES / "missed-bin.toml").read_text()
    assert mutant(text, "x:1") == mutant(text, "x:1") != mutant(text, "x:2")
    for number in range(50):
        changed, lines = mutant(text, str(number)).splitlines(), text.splitlines()
        same = sum(line in lines for line in changed)
        assert abs(len(changed) - len(lines)) <= 1
        assert same >= len(changed) - 1


PHASES = {
    each: (each,) for each in ("stage_references", "clocks", "stage_tables", "used", "clerks", "stage_knowns", "stage_words")
} | {"ends": ("ends", "used", "played"), "played": ("played",)}  # fmt: skip
"""What to leave out → the phases to silence, where others would find it too. Nothing can be followed without the triage."""


@pytest.mark.parametrize("phase", PHASES)
def test_a_loader_that_looks_for_less_is_found_out(phase, monkeypatch):
    for name in PHASES[phase]:
        monkeypatch.setattr(proof, name, lambda *_: ())
    text = (EXAMPLES / "missed-bin.toml").read_text()
    files = [*map(broken, BROKEN), text.replace('letters = ["refused"], end', 'letters = ["emptied"], end', 1)]
    parsing._proven.cache_clear()
    taken = [text for text in files if _is_taken(text)]
    parsing._proven.cache_clear()
    assert taken
    assert all(judge(text) != SOUND for text in taken)


def _is_taken(text: str) -> bool:
    """Whether the loader takes a file. One that it can no longer follow, because it relies on the phase, does not count."""
    with contextlib.suppress(AssertionError, LookupError, RuntimeError):
        return said_by_loader(text) == ""
    return False
