"""Code lineage: which areas of a new vintage follow a code that was retired. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from routing.errors import BoundaryError
from routing.place.boundaries import Area, Boundaries
from routing.place.build.compare import Comparison
from routing.vocabulary import AreaKind, ChangeKind

SOLE_SHARE = 0.95
"""An area follows another by itself where it takes at least this share of it; the rest is drawing."""

LEAST_SHARE = 0.05
"""Less of an area than this makes nobody its successor."""


@dataclass(frozen=True, slots=True)
class Successor:
    """An area that follows a retired one; ``share`` of the retired area that it takes, None where a file says so."""

    area: Area
    share: float | None


@dataclass(frozen=True, slots=True)
class Succession:
    """What follows a retired code.

    Attributes:
        reason: of the mapping file, or ``overlap``.
        successors: the largest first; none where the area is gone.
    """

    old: Area
    successors: tuple[Successor, ...]
    reason: str

    @property
    def sole(self) -> Area | None:
        """The one area that follows; None where a person has to say which."""
        if len(self.successors) != 1:
            return None
        (one,) = self.successors
        return one.area if one.share is None or one.share >= SOLE_SHARE else None


Mapped = Mapping[str, Sequence[tuple[str, str]]]
"""Old code → (new code, reason), from a mapping file; several lines for one old code leave it to a person."""


def successions(before: Boundaries, after: Boundaries, comparison: Comparison, mapped: Mapped) -> list[Succession]:
    """What follows each retired code: as the mapping says, else by overlap.

    Raises:
        BoundaryError: the mapping names a new code that the new vintage does not hold.
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
            "lineage", f"The mapping leads {old.code} to {unknown[0]}, which is not in {vintage}. Fix that line."
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
