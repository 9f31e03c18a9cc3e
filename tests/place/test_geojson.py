"""GeoJSON as programs write it: which coordinate system it names, which feature is not right, what lies beside it."""

import json
import zipfile

import pytest
import shapely

from routing.errors import BoundaryError
from routing.place.build import read_areas
from routing.place.build.layer import read_page
from tests.place.squares import square
from tests.place.test_files import SQUARE

ROW = {"PARNCP25CD": "E04999001", "PARNCP25NM": "Ogwen", "LAD25CD": "E07999001"}
METRES = json.loads(shapely.to_geojson(square(400, 300)))
DEGREES = {"type": "Polygon", "coordinates": SQUARE}


def written(*rows, shape=METRES, **more):
    features = [{"type": "Feature", "properties": row, "geometry": shape} for row in rows]
    return json.dumps({"type": "FeatureCollection", "features": features} | more).encode()


def named(name):
    return {"type": "name", "properties": {"name": name}}


GRID = named("urn:ogc:def:crs:EPSG::27700")
SYSTEMS = {
    "a name": named("EPSG:27700"),
    "a name in small letters": named("epsg:27700"),
    "a name with blanks": named(" EPSG:27700 \n"),
    "a URN": GRID,
    "a URN with a version": named("urn:ogc:def:crs:EPSG:9.9.1:27700"),
    "an address of OGC's": named("http://www.opengis.net/def/crs/EPSG/0/27700"),
    "an address of GML's": named("http://www.opengis.net/gml/srs/epsg.xml#27700"),
    "a code": {"type": "EPSG", "properties": {"code": 27700}},
    "a code in quotation marks": {"type": "EPSG", "properties": {"code": "27700"}},
    "a plain string": "EPSG:27700",
    "a plain URN": "urn:ogc:def:crs:EPSG::27700",
}


@pytest.mark.parametrize("how", SYSTEMS)
def test_the_national_grid_is_known_however_it_is_named(how):
    assert len(read_page(written(ROW, crs=SYSTEMS[how]), "page").polygons) == 1


IN_DEGREES = {
    "no name": {},
    "null": {"crs": None},
    "CRS84": {"crs": named("urn:ogc:def:crs:OGC:1.3:CRS84")},
    "CRS84 in small letters": {"crs": named("ogc:crs84 ")},
    "WGS84 by an address": {"crs": named("http://www.opengis.net/def/crs/EPSG/0/4326")},
}


@pytest.mark.parametrize("how", IN_DEGREES)
def test_degrees_are_known_however_they_are_named(how):
    assert len(read_page(written(ROW, shape=DEGREES, **IN_DEGREES[how]), "page").polygons) == 1


UNFIT = {
    "metres without a name": ({}, r"it names no coordinate system, .*They fit the British National Grid\..*Export it"),
    "metres and null": ({"crs": None}, r"it names no coordinate system, .*They fit the British National Grid\."),
    "metres called degrees": ({"crs": named("EPSG:4326")}, "it says EPSG:4326, but its coordinates run from 400000"),
    "a system that is not taken": ({"crs": named("EPSG:3857")}, "it says EPSG:3857"),
    "an object without a name": ({"crs": {"type": "link"}}, "it names no coordinate system"),
    "a number of another thing": ({"crs": named("ESRI:27700x")}, "it says ESRI:27700x"),
}


@pytest.mark.parametrize("how", UNFIT)
def test_what_does_not_fit_is_said_as_the_file_says_it(how):
    more, said = UNFIT[how]
    with pytest.raises(BoundaryError, match=rf"^crs: page: {said}") as refused:
        read_page(written(ROW, **more), "page")
    assert "CRS84" not in str(refused.value)


SECOND = {"PARNCP25CD": "E04999002", "PARNCP25NM": "Beckwith", "LAD25CD": "E07999001"}
WRONG = {
    "no code": (SECOND | {"PARNCP25CD": ""}, r"feature 2 \(E07999001\), Beckwith: it has no code\."),
    "null for a code": (SECOND | {"PARNCP25CD": None}, r"feature 2 \(E07999001\), Beckwith: it has no code\."),
    "a code that is none": (SECOND | {"PARNCP25CD": "12"}, r"feature 2 .*, Beckwith: '12' is not the code of a parish"),
    "no district": (SECOND | {"LAD25CD": ""}, r"feature 2 \(E04999002\), Beckwith: it has no district code\."),
    "a district that is none": (
        SECOND | {"LAD25CD": "x"},
        r"feature 2 .*, Beckwith: 'x' is not the code of a district",
    ),
    "no name": (SECOND | {"PARNCP25NM": ""}, r"feature 2 \(E04999002\) has no name\."),
    "no properties": (None, r"feature 2: it has no code\."),
    "properties without anything": ({}, r"feature 2: it has no code\."),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_feature_that_is_not_right_is_named_by_its_place_and_what_is_known_of_it(tmp_path, what):
    row, said = WRONG[what]
    path = tmp_path / "layer.geojson"
    path.write_bytes(written(ROW, row, crs=GRID))
    with pytest.raises(BoundaryError, match=rf"layer\.geojson: {said}"):
        read_areas(path)


def test_a_district_without_a_code_is_named_too(tmp_path):
    parishes, districts = tmp_path / "parishes.geojson", tmp_path / "districts.geojson"
    parishes.write_bytes(written(ROW, crs=GRID))
    districts.write_bytes(written({"LAD25CD": "", "LAD25NM": "Testshire"}, crs=GRID))
    with pytest.raises(BoundaryError, match=r"districts\.geojson: feature 1, Testshire: it has no code\."):
        read_areas(parishes, districts)


def test_columns_are_known_with_blanks_and_marks_around_their_names(tmp_path):
    row = {"\ufeffPARNCP25CD": "E04999001", " PARNCP25NM ": "Ogwen", "LAD25CD\t": "E07999001"}
    path = tmp_path / "layer.geojson"
    path.write_bytes(written(row, crs=GRID))
    ((area, _),) = read_areas(path).areas
    assert (area.code, area.name, area.district) == ("E04999001", "Ogwen", "E07999001")


BESIDE = {
    "what the data is": ("metadata.json", b'{"title": "Parishes", "licence": "OGL"}'),
    "a list": ("files.json", b"[1, 2]"),
    "no JSON": ("notes.json", b"nothing"),
    "UTF-16": ("metadata.json", '{"title": "Parishes"}'.encode("utf-16")),
}


@pytest.mark.parametrize("what", BESIDE)
def test_of_a_zip_the_file_of_boundaries_is_taken_and_not_what_is_said_of_it(tmp_path, what):
    path = tmp_path / "layer.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(*BESIDE[what])
        archive.writestr("parishes.geojson", written(ROW, crs=GRID).decode().encode("utf-16"))
    assert len(read_areas(path).areas) == 1


def test_of_two_files_of_boundaries_in_a_zip_a_person_chooses(tmp_path):
    path = tmp_path / "layer.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("one.geojson", "two.json"):
            archive.writestr(name, written(ROW, crs=GRID))
        archive.writestr("metadata.json", b"{}")
    with pytest.raises(BoundaryError, match=r"unpack one boundary file\. The archive has one\.geojson, two\.json\."):
        read_areas(path)
