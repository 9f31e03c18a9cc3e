"""The shipped table against the prose: rules R01-R12 written once more, by hand, as a function."""

import itertools
from pathlib import Path

import pytest

from routing.process import TABLE_STATES, Needs, Rule, evaluate, parse
from routing.vocabulary import PlaceState
from tests.present import present
from tests.samples import GIVEN

PATH = Path("processes/speeding-traffic/process.toml")
DEFINITION = parse(PATH.read_text(), str(PATH))
NATURES = ("danger", "pattern", "driver", "racing", "change")
ROADS = ("yes", "no", "unknown")
LIMITS = ("20", "30", "40", "50-or-more", "unknown")
TIMES = ("day", "dark", "both", "unknown")


def expected(nature, road, limit, time, place):  # noqa: PLR0911, PLR0912, C901
    """The decision table of the council's policy, read row by row."""
    if nature == "danger":
        return "R01"
    if nature == "driver":
        return "R02"
    if nature == "racing":
        return "R03"
    if road == "yes":
        return "R04"
    if place == "outside_other":
        return "P01"
    if place == "off_map":
        return "P02"
    if place == "no_data":
        return "P03"
    if road == "unknown":
        return "R04U"
    if nature == "change":
        return "R05"
    if limit == "unknown":
        return "R06"
    if limit == "50-or-more":
        return "R07"
    if time == "dark":
        return "R08"
    if time == "unknown":
        return "R09"
    return {"uncertain": "R10", "unparished": "R11", "parish": "R12"}[place]


def test_every_combination_is_decided_as_the_policy_says():
    reached = set()
    for nature, road, limit, time, place in itertools.product(NATURES, ROADS, LIMITS, TIMES, TABLE_STATES):
        answers = {"nature": nature, "road": road, "limit": limit, "time": time}
        rule = evaluate(DEFINITION, answers, place, GIVEN)
        assert isinstance(rule, Rule)
        assert rule.id == expected(nature, road, limit, time, place), (answers, place)
        reached.add(rule.id)
    assert reached == {rule.id for rule in DEFINITION.rule}


def outcome(rule_id):
    rule = next(rule for rule in DEFINITION.rule if rule.id == rule_id)
    return rule.signpost or rule.to, rule.copy_to


def test_nothing_unknown_leaves_the_council_by_itself():
    for nature, road, limit, time, place in itertools.product(NATURES, ROADS, LIMITS, TIMES, TABLE_STATES):
        rule = evaluate(DEFINITION, {"nature": nature, "road": road, "limit": limit, "time": time}, place, GIVEN)
        assert isinstance(rule, Rule)
        if rule.to == "parish-clerk":
            assert "unknown" not in (road, limit, time)
            assert place is PlaceState.PARISH


@pytest.mark.parametrize("rule", [rule for rule in DEFINITION.rule if rule.to == "parish-clerk"], ids=lambda r: r.id)
def test_the_highway_authority_gets_a_copy_of_whatever_goes_to_a_parish(rule):
    assert "road-safety" in rule.copy_to


def test_police_and_national_highways_never_become_a_case():
    assert [outcome(rule)[0] for rule in ("R01", "R02", "R03", "R04")] == [
        "emergency",
        "police-online",
        "police-101",
        "national-highways",
    ]


def test_the_citizen_is_told_that_somebody_looks_never_that_a_sign_is_put_up():
    for recipient in DEFINITION.recipient:
        assert "will put" not in (recipient.confirmation or "").lower()
        assert "sign" not in (recipient.confirmation or "").lower()
    assert "decide whether they support a speed survey" in (present(DEFINITION.recipients["parish-clerk"].confirmation))


@pytest.mark.parametrize(
    ("answers", "place", "needs"),
    [
        ({}, None, "nature"),
        ({"nature": "pattern"}, None, "road"),
        ({"nature": "pattern", "road": "no"}, None, "place"),
        ({"nature": "pattern", "road": "no"}, "parish", "limit"),
        ({"nature": "pattern", "road": "no", "limit": "30"}, "parish", "time"),
    ],
    ids=["nothing", "nature", "road", "place", "limit"],
)
def test_the_table_says_what_it_needs_next(answers, place, needs):
    assert evaluate(DEFINITION, answers, place and PlaceState(place), GIVEN) == Needs(needs)


@pytest.mark.parametrize(
    ("answers", "place", "rule"),
    [
        ({"nature": "danger"}, None, "R01"),
        ({"nature": "change", "road": "yes"}, None, "R04"),
        ({"nature": "change", "road": "no"}, "uncertain", "R05"),
        ({"nature": "pattern", "road": "no", "limit": "50-or-more"}, "parish", "R07"),
    ],
)
def test_what_does_not_matter_is_not_asked(answers, place, rule):
    found = evaluate(DEFINITION, answers, place and PlaceState(place), GIVEN)
    assert isinstance(found, Rule)
    assert found.id == rule
