"""Coordinates: WGS84 longitude/latitude and British National Grid, by OSTN15; refused where they cannot be meant."""

import contextlib
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from convertbng.cutil import convert_bng
from numpy.typing import NDArray

from routing.errors import InputError

EASTERN_LIMIT_DEG = 1.78
"""East of this longitude convertbng answers nan (observed), so such a point is refused by name."""

LATITUDES = (49.0, 61.0)
LONGITUDES = (-9.0, 2.0)
EASTINGS = (0.0, 700_000.0)
NORTHINGS = (0.0, 1_300_000.0)

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
        Shape (n, 2), easting and northing; nan where OSTN15 does not reach.
    """
    eastings, northings = convert_bng(longitudes, latitudes)
    return np.column_stack([np.asarray(eastings, dtype=np.float64), np.asarray(northings, dtype=np.float64)])


def read_point(given: Mapping[str, object], field: str = "place") -> Point:
    """Validate a place from outside: ``{lat, lon}`` or ``{easting, northing}``.

    Raises:
        InputError: not numbers, out of range, swapped, or in the other system; names the field and what to do.
    """
    keys = set(given)
    if keys == {"lat", "lon"}:
        return _from_degrees(_number(given, "lat", field, DEGREES), _number(given, "lon", field, DEGREES), field)
    if keys == {"easting", "northing"}:
        easting = _number(given, "easting", field, METRES)
        return _from_metres(easting, _number(given, "northing", field, METRES), field)
    raise InputError(field, "Send either lat and lon, or easting and northing, and nothing else.")


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
    if _within(latitude, LATITUDES) and EASTERN_LIMIT_DEG < longitude <= LONGITUDES[1]:
        raise InputError(
            f"{field}.lon",
            f"East of {EASTERN_LIMIT_DEG} degrees no conversion to the National Grid is at hand. "
            "Send easting and northing.",
        )
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
