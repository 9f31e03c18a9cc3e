"""Code lineage: the areas of a new vintage that replace a retired code. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from routing.errors import BoundaryError
from routing.place.boundaries import Area, Boundaries
from routing.place.build.compare import Comparison
from routing.vocabulary import AreaKind, ChangeKind

SOLE_SHARE = 0.95
"""An area is the only successor if it has at least this share of the former one. The rest comes from drawing."""

LEAST_SHARE = 0.05
"""An area with a smaller share is not a successor."""


@dataclass(frozen=True, slots=True)
class Successor:
    """An area that replaces a retired one; ``share`` is its part of the retired area, None if a file names it."""

    area: Area
    share: float | None


@dataclass(frozen=True, slots=True)
class Succession:
    """The successors of a retired code.

    Attributes:
        reason: of the mapping file, or ``overlap``.
        successors: the largest first; none if the area no longer exists.
    """

    old: Area
    successors: tuple[Successor, ...]
    reason: str

    @property
    def sole(self) -> Area | None:
        """The only successor; None if a person must choose."""
        if len(self.successors) != 1:
            return None
        (one,) = self.successors
        return one.area if one.share is None or one.share >= SOLE_SHARE else None


Mapped = Mapping[str, Sequence[tuple[str, str]]]
"""Old code → (new code, reason), from a mapping file; with several lines for one old code, a person must choose."""


def successions(before: Boundaries, after: Boundaries, comparison: Comparison, mapped: Mapped) -> list[Succession]:
    """The successors of each retired code, from the mapping, else by overlap.

    Raises:
        BoundaryError: the mapping has a new code that is not in the new vintage.
    """
    areas = {area.code: area for area in after.areas if area.kind is not AreaKind.DISTRICT}
    found = []
    numbers = {area.code: number for number, area in enumerate(before.areas)}
    for change in comparison.of(ChangeKind.RETIRED):
        lines = mapped.get(change.area.code, ())
        if lines:
            found.append(_as_mapped(change.area, lines, areas, after.vintage))
        else:
            found.append(_by_overlap(change.area, before.polygons[numbers[change.area.code]], after))
    return found


def _as_mapped(
    old: Area, lines: Sequence[tuple[str, str]], areas: Mapping[str, Area], vintage: str | None
) -> Succession:
    unknown = [code for code, _ in lines if code not in areas]
    if unknown:
        raise BoundaryError(
            "lineage", f"Correct the line for {old.code} in the mapping. Its new code {unknown[0]} is not in {vintage}."
        )
    successors = tuple(Successor(areas[code], None) for code in dict.fromkeys(code for code, _ in lines))
    return Succession(old, successors, lines[0][1])


def _by_overlap(old: Area, polygon: shapely.Geometry, after: Boundaries) -> Succession:
    candidates = [n for n in after.tree.query(polygon).tolist() if after.areas[n].kind is not AreaKind.DISTRICT]
    common = shapely.area(shapely.intersection(after.polygons[candidates], polygon))
    shares = common / max(float(shapely.area(polygon)), 1.0)
    order = [n for n in np.argsort(-shares, kind="stable").tolist() if shares[n] >= LEAST_SHARE]
    if order and shares[order[0]] >= SOLE_SHARE:
        order = order[:1]
    return Succession(
        old, tuple(Successor(after.areas[candidates[n]], round(float(shares[n]), 4)) for n in order), "overlap"
    )
