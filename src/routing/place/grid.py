"""Coordinates: WGS84 longitude/latitude and British National Grid, with OSTN15. Refuses impossible ones."""

import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from convertbng.cutil import convert_bng, convert_lonlat
from numpy.typing import NDArray

from routing.errors import InputError

FORWARD = ((-8.5, 49.9222), (1.75, 60.83))
"""South-west and north-east of what convertbng converts to metres (observed). Beyond lie the Isles of Scilly, which are
England's, and Scotland's Unst and St Kilda; the way back to degrees goes there."""

SOUTHERN_LIMIT_DEG = 49.83
"""South of this latitude the National Grid has ended."""

METRES_A_DEGREE = 111_200.0
"""Of latitude, about."""

REACHED_DEG = 1e-9
ROUNDS = 12
LATITUDES = (49.0, 61.0)
LONGITUDES = (-9.0, 2.0)
EASTINGS = (0.0, 700_000.0)
NORTHINGS = (0.0, 1_300_000.0)

LARGEST_DEGREES = 180.0

DEGREES = "Send latitude (49 to 61) and longitude (-9 to 2) in degrees (WGS84), as numbers."
METRES = "Send easting (0 to 700000) and northing (0 to 1300000) in metres of the British National Grid, as numbers."


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the British National Grid (EPSG:27700), in metres."""

    easting: float
    northing: float


def to_grid(longitudes: NDArray[np.float64], latitudes: NDArray[np.float64]) -> NDArray[np.float64]:
    """WGS84 degrees → British National Grid metres by OSTN15.

    Args:
        longitudes: shape (n,).
        latitudes: shape (n,).

    Returns:
        Shape (n, 2), easting and northing; nan outside OSTN15.
    """
    points = _by_ostn15(longitudes, latitudes)
    missing = np.flatnonzero(np.isnan(points[:, 0]))
    if len(missing):
        degrees = np.column_stack([longitudes, latitudes])[missing]
        is_near = (degrees[:, 1] > SOUTHERN_LIMIT_DEG) & (degrees[:, 1] < LATITUDES[1])
        is_near &= (degrees[:, 0] > LONGITUDES[0]) & (degrees[:, 0] < LONGITUDES[1])
        points[missing[is_near]] = _from_its_end(degrees[is_near])
    return points


def _by_ostn15(longitudes: NDArray[np.float64], latitudes: NDArray[np.float64]) -> NDArray[np.float64]:
    eastings, northings = convert_bng(longitudes, latitudes)
    return np.column_stack([np.asarray(eastings, dtype=np.float64), np.asarray(northings, dtype=np.float64)])


def _from_its_end(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """The way back, which convertbng does go there, found from its end: to a millimetre of OSTN15 (measured).

    Each round moves the points by the remaining error of longitude and latitude, in metres; nan if this finds no
    solution.
    """
    if not len(degrees):
        return np.empty((0, 2))
    metres = METRES_A_DEGREE * np.column_stack([np.cos(np.radians(degrees[:, 1])), np.ones(len(degrees))])
    off = degrees - (start := np.clip(degrees, *FORWARD))
    points = _by_ostn15(start[:, 0], start[:, 1])
    for _ in range(ROUNDS):
        points += off * metres
        off = degrees - to_degrees(points)
    points[~(np.abs(off) < REACHED_DEG).all(axis=1)] = np.nan
    return points


def to_degrees(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """British National Grid metres → WGS84 degrees by OSTN15.

    Args:
        points: shape (n, 2), easting and northing.

    Returns:
        Shape (n, 2), longitude and latitude; nan outside OSTN15.
    """
    longitudes, latitudes = convert_lonlat(points[:, 0], points[:, 1])
    return np.column_stack([np.asarray(longitudes, dtype=np.float64), np.asarray(latitudes, dtype=np.float64)])


def read_point(given: Mapping[str, object], field: str = "place") -> Point:
    """Check a place from outside: ``{lat, lon}`` or ``{easting, northing}``.

    Raises:
        InputError: not numbers, outside the range, swapped, or in the other system; names the field and what to do.
    """
    keys = set(given)
    if keys == {"lat", "lon"}:
        return _from_degrees(_number(given, "lat", field, DEGREES), _number(given, "lon", field, DEGREES), field)
    if keys == {"easting", "northing"}:
        easting = _number(given, "easting", field, METRES)
        return _from_metres(easting, _number(given, "northing", field, METRES), field)
    raise InputError(field, "Send either lat and lon, or easting and northing, and nothing else.")


def read_points(
    values: NDArray[np.float64], names: tuple[str, str], called: Callable[[int], str]
) -> NDArray[np.float64]:
    """Check many places at once, like ``read_point``.

    Args:
        values: shape (n, 2).
        names: names of the two numbers: ``lat`` and ``lon``, or ``easting`` and ``northing``.
        called: words for the place of a row in an error.

    Returns:
        Shape (n, 2), British National Grid easting and northing in metres.

    Raises:
        InputError: for the first wrong place.
    """
    in_degrees = names == ("lat", "lon")
    first, second = (LATITUDES, LONGITUDES) if in_degrees else (EASTINGS, NORTHINGS)
    good = (values[:, 0] >= first[0]) & (values[:, 0] <= first[1])
    good &= (values[:, 1] >= second[0]) & (values[:, 1] <= second[1])
    if not in_degrees:
        good &= (np.abs(values) > LARGEST_DEGREES).any(axis=1)
    points = to_grid(values[:, 1], values[:, 0]) if in_degrees else values
    good &= np.isfinite(points).all(axis=1)
    if not good.all():
        row = int(np.argmin(good))
        read_point(dict(zip(names, values[row].tolist(), strict=True)), called(row))
    return points


def _number(given: Mapping[str, object], key: str, field: str, hint: str) -> float:
    value = given[key]
    with contextlib.suppress(OverflowError):  # an integer of hundreds of digits
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(float(value)):
            return float(value)
    raise InputError(f"{field}.{key}", f"This is not a number. {hint}")


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _from_degrees(latitude: float, longitude: float, field: str) -> Point:
    if abs(latitude) > 180 or abs(longitude) > 180:
        raise InputError(field, f"These are metres, not degrees. Send them as easting and northing. {METRES}")
    if _within(latitude, LATITUDES) and _within(longitude, LONGITUDES):
        easting, northing = to_grid(np.array([longitude]), np.array([latitude]))[0]
        if not math.isfinite(easting):
            raise InputError(field, "This place is outside the National Grid. Send a place in Great Britain.")
        return Point(float(easting), float(northing))
    if _within(longitude, LATITUDES) and _within(latitude, LONGITUDES):
        raise InputError(field, f"Latitude and longitude are swapped. {DEGREES}")
    wrong = "lon" if _within(latitude, LATITUDES) else "lat"
    raise InputError(f"{field}.{wrong}", f"This is outside Great Britain. {DEGREES}")


def _from_metres(easting: float, northing: float, field: str) -> Point:
    if abs(easting) <= 180 and abs(northing) <= 180:
        raise InputError(field, f"These are degrees, not metres. Send them as lat and lon. {DEGREES}")
    if _within(easting, EASTINGS) and _within(northing, NORTHINGS):
        return Point(easting, northing)
    if _within(northing, EASTINGS) and _within(easting, NORTHINGS):
        raise InputError(field, f"Easting and northing are swapped. {METRES}")
    wrong = "northing" if _within(easting, EASTINGS) else "easting"
    raise InputError(f"{field}.{wrong}", f"This is outside the National Grid. {METRES}")
