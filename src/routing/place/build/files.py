"""GeoJSON and GeoPackage files → areas in the British National Grid."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.errors import BoundaryError
from routing.place.boundaries import Area
from routing.place.grid import to_grid
from routing.words import AreaKind

PARISH_FIELD = re.compile(r"^par(ncp)?\d\d(cd|nm)$", re.IGNORECASE)
DISTRICT_FIELD = re.compile(r"^lad\d\d(cd|nm)$", re.IGNORECASE)
"""ONS names its fields by vintage, in either case; the pattern is what stays."""

AREA_CODE = re.compile(r"^[EW](04|43)\d{6}$")
DISTRICT_CODE = re.compile(r"^([EW]0[6789])\d{6}$")
GRID = "EPSG:27700"
DEGREES = {"EPSG:4326", "OGC:CRS84"}

Pair = tuple[Area, bytes]


def read_areas(parishes: Path, districts: Path | None = None, district: str | None = None) -> list[Pair]:
    """Read and check a layer of parishes and, where given, a layer of districts.

    Args:
        parishes: features with PARNCPyyCD, PARNCPyyNM and, unless ``district`` is given, LADyyCD.
        districts: features with LADyyCD and LADyyNM.
        district: GSS code of the district in which all parishes lie, for a layer that does not say.

    Raises:
        BoundaryError: a file cannot be read or its content is not taken; says which check and what to do.
    """
    pairs = _parish_layer(parishes, district)
    if districts is not None:
        pairs += _district_layer(districts)
    _check_codes(pairs)
    return pairs


def _parish_layer(path: Path, district: str | None) -> list[Pair]:
    table, polygons = _read(path)
    codes, names = _column(table, PARISH_FIELD, "cd", path), _column(table, PARISH_FIELD, "nm", path)
    if district is not None:
        owners = [district] * len(codes)
    else:
        hint = " Or say in which district all of them lie, with --district CODE."
        owners = _column(table, DISTRICT_FIELD, "cd", path, hint)
    pairs = []
    for code, name, owner, polygon in zip(codes, names, owners, polygons, strict=True):
        if not AREA_CODE.match(code):
            raise BoundaryError(f"{path}: code-pattern: {code!r} is not the code of a parish or unparished area.")
        if not DISTRICT_CODE.match(owner):
            raise BoundaryError(f"{path}: code-pattern: {owner!r} is not the code of a district.")
        kind = AreaKind.PARISH if code[1:3] == "04" else AreaKind.UNPARISHED
        pairs.append((Area(code, name, kind, owner), shapely.to_wkb(polygon)))
    return pairs


def _district_layer(path: Path) -> list[Pair]:
    table, polygons = _read(path)
    codes, names = _column(table, DISTRICT_FIELD, "cd", path), _column(table, DISTRICT_FIELD, "nm", path)
    pairs = []
    for code, name, polygon in zip(codes, names, polygons, strict=True):
        if not DISTRICT_CODE.match(code):
            raise BoundaryError(f"{path}: code-pattern: {code!r} is not the code of a district.")
        pairs.append((Area(code, name, AreaKind.DISTRICT, code), shapely.to_wkb(polygon)))
    return pairs


def _check_codes(pairs: list[Pair]) -> None:
    twice = [code for code, count in Counter(area.code for area, _ in pairs).items() if count > 1]
    if twice:
        raise BoundaryError(f"duplicates: {', '.join(twice[:5])} stand in the file more than once. Merge them first.")


def _read(path: Path) -> tuple[dict[str, NDArray[Any]], NDArray[np.object_]]:
    """A layer's columns and its polygons, valid and in metres."""
    import pyogrio.errors
    import pyogrio.raw

    try:
        meta, _, wkb, columns = pyogrio.raw.read(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise BoundaryError(f"{path}: read: the file is no boundary file that can be read ({error}).") from None
    if wkb is not None and len(wkb) == 0:
        raise BoundaryError(f"{path}: count: there is no area in the file. Choose another file.")
    if wkb is None or any(one is None for one in wkb):
        raise BoundaryError(f"{path}: geometry: a feature has no geometry. Mend the file.")
    polygons = _in_metres(np.asarray(shapely.from_wkb(wkb), dtype=object), meta.get("crs"), path)
    return dict(zip(meta["fields"], columns, strict=True)), _valid(polygons, path)


def _in_metres(polygons: NDArray[np.object_], crs: str | None, path: Path) -> NDArray[np.object_]:
    west, south, east, north = shapely.total_bounds(polygons)
    looks_like_degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    if crs == GRID and not looks_like_degrees:
        return polygons
    if crs in DEGREES and looks_like_degrees:
        if not (west >= -9 and east <= 2 and south >= 49 and north <= 61):
            raise BoundaryError(f"{path}: crs: the coordinates are not in Great Britain, or their axes are swapped.")
        moved = shapely.transform(polygons, lambda xy: to_grid(xy[:, 0], xy[:, 1]))
        return np.asarray(moved, dtype=object)
    raise BoundaryError(
        f"{path}: crs: the file says {crs or 'nothing'}, but its coordinates run from {west:.1f}, {south:.1f} to "
        f"{east:.1f}, {north:.1f}. Waywarden takes EPSG:27700 in metres and EPSG:4326 in degrees."
    )


def _valid(polygons: NDArray[np.object_], path: Path) -> NDArray[np.object_]:
    """Repair self-intersections, as published ones have; keep the polygons of what comes out."""
    repaired = polygons.copy()
    for number in np.flatnonzero(~shapely.is_valid(polygons)).tolist():
        parts = shapely.get_parts(shapely.make_valid(polygons[number]))
        kept = [part for part in parts if part.geom_type in {"Polygon", "MultiPolygon"}]
        repaired[number] = shapely.union_all(kept) if kept else shapely.Polygon()
    if bool(np.any(shapely.is_empty(repaired))) or not set(shapely.get_type_id(repaired).tolist()) <= {3, 6}:
        raise BoundaryError(f"{path}: geometry: a feature is empty or no polygon. Mend the file.")
    return repaired


def _column(
    table: dict[str, NDArray[Any]], pattern: re.Pattern[str], ending: str, path: Path, hint: str = ""
) -> list[str]:
    found = [name for name in table if pattern.match(name) and name.lower().endswith(ending)]
    if len(found) != 1:
        have = ", ".join(table) or "none"
        raise BoundaryError(
            f"{path}: fields: expected one field that matches {pattern.pattern}, ending in {ending}; "
            f"the file has {have}.{hint}"
        )
    return [str(value) for value in table[found[0]]]
