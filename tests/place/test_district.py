"""The embedded district is what its script draws, and holds every kind of place that the look-up must tell apart."""

import csv
import json
import runpy
import shutil
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

ROOT = Path(__file__).parent.parent.parent
WRITTEN = [
    "data/boundaries/parishes.geojson",
    "data/boundaries/districts.geojson",
    "data/boundaries/codepoint_open_zz.csv",
    "data/boundaries/opname_csv_zz.csv",
    "data/moderngov/clerks.csv",
    "data/demo/oracle.csv",
    "councils/merewold/parish-links.csv",
    "councils/saltby/parish-links.csv",
]


@pytest.fixture(scope="module")
def features():
    return json.loads((ROOT / WRITTEN[0]).read_text())["features"]


def test_the_script_writes_the_committed_files_byte_for_byte(tmp_path):
    for name in ("data/boundaries/make_district.py", "data/demo/cases.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    runpy.run_path(str(tmp_path / "data/boundaries/make_district.py"), run_name="__main__")
    for name in WRITTEN:
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes(), name


def test_neighbours_share_their_edges_exactly(features):
    polygons = [shape(feature["geometry"]) for feature in features]
    assert shapely.coverage_is_valid(polygons)
    assert all(polygon.is_valid for polygon in polygons)


def test_the_home_district_has_forty_parishes_and_two_unparished_areas(features):
    codes = [f["properties"]["PARNCP25CD"] for f in features if f["properties"]["LAD25CD"] == "E07999001"]
    assert sum(code.startswith("E04") for code in codes) >= 40
    assert sum(code.startswith("E43") for code in codes) == 2
    assert all(code[3:6] == "999" for code in codes)


def test_there_is_a_parish_in_two_parts_and_one_inside_another(features):
    assert sum(feature["geometry"]["type"] == "MultiPolygon" for feature in features) == 1
    holes = [shape(f["geometry"]) for f in features if len(f["geometry"]["coordinates"]) == 2]
    assert any(polygon.geom_type == "Polygon" and len(polygon.interiors) == 1 for polygon in holes)


def test_the_gazetteer_has_the_columns_of_its_models():
    with (ROOT / WRITTEN[2]).open() as file:
        postcodes = list(csv.reader(file))
    assert len(postcodes) >= 300
    assert {len(row) for row in postcodes} == {10}
    assert all(row[0].startswith("ZZ") for row in postcodes)
    codes = [row[0] for row in postcodes]
    assert len(codes) - len(set(codes)) >= 4, "postcodes across a border stand on several lines"
    with (ROOT / WRITTEN[3]).open(encoding="utf-8-sig") as file:
        names = list(csv.reader(file))
    assert {len(row) for row in names} == {34}
    assert {row[7] for row in names} == {"Village", "Named Road", "Numbered Road"}


def test_every_rule_and_place_state_stands_in_the_oracle():
    with (ROOT / WRITTEN[5]).open() as file:
        cases = list(csv.DictReader(file))
    assert len(cases) == 71
    assert len({(case["process"], case["rule"]) for case in cases}) == 34
    assert {case["state"] for case in cases} - {""} == {
        "parish", "uncertain", "unparished", "outside_served", "outside_other", "off_map", "no_data",
    }  # fmt: skip
