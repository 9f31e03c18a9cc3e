"""A stretch of road across parishes, each with its share of the length. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.errors import InputError
from routing.place.boundaries import Area, Boundaries
from routing.vocabulary import AreaKind

LONGEST_M = 200_000.0
MOST_POINTS = 10_000
LEAST_M = 0.01
"""Shorter pieces come from rounding, not from a road."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a line.

    Attributes:
        area: parish or unparished area; a district without known parishes; None outside all areas.
        length_m: metres of the line within it, including its boundary.
        share: share of the whole length. Along a common boundary, both areas have the same stretch.
    """

    area: Area | None
    length_m: float
    share: float


def along(line: NDArray[np.float64] | Sequence[NDArray[np.float64]], boundaries: Boundaries) -> list[Stretch]:
    """Cut a line into areas, longest stretch first. Parts outside all areas come last.

    Args:
        line: shape (n, 2), British National Grid, metres; n of at least 2. Several of these for a road in pieces.

    Raises:
        InputError: fewer than two different points, or too many or too long for a road.
    """
    lines = [line] if isinstance(line, np.ndarray) else line
    if sum(len(each) for each in lines) > MOST_POINTS:
        raise InputError("line", f"Send at most {MOST_POINTS} points.")
    pieces = [shapely.LineString(each) for each in lines if len(each) > 1]
    length = float(shapely.length(pieces).sum()) if len(pieces) == len(lines) else 0.0
    if length == 0.0:
        raise InputError("line", "Send at least two different points.")
    if length > LONGEST_M:
        raise InputError("line", f"Send a stretch of road. This line is longer than {LONGEST_M / 1000:.0f} km.")
    whole = shapely.union_all(pieces)  # a stretch that is there twice counts once
    length = float(shapely.length(whole))
    found = boundaries.tree.query(whole)
    parishes = [n for n in found.tolist() if boundaries.areas[n].kind is not AreaKind.DISTRICT]
    stretches = _cut(whole, parishes, boundaries, length)
    rest = shapely.difference(whole, shapely.union_all(boundaries.polygons[parishes])) if parishes else whole
    districts = [n for n in found.tolist() if boundaries.areas[n].kind is AreaKind.DISTRICT]
    stretches += _cut(rest, districts, boundaries, length)
    nowhere = shapely.difference(rest, shapely.union_all(boundaries.polygons[districts])) if districts else rest
    outside = float(shapely.length(nowhere))
    stretches.sort(key=lambda each: (-each.length_m, each.area.code if each.area else ""))
    return stretches + ([Stretch(None, outside, outside / length)] if outside >= LEAST_M else [])


def _cut(line: shapely.Geometry, areas: list[int], boundaries: Boundaries, whole_m: float) -> list[Stretch]:
    lengths = shapely.length(shapely.intersection(boundaries.polygons[areas], line)).tolist() if areas else []
    return [
        Stretch(boundaries.areas[area], length, length / whole_m)
        for area, length in zip(areas, lengths, strict=True)
        if length >= LEAST_M
    ]
