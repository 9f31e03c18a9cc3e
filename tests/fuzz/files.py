"""Small files of boundaries, gazetteers and answers, the same whenever they are made."""

import hashlib
import io
import json
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import shapely

from tests.fuzz.mutate import of_json, zipped
from tests.fuzz.tokens import DEEP, LONG_NUMBER, TEXTS

CODES = {"PARNCP25CD": ["E04999001", "E04999002"], "PARNCP25NM": ["Beckwith", "Ogwen"], "LAD25CD": ["E07999001"] * 2}
SQUARES = [shapely.box(400_000 + n * 1_000, 300_000, 401_000 + n * 1_000, 301_000) for n in range(2)]
IN_DEGREES = [shapely.box(-1.3 + n / 100, 51.4, -1.29 + n / 100, 51.41) for n in range(2)]
GRID = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}


def collection(shapes: list[Any], **more: Any) -> dict[str, Any]:
    """A feature collection as publishers write it."""
    features = [
        {"type": "Feature", "id": n + 1, "geometry": json.loads(shapely.to_geojson(shape)),
         "properties": {"OBJECTID": n + 1, "BNG_E": 400_500 + n * 1_000, "BNG_N": 300_500}
         | {name: values[n] for name, values in CODES.items()}}
        for n, shape in enumerate(shapes)
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features} | more


def _without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    for feature in document["features"]:
        for name in names:
            del feature["properties"][name]
    return document


PARISHES = json.dumps(_without(collection(SQUARES, crs=GRID), "LAD25CD")).encode()
PAGE = json.dumps(_without(collection(IN_DEGREES), "BNG_E", "BNG_N")).encode()
SECOND_PAGE = PAGE.replace(b"E0499900", b"E0499901")
ANSWER = json.dumps(collection(SQUARES, crs=GRID, count=2, properties={"exceededTransferLimit": False})).encode()
DISTRICT = {"LAD25CD": "E07999001", "LAD25NM": "Testshire"}
WHOLE = json.loads(shapely.to_geojson(shapely.box(400_000, 300_000, 402_000, 301_000)))
DISTRICTS = json.dumps(
    {
        "type": "FeatureCollection",
        "crs": GRID,
        "features": [{"type": "Feature", "properties": DISTRICT, "geometry": WHOLE}],
    }
).encode()
LAYER = json.dumps({
    "name": "PARNCP_DEC_2025_EW_BFC", "id": 0, "geometryType": "esriGeometryPolygon", "objectIdField": "OBJECTID",
    "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID"}, {"name": "PARNCP25CD"}], "maxRecordCount": 2000,
    "editingInfo": {"lastEditDate": 1_764_000_000_000}, "copyrightText": "Crown copyright",
    "layers": [{"id": 0, "name": "PARNCP", "geometryType": "esriGeometryPolygon"}], "uniqueIdField": {"name": "OBJECTID"},
}).encode()  # fmt: skip
PORTAL = json.dumps({
    "features": [{"properties": {
        "title": "Parishes", "modified": 1_764_000_000_000, "licenseInfo": "OGL",
        "url": "https://services.example/arcgis/rest/services/PARNCP_DEC_2025_EW_BFC/FeatureServer"}}],
    "links": [{"rel": "self", "href": "https://portal.example/api"}],
}).encode()  # fmt: skip
CODE_POINT = b"RG141AA,10,447000,167000,E92000001,,,,E07999001,\nRG14 5LD,10,447100,167100\nZE1 0AA,90,0,0\n"
OPEN_NAMES = (
    b"osgb1,,High Street,,,,transportNetwork,Named Road,447000,167000,7000,250000,446900,166900,447100,167100"
    b",RG14,,Newbury" + b"," * 15 + b"\n"
)


def manifest(url: str) -> bytes:
    """Of an edition with one page, ``PAGE``."""
    page = {"name": "page-0001.geojson.gz", "rows": 2, "sha256": hashlib.sha256(PAGE).hexdigest()}
    return json.dumps(
        {"layer": url, "name": "PARNCP", "where": "1=1", "rows": 2, "pages": [page], "sha256": "0" * 64}
    ).encode()


def _written(name: str, layers: int = 1, **how: Any) -> dict[str, bytes]:
    """The files that GDAL writes for a layer, by name, without the day on which it does."""
    import pyogrio
    import pyogrio.raw

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-01-01T00:00:00.000Z"})
    with tempfile.TemporaryDirectory(prefix="ww-fuzz-") as folder:
        for number in range(layers):
            more: dict[str, Any] = {"layer": f"parish{number or ''}", "append": number > 0} if layers > 1 else {}
            pyogrio.raw.write(
                Path(folder) / name,
                np.asarray(shapely.to_wkb(np.array(SQUARES, dtype=object)), dtype=object),
                [np.array(values, dtype=object) for values in CODES.values()],
                list(CODES), geometry_type="Polygon", crs="EPSG:27700", **more, **how,
            )  # fmt: skip
        return {each.name: each.read_bytes() for each in sorted(Path(folder).iterdir())}


def geopackages() -> list[bytes]:
    return [_written("layer.gpkg")["layer.gpkg"], _written("layer.gpkg", 2)["layer.gpkg"]]


def flatgeobufs() -> list[bytes]:
    return [_written("layer.fgb")["layer.fgb"], _written("layer.fgb", SPATIAL_INDEX="NO")["layer.fgb"]]


def shapefiles() -> list[bytes]:
    return [zipped(list(_written("layer.shp", DBF_DATE_LAST_UPDATE="2026-01-01").items()))]


def boundary_zips() -> list[bytes]:
    return [
        *shapefiles(), zipped([("a/layer.geojson", ANSWER)]), zipped([("layer.parquet", parquets()[0])]),
        zipped([("layer.fgb", flatgeobufs()[0]), ("readme.txt", b"x")]),
    ]  # fmt: skip


def _parquet(geo: bytes | None, columns: dict[str, Any]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table(columns).replace_schema_metadata({"geo": geo} if geo is not None else {})
    whole = io.BytesIO()
    parquet.write_table(table, whole)
    return whole.getvalue()


GEO = {
    "version": "1.0.0", "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "WKB", "geometry_types": [], "crs": {"id": {"authority": "EPSG", "code": 27700}}}},
}  # fmt: skip
WKB = [shape.wkb for shape in SQUARES]


def parquets() -> list[bytes]:
    plain = {**GEO, "columns": {"geometry": {"encoding": "WKB"}}}
    shapes = [shape.wkb for shape in IN_DEGREES]
    return [
        _parquet(json.dumps(GEO).encode(), CODES | {"geometry": WKB}),
        _parquet(json.dumps(plain).encode(), CODES | {"geometry": shapes}),
    ]


COLUMNS: tuple[Callable[[], Any], ...] = (
    lambda: [None, None], lambda: [1, 2], lambda: [1.5, float("nan")], lambda: ["\0", "\u202e"], lambda: [[1], [2, 3]],
    lambda: [{"a": 1}, {"a": None}], lambda: [b"\0", b"\xff"], lambda: [True, False], lambda: ["", "A" * DEEP],
    lambda: [None, WKB[0]], lambda: [WKB[0][:20], WKB[1]], lambda: [shapely.Point(1, 1).wkb, WKB[1]], lambda: [b"", b""],
    lambda: [shapely.GeometryCollection([shapely.Point(1, 1)]).wkb, shapely.Polygon().wkb],
)  # fmt: skip


def of_parquet(rng: Random, _content: bytes) -> bytes:
    """A table of which the metadata or a column is another one."""
    geo: bytes | None = json.dumps(GEO).encode()
    columns: dict[str, Any] = CODES | {"geometry": WKB}
    if rng.random() < 0.6:
        assert geo is not None
        geo = of_json(rng, geo) if rng.random() < 0.95 else None
    else:
        name = rng.choice(list(columns))
        columns = columns | {name: rng.choice(COLUMNS)()}
        if rng.random() < 0.3:
            columns[rng.choice(TEXTS[:30])] = columns.pop(name)
    return _parquet(geo, columns)


TABLES = ("gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys", "layer", "sqlite_master")
CELLS = (None, 0, -1, 2**31, 2**63 - 1, 1.5, b"", b"\0", b"GP\0\x01", *TEXTS[:60], LONG_NUMBER)


def of_geopackage(rng: Random, content: bytes) -> bytes:
    """Change cells of a GeoPackage's tables, and empty or drop one of them."""
    base = sqlite3.connect(":memory:")
    base.deserialize(content)
    names = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    for trigger in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        base.execute(f'DROP TRIGGER "{trigger[0]}"')
    table = rng.choice([each for each in names if not each.startswith(("rtree", "sqlite"))])
    columns = [row[1] for row in base.execute(f'PRAGMA table_info("{table}")')]
    how = rng.randrange(8)
    try:
        if how == 0:
            base.execute(f'DELETE FROM "{table}"')
        elif how == 1:
            base.execute(f'DROP TABLE "{table}"')
        elif how == 2:
            base.execute(f'ALTER TABLE "{table}" RENAME COLUMN "{rng.choice(columns)}" TO "{rng.choice(TEXTS[20:60])}"')
        else:
            base.execute(f'UPDATE "{table}" SET "{rng.choice(columns)}" = ?', (rng.choice(CELLS),))
    except sqlite3.Error:
        pass  # it keeps its own rules, and the file is as it was
    base.commit()
    changed = base.serialize()
    base.close()
    return changed
