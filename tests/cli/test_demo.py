"""The checker of the demo finds what is lost, sent to somebody else, doubled, decided or ended by another way."""

from dataclasses import replace

import pytest

from routing.cli.demo.checker import Ended, Submitted, check
from routing.cli.demo.oracle import Act, citizen_of, read_oracle
from tests.conftest import ROOT

CASES = {case.name: case for case in read_oracle(ROOT / "data")}
USUAL = CASES["the usual one"]
CLERK, ROADS, ADA = "clerk.flaxholme@parishes.example", "road-safety@merewold.example", "ada@citizens.example"
RIGHT = Ended(("parish/survey", "survey/below"), "below-threshold")
GOT = Submitted(USUAL, 0.0, "WW-1", None, ADA)


def message(number, *to, reference="WW-1"):
    return {"reference": reference, "envelope_to": list(to), "message_id": f"<{number}>"}


def arrived():
    clerk = next(each for each in USUAL.recipients if each != ROADS)
    return [message(1, clerk), message(2, ROADS), message(3, ADA), message(4, ADA)]


def test_what_is_right_is_right():
    verdict = check([GOT], arrived(), {"WW-1": "R12"}, {"WW-1": RIGHT})
    assert verdict.is_right
    assert (verdict.delivered, verdict.acknowledged, verdict.ended) == (1, 1, 1)


@pytest.mark.parametrize(
    ("what", "change", "rules", "ended"),
    [
        ("lost", lambda got: got[1:], {"WW-1": "R12"}, RIGHT),
        ("misrouted", lambda got: [*got, message(5, "other@parishes.example")], {"WW-1": "R12"}, RIGHT),
        ("misrouted", lambda got: [*got, message(5, ADA, reference="WW-2")], {"WW-1": "R12"}, RIGHT),
        ("duplicates", lambda got: [*got, got[0]], {"WW-1": "R12"}, RIGHT),
        ("wrong_rule", lambda got: got, {"WW-1": "R11"}, RIGHT),
        ("wrong_end", lambda got: got, {"WW-1": "R12"}, replace(RIGHT, end="answered")),
        ("wrong_end", lambda got: got, {"WW-1": "R12"}, replace(RIGHT, outcomes=("survey/below", "parish/survey"))),
        ("wrong_end", lambda got: got, {"WW-1": "R12"}, replace(RIGHT, end="")),
    ],
    ids=["lost", "to somebody else", "of nobody", "twice", "by another rule", "another end", "another way", "no end"],
)  # fmt: skip
def test_what_went_wrong_is_named(what, change, rules, ended):
    verdict = check([GOT], change(arrived()), rules, {"WW-1": ended})
    wrong = {name for name in ("lost", "misrouted", "duplicates", "wrong_rule", "wrong_end") if getattr(verdict, name)}
    assert wrong == {what}
    assert not verdict.is_right


def test_a_mailbox_that_comes_in_later_is_expected_by_the_end():
    case = replace(USUAL, later=frozenset({"member-highways@merewold.example"}))
    verdict = check([replace(GOT, case=case)], arrived(), {"WW-1": "R12"}, {"WW-1": RIGHT})
    assert verdict.lost == ["the usual one: member-highways@merewold.example"]


def test_acts_are_read_as_they_were_typed():
    clerk = next(each for each in USUAL.recipients if each != ROADS)
    assert USUAL.acts == (
        Act(clerk, {"parish_answer": "survey", "parish_note": "We have a device."}),
        Act(ROADS, {"speed_85": "31", "result": "below"}),
    )
    assert CASES["bin that was missed and emptied"].body(1)["answers"]["bins"] == ["rubbish", "food"]
    assert citizen_of(2, USUAL) is None
    assert citizen_of(2, CASES["kerb that is built"])


def test_every_case_of_the_oracle_that_is_kept_comes_to_an_end():
    for case in CASES.values():
        assert bool(case.end) == (case.outcome != "signpost"), case.name
        assert len(case.outcomes) == len(case.acts), case.name
