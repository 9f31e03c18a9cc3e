"""The decision over answers, place and contacts; changing only contact details never changes the rule."""

import itertools
import shutil
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from routing.casework import Case, assess, decide, read_catalogue, signpost
from routing.contacts import Contact, ContactState, Published
from routing.errors import DefinitionError
from routing.place import Boundaries, View, locate
from routing.place.build import read_areas
from tests.casework.factory import NOW
from tests.samples import ANSWERS, VERSION, answers, code, oracle, point

AREAS = read_areas(Path("data/boundaries/parishes.geojson"), Path("data/boundaries/districts.geojson")).areas
BOUNDARIES = Boundaries("v1", AREAS)


def case(at="parish", **answers) -> Case:
    where = point(at)
    given = ANSWERS | answers
    return Case(
        uuid4(), "WW-7K3M-Q2XD", "merewold", "speeding-traffic", "", VERSION, given, *where.values(), 0, None, 0
    )


def place_of(one: Case, catalogue):
    council = catalogue.council(one.council)
    return locate(np.array([[one.easting, one.northing]]), BOUNDARIES, View(council.gss, catalogue.served, 25.0))[0]


def contact(at="parish", state=ContactState.FRESH, email="clerk@parish.example", council="merewold") -> Contact:
    published = Published("Test Parish Council", "C", email, None, None, None)
    return Contact(uuid4(), council, code(at), "moderngov", "u", published, state, None, NOW, NOW)


def run(one: Case, catalogue, *known: Contact):
    contacts = {(each.council, each.parish_code): each for each in known}
    return decide(one, place_of(one, catalogue), catalogue, contacts, NOW)


def test_the_usual_report_goes_to_the_clerk_with_a_copy_to_road_safety(catalogue):
    decision = run(case(), catalogue, contact())
    assert decision.rule == "R12"
    assert [(a.recipient, a.role, a.destination.address) for a in decision.addressees] == [
        ("parish-clerk", "to", "clerk@parish.example"),
        ("road-safety", "copy", "road-safety@merewold.example"),
    ]
    assert decision.receipt()["versions"]["vintage"] == "v1"
    assert decision.receipt()["versions"]["process"] == f"speeding-traffic {VERSION}"


UNUSABLE = {
    "none": None,
    "no e-mail": {"email": None},
    "vacant": {"state": ContactState.VACANT},
    "quarantined": {"state": ContactState.QUARANTINED},
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_contact_that_cannot_be_used_changes_the_mailbox_and_never_the_rule(name, catalogue):
    known = [] if UNUSABLE[name] is None else [contact(**UNUSABLE[name])]
    decision = run(case(), catalogue, *known)
    assert decision.rule == "R12"
    (only,) = decision.addressees
    assert (only.recipient, only.role, only.destination.address) == (
        "road-safety",
        "to",
        "road-safety@merewold.example",
    )
    assert only.substitute_for == "parish-clerk"
    assert only.why
    assert decision.notes == (f"{code('parish')}: {only.why}",)


@pytest.fixture
def sharing(tmp_path):
    """The councils, in which two teams of the process share the mailbox of a third."""
    shutil.copytree("councils", tmp_path / "councils")
    text = Path("processes/speeding-traffic/process.toml").read_text()
    for team in ("road-safety", "traffic-authority"):
        text = text.replace(f'id = "{team}"\nkind = "team"\n', f'id = "{team}"\nkind = "team"\nmailbox = "highways"\n')
    own = tmp_path / "councils" / "merewold" / "processes" / "speeding-traffic"
    own.mkdir(parents=True)
    (own / "process.toml").write_text(text)
    council = tmp_path / "councils" / "merewold" / "council.toml"
    council.write_text(council.read_text().replace("[mailboxes.road-safety]", "[mailboxes.unused]"))
    return tmp_path / "councils"


def test_teams_may_share_a_mailbox_and_it_gets_one_message(sharing):
    catalogue = read_catalogue(sharing, Path("processes"))
    here = replace(case(nature="change"), process_scope="merewold")
    decision = run(here, catalogue)
    assert [(a.recipient, a.role, a.destination.address) for a in decision.addressees] == [
        ("traffic-authority", "to", "highways@merewold.example")
    ]
    instead = run(replace(case(), process_scope="merewold"), catalogue)
    assert [(a.recipient, a.destination.address) for a in instead.addressees] == [
        ("road-safety", "highways@merewold.example")
    ]
    council = catalogue.council("merewold")
    assert catalogue.team_destination(council, "speeding-traffic", "road-safety").address == "highways@merewold.example"


def test_a_team_without_a_mailbox_is_refused_with_both_ways_out(sharing):
    council = sharing / "merewold" / "council.toml"
    council.write_text(council.read_text().replace("[mailboxes.highways]", "[mailboxes.others]"))
    with pytest.raises(DefinitionError, match=r"add \[mailboxes.highways\], because .* Or set mailbox in"):
        read_catalogue(sharing, Path("processes"))


def test_a_request_for_change_copies_the_parish_only_where_there_is_one(catalogue):
    to_all = {
        at: [a.recipient for a in run(case(at, nature="change"), catalogue, contact()).addressees]
        for at in ("parish", "unparished", "near a border")
    }
    assert to_all == {
        "parish": ["traffic-authority", "parish-clerk"],
        "unparished": ["traffic-authority"],
        "near a border": ["traffic-authority"],
    }


@pytest.mark.parametrize("row", [row for row in oracle() if row["outcome"] == "review"], ids=lambda row: row["case"])
def test_what_a_person_must_judge_goes_to_the_review_mailbox_alone(row, catalogue):
    version = catalogue.definition("merewold", row["process"]).version
    one = Case(
        uuid4(), "WW-7K3M-Q2XD", "merewold", row["process"], "", version, answers(row),
        float(row["easting"]), float(row["northing"]), 0, None, 0,
    )  # fmt: skip
    decision = run(one, catalogue, contact())
    assert (decision.rule, decision.outcome) == (row["rule"], "review")
    assert [a.destination.address for a in decision.addressees] == [row["to"]]


def test_a_report_for_the_served_neighbour_is_decided_by_the_neighbour(catalogue):
    one = case("served neighbour")
    theirs = contact("served neighbour", council="saltby", email="clerk@theirs.example")
    decision = run(one, catalogue, theirs)
    assert decision.council == "saltby"
    assert [a.destination.address for a in decision.addressees] == ["clerk@theirs.example", "highways@saltby.example"]
    assert decision.receipt()["versions"]["council"].startswith("saltby")


def test_a_signpost_that_appears_only_after_a_report_was_taken_becomes_a_review(catalogue):
    decision = run(case("other district"), catalogue)
    assert (decision.rule, decision.outcome) == ("NONE", "review")
    assert "P01" in decision.reason


def test_an_answer_that_is_missing_becomes_a_review(catalogue):
    one = case()
    del one.answers["limit"]
    assert run(one, catalogue, contact()).outcome == "review"


@pytest.mark.parametrize("change", [{"council": "gone"}, {"process_version": "1999"}])
def test_what_is_no_longer_served_becomes_a_review(change, catalogue):
    one = case()
    values = {name: getattr(one, name) for name in one.__slots__} | change
    moved = Case(**values)
    decision = decide(moved, place_of(one, catalogue), catalogue, {}, NOW)
    assert (decision.rule, decision.outcome) == ("NONE", "review")


def test_no_receipt_holds_an_address_or_a_person(catalogue):
    text = str(run(case(), catalogue, contact()).receipt())
    assert "@" not in text


def test_the_web_and_the_engine_ask_one_table(catalogue):
    council, definition = catalogue.default, catalogue.definition("merewold", "speeding-traffic")
    for nature, road, at in itertools.product(
        ("danger", "pattern", "driver", "racing", "change"),
        ("yes", "no", "unknown"),
        ("parish", "other district", "off the map"),
    ):
        one = case(at, nature=nature, road=road)
        place = place_of(one, catalogue)
        post = signpost(catalogue, council, definition, one.answers, place)
        found = assess(catalogue, council, definition, one.answers, place).result
        assert (post is None) == (found.signpost is None)
        if post is not None:
            assert "{" not in post.title + post.text
    assert (
        "Farholme"
        in signpost(catalogue, council, definition, dict(ANSWERS), place_of(case("other district"), catalogue)).text
    )


def test_where_no_trunk_roads_are_listed_the_question_is_not_needed(catalogue):
    one = case("served neighbour")
    del one.answers["road"]
    assert run(one, catalogue).rule == "R12"
