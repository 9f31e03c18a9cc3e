"""``waywarden boundaries``: bringing in, judging, letting in and taking back, as a person and a program do it."""

import csv
import json

import pyogrio.raw
import pytest

from routing.standins.portal import Switches
from tests.conftest import ROOT
from tests.place.publisher import PARISHES
from tests.place.squares import parish, row, square
from tests.place.test_feature_server import REFUSED

pytestmark = pytest.mark.thorough

FOLDER = ROOT / "data" / "boundaries"


@pytest.fixture
def boundaries(waywarden, publisher):
    def run(*arguments, **environment):
        return waywarden("boundaries", *arguments, WAYWARDEN_BOUNDARIES_PORTAL=publisher.portal, **environment)

    return run


def answered(done):
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def active(boundaries):
    return next(each["id"] for each in answered(boundaries("list", "--json")) if each["state"] == "active")


def squares(path, areas):
    features = [
        {"type": "Feature", "geometry": json.loads(json.dumps(shape.__geo_interface__)),
         "properties": {"PARNCP25CD": area.code, "PARNCP25NM": area.name, "LAD25CD": area.district}}
        for area, shape in areas
    ]  # fmt: skip
    crs = {"type": "name", "properties": {"name": "EPSG:27700"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return str(path)


def test_the_sources_are_listed_with_edition_and_scale(boundaries):
    (found,) = answered(boundaries("sources", "--json"))
    assert (found["service"], found["edition"], found["generalisation"]) == (PARISHES, "2025-12", "BFC")
    assert PARISHES in boundaries("sources").stdout


def test_a_refresh_fetches_and_checks_and_a_second_one_finds_that_nothing_moved(boundaries, publisher):
    first = answered(boundaries("refresh", "--activate", "--json"))
    waits = [each["check"] for each in first["findings"] if each["level"] == "waits"]
    assert (first["state"], first["areas"], waits) == ("waiting", 63, ["gaps"])  # the district has a gap on purpose
    boundaries("activate", first["vintage"], "--reviewed")
    second = answered(boundaries("refresh", "--activate", "--json"))
    assert second == {"vintage": first["vintage"], "state": "active", "fetched": False}
    publisher.switch(edited_ms=1_770_000_000_000)  # touched, but nothing changed
    third = answered(boundaries("refresh", "--activate", "--json"))
    assert (third["vintage"], third["state"], third.get("fetched")) == (first["vintage"], "active", None)
    assert answered(boundaries("refresh", "--json"))["fetched"] is False


def test_what_was_stored_and_never_checked_is_checked_by_the_next_refresh(boundaries, database, publisher):
    """As when its process was killed in between."""
    first = answered(boundaries("refresh", "--json"))["vintage"]
    with database.transaction() as tx:
        tx.execute("UPDATE vintage SET findings = '[]', state = 'loaded' WHERE id = %s", (first,))
    refused = boundaries("activate", first)
    assert refused.stderr.startswith(
        f"waywarden: stale: Check it with `waywarden boundaries check {first}`. {first} was not checked."
    )
    publisher.switch(body="html")  # nothing but the metadata is asked for
    again = answered(boundaries("refresh", "--json"))
    assert (again["vintage"], again["state"]) == (first, "waiting")


def test_a_refresh_lets_in_what_an_earlier_one_left(boundaries, tmp_path, publisher):
    answered(boundaries("refresh", "--json", WAYWARDEN_BOUNDARIES_URL=publisher.layer()))
    waiting = boundaries("refresh", "--activate", "--json", WAYWARDEN_BOUNDARIES_URL=publisher.layer())
    assert (waiting.returncode, answered(waiting)["state"]) == (3, "waiting")
    publisher.services[PARISHES].switches = Switches(edited_ms=1_770_000_000_001)
    boundaries("activate", answered(waiting)["vintage"], "--reviewed")
    done = boundaries("refresh", "--activate", "--json", WAYWARDEN_BOUNDARIES_URL=publisher.layer())
    assert (done.returncode, answered(done)["state"]) == (0, "active")


def test_what_changed_although_its_date_did_not_is_not_seen_before_the_date_moves(boundaries, publisher):
    """The publisher's date is trusted: a refresh is cheap because of it."""
    first = answered(boundaries("refresh", "--json"))
    boundaries("activate", first["vintage"], "--reviewed")
    publisher.switch(counts_more=5)
    assert answered(boundaries("refresh", "--json"))["fetched"] is False
    publisher.switch(counts_more=5, edited_ms=1_770_000_000_000)
    assert boundaries("refresh").stderr.startswith("waywarden: count: ")


QUICK = {name: case for name, case in REFUSED.items() if "gateway" not in name}


@pytest.mark.parametrize("name", QUICK)
def test_whatever_goes_wrong_the_checks_code_is_said_and_the_active_vintage_answers_on(boundaries, publisher, name):
    switches, check = QUICK[name]
    before = active(boundaries)
    publisher.services[PARISHES].switches = Switches(**switches)
    done = boundaries("refresh", "--activate", WAYWARDEN_BOUNDARIES_URL=publisher.layer())
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(f"waywarden: {check}: ")
    assert active(boundaries) == before
    assert [each["state"] for each in answered(boundaries("list", "--json"))] == ["active"]


def test_a_change_above_the_thresholds_waits_and_a_person_lets_it_in_and_takes_it_back(boundaries, tmp_path):
    first = answered(boundaries("load", squares(tmp_path / "first.geojson", row(100)), "--activate", "--json"))
    done = boundaries("load", squares(tmp_path / "second.geojson", row(90)), "--activate", "--json")
    second = answered(done)
    assert (done.returncode, second["state"]) == (3, "waiting")
    assert {each["check"] for each in second["findings"] if each["level"] == "waits"} >= {"count-change", "area-change"}
    assert active(boundaries) == first["vintage"]
    refused = boundaries("activate", second["vintage"])
    assert refused.returncode == 1
    assert "--reviewed" in refused.stderr
    assert boundaries("activate", second["vintage"], "--reviewed").returncode == 0
    assert active(boundaries) == second["vintage"]
    assert answered(boundaries("rollback", "--json"))["vintage"] == first["vintage"]


def test_a_comparison_is_a_table_and_a_map(boundaries, tmp_path):
    first = answered(boundaries("load", squares(tmp_path / "first.geojson", row(100)), "--json"))["vintage"]
    second = answered(boundaries("load", squares(tmp_path / "second.geojson", row(98)), "--json"))["vintage"]
    found = answered(boundaries("compare", first, second, "--out", str(tmp_path / "out"), "--json"))
    assert [each["code"] for each in found["changes"]] == ["E04999099", "E04999100"]
    rows = list(csv.DictReader((tmp_path / "out" / "comparison.csv").read_text().splitlines()))
    assert [(each["change"], each["code"]) for each in rows] == [("retired", "E04999099"), ("retired", "E04999100")]
    assert (tmp_path / "out" / "comparison.png").read_bytes().startswith(b"\x89PNG")
    assert "98 areas unchanged; 0 of 0 stored cases would change area" in boundaries("compare", first, second).stdout


def test_a_comparison_cannot_be_written_onto_a_file(boundaries, tmp_path):
    first = answered(boundaries("load", squares(tmp_path / "first.geojson", row(3)), "--json"))["vintage"]
    done = boundaries("compare", first, first, "--out", str(tmp_path / "first.geojson"))
    assert (done.returncode, "Choose a folder" in done.stderr) == (2, True)


def test_an_exported_vintage_can_be_loaded_again(boundaries, tmp_path):
    vintage = answered(boundaries("load", squares(tmp_path / "first.geojson", row(5)), "--json"))["vintage"]
    path = tmp_path / "out.gpkg"
    assert answered(boundaries("export", vintage, str(path), "--json"))["areas"] == 5
    meta, _, wkb, columns = pyogrio.raw.read(path)
    assert (meta["crs"], len(wkb)) == ("EPSG:27700", 5)
    assert list(dict(zip(meta["fields"], columns, strict=True))["vintage"]) == [vintage] * 5
    again = boundaries("load", str(path), "--code-column", "code", "--name-column", "name",
                       "--district-column", "district", "--json")  # fmt: skip
    assert answered(again)["areas"] == 5
    assert boundaries("export", vintage, str(tmp_path / "out.shp")).stderr.startswith("waywarden: export: ")


def test_nothing_to_go_back_to_is_said(boundaries):
    assert boundaries("rollback").stderr.startswith("waywarden: rollback: ")


def test_a_mapping_that_is_refused_leaves_no_vintage(boundaries, tmp_path):
    boundaries("load", squares(tmp_path / "first.geojson", row(100)), "--activate")
    mapping = tmp_path / "mapping.csv"
    mapping.write_text("old_code,new_code,reason\nE04999100,E04888888,order\n")
    second = squares(tmp_path / "second.geojson", row(99))
    before = len(answered(boundaries("list", "--json")))
    refused = boundaries("load", second, "--mapping", str(mapping))
    assert refused.stderr.startswith("waywarden: lineage: ")
    assert len(answered(boundaries("list", "--json"))) == before


def test_a_comparison_says_what_follows_a_retired_code_and_the_checks_what_of_the_mapping_is_of_no_use(
    boundaries, tmp_path
):
    first = answered(boundaries("load", squares(tmp_path / "first.geojson", row(100)), "--activate", "--json"))[
        "vintage"
    ]
    recoded = [*row(99), (parish(901), square(99, 0))]
    mapping = tmp_path / "mapping.csv"
    mapping.write_text("old_code,new_code,reason\nE04999100,E04999901,order\nE04777777,E04999901,order\n")
    loaded = answered(
        boundaries("load", squares(tmp_path / "second.geojson", recoded), "--mapping", str(mapping), "--json")
    )
    noted = {each["check"]: each for each in loaded["findings"]}
    assert noted["mapping"]["codes"] == ["E04777777"]
    changes = {
        each["code"]: each for each in answered(boundaries("compare", first, loaded["vintage"], "--json"))["changes"]
    }
    assert (changes["E04999100"]["successors"], changes["E04999100"]["by"]) == ("E04999901", "order")


def test_a_title_becomes_an_id_that_can_be_typed(boundaries, tmp_path):
    loaded = answered(
        boundaries("load", squares(tmp_path / "a.geojson", row(3)), "--title", "a b/../c \u00e9", "--json")
    )
    assert loaded["vintage"].startswith("a-b-..-c-")
    assert boundaries("activate", loaded["vintage"]).returncode == 0


def test_a_data_directory_that_cannot_be_one_is_said_so(waywarden, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    done = waywarden("boundaries", "list", WAYWARDEN_DATA_DIR=str(file), WAYWARDEN_DATABASE_URL="")
    assert (done.returncode, "WAYWARDEN_DATA_DIR" in done.stderr) == (1, True)
