"""The checker can fail, in each way it is there for; and it shares no code with what it checks."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import checker
from tests.chaos.checker import ANSWERS_LOST, NETWORK, Expected, Happened, LostAnswer, Received, Verdict, check
from tests.chaos.faults import Faults

EXPECTED = [Expected("WW-1", "R12", frozenset({"clerk@x.example", "roads@x.example"}))]
DECIDED = {"WW-1": "R12"}
RECEIVED = [Received("WW-1", "clerk@x.example", "<1@x>", 100.0), Received("WW-1", "roads@x.example", "<2@x>", 100.1)]
KILL = Happened("kill engine", 100.5, 100.6, is_cut=False)
AGAIN = replace(RECEIVED[0], at=106.0)


def judge(**changes: Any) -> Verdict:
    given: dict[str, Any] = {
        "expected": EXPECTED, "decided": DECIDED, "received": RECEIVED, "events": [KILL], "connections": 1,
    }  # fmt: skip
    return check(**given | changes)


def test_a_campaign_in_which_all_is_right_is_good():
    verdict = judge()
    assert verdict.is_good
    assert verdict.duplicates == 0


@pytest.mark.parametrize(("messages", "is_good"), [(1, True), (2, True), (3, False)])
def test_a_citizen_hears_at_most_that_it_is_on_its_way_and_that_it_was_sent(messages, is_good):
    citizen = "ada@x.example"
    expected = [replace(EXPECTED[0], recipients=EXPECTED[0].recipients | {citizen}, citizen=citizen)]
    got = [Received("WW-1", citizen, f"<news-{number}@x>", 101.0 + number) for number in range(messages)]
    assert judge(expected=expected, received=[*RECEIVED, *got]).is_good is is_good


def test_a_digest_of_several_is_one_message_and_its_repeat_one_repeat():
    both = [*EXPECTED, replace(EXPECTED[0], reference="WW-2")]
    digest = [Received(name, "roads@x.example", "<2@x>", 100.1) for name in ("WW-1", "WW-2")]
    letters = [RECEIVED[0], Received("WW-2", "clerk@x.example", "<3@x>", 100.2)]
    given = {"expected": both, "decided": DECIDED | {"WW-2": "R12"}}
    once = judge(received=[*letters, *digest], events=[], **given)
    assert (once.is_good, once.duplicates) == (True, 0)
    again = judge(received=[*letters, *digest, *(replace(each, at=106.0) for each in digest)], **given)
    assert (again.is_good, again.duplicates) == (True, 1)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a message is missing": ({"received": RECEIVED[:1]}, "lost"),
    "a stranger got one": ({"received": [*RECEIVED, Received("WW-1", "e@x.example", "<3@x>", 101.0)]}, "misrouted"),
    "an unknown report": ({"received": [*RECEIVED, Received("WW-9", "e@x.example", "<3@x>", 101.0)]}, "misrouted"),
    "another rule": ({"decided": {"WW-1": "R11"}}, "misrouted"),
    "a second message": ({"received": [*RECEIVED, replace(AGAIN, message_id="<4@x>")]}, "misrouted"),
    "a repeat for no reason": ({"received": [*RECEIVED, AGAIN], "events": []}, "unexplained"),
    "a repeat long after": (
        {"received": [*RECEIVED, AGAIN], "events": [replace(KILL, at=130, until=131)]},
        "unexplained",
    ),
    "too many repeats": ({"received": [*RECEIVED, AGAIN, replace(RECEIVED[1], at=107.0)]}, "too_many"),
    "more repeats than one of two events explains": (
        {
            "received": [*RECEIVED, AGAIN, replace(RECEIVED[1], at=107.0)],
            "events": [KILL, Happened("kill engine", 300.0, 300.1, is_cut=False)],
        },
        "too_many",
    ),
    "a repeat beside a fault that loses no answer": (
        {"received": [*RECEIVED, AGAIN], "events": [replace(KILL, kind="kill web")]},
        "unexplained",
    ),
    "a repeat while an engine was told to end": (
        {"received": [*RECEIVED, AGAIN], "events": [replace(KILL, kind="end engine")]},
        "unexplained",
    ),
    "a repeat beside a fault of the network that lost no answer": (
        {"received": [*RECEIVED, AGAIN], "events": [replace(KILL, kind="mail drop")]},
        "unexplained",
    ),
    "a repeat of another message than the one whose answer was lost": (
        {"received": [*RECEIVED, AGAIN], "events": [], "lost_answers": [LostAnswer("<2@x>", "mail drop")]},
        "unexplained",
    ),
    "two repeats of a message whose answer was lost once": (
        {
            "received": [*RECEIVED, AGAIN, replace(AGAIN, at=107.0)],
            "events": [],
            "lost_answers": [LostAnswer("<1@x>", "mail drop")],
        },
        "unexplained",
    ),
    "decided, never submitted": ({"decided": DECIDED | {"WW-7": "R12"}}, "lost"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_found(name):
    changes, where = BAD[name]
    verdict = judge(**changes)
    assert not verdict.is_good
    assert getattr(verdict, where)


def test_a_repeat_after_a_lost_answer_is_counted_by_its_cause():
    verdict = judge(received=[*RECEIVED, AGAIN])
    assert verdict.is_good
    assert verdict.duplicates == 1
    assert verdict.by_cause == {"kill engine": 1}


def test_an_answer_that_the_proxy_lost_explains_the_repeat_of_its_message_whenever_it_comes():
    again = [*RECEIVED, replace(AGAIN, at=900.0)]
    verdict = judge(received=again, events=[], lost_answers=[LostAnswer("<1@x>", "mail answer lost")])
    assert verdict.is_good
    assert verdict.by_cause == {"mail answer lost": 1}


def test_every_kind_of_fault_has_its_word_on_what_it_can_lose(tmp_path):
    nothing: Any = None  # the kinds are named here, and none is made
    kinds = Faults(nothing, nothing, nothing, nothing, 1, tmp_path).kinds()
    assert {kind for kind in kinds if not kind.startswith(NETWORK)} == set(ANSWERS_LOST)


def test_a_fault_that_nobody_knows_is_not_passed_over():
    with pytest.raises(KeyError):
        judge(events=[replace(KILL, kind="kill engines")])


@pytest.mark.parametrize(("kind", "is_good"), [("kill postgres", True), ("disk full", True), ("kill engine", False)])
def test_what_all_engines_share_loses_the_answers_of_each(kind, is_good):
    received = [*RECEIVED, AGAIN, replace(RECEIVED[1], at=107.0)]
    assert judge(received=received, events=[replace(KILL, kind=kind)], engines=2).is_good == is_good


def test_the_checker_imports_nothing_of_the_engine():
    tree = ast.parse(Path(checker.__file__).read_text())
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    named |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert named <= {"collections", "collections.abc", "dataclasses"}
