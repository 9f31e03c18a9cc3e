"""GeoJSON (RFC 7946, and its predecessor's ``crs``) → columns and shapes. Nothing that the text names is opened."""

import re
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.errors import BoundaryError
from routing.outside import read_json

WITHOUT_CRS = "OGC:CRS84"
"""RFC 7946, section 4: degrees of WGS84, longitude first, where nothing else is said."""

EPSG = re.compile(r"EPSG:+(\d{4,6})$")


def read_geojson(content: bytes, source: str) -> tuple[dict[str, NDArray[np.object_]], NDArray[np.object_], str | None]:
    """Read a feature collection.

    Returns:
        Column → values, each of shape (n,); shapes, of shape (n,); the coordinate system.

    Raises:
        BoundaryError: ``read``: no feature collection; ``count``: none in it; ``geometry``: a shape is missing.
    """
    try:
        text = content.decode("utf-8-sig")
        whole = read_json(text)
    except UnicodeDecodeError as error:
        said = f"{source}, byte {error.start + 1}: this is not UTF-8"
        raise BoundaryError("read", f"{said}. Export it again as GeoJSON in UTF-8.") from None
    except ValueError:
        raise BoundaryError("read", f"{source}: this is no JSON that can be read. Fetch or export it again.") from None
    features = whole.get("features") if isinstance(whole, dict) and whole.get("type") == "FeatureCollection" else None
    if not isinstance(features, list) or not all(isinstance(each, dict) for each in features):
        raise BoundaryError("read", f"{source}: this is no GeoJSON feature collection. Fetch or export it again.")
    if not features:
        raise BoundaryError("count", f"{source}: there is no area in it. Choose another file.")
    return _columns(features), _shapes(text, features, source), _crs(whole.get("crs"))


def _columns(features: list[dict[str, Any]]) -> dict[str, NDArray[np.object_]]:
    rows = [row if isinstance(row := feature.get("properties"), dict) else {} for feature in features]
    names = dict.fromkeys(name for row in rows for name in row)
    columns: dict[str, NDArray[np.object_]] = {}
    for name in names:
        columns[name] = np.empty(len(rows), dtype=object)
        columns[name][:] = [row.get(name) for row in rows]
    return columns


def _shapes(text: str, features: list[dict[str, Any]], source: str) -> NDArray[np.object_]:
    if any(not isinstance(feature.get("geometry"), dict) for feature in features):
        raise BoundaryError("geometry", f"{source}: a feature has no geometry. Mend the source.")
    try:
        shapes = np.asarray(shapely.get_parts(shapely.from_geojson(text)), dtype=object)
    except shapely.errors.ShapelyError as error:
        said = f"{source}: a shape cannot be read ({type(error).__name__}). Mend the source."
        raise BoundaryError("geometry", said) from None
    if len(shapes) != len(features):
        raise BoundaryError(
            "geometry", f"{source}: {len(features)} features, but {len(shapes)} shapes. Mend the source."
        )
    return shapes


def _crs(said: object) -> str | None:
    properties = said.get("properties") if isinstance(said, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    found = EPSG.search(name)
    if found:
        return f"EPSG:{found[1]}"
    return WITHOUT_CRS if said is None or name.endswith("CRS84") else name[:40] or None
