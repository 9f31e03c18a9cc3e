"""The decision over answers, place and contacts; changing only contact details never changes the rule."""

import datetime
import itertools
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from routing.casework import Addressee, Case, Decision, assess, decide, decided_by, read_catalogue, signpost, wording
from routing.contacts import Contact, ContactState, Published
from routing.errors import DefinitionError
from routing.place import Boundaries, View, locate
from routing.place.build import read_areas
from routing.process import Rule, either, render
from routing.vocabulary import Destination, PlaceState, Role
from tests.casework.factory import NOW
from tests.samples import ANSWERS, GIVEN, VERSION, answers, code, oracle, point

AREAS = read_areas(Path("data/boundaries/parishes.geojson"), Path("data/boundaries/districts.geojson")).areas
BOUNDARIES = Boundaries("v1", AREAS)


def case(at="parish", **answers) -> Case:
    where = point(at)
    given = ANSWERS | answers
    return Case(
        uuid4(), "WW-7K3M-Q2XD", "merewold", "speeding-traffic", "", VERSION, given,
        where["easting"], where["northing"], NOW, 0, None, 0,
    )  # fmt: skip


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


def test_a_decision_says_all_that_it_rests_on(catalogue):
    one, clerk = replace(case(), last_sequence=3), contact()
    council, definition = catalogue.council("merewold"), catalogue.definition("merewold", "speeding-traffic")
    team = catalogue.team_destination(council, "speeding-traffic", "road-safety")
    assert run(one, catalogue, clerk) == Decision(
        one.id,
        one.reference,
        "R12",
        "case",
        render(next(rule.because for rule in definition.rule if rule.id == "R12"), wording(council, definition)),
        "merewold",
        place_of(one, catalogue),
        (
            Addressee(
                "parish-clerk", Role.TO, Destination("smtp", "clerk@parish.example"), clerk.id, NOW, "moderngov",
                checked_at=NOW, contact_state="fresh",
            ),
            Addressee("road-safety", Role.COPY, team),
        ),
        sequence=4,
        versions={
            "process": f"speeding-traffic {VERSION}",
            "process_sha256": definition.sha256,
            "council": f"merewold {council.council.version}",
            "council_sha256": council.sha256,
            "vintage": "v1",
        },
        parish_council="Test Parish Council",
    )  # fmt: skip


def test_an_old_contact_is_written_to_and_the_decision_says_that_it_is_a_copy(catalogue):
    old = replace(contact(), checked_at=NOW - datetime.timedelta(days=20))
    decision = run(case(), catalogue, old)
    first, _ = decision.addressees
    assert (first.destination.address, first.contact_state) == ("clerk@parish.example", "stale")
    assert decision.notes == (f"{code('parish')}: the contact is a copy, last confirmed on 2026-11-01",)


UNUSABLE: dict[str, dict[str, Any] | None] = {
    "none": None,
    "no e-mail": {"email": None},
    "vacant": {"state": ContactState.VACANT},
    "quarantined": {"state": ContactState.QUARANTINED},
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_contact_that_cannot_be_used_changes_the_mailbox_and_never_the_rule(name, catalogue):
    changes = UNUSABLE[name]
    known = [] if changes is None else [contact(**changes)]
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
    shutil.copytree("tests/plain/councils", tmp_path / "councils")
    text = Path("tests/plain/processes/speeding-traffic/process.toml").read_text()
    for team in ("road-safety", "traffic-authority"):
        text = text.replace(f'id = "{team}"\nkind = "team"\n', f'id = "{team}"\nkind = "team"\nmailbox = "highways"\n')
    own = tmp_path / "councils" / "merewold" / "processes" / "speeding-traffic"
    own.mkdir(parents=True)
    (own / "process.toml").write_text(text)
    council = tmp_path / "councils" / "merewold" / "council.toml"
    council.write_text(council.read_text().replace("[mailboxes.road-safety]", "[mailboxes.unused]"))
    return tmp_path / "councils"


def test_teams_may_share_a_mailbox_and_it_gets_one_message(sharing):
    catalogue = read_catalogue(sharing, Path("tests/plain/processes"))
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
    destination = catalogue.team_destination(council, "speeding-traffic", "road-safety")
    assert destination is not None
    assert destination.address == "highways@merewold.example"


def test_a_team_without_a_mailbox_is_refused_with_both_ways_out(sharing):
    council = sharing / "merewold" / "council.toml"
    council.write_text(council.read_text().replace("[mailboxes.highways]", "[mailboxes.others]"))
    with pytest.raises(DefinitionError, match=r"add \[mailboxes.highways\], because .* Or set mailbox in"):
        read_catalogue(sharing, Path("tests/plain/processes"))


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
        float(row["easting"]), float(row["northing"]), NOW, 0, None, 0,
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


def test_a_neighbour_that_does_not_offer_the_process_is_another_council(catalogue):
    council, definition = catalogue.default, catalogue.definition("merewold", "speeding-traffic")
    place = place_of(case("served neighbour"), catalogue)
    other = catalogue.council("saltby")
    assert decided_by(catalogue, council, definition, place)[0] == other
    own = definition.model_copy(update={"process": definition.process.model_copy(update={"slug": "own"})})
    found = decided_by(catalogue, council, own, place)
    assert found == (council, own, replace(place, state=PlaceState.OUTSIDE_OTHER))


def test_the_reason_of_a_rule_may_name_the_place_and_the_report(tmp_path):
    text = Path("tests/plain/processes/speeding-traffic/process.toml").read_text()
    reason = next(line for line in text[text.index('id = "R12"') :].splitlines() if line.startswith("because"))
    shutil.copytree("tests/plain/processes", tmp_path / "processes")
    changed = text.replace(reason, 'because = "In {place.name}, {place.district}: {reference}."')
    (tmp_path / "processes" / "speeding-traffic" / "process.toml").write_text(changed)
    one, catalogue = case(), read_catalogue(Path("tests/plain/councils"), tmp_path / "processes")
    place = place_of(one, catalogue)
    assert run(one, catalogue).reason == f"In {place.area.name}, {place.district_name}: {one.reference}."


UNDECIDABLE: dict[str, tuple[dict[str, Any], dict[str, Any], str, str | None]] = {
    "a signpost by now": (
        {"at": "other district"},
        {},
        "Rule P01 now gives a signpost for this, but we took the report before.",
        VERSION,
    ),
    "an answer is missing": (
        {},
        {"answers": {"nature": "pattern"}},
        "An answer is missing that we need to decide.",
        VERSION,
    ),
    "council gone": ({}, {"council": "gone"}, "This service no longer has its council or process.", None),
    "version gone": ({}, {"process_version": "1999"}, "This service no longer has its council or process.", None),
}


@pytest.mark.parametrize("name", UNDECIDABLE)
def test_what_no_rule_may_decide_is_reviewed_and_says_why(name, catalogue):
    made, change, reason, version = UNDECIDABLE[name]
    one = case(**made)
    place = place_of(one, catalogue)
    one = replace(one, last_sequence=1, **change)
    council = catalogue.council("merewold")
    definition = catalogue.definition("merewold", "speeding-traffic") if version else None
    assert decide(one, place, catalogue, {}, NOW) == Decision(
        one.id,
        one.reference,
        "NONE",
        "review",
        reason,
        "merewold",
        place,
        (Addressee("review", Role.REVIEW, council.review),),
        sequence=2,
        versions={
            "process": f"speeding-traffic {version}" if version else None,
            "process_sha256": definition.sha256 if definition else None,
            "council": f"merewold {council.council.version}",
            "council_sha256": council.sha256,
            "vintage": "v1",
        },
    )


WORDINGS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "nothing known": ({}, {}),
    "a place": ({"place_name": "Upton"}, {"place.name": "Upton", "parish_council": "the council of Upton"}),
    "a parish council": (
        {"place_name": "Upton", "parish_council": "Upton Town Council"},
        {"place.name": "Upton", "parish_council": "Upton Town Council"},
    ),
    "a district": ({"district_name": "Farholme"}, {"place.district": "Farholme"}),
    "a reference": ({"reference": "WW-7K3M-Q2XD"}, {"reference": "WW-7K3M-Q2XD"}),
}


@pytest.mark.parametrize("name", WORDINGS)
def test_placeholders_are_filled_by_what_is_known_and_else_by_what_fits(name, catalogue):
    given, expected = WORDINGS[name]
    council, definition = catalogue.default, catalogue.definition("merewold", "speeding-traffic")
    assert (
        wording(council, definition, **given)
        == {
            "council.name": council.name,
            "reply_within_working_days": str(definition.process.reply_within_working_days),
            "reference": "",
            "place.name": council.name,
            "place.district": "another council",
            "parish_council": "the parish council",
            "council.trunk_roads": either(council.listed("trunk_roads")),
            "process.title": definition.process.title,
        }
        | expected
    )


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
        post = signpost(catalogue, council, definition, one.answers, place, GIVEN.on)
        found = assess(catalogue, council, definition, one.answers, place, GIVEN.on).result
        assert isinstance(found, Rule)
        assert (post is None) == (found.signpost is None)
        if post is not None:
            assert "{" not in post.title + post.text
    post = signpost(catalogue, council, definition, ANSWERS, place_of(case("other district"), catalogue), GIVEN.on)
    assert post is not None
    assert "Farholme" in post.text


def test_where_no_trunk_roads_are_listed_the_question_is_not_needed(catalogue):
    one = case("served neighbour")
    unasked = {question: answer for question, answer in one.answers.items() if question != "road"}
    assert run(replace(one, answers=unasked), catalogue).rule == "R12"
