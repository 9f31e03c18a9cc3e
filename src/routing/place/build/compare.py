"""Changes between two vintages: new, retired and renamed codes, and moved areas. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.place.boundaries import Area, Boundaries
from routing.vocabulary import AreaKind, ChangeKind

MOVED_SHARE = 0.01
"""An area has moved if more than this share of it is elsewhere. Less comes from drawing (facts 5.4)."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed code.

    Attributes:
        area: the new area; the former one for a retired code.
        before: its former name, if renamed.
        share: the share of the former area that changed, if it moved; else None.
    """

    kind: ChangeKind
    area: Area
    before: str | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two vintages, without districts.

    Attributes:
        count_before: the former number of areas.
        kept: the number of codes with the same name and area.
        areas_m2: per district, the area covered before and after, in square metres.
    """

    before: str | None
    after: str | None
    count_before: int
    kept: int
    changes: tuple[Change, ...]
    areas_m2: Mapping[str, tuple[float, float]]

    def of(self, kind: ChangeKind) -> list[Change]:
        """The changes of one kind, by code."""
        return [change for change in self.changes if change.kind is kind]


def compare(before: Boundaries, after: Boundaries) -> Comparison:
    """Compare parishes and unparished areas by code, because names are not unique."""
    old, new = _by_code(before), _by_code(after)
    changes = [Change(ChangeKind.RETIRED, before.areas[old[code]]) for code in sorted(old.keys() - new.keys())]
    changes += [Change(ChangeKind.NEW, after.areas[new[code]]) for code in sorted(new.keys() - old.keys())]
    both = sorted(old.keys() & new.keys())
    for code in both:
        was, now = before.areas[old[code]], after.areas[new[code]]
        if was.name != now.name:
            changes.append(Change(ChangeKind.RENAMED, now, was.name))
    shares = _moved_shares(before, after, [old[code] for code in both], [new[code] for code in both])
    for code, share in zip(both, shares.tolist(), strict=True):
        if share > MOVED_SHARE:
            changes.append(Change(ChangeKind.MOVED, after.areas[new[code]], share=round(share, 4)))
    changed = {change.area.code for change in changes}
    kept = sum(code not in changed for code in both)
    return Comparison(before.vintage, after.vintage, len(old), kept, tuple(changes), _areas(before, after))


def _by_code(boundaries: Boundaries) -> dict[str, int]:
    return {area.code: number for number, area in enumerate(boundaries.areas) if area.kind is not AreaKind.DISTRICT}


def _moved_shares(before: Boundaries, after: Boundaries, old: list[int], new: list[int]) -> NDArray[np.float64]:
    """For each area in both: the share of the former area that changed."""
    was, now = before.polygons[old], after.polygons[new]
    shares = np.zeros(len(old))
    differ = np.flatnonzero(~shapely.equals_exact(was, now, tolerance=0.0))
    changed = shapely.area(shapely.symmetric_difference(was[differ], now[differ]))
    shares[differ] = changed / np.maximum(shapely.area(was[differ]), 1.0)
    return shares


def _areas(before: Boundaries, after: Boundaries) -> dict[str, tuple[float, float]]:
    old, new = district_areas(before), district_areas(after)
    return {code: (old.get(code, 0.0), new.get(code, 0.0)) for code in sorted(old.keys() | new.keys())}


def district_areas(boundaries: Boundaries) -> dict[str, float]:
    """Per district, the sum of the areas of its parishes and unparished areas, in square metres."""
    sums: dict[str, float] = {}
    for area, size in zip(boundaries.areas, shapely.area(boundaries.polygons).tolist(), strict=True):
        if area.kind is not AreaKind.DISTRICT:
            sums[area.district] = sums.get(area.district, 0.0) + size
    return sums
