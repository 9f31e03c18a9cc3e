import json

import numpy as np
import pyogrio.raw
import pytest
import shapely

from routing.errors import BoundaryError
from routing.place.build import read_areas
from routing.place.grid import to_grid

SQUARE = [[[-1.30, 51.40], [-1.28, 51.40], [-1.28, 51.42], [-1.30, 51.42], [-1.30, 51.40]]]
BOW_TIE = [[[-1.30, 51.40], [-1.28, 51.42], [-1.28, 51.40], [-1.30, 51.42], [-1.30, 51.40]]]
PARISH = {"PARNCP24CD": "E04001141", "PARNCP24NM": "Testley", "PARNCP24NW": " "}
WGS84 = {"type": "name", "properties": {"name": "EPSG:4326"}}


def collection(*features, crs=WGS84):
    rows = [{"type": "Feature", "properties": p, "geometry": g} for p, g in features]
    return {"type": "FeatureCollection", "crs": crs, "features": rows}


def polygon(rings=SQUARE):
    return {"type": "Polygon", "coordinates": rings}


@pytest.fixture
def write(tmp_path):
    def write(content, name="layer.geojson"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_a_layer_without_district_takes_it_from_the_caller(write):
    ((area, wkb),) = read_areas(write(collection((PARISH, polygon()))), district="E06000037")
    assert (area.code, area.name, area.district) == ("E04001141", "Testley", "E06000037")
    expected = to_grid(np.array([-1.30]), np.array([51.40]))[0]
    assert shapely.get_coordinates(shapely.from_wkb(wkb))[0] == pytest.approx(expected)


def test_lower_case_field_names_of_older_vintages_are_known(write):
    fields = {"parncp19cd": "E04001141", "parncp19nm": "Testley", "lad19cd": "E06000037"}
    ((area, _),) = read_areas(write(collection((fields, polygon()))))
    assert area.district == "E06000037"


def test_a_geopackage_gives_what_the_geojson_gives(write, tmp_path):
    geojson = write(collection((PARISH | {"LAD24CD": "E06000037"}, polygon())))
    meta, _, wkb, columns = pyogrio.raw.read(geojson)
    path = tmp_path / "layer.gpkg"
    pyogrio.raw.write(path, wkb, columns, meta["fields"], geometry_type="Polygon", crs="EPSG:4326")
    assert read_areas(path) == read_areas(geojson)


def test_a_bow_tie_is_repaired(write):
    ((_, wkb),) = read_areas(write(collection((PARISH, polygon(BOW_TIE)))), district="E06000037")
    assert shapely.from_wkb(wkb).is_valid
    assert shapely.from_wkb(wkb).area > 0


NOWHERE = [[[10.0, 50.0], [10.1, 50.0], [10.1, 50.1], [10.0, 50.0]]]
SWAPPED = [[[51.40, -1.30], [51.40, -1.28], [51.42, -1.28], [51.40, -1.30]]]
REFUSED = {
    "no JSON": ("<html>Something went wrong</html>", None, "read:"),
    "truncated": (json.dumps(collection((PARISH, polygon())))[:-40], None, "read:"),
    "no features": (collection(), "E06000037", "count:"),
    "no district": (collection((PARISH, polygon())), None, "--district"),
    "no name": (collection(({"PARNCP24CD": "E04001141"}, polygon())), "E06000037", "fields:"),
    "code of another kind": (collection((PARISH | {"PARNCP24CD": "E05001141"}, polygon())), "E06000037", "code-pattern:"),
    "district of another kind": (collection((PARISH, polygon())), "E04001141", "code-pattern:"),
    "code twice": (collection((PARISH, polygon()), (PARISH, polygon())), "E06000037", "duplicates:"),
    "no geometry": (collection((PARISH, None)), "E06000037", "geometry:"),
    "a point": (collection((PARISH, {"type": "Point", "coordinates": [-1.3, 51.4]})), "E06000037", "geometry:"),
    "another country": (collection((PARISH, polygon(NOWHERE))), "E06000037", "crs:"),
    "swapped axes": (collection((PARISH, polygon(SWAPPED))), "E06000037", "crs:"),
    "another system": (
        collection((PARISH, polygon()), crs={"type": "name", "properties": {"name": "EPSG:3857"}}),
        "E06000037",
        "crs:",
    ),
    "degrees called metres": (
        collection((PARISH, polygon()), crs={"type": "name", "properties": {"name": "EPSG:27700"}}),
        "E06000037",
        "crs:",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_not_right_is_refused_by_the_name_of_the_check(write, name):
    content, district, check = REFUSED[name]
    with pytest.raises(BoundaryError) as refused:
        read_areas(write(content), district=district)
    assert check in str(refused.value)
