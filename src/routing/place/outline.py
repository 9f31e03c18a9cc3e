"""Outlines of a district's parishes for a map, simplified together, so that neighbours share a border."""

import json

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.place.boundaries import Boundaries
from routing.place.grid import to_degrees

TOLERANCE_M = 60.0
"""Simplification of Visvalingam and Whyatt. It removes triangles below half its square (``shapely``'s measure)."""

DECIMALS = 5
"""Of degrees: about a metre."""


def outlines(boundaries: Boundaries, district: str, tolerance_m: float = TOLERANCE_M) -> bytes:
    """The parishes and unparished areas of a district as GeoJSON (RFC 7946), with ``code`` and ``name``.

    Args:
        district: GSS code.
    """
    numbers = [n for n, area in enumerate(boundaries.areas[: boundaries.parishes]) if area.district == district]
    simple = shapely.coverage_simplify(boundaries.polygons[numbers], tolerance_m)
    features = [
        {
            "type": "Feature",
            "properties": {"code": boundaries.areas[number].code, "name": boundaries.areas[number].name},
            "geometry": json.loads(shapely.to_geojson(shapely.transform(shape, _in_degrees))),
        }
        for number, shape in zip(numbers, simple, strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")).encode()


def _in_degrees(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.round(to_degrees(xy), DECIMALS), dtype=np.float64)
