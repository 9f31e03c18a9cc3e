"""Files and answers that made a reader fail with an error of Python's, found by tests/fuzz: refused by name and reason."""

import gzip
import hashlib
import json
import lzma
import sqlite3
import zipfile

import pytest

from routing.cli.contact_links_csv import read_links
from routing.cli.location_input import read_line
from routing.errors import BoundaryError, InputError
from routing.place.build import read_areas, read_gazetteer, read_mapping
from routing.place.build.archive import unpack_gzip
from routing.place.build.fetch import Overloaded, read_json
from routing.place.build.layer import read_page
from routing.place.build.raw import MANIFEST, read_manifest, read_raw
from routing.place.build.refresh import _joined
from routing.place.grid_reference import parse_grid_reference
from routing.place.postcode import looks_like_postcode
from tests.fuzz import files

URL = "https://services.example/FeatureServer/0"


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path


ENCODED = {
    "UTF-16 without a mark": files.PAGE.decode().encode("utf-16-le"),
    "Latin-1": files.PAGE.replace(b"Beckwith", b"Si\xf4n"),
    "half a character": files.PAGE.replace(b"Beckwith", b"\xed\xa0\x80"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_geojson_that_is_no_text_is_refused_with_the_line(name):
    with pytest.raises(
        BoundaryError, match=r"^read: page.json, (line \d+: this is not UTF-8 text|.* without a byte order)"
    ):
        read_page(ENCODED[name], "page.json")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_geojson_may_begin_with_a_byte_order_mark(encoding):
    content = files.PAGE.decode().replace("Beckwith", "Si\u00f4n").encode(encoding)
    layer = read_page(content, "page.json")
    assert "Si\u00f4n" in layer.table["PARNCP25NM"]


def test_a_name_that_no_database_takes_is_refused_by_feature_and_column(tmp_path):
    for odd, expected in (
        (b"\\u0000", "feature 2 has a control character in PARNCP25NM"),
        (b"\\ud800", "feature 2 has a control character in PARNCP25NM"),
    ):
        path = written(tmp_path, "layer.geojson", files.PAGE.replace(b"Ogwen", b"Og" + odd + b"wen"))
        with pytest.raises(BoundaryError, match=expected):
            read_areas(path, district="E07999001")


def test_a_code_in_digits_of_another_script_is_none(tmp_path):
    content = files.PAGE.replace(b"E04999002", "E0499900\u0662".encode())
    with pytest.raises(BoundaryError, match="code-pattern"):
        read_areas(written(tmp_path, "layer.geojson", content), district="E07999001")
    assert not looks_like_postcode("RG1\u0664 1AA")
    assert parse_grid_reference("SU 4\u0667\u0660 670") is None


def test_a_geopackage_without_layers_is_refused(tmp_path):
    path = written(tmp_path, "layer.gpkg", files.geopackages()[0])
    with sqlite3.connect(path) as base:
        base.execute("DELETE FROM gpkg_geometry_columns")
        base.execute("DELETE FROM gpkg_contents")
        base.execute("DROP TABLE layer")
    base.close()
    with pytest.raises(BoundaryError, match=r"read: .*layer\.gpkg: "):
        read_areas(path)


def test_a_flatgeobuf_without_layers_is_refused(tmp_path):
    with pytest.raises(BoundaryError, match="It has no layers"):
        read_areas(written(tmp_path, "layer.fgb", files.flatgeobufs()[0][:12]))


PARQUET = {
    "cut": lambda whole: whole[:-30] + whole[-8:],
    "metadata that is a list": lambda whole: files._parquet(b"[]", files.CODES | {"geometry": files.WKB}),
    "a column that is described by a number": lambda whole: described(1),
    "a system that is a list": lambda whole: described({"encoding": "WKB", "crs": {"id": ["EPSG"]}}),
    "metadata without end": lambda whole: files._parquet(b"[" * 100_000, files.CODES | {"geometry": files.WKB}),
    "objects instead of shapes": lambda whole: files._parquet(json.dumps(files.GEO).encode(), {"geometry": [{"a": 1}]}),
}


def described(column):
    geo = files.GEO | {"columns": {"geometry": column}}
    return files._parquet(json.dumps(geo).encode(), files.CODES | {"geometry": files.WKB})


@pytest.mark.parametrize("name", PARQUET)
def test_a_geoparquet_that_is_broken_is_refused(tmp_path, name):
    path = written(tmp_path, "layer.parquet", PARQUET[name](files.parquets()[0]))
    with pytest.raises(BoundaryError, match=r"layer\.parquet"):
        read_areas(path)


def test_an_archive_with_broken_lzma_is_refused(tmp_path):
    path = tmp_path / "names.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("Data/CSV/rg.csv", files.CODE_POINT * 20)
    content = bytearray(path.read_bytes())
    begin = content.index(b"rg.csv") + len(b"rg.csv") + 9
    content[begin : begin + 20] = b"\xff" * 20
    path.write_bytes(content)
    with pytest.raises(BoundaryError, match=r"archive: .*names.zip: the archive cannot be unpacked"):
        read_gazetteer(path)


def test_an_archive_with_a_member_without_a_name_is_refused(tmp_path):
    path = tmp_path / "names.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", b"1")
    content = path.read_bytes()
    at = content.index(b"PK\x01\x02")
    nameless = content[: at + 28] + b"\0\0" + content[at + 30 : at + 46] + content[at + 47 :]
    end = nameless.index(b"PK\x05\x06")
    size = (end - at).to_bytes(4, "little")
    path.write_bytes(nameless[: end + 12] + size + nameless[end + 16 :])
    with pytest.raises(BoundaryError, match="archive"):
        read_gazetteer(path)


def test_what_is_no_gzip_is_refused(tmp_path):
    whole = gzip.compress(files.CODE_POINT * 50)
    for content in (whole[:-9], whole[:20] + b"\xff" * 20, lzma.compress(b"x")):
        with pytest.raises(BoundaryError, match="archive"):
            unpack_gzip(written(tmp_path, "names.csv.gz", content), tmp_path)


def test_a_name_with_a_nul_in_a_gazetteer_is_refused_by_its_line(tmp_path):
    content = files.OPEN_NAMES + files.OPEN_NAMES.replace(b"High", b"Hi\0gh")
    (refused,) = read_gazetteer(written(tmp_path, "names.csv", content)).refused
    assert "line 2: Delete the control characters in the name" in refused


def test_a_reason_with_a_nul_in_a_mapping_is_refused_by_its_line(tmp_path):
    content = b"old_code,new_code,reason\nE04999001,E04999002,mer\0ged\n"
    with pytest.raises(BoundaryError, match="line 2"):
        read_mapping(written(tmp_path, "mapping.csv", content))


MANIFESTS = {
    "no JSON": "[",
    "deep": "[" * 100_000,
    "no object": "[]",
    "no pages": "{}",
    "a page that is none": '{"pages": [1]}',
    "a page without a name": '{"pages": [{"sha256": ""}]}',
    "a page elsewhere": '{"pages": [{"name": "../page-0001.geojson.gz", "sha256": ""}]}',
    "a NUL": '{"pages": [{"name": "page-0001.geojson.gz\\u0000", "sha256": ""}]}',
    "a page that is not there": '{"pages": [{"name": "page-0001.geojson.gz", "sha256": ""}]}',
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_is_broken_is_refused(tmp_path, name):
    (tmp_path / MANIFEST).write_text(MANIFESTS[name])
    with pytest.raises(BoundaryError, match="Fetch the vintage again"):
        list(read_raw(tmp_path))


def kept(folder, *pages):
    """An edition as it is kept: gzipped pages and a manifest."""
    named = []
    for number, page in enumerate(pages, 1):
        name = f"page-{number:04}.geojson.gz"
        (folder / name).write_bytes(gzip.compress(page))
        named.append({"name": name, "sha256": hashlib.sha256(page).hexdigest()})
    (folder / MANIFEST).write_text(json.dumps({"layer": URL, "pages": named}))


def test_a_page_that_is_broken_is_refused(tmp_path):
    kept(tmp_path, files.PAGE)
    path = tmp_path / "page-0001.geojson.gz"
    content = path.read_bytes()
    path.write_bytes(content[:20] + b"\xff" * 30 + content[50:])
    assert read_manifest(tmp_path)["layer"] == URL
    with pytest.raises(BoundaryError, match="was changed"):
        list(read_raw(tmp_path))


def test_pages_of_districts_need_not_have_the_same_columns(tmp_path):
    kept(tmp_path, files.PAGE, files.SECOND_PAGE.replace(b'"LAD25CD"', b'"OTHER"'))
    layer = _joined(list(read_raw(tmp_path)))
    assert layer.table["LAD25CD"].tolist() == ["E07999001", "E07999001", None, None]


@pytest.mark.parametrize("code", ["[500]", '{"a": 1}', "null", "1.5"])
def test_an_error_of_a_publisher_may_have_any_code(code):
    with pytest.raises(BoundaryError, match="answered with the error") as refused:
        read_json(b'{"error": {"code": %b}}' % code.encode(), URL)
    assert not isinstance(refused.value, Overloaded)


LINES = {
    "a collection of nothing countable": '{"type": "FeatureCollection", "features": true}',
    "a collection that is an object": '{"type": "FeatureCollection", "features": {"a": 1}}',
    "numbers without end": '{"type": "LineString", "coordinates": [[' + "9" * 5_000 + ", 1]]}",
    "deep": '{"type": "LineString", "coordinates": ' + "[" * 100_000,
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="line"):
        read_line(written(tmp_path, "line.geojson", LINES[name].encode()))


def test_a_line_may_begin_with_a_byte_order_mark(tmp_path):
    text = '{"type": "LineString", "coordinates": [[400000, 300000], [400100, 300000]]}'
    line = read_line(written(tmp_path, "line.geojson", text.encode("utf-8-sig")))
    assert not isinstance(line, list)
    assert line.shape == (2, 2)


def test_an_id_without_end_in_a_table_of_links_is_refused_by_its_line(tmp_path):
    content = b"parish_code,moderngov_id,title\nE04999001,414,A\nE04999001,%b,B\n"
    for odd in (b"9" * 4_301, str(2**31).encode(), "\u00b2".encode()):
        with pytest.raises(InputError, match=r"line 3: enter the Modern.Gov id as a whole number from 1 to 2147483647"):
            read_links(written(tmp_path, "links.csv", content % odd), {"E04999001": "A"})


def test_a_title_in_a_table_of_links_is_kept_without_what_no_database_takes(tmp_path):
    content = b"parish_code,moderngov_id,title\nE04999001,414,Beck\0with\n"
    (line,) = read_links(written(tmp_path, "links.csv", content), {"E04999001": "A"})
    assert line.title == "Beckwith"
