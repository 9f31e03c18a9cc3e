"""GeoJSON (RFC 7946, and its predecessor's ``crs``) → columns and shapes. Never opens anything that the text names.

Nearly all of a large file is coordinates. We cut them out of the text, so that Python reads little, and GEOS reads some
hundred shapes at a time.
"""

import codecs
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.errors import BoundaryError
from routing.outside import Unreadable, decoded, read_json
from routing.place.build.features import Table, named

CRS84 = "OGC:CRS84"
UNSAID = "OGC:CRS84 by default"
"""RFC 7946, section 4: degrees of WGS84, longitude first, by default."""

EPSG = re.compile(r"\bEPSG(?:\.xml)?[:/#](?:[\d.]*[:/])?(\d{4,6})$", re.IGNORECASE)
"""``EPSG:27700`` as a name, as a URN with or without a version, and as an address of GML's or OGC's."""

COORDINATES = re.compile(rb'(?<!\\)"coordinates"\s*:\s*(\[[\[\]0-9eE+.,\s-]*\])')
CHUNK = 500
DEEPEST = 20
"""Geometry collections within geometry collections."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Arrays of coordinates from a document."""

    content: bytes
    token: str
    spans: Sequence[tuple[int, int]]

    def of(self, mark: object) -> str:
        """The array of a mark; ValueError if there is none."""
        if not isinstance(mark, str) or not mark.startswith(self.token):
            raise ValueError
        first, last = self.spans[int(mark.removeprefix(self.token))]
        return self.content[first:last].decode("ascii")


def read_geojson(content: bytes, source: str) -> tuple[Table, NDArray[np.object_], str | None]:
    """Read a feature collection.

    Returns:
        Column → values, each of shape (n,); shapes, of shape (n,); the coordinate system.

    Raises:
        BoundaryError: ``read``: not a feature collection; ``count``: no features; ``geometry``: a shape is missing.
    """
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            content = decoded(content).encode()
        whole, cut = _without_coordinates(content)
    except Unreadable as error:
        raise BoundaryError("read", f"{source}, {error}") from None
    except ValueError:
        raise BoundaryError("read", f"{source}: fetch or export it again. This is not readable JSON.") from None
    features = whole.get("features") if isinstance(whole, dict) and whole.get("type") == "FeatureCollection" else None
    if not isinstance(features, list) or not all(isinstance(each, dict) for each in features):
        raise BoundaryError("read", f"{source}: fetch or export it again. This is not a GeoJSON feature collection.")
    if not features:
        raise BoundaryError("count", f"{source}: choose another file. This one has no areas.")
    columns = _columns(features)
    return columns, _shapes(cut, features, columns, source), _crs(whole.get("crs"))


def _without_coordinates(content: bytes) -> tuple[Any, Cut]:
    """The document with a mark instead of each array of coordinates, and the arrays by mark."""
    spans: list[tuple[int, int]] = []
    token = secrets.token_hex(8)  # a mark that no document can contain by chance

    def mark(found: re.Match[bytes]) -> bytes:
        spans.append(found.span(1))
        return f'"coordinates":"{token}{len(spans) - 1}"'.encode()

    try:
        return read_json(COORDINATES.sub(mark, content)), Cut(content, token, spans)
    except Unreadable:
        decoded(content)  # which names the line in the file
        raise


def _columns(features: list[dict[str, Any]]) -> Table:
    rows = [row if isinstance(row := feature.get("properties"), dict) else {} for feature in features]
    names = dict.fromkeys(name for row in rows for name in row)
    columns: Table = {}
    for name in names:
        columns[name] = np.empty(len(rows), dtype=object)
        columns[name][:] = [row.get(name) for row in rows]
    return columns


def _shapes(cut: Cut, features: list[dict[str, Any]], columns: Table, source: str) -> NDArray[np.object_]:
    shapes = np.empty(len(features), dtype=object)
    for first in range(0, len(features), CHUNK):
        some = features[first : first + CHUNK]
        try:
            texts = [_written(feature.get("geometry"), cut) for feature in some]
            shapes[first : first + CHUNK] = shapely.from_geojson(texts)
        except (shapely.errors.ShapelyError, ValueError):
            at, why = next(_faults(cut, some))
            said = why.format(feature=named(columns, first + at))
            raise BoundaryError("geometry", f"{source}: {said}. Correct the source.") from None
    return shapes


def _written(geometry: object, cut: Cut, depth: int = 0) -> str:
    """A geometry as separate GeoJSON, with its coordinates."""
    if not isinstance(geometry, dict) or depth > DEEPEST:
        raise ValueError
    kind = geometry.get("type")
    if not isinstance(kind, str) or not kind.isalpha():
        raise ValueError
    if isinstance(geometry.get("geometries"), list):
        parts = ",".join(_written(part, cut, depth + 1) for part in geometry["geometries"])
        return f'{{"type":"{kind}","geometries":[{parts}]}}'
    return f'{{"type":"{kind}","coordinates":{cut.of(geometry.get("coordinates"))}}}'


def _faults(cut: Cut, features: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, str]]:
    """The features without a readable shape: their position, and the problem in words."""
    for at, feature in enumerate(features):
        if not isinstance(feature.get("geometry"), dict):
            yield at, "{feature} has no geometry"
            continue
        try:
            shapely.from_geojson(_written(feature["geometry"], cut))
        except (shapely.errors.ShapelyError, ValueError):
            yield at, "the shape of {feature} cannot be read"


def is_collection(path: Path) -> bool:
    """Whether a file looks like a feature collection, and not like other JSON."""
    return b"FeatureCollection" in path.read_bytes().replace(b"\0", b"")  # UTF-16 has these between letters


def _crs(said: object) -> str | None:
    """The coordinate system that a collection names, in any usual format."""
    if said is None:
        return UNSAID
    properties = said.get("properties") if isinstance(said, dict) else {"name": said}
    if not isinstance(properties, dict):
        return None
    code = properties.get("code")
    name = str(properties.get("name") or (f"EPSG:{code}" if code else "")).strip()
    if found := EPSG.search(name):
        return f"EPSG:{found[1]}"
    return CRS84 if name.upper().endswith("CRS84") else name[:40] or None
