"""Readers of boundaries and gazetteers: files, and answers of publishers."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from routing.place import Boundaries
from routing.place.build import Fetcher, check, make_vintage, newest, read_areas, read_gazetteer, search
from routing.place.build.archive import unpack
from routing.place.build.feature_server import LayerInfo, Query, read_layer_info
from routing.place.build.fetch import read_json
from routing.place.build.layer import read_page
from routing.place.build.portal import PARISHES
from routing.place.build.raw import MANIFEST, fetch_raw, read_raw
from routing.place.build.refresh import _joined
from tests.fuzz import files
from tests.fuzz.mutate import in_gzip, in_zip, of_bytes, of_csv, of_json, zipped
from tests.fuzz.reader import Reader, need_storable

URL = "https://services.example/arcgis/rest/services/PARNCP_DEC_2025_EW_BFC/FeatureServer"
LAYER = LayerInfo(f"{URL}/0", "PARNCP", "OBJECTID", ("OBJECTID",), 500, None, "")


class Told(Fetcher):
    """A publisher that has one answer to everything."""

    def __init__(self, content: bytes) -> None:
        super().__init__(sleep=lambda seconds: None)
        self._content = content

    def get(self, url: str, parameters: Any) -> bytes:
        return self._content


def _asking(ask: Callable[[Fetcher, Path], object]) -> Callable[[bytes, Path], object]:
    def read(content: bytes, folder: Path) -> None:
        fetcher = Told(content)
        try:
            ask(fetcher, folder)
        finally:
            fetcher.close()

    return read


def _layer(fetcher: Fetcher, _folder: Path) -> None:
    need_storable(asdict(read_layer_info(fetcher, f"{URL}/0")))


def _service(fetcher: Fetcher, _folder: Path) -> None:
    need_storable(asdict(read_layer_info(fetcher, URL)))


def _pages(fetcher: Fetcher, folder: Path) -> None:
    raw = fetch_raw(Query(fetcher, LAYER), folder)
    need_storable(json.loads((raw / MANIFEST).read_text()))
    _edition(make_vintage(read_raw(raw), None, "E07999001"))


def _portal(fetcher: Fetcher, _folder: Path) -> None:
    found = search(fetcher, "https://portal.example/api", "parishes")
    need_storable([asdict(each) for each in found])
    newest(found, PARISHES, "BFC")


def _edition(found: Any) -> None:
    """What is done next with an edition: it is stored, and checked."""
    need_storable([asdict(area) for area, _ in found.areas])
    check(Boundaries("v", found.areas), None)


def _areas(suffix: str, **how: Any) -> Callable[[bytes, Path], object]:
    def read(content: bytes, folder: Path) -> None:
        path = folder / f"layer{suffix}"
        path.write_bytes(content)
        _edition(read_areas(path, **how))

    return read


def _with_districts(content: bytes, folder: Path) -> None:
    """Both files of one: parishes, and the districts in which they lie."""
    path, districts = folder / "parishes.geojson", folder / "districts.geojson"
    path.write_bytes(content)
    districts.write_bytes(files.DISTRICTS)
    _edition(read_areas(path, districts))


def _shapefile(content: bytes, folder: Path) -> None:
    """The parts of a shapefile lie beside each other; they come as one archive so that each of them is spoilt."""
    (folder / "layer.zip").write_bytes(content)
    unpack(folder / "layer.zip", folder)
    _edition(read_areas(folder / "layer.shp"))


def _gazetteer(suffix: str) -> Callable[[bytes, Path], object]:
    def read(content: bytes, folder: Path) -> None:
        path = folder / f"names{suffix}"
        path.write_bytes(content)
        found = read_gazetteer(path)
        need_storable([found.postcodes, [asdict(each) for each in found.names]])

    return read


def _manifest(content: bytes, folder: Path) -> None:
    (folder / MANIFEST).write_bytes(content)
    (folder / "page-0001.geojson.gz").write_bytes(gzip.compress(files.PAGE, 1, mtime=0))
    _edition(make_vintage(read_raw(folder), None, "E07999001"))


def _raw_pages(content: bytes, folder: Path) -> None:
    """A page of an edition that was kept, and another one before it, as districts are put together."""
    try:
        page = gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        page = b""
    named = {"page-0001.geojson.gz": files.PAGE, "page-0002.geojson.gz": page}
    (folder / "page-0001.geojson.gz").write_bytes(gzip.compress(files.PAGE, 1, mtime=0))
    (folder / "page-0002.geojson.gz").write_bytes(content)
    pages = [{"name": name, "rows": 1, "sha256": hashlib.sha256(held).hexdigest()} for name, held in named.items()]
    (folder / MANIFEST).write_text(json.dumps({"layer": URL, "pages": pages}))
    layer = _joined(list(read_raw(folder)))
    _edition(make_vintage([layer], None, "E07999001"))


GAZETTEER_CSV = [files.CODE_POINT, files.OPEN_NAMES]
GAZETTEER_ZIP = zipped([("Data/CSV/rg.csv", files.CODE_POINT), ("Doc/licence.csv", b"a\n")])
MANIFESTS = [files.manifest(URL)]


PLACES = (
    Reader("geojson", lambda: [files.PARISHES, files.PAGE], _areas(".geojson", district="E07999001"), of_json),
    Reader("geojson_edition", lambda: [files.PARISHES], _with_districts, of_json, 2),
    Reader("geojson_page", lambda: [files.PAGE], lambda content, _: read_page(content, URL), of_json, 0.7),
    Reader("geopackage", files.geopackages, _areas(".gpkg"), files.of_geopackage, 5),
    Reader("flatgeobuf", files.flatgeobufs, _areas(".fgb"), None, 1),
    Reader("shapefile", files.shapefiles, _shapefile, in_zip(of_bytes), 5),
    Reader("boundary_zip", files.boundary_zips, _areas(".zip"), in_zip(of_bytes), 3),
    Reader("geoparquet", files.parquets, _areas(".parquet"), files.of_parquet, 2),
    Reader("gazetteer", lambda: GAZETTEER_CSV, _gazetteer(".csv"), of_csv, 0.5),
    Reader("gazetteer_gzip", lambda: [gzip.compress(each, 1, mtime=0) for each in GAZETTEER_CSV],
           _gazetteer(".gz"), in_gzip(of_csv), 0.8),
    Reader("gazetteer_zip", lambda: [GAZETTEER_ZIP], _gazetteer(".zip"), in_zip(of_csv), 1),
    Reader("raw_manifest", lambda: MANIFESTS, _manifest, of_json),
    Reader("raw_page", lambda: [gzip.compress(files.SECOND_PAGE, 1, mtime=0)], _raw_pages, in_gzip(of_json), 2),
    Reader("publisher_json", lambda: [b'{"count": 2}', b'{"error": {"code": 503, "message": "busy"}}'],
           lambda content, _: read_json(content, URL), of_json, 0.2),
    Reader("publisher_layer", lambda: [files.LAYER], _asking(_layer), of_json, 0.8),
    Reader("publisher_service", lambda: [files.LAYER], _asking(_service), of_json, 0.8),
    Reader("publisher_pages", lambda: [files.ANSWER], _asking(_pages), of_json, 3),
    Reader("portal", lambda: [files.PORTAL], _asking(_portal), of_json, 0.8),
)  # fmt: skip
