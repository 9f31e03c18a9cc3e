"""``waywarden locate``: by postcode, name, line and table; exit code 3 where a person has to judge."""

import csv
import json
import re

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.place.squares import HOME, district, pairs, parish, square
from tests.samples import code, oracle, point

pytestmark = pytest.mark.thorough

FOLDER = ROOT / "data" / "boundaries"


def answered(done):
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def loaded(waywarden):
    for file in ("codepoint_open_zz.csv", "opname_csv_zz.csv"):
        assert waywarden("gazetteer", "load", str(FOLDER / file)).returncode == 0
    return waywarden


def test_a_gazetteer_is_loaded_and_counted(waywarden):
    done = answered(waywarden("gazetteer", "load", str(FOLDER / "opname_csv_zz.csv"), "--json"))
    assert done["source"] == "open-names"
    assert done["names"] > 100


def test_a_new_edition_replaces_the_former_one_unless_it_has_far_fewer_rows(loaded, tmp_path):
    path = tmp_path / "codepo_gb_2026-11.csv"
    path.write_text("ZZ7 7ZZ,10,558431,437218\n")
    refused = loaded("gazetteer", "load", str(path))
    assert (refused.returncode, "--fewer" in refused.stderr) == (2, True)
    assert loaded("locate", "--postcode", "ZZ1 1AH").returncode in {0, 3}
    assert loaded("gazetteer", "load", str(path), "--fewer").returncode == 0
    assert loaded("locate", "--postcode", "ZZ1 1BJ").returncode == 2


def test_what_is_known_from_which_source_is_listed_and_can_be_taken_away(loaded):
    known = {each["source"]: each for each in answered(loaded("gazetteer", "list", "--json"))}
    assert set(known) == {"code-point-open", "open-names"}
    assert known["open-names"]["names"] > 100
    assert "code-point-open" in loaded("gazetteer", "list").stdout
    assert answered(loaded("gazetteer", "remove", "open-names", "--json"))["rows"] > 100
    assert [each["source"] for each in answered(loaded("gazetteer", "list", "--json"))] == ["code-point-open"]
    assert "gazetteer list" in loaded("gazetteer", "remove", "open-names").stderr


def test_of_a_parish_that_is_known_alone_a_street_is_asked_for(waywarden):
    done = waywarden("locate", "--place", "flaxholme")
    assert (done.returncode, "Flaxholme is a whole town, village or parish" in done.stderr) == (2, True)


def test_a_postcode_is_located(loaded):
    (found,) = answered(loaded("locate", "--postcode", "zz11ah", "--json"))
    assert (found["name"], found["place"]["district"]) == ("ZZ1 1AH", "E07999002")
    assert "ZZ1 1AH (Postcode): outside_served" in loaded("locate", "--postcode", "ZZ1 1AH").stdout


def test_a_postcode_whose_points_lie_in_several_parishes_gives_them_all_to_a_person(loaded, tmp_path):
    one, two = point("parish"), point("unparished")
    path = tmp_path / "more.csv"
    path.write_text("".join(f"ZZ7 7ZZ,10,{each['easting']},{each['northing']}\n" for each in (one, two)))
    loaded("gazetteer", "load", str(path), "--source", "ours")
    done = loaded("locate", "--postcode", "ZZ7 7ZZ", "--json")
    assert {each["place"]["area"]["code"] for each in answered(done)} == {code("parish"), code("unparished")}
    assert done.returncode == 3


def test_a_street_is_located_with_typing_errors(loaded):
    found = answered(loaded("locate", "--place", "chruch lane, aldershaw", "--json"))
    assert (found[0]["name"], found[0]["locality"]) == ("Church Lane", "Aldershaw")
    assert "Church Lane, Aldershaw (Named Road):" in loaded("locate", "--place", "chruch lane, aldershaw").stdout


@pytest.mark.parametrize(
    "command_words", [("--postcode", "ZZ9 9ZZ"), ("--place", "xyzzy quux"), ("--postcode", "nonsense")]
)
def test_what_is_not_known_is_said_so(loaded, command_words):
    done = loaded("locate", *command_words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "was not found" in done.stderr or "not a full postcode" in done.stderr


@pytest.mark.parametrize(
    "command_words",
    [(), ("--postcode", "ZZ1 1AH", "--place", "x"), ("--csv", "a.csv"), ("--out", "b.csv", "--postcode", "ZZ1 1AH")],
    ids=["none", "two", "table without target", "target without table"],
)
def test_where_is_said_in_one_way(waywarden, command_words):
    done = waywarden("locate", *command_words)
    assert done.returncode == 2
    assert "Choose one way to give the place" in done.stderr


def line(path, points, wrap=lambda geometry: geometry):
    path.write_text(json.dumps(wrap({"type": "LineString", "coordinates": points})))
    return str(path)


def middle(points):
    return [sum(each) / 2 for each in zip(*points, strict=True)]


def test_a_road_is_cut_into_parishes(waywarden, tmp_path):
    one, two = point("parish"), point("unparished")
    points = [[each["easting"], each["northing"]] for each in (one, two)]
    found = answered(waywarden("locate", "--line", line(tmp_path / "road.geojson", points), "--json"))
    assert {code("parish"), code("unparished")} <= {each["area"]["code"] for each in found if each["area"]}
    assert sum(each["share"] for each in found) == pytest.approx(1, abs=0.01)

    def in_collection(geometry):
        return {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": geometry}]}

    same = waywarden("locate", "--line", line(tmp_path / "again.geojson", points, in_collection), "--json")
    assert answered(same) == found
    for several in ([points], [[points[0], middle(points)], [middle(points), points[1]]]):
        path = tmp_path / "pieces.geojson"
        path.write_text(
            json.dumps({"type": "Feature", "geometry": {"type": "MultiLineString", "coordinates": several}})
        )
        pieces = answered(waywarden("locate", "--line", str(path), "--json"))
        assert [each["length_m"] for each in pieces] == pytest.approx([each["length_m"] for each in found])
    assert f"({code('parish')})" in waywarden("locate", "--line", str(tmp_path / "road.geojson")).stdout


@pytest.mark.parametrize(
    "text",
    ["nonsense", "{}", "[]", '{"type": "Point", "coordinates": [1, 2]}',
     '{"type": "LineString", "coordinates": [["a", "b"], [1, 2]]}', '{"type": "LineString", "coordinates": [[1], [2]]}',
     '{"type": "MultiLineString", "coordinates": []}', '{"type": "MultiLineString", "coordinates": [1]}',
     '{"type": "MultiLineString", "coordinates": [[[400000, 300000], [400100, 300000]], [["a", "b"]]]}'],
    ids=range(9),
)  # fmt: skip
def test_a_file_that_holds_no_line_is_said_so(waywarden, tmp_path, text):
    path = tmp_path / "road.geojson"
    path.write_text(text)
    done = waywarden("locate", "--line", str(path))
    assert done.returncode == 2
    assert "line" in done.stderr


def test_a_table_of_points_is_located_row_by_row(waywarden, tmp_path):
    rows = [row for row in oracle() if row["point"]]
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,easting,northing\n" + "".join(f"{r['case']},{r['easting']},{r['northing']}\n" for r in rows))
    done = answered(waywarden("locate", "--csv", str(source), "--out", str(target), "--json"))
    assert done["rows"] == len(rows)
    found = list(csv.DictReader(target.read_text().splitlines()))
    assert list(found[0]) == ["id", "code", "name", "state", "distance_m", "candidates", "vintage"]
    assert [(each["id"], each["state"]) for each in found] == [(row["case"], row["state"]) for row in rows]
    for each, row in zip(found, rows, strict=True):
        if each["state"] == "uncertain":
            assert each["code"] == ""
            assert all(re.fullmatch(r"[EW]\d{8}", candidate) for candidate in each["candidates"].split(";"))
        elif row["code"] and each["code"]:
            assert each["code"] == row["code"]


PASTED = {
    "semicolons": "id;easting;northing\na;{e};{n}\n",
    "a line about semicolons": "sep=;\nid;easting;northing\na;{e};{n}\n",
    "tabs": "id\teasting\tnorthing\na\t{e}\t{n}\n",
    "a comma at the end of each line": "id,easting,northing,\na,{e},{n},\n",
    "blanks before quotation marks": 'id, "easting", "northing"\na, "{e}", "{n}"\n',
    "what nobody sees": "id,easting,northing\na,\u200b{e},{n}\u200b\n",
    "degrees with their sign and a minus": "id,lat,lon\na,{lat}\u00b0,{lon}\u00ba\n",
}


@pytest.mark.parametrize("how", PASTED)
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path, how):
    from routing.cli.location_input import locate_table
    from routing.place import Boundaries, View
    from routing.place.grid import to_degrees

    at = (400_500.0, 300_500.0)
    ((lon, lat),) = to_degrees(np.array([at])).tolist()
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    text = PASTED[how].format(e=at[0], n=at[1], lat=f"{lat:.6f}", lon=f"{lon:.6f}".replace("-", "\u2212"))
    source.write_text(text, encoding="utf-8")
    world = Boundaries("v", pairs((parish(1), square(400, 300)), (district(), square(400, 300))))
    assert locate_table(source, target, world, View(HOME, frozenset({HOME}), 25.0)) == {"parish": 1}


BAD = {
    "more cells than columns": "id,easting,northing\na,566153,444759,7\n",
    "no header": "1,2,3\n",
    "a word": "id,easting,northing\na,b,c\n",
    "too few": "id,easting,northing\na,1\n",
    "another country": "id,lat,lon\na,48.8,2.3\n",
    "degrees in metres": "id,easting,northing\na,51.4,-1.3\n",
    "nothing": "",
}


@pytest.mark.parametrize("name", BAD)
def test_a_table_that_is_not_right_names_the_line_and_leaves_no_file(waywarden, tmp_path, name):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(BAD[name])
    done = waywarden("locate", "--csv", str(source), "--out", str(target))
    assert done.returncode == 2
    assert "line" in done.stderr
    assert sorted(path.name for path in tmp_path.glob("*.csv*")) == ["in.csv"]
    assert not list(tmp_path.glob(".*unfinished"))


def test_a_table_is_not_written_over_itself(waywarden, tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("id,easting,northing\na,566153.7,444759.1\n")
    done = waywarden("locate", "--csv", str(path), "--out", str(path))
    assert (done.returncode, "Choose another" in done.stderr) == (2, True)
    assert path.read_text().startswith("id,easting,northing")


def test_a_road_of_which_no_area_is_known_is_a_persons(waywarden, tmp_path):
    path = tmp_path / "road.geojson"
    path.write_text(json.dumps({"type": "LineString", "coordinates": [[100_000, 900_000], [100_500, 900_000]]}))
    assert waywarden("locate", "--line", str(path)).returncode == 3


def test_a_place_is_told_in_words(waywarden):
    at = point("parish")
    said = waywarden("locate", "--easting", str(at["easting"]), "--northing", str(at["northing"])).stdout
    assert re.match(r"parish \(a parish of this council\): in \w+ \(E04\d+\), [\d.]+ m inside its edge \[vintage", said)
    on = point("boundary road")
    done = waywarden("locate", "--easting", str(on["easting"]), "--northing", str(on["northing"]))
    assert done.stdout.count("covers it") == 2
    assert done.returncode == 3


def test_without_boundaries_it_is_said_how_to_load_some(waywarden, database):
    with database.transaction() as tx:
        tx.execute("UPDATE vintage SET state = 'retired'")
    done = waywarden("locate", "--easting", "566153", "--northing", "444759")
    assert (done.returncode, "boundaries load" in done.stdout) == (3, True)


def test_every_state_of_a_place_has_its_words():
    from routing.cli.locate import SAID
    from routing.vocabulary import PlaceState

    assert set(SAID) == {state.value for state in PlaceState}


def test_a_table_that_is_not_there_is_named(waywarden, tmp_path):
    done = waywarden("locate", "--csv", str(tmp_path / "no.csv"), "--out", str(tmp_path / "out.csv"))
    assert (done.returncode, "no.csv" in done.stderr) == (2, True)
    assert list(tmp_path.glob("*out.csv*")) == []
