import json
import re
import stat
import struct
import tempfile
import types
import zipfile

import numpy as np
import pyogrio.raw
import pytest
import shapely

from routing.errors import BoundaryError
from routing.place.build import Columns, read_areas
from routing.place.grid import to_degrees, to_grid

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
    ((area, wkb),) = read_areas(write(collection((PARISH, polygon()))), district="E06000037").areas
    assert (area.code, area.name, area.district) == ("E04001141", "Testley", "E06000037")
    expected = to_grid(np.array([-1.30]), np.array([51.40]))[0]
    assert shapely.get_coordinates(shapely.from_wkb(wkb))[0] == pytest.approx(expected)


def test_lower_case_field_names_of_older_vintages_are_known(write):
    fields = {"parncp19cd": "E04001141", "parncp19nm": "Testley", "lad19cd": "E06000037"}
    ((area, _),) = read_areas(write(collection((fields, polygon())))).areas
    assert area.district == "E06000037"


def test_a_geopackage_gives_what_the_geojson_gives(write, tmp_path):
    geojson = write(collection((PARISH | {"LAD24CD": "E06000037"}, polygon())))
    meta, _, wkb, columns = pyogrio.raw.read(geojson)
    path = tmp_path / "layer.gpkg"
    pyogrio.raw.write(path, wkb, columns, meta["fields"], geometry_type="Polygon", crs="EPSG:4326")
    assert read_areas(path) == read_areas(geojson)


def test_a_bow_tie_is_repaired(write):
    edition = read_areas(write(collection((PARISH, polygon(BOW_TIE)))), district="E06000037")
    ((_, wkb),) = edition.areas
    assert edition.repaired == ["E04001141"]
    assert shapely.from_wkb(wkb).is_valid
    assert shapely.from_wkb(wkb).area > 0


SHAPE = shapely.Polygon(SQUARE[0])
DISTRICT = {"LAD25CD": "E06000037", "LAD25NM": "Testshire"}


def write_ogr(path, fields, shapes, crs="EPSG:4326", **how):
    pyogrio.raw.write(
        path,
        np.asarray(shapely.to_wkb(np.array(shapes, dtype=object)), dtype=object),
        [np.array(values, dtype=object) for values in fields.values()],
        list(fields),
        geometry_type=how.pop("geometry_type", "Polygon"),
        crs=crs,
        **how,
    )
    return path


FIELDS = {"PARNCP25CD": ["E04001141"], "PARNCP25NM": ["Testley"], "LAD25CD": ["E06000037"]}


def zipped(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.write(member, f"Data/GB/{member.name}")
    return path


def shapefile(folder):
    write_ogr(folder / "layer.shp", FIELDS, [SHAPE])
    return zipped(folder / "layer.zip", *folder.glob("layer.*"))


def parquet(folder, crs=None):
    import pyarrow as pa
    from pyarrow import parquet as files

    described = {"encoding": "WKB", "geometry_types": []} | ({"crs": crs} if crs is not None else {})
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": described}}
    table = pa.table(FIELDS | {"geometry": [SHAPE.wkb]}).replace_schema_metadata({"geo": json.dumps(geo)})
    files.write_table(table, folder / "layer.parquet")
    return folder / "layer.parquet"


FORMATS = {
    "GeoPackage": lambda folder: write_ogr(folder / "layer.gpkg", FIELDS, [SHAPE]),
    "FlatGeobuf": lambda folder: write_ogr(folder / "layer.fgb", FIELDS, [SHAPE]),
    "GeoJSON": lambda folder: write_ogr(folder / "layer.geojson", FIELDS, [SHAPE]),
    "shapefile in a zip": shapefile,
    "GeoPackage in a zip": lambda folder: zipped(folder / "one.zip", write_ogr(folder / "layer.gpkg", FIELDS, [SHAPE])),
    "GeoParquet without a system, which is degrees": parquet,
    "GeoParquet with its system": lambda folder: parquet(folder, {"id": {"authority": "EPSG", "code": 4326}}),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_area(tmp_path, name):
    ((area, wkb),) = read_areas(FORMATS[name](tmp_path)).areas
    assert (area.code, area.name, area.district) == ("E04001141", "Testley", "E06000037")
    corner = to_grid(np.array([-1.30]), np.array([51.40]))[0]
    assert shapely.distance(shapely.boundary(shapely.from_wkb(wkb)), shapely.Point(corner)) < 0.01


def test_columns_can_be_named(tmp_path):
    fields = {"id": ["E04001141"], "what": ["Testley"], "LAD21CD": ["E06000001"], "LAD25CD": ["E06000037"]}
    path = write_ogr(tmp_path / "layer.gpkg", fields, [SHAPE])
    ((area, _),) = read_areas(path, columns=Columns("id", "what", "LAD25CD")).areas
    assert (area.code, area.name, area.district) == ("E04001141", "Testley", "E06000037")
    for columns, said in (
        (Columns("id", "what"), "--district-column"),
        (Columns("no", "what", "LAD25CD"), "no column no"),
    ):
        with pytest.raises(BoundaryError, match=f"^fields: .*{said}"):
            read_areas(path, columns=columns)


def test_the_parishes_of_boundary_line_are_read_with_parts_joined_and_districts_found(write, tmp_path):
    """As OS publishes them: several layers, suffixes in names, detached parts as rows, areas without a code."""
    moved = shapely.transform(SHAPE, lambda xy: xy + np.array([0.05, 0.0]))
    fields = {
        "Census_Code": ["E04001141", "E04001141", "999999999"],
        "Name": ["Testley CP", "Testley CP (DET NO 1)", "Somewhere"],
        "Area_Code": ["CPC", "CPC", "NCP"],
    }
    path = write_ogr(tmp_path / "bdline_gb.gpkg", fields, [SHAPE, moved, moved], layer="parish")
    write_ogr(path, {"Name": ["County"]}, [SHAPE], layer="county", append=True)
    around = shapely.box(-1.5, 51.3, -1.0, 51.5)
    districts = write(collection((DISTRICT, json.loads(shapely.to_geojson(around)))), "districts.geojson")
    edition = read_areas(path, districts)
    parish = next((area, shapely.from_wkb(wkb)) for area, wkb in edition.areas if area.code == "E04001141")
    assert (parish[0].name, parish[0].district) == ("Testley", "E06000037")
    assert len(shapely.get_parts(parish[1])) == 2
    assert [area.code for area, _ in edition.areas] == ["E04001141", "E06000037"]


def test_a_file_of_several_layers_wants_to_know_which(tmp_path):
    path = write_ogr(tmp_path / "two.gpkg", FIELDS, [SHAPE], layer="one")
    write_ogr(path, FIELDS, [SHAPE], layer="two", append=True)
    with pytest.raises(BoundaryError, match="--layer"):
        read_areas(path)
    assert len(read_areas(path, layer="two").areas) == 1
    with pytest.raises(BoundaryError, match=r"choose a layer with --layer: one, two\. There is no layer 'three'"):
        read_areas(path, layer="three")


def test_a_table_without_shapes_beside_the_areas_is_no_layer(tmp_path):
    """QGIS keeps its styles so."""
    import sqlite3

    path = write_ogr(tmp_path / "styled.gpkg", FIELDS, [SHAPE], layer="parishes")
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, styleName TEXT)")
        file.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', 'styles')"
        )
    file.close()
    assert len(read_areas(path).areas) == 1


WELSH = FIELDS | {"PARNCP25NM": ["Llang\u00f4n"]}
TABLES = {
    "UTF-8 as its .cpg says": ("UTF-8", b"UTF-8"),
    "UTF-8 without a .cpg": ("UTF-8", None),
    "UTF-8 with a .cpg that lies": ("UTF-8", b"ISO-8859-1"),
    "Windows' own characters as its .cpg says": ("CP1252", b"1252"),
    "Windows' own characters without a .cpg": ("CP1252", None),
    "Windows' own characters with a .cpg that lies": ("CP1252", b"UTF-8"),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_names_of_a_shapefile_are_read_in_the_encoding_that_they_are_in(tmp_path, name):
    encoding, told = TABLES[name]
    write_ogr(tmp_path / "layer.shp", WELSH, [SHAPE], encoding=encoding)
    (tmp_path / "layer.cpg").unlink()
    if told is not None:
        (tmp_path / "layer.cpg").write_bytes(told)
    ((area, _),) = read_areas(zipped(tmp_path / "layer.zip", *tmp_path.glob("layer.*"))).areas
    assert area.name == "Llang\u00f4n"


def test_a_shapefile_whose_table_is_broken_is_told_nothing_of(tmp_path):
    from routing.place.build.dbf import table_encoding

    for content in (b"", b"\x03" * 31, b"\x03" * 40, b"\x03" + b"\xff" * 500, b"\x03" + bytes(500)):
        (tmp_path / "layer.dbf").write_bytes(content)
        assert table_encoding(tmp_path / "layer.shp") in (None, "CP1252")
    assert table_encoding(tmp_path / "other.shp") is None


def test_a_zip_of_a_mac_holds_shadows_of_its_files_which_are_no_files(tmp_path):
    write_ogr(tmp_path / "layer.shp", FIELDS, [SHAPE])
    path = zipped(tmp_path / "layer.zip", *tmp_path.glob("layer.*"))
    with zipfile.ZipFile(path, "a") as archive:
        for suffix in ("shp", "shx", "dbf", "prj"):
            archive.writestr(f"__MACOSX/Data/GB/._layer.{suffix}", b"\x00\x05\x16\x07")
            archive.writestr(f"Data/GB/._layer.{suffix}", b"\x00\x05\x16\x07")
    assert len(read_areas(path).areas) == 1


@pytest.mark.parametrize("crs", ["EPSG:4258", "EPSG:4979", "urn:ogc:def:crs:EPSG::4258"])
def test_degrees_have_several_systems(write, crs):
    named = collection((PARISH, polygon()), crs={"type": "name", "properties": {"name": crs}})
    expected = read_areas(write(collection((PARISH, polygon()))), district="E06000037")
    assert read_areas(write(named, "other.geojson"), district="E06000037") == expected


def test_the_grid_with_heights_is_the_grid(tmp_path):
    metres = shapely.transform(SHAPE, lambda xy: to_grid(xy[:, 0], xy[:, 1]))
    high = shapely.force_3d(metres, 20.0)
    flat = write_ogr(tmp_path / "flat.gpkg", FIELDS, [metres], crs="EPSG:27700")
    tall = write_ogr(tmp_path / "tall.gpkg", FIELDS, [high], crs="EPSG:7405", geometry_type="Polygon Z")
    assert read_areas(tall) == read_areas(flat)


SECOND = {"PARNCP24CD": "E04001142", "PARNCP24NM": "Otherley"}
NAMED = {
    "no geometry": (None, "feature 2 (E04001142) has no geometry"),
    "an empty ring": (polygon([[]]), "feature 2 (E04001142) is empty"),
    "a line": ({"type": "LineString", "coordinates": SQUARE[0]}, "feature 2 (E04001142) is not a polygon"),
    "a collection of a line": (
        {"type": "GeometryCollection", "geometries": [{"type": "LineString", "coordinates": SQUARE[0]}]},
        "feature 2 (E04001142) is not a polygon",
    ),
    "a ring that is not closed": (polygon([SQUARE[0][:3]]), "the shape of feature 2 (E04001142) cannot be read"),
    "no coordinates": ({"type": "Polygon"}, "the shape of feature 2 (E04001142) cannot be read"),
    "a number for coordinates": ({"type": "Polygon", "coordinates": 0}, "the shape of feature 2 (E04001142) cannot be read"),
    "a word for coordinates": ({"type": "Polygon", "coordinates": "0"}, "the shape of feature 2 (E04001142) cannot be read"),
    "collections in collections": (
        json.loads('{"type": "GeometryCollection", "geometries": [' * 40 + '{"type": "Point"}' + "]}" * 40),
        "the shape of feature 2 (E04001142) cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_a_complaint_about_a_shape_names_the_feature(write, name):
    geometry, said = NAMED[name]
    with pytest.raises(BoundaryError) as refused:
        read_areas(write(collection((PARISH, polygon()), (SECOND, geometry))), district="E06000037")
    assert said in str(refused.value)


def test_a_property_that_looks_like_coordinates_is_none(write):
    trick = '", "coordinates": [[1, 2]], "'
    ((area, wkb),) = read_areas(
        write(collection((PARISH | {"PARNCP24NM": trick, "coordinates": [1, 2]}, polygon()))), district="E06000037"
    ).areas
    assert area.name == trick
    assert shapely.from_wkb(wkb).area > 1e6


def climbing(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../outside.geojson", "{}")
    return path


def linked(path):
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("layer.geojson")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "/etc/passwd")
    return path


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("layer.geojson", b"0" * 30_000_000)
    return path


def lying_bomb(path):
    """Its header says ten bytes."""
    content = bytearray(bomb(path).read_bytes())
    size = struct.pack("<I", 30_000_000)
    path.write_bytes(bytes(content.replace(size, struct.pack("<I", 10))))
    return path


def empty_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    return path


def nameless(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(".", "{}")
    return path


def damaged(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("layer.geojson", json.dumps(list(range(10_000))))
    content = bytearray(path.read_bytes())
    content[100:140] = bytes(40)
    path.write_bytes(content)
    return path


def no_zip(path):
    path.write_text("<html>no zip</html>")
    return path


@pytest.mark.parametrize("make", [climbing, linked, bomb, lying_bomb, empty_zip, nameless, damaged, no_zip])
def test_an_archive_that_cannot_be_trusted_is_refused_and_leaves_nothing(tmp_path, monkeypatch, make):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with pytest.raises(BoundaryError, match=r"^archive: "):
        read_areas(make(tmp_path / "layer.zip"))
    assert list((tmp_path / "temporary").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["layer.zip", "temporary"]


def at(lon, lat):
    """A square whose corner is there."""
    return [[[lon + x, lat + y] for x, y in ((0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01), (0, 0))]]


@pytest.mark.parametrize(
    ("where", "says"),
    [
        (at(52.0, -1.3), "for feature 2 (E04001142), the coordinates are outside Great Britain"),
        (at(0.0, 0.0), "for feature 2 (E04001142), the coordinates are outside Great Britain"),
        (at(-2.1, 49.2), "feature 2 (E04001142) is partly outside the National Grid"),
        (at(-8.99, 57.8), "feature 2 (E04001142) is partly outside the National Grid"),
    ],
)
def test_the_one_shape_that_lies_elsewhere_is_named(write, where, says):
    layer = write(collection((PARISH, polygon()), (SECOND, polygon(where))))
    with pytest.raises(BoundaryError, match=re.escape(says)):
        read_areas(layer, district="E06000037")


@pytest.mark.parametrize("corner", [(1.775, 52.47), (-0.88, 60.855), (-8.585, 57.815), (-6.42, 49.865)])
def test_shapes_at_the_ends_of_the_country_are_read(write, corner):
    ((_, wkb),) = read_areas(write(collection((PARISH, polygon(at(*corner))))), district="E06000037").areas
    assert to_degrees(shapely.get_coordinates(shapely.from_wkb(wkb)))[0] == pytest.approx(corner, abs=1e-6)


VRT = (
    "<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>"
    "</OGRVRTDataSource>"
)
NOWHERE = [[[10.0, 50.0], [10.1, 50.0], [10.1, 50.1], [10.0, 50.0]]]
SWAPPED = [[[51.40, -1.30], [51.40, -1.28], [51.42, -1.28], [51.40, -1.30]]]
REFUSED = {
    "no JSON": ("<html>Something went wrong</html>", None, "read:"),
    "truncated": (json.dumps(collection((PARISH, polygon())))[:-40], None, "read:"),
    "no features": (collection(), "E06000037", "count:"),
    "no district": (collection((PARISH, polygon())), None, "--district"),
    "no name": (collection(({"PARNCP24CD": "E04001141"}, polygon())), "E06000037", "fields:"),
    "an empty name": (collection((PARISH | {"PARNCP24NM": None}, polygon())), "E06000037", "fields:"),
    "code of another kind": (collection((PARISH | {"PARNCP24CD": "E05001141"}, polygon())), "E06000037", "code-pattern:"),
    "district of another kind": (collection((PARISH, polygon())), "E04001141", "code-pattern:"),
    "code twice": (collection((PARISH, polygon()), (PARISH, polygon())), "E06000037", "duplicates:"),
    "no geometry": (collection((PARISH, None)), "E06000037", "geometry:"),
    "a point": (collection((PARISH, {"type": "Point", "coordinates": [-1.3, 51.4]})), "E06000037", "geometry:"),
    "a coordinate that is not a number": (collection((PARISH, polygon([[[float("nan"), 1], [2, 2], [1, 2]]]))),
                                       "E06000037", "geometry:"),
    "a ring that is not closed": (collection((PARISH, polygon([SQUARE[0][:3]]))), "E06000037", "geometry:"),
    "no collection": ({"type": "Feature", "properties": PARISH, "geometry": polygon()}, "E06000037", "read:"),
    "a program for another library": (
        {"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc/passwd ! filter"}, None, "read:"
    ),
    "a reference to another file": (VRT, None, "read:"),
    "JSON as deep as a well": ("[" * 200_000 + "]" * 200_000, None, "read:"),
    "label points that are words": (
        collection((PARISH | {"BNG_E": "east", "BNG_N": "north"}, polygon())), "E06000037", "crs:"
    ),
    "label points of a thousand digits": (
        collection((PARISH | {"BNG_E": 10**1000, "BNG_N": 10**1000}, polygon())), "E06000037", "crs:"
    ),
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


@pytest.mark.parametrize("name", ["layer.gpkg", "layer.fgb", "layer.shp", "layer.vrt", "layer.kml", "layer"])
def test_a_file_that_is_not_what_its_name_says_is_given_to_no_library(write, name):
    """GDAL would follow what such a file names: other files, or addresses."""
    with pytest.raises(BoundaryError, match=r"^read: .* Its name or first bytes are wrong"):
        read_areas(write(VRT, name))


def test_an_area_without_a_number_for_a_coordinate_is_refused_in_geoparquet_too(tmp_path, monkeypatch):
    broken = SHAPE.wkb.replace(struct.pack("<d", -1.28), struct.pack("<d", float("nan")))
    monkeypatch.setattr("tests.place.test_files.SHAPE", types.SimpleNamespace(wkb=broken))
    with pytest.raises(BoundaryError, match=r"^geometry: .* not a number"):
        read_areas(parquet(tmp_path))


def test_areas_outside_of_all_districts_are_not_given_to_the_nearest(write):
    far = [[[x + 1.0, y + 1.0] for x, y in SQUARE[0]]]
    parishes = write(collection((PARISH, polygon()), (PARISH | {"PARNCP24CD": "E04001142"}, polygon(far))))
    districts = write(collection((DISTRICT, polygon())), "districts.geojson")
    with pytest.raises(BoundaryError, match=r"^districts: .* 1 areas are in none of the districts: E04001142\."):
        read_areas(parishes, districts)


def test_an_outline_drawn_apart_by_some_metres_is_still_the_districts(write):
    beside = [[[x + 0.0201, y] for x, y in SQUARE[0]]]
    districts = write(collection((DISTRICT, polygon(beside))), "districts.geojson")
    thin = [[[-1.2803, 51.40], [-1.28, 51.40], [-1.28, 51.42], [-1.2803, 51.42], [-1.2803, 51.40]]]
    edition = read_areas(write(collection((PARISH, polygon(thin)))), districts)
    assert edition.areas[0][0].district == "E06000037"


def test_a_folder_is_said_to_be_one(tmp_path):
    with pytest.raises(BoundaryError, match=r"^read: .* choose a file. This is a folder"):
        read_areas(tmp_path)


def test_what_is_wrong_with_a_file_in_a_zip_is_told_of_the_zip(write, tmp_path):
    path = zipped(tmp_path / "layer.zip", write("<html>", "layer.geojson"))
    with pytest.raises(BoundaryError) as refused:
        read_areas(path)
    assert str(refused.value).startswith(f"read: {path}, layer.geojson: ")
