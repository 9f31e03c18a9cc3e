"""Checks of a vintage before use, each with a code, a figure and a plain sentence. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.place.boundaries import Boundaries
from routing.place.build.compare import Comparison
from routing.vocabulary import AreaKind, ChangeKind, is_garbled


class Level(StrEnum):
    """The effect of a finding on the vintage."""

    PASSED = "passed"
    NOTED = "noted"
    WAITS = "waits"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits above which a person must review a vintage, or nobody can activate it (facts 1.3, refresh gates).

    Attributes:
        overlap_m2, overlap_share: two areas that share more than both, as a share of the smaller one. Slivers are
            smaller (the worst in a published 20 m vintage: 22,397 m², 0.4 %).
        gap_share: share of a district outside its parishes and unparished areas (the worst in that vintage, with
            separately drawn districts: 0.6 %).
        count_share: by how much the number of areas may change.
        area_share: by how much the area of a district's parishes may change.
    """

    overlap_m2: float = 10_000.0
    overlap_share: float = 0.01
    gap_share: float = 0.01
    count_share: float = 0.02
    area_share: float = 0.005


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        codes: codes of its areas, limited to what a person can read.
    """

    check: str
    level: Level
    figure: float
    sentence: str
    codes: tuple[str, ...] = ()


MOST_NAMED = 20
CHUNK = 5_000
"""Number of pairs of neighbours to overlay at a time."""

BESIDE_M = 1.0
"""Margin around the common box of two areas for an overlay."""


def check(
    new: Boundaries, comparison: Comparison | None, repaired: Sequence[str] = (), limits: Limits | None = None
) -> list[Finding]:
    """Check a vintage and its changes.

    Args:
        comparison: with the active vintage; None if there is none, or if this is not its successor.
        repaired: codes of areas with a shape that we repaired while reading.
    """
    limits = limits or Limits()
    found = [
        _geometry(new),
        _names(new),
        _repaired(repaired),
        _overlaps(new, limits),
        _gaps(new, limits),
        _unparished(new),
    ]
    if comparison is not None:
        found += [_count_change(comparison, limits), _area_change(comparison, limits), _districts(comparison)]
        found += [_codes(comparison, kind, limits) for kind in ChangeKind]
    return found


def worst(findings: Sequence[Finding]) -> Level:
    """The most serious level of the findings."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.PASSED)


def _geometry(new: Boundaries) -> Finding:
    broken = new.unanswerable()
    if not any(area.kind is not AreaKind.DISTRICT for area in new.areas):
        return Finding("geometry", Level.FAILED, 0, "It has no parishes and no unparished areas.")
    if broken:
        return Finding(
            "geometry", Level.FAILED, len(broken), f"{len(broken)} areas have no usable shape.", _few(broken)
        )
    return Finding("geometry", Level.PASSED, 0, "Every area has a valid shape.")


def _names(new: Boundaries) -> Finding:
    garbled = [area.code for area in new.areas if is_garbled(area.name)]
    if not garbled:
        return Finding("names", Level.PASSED, 0, "Every name is readable.")
    sentence = f"{len(garbled)} names are not readable, because of a wrong encoding. Export the file as UTF-8."
    return Finding("names", Level.WAITS, len(garbled), sentence, _few(garbled))


def _repaired(codes: Sequence[str]) -> Finding:
    if not codes:
        return Finding("repaired", Level.PASSED, 0, "No shape needed a repair.")
    return Finding("repaired", Level.NOTED, len(codes), f"{len(codes)} shapes crossed themselves. We repaired them.",
                   _few(codes))  # fmt: skip


def _overlaps(new: Boundaries, limits: Limits) -> Finding:
    polygons = new.polygons[: new.parishes]
    areas = shapely.area(polygons)
    left, right = shapely.STRtree(polygons).query(polygons)
    once = left < right
    left, right = left[once], right[once]
    most_allowed = np.maximum(limits.overlap_m2, limits.overlap_share * np.minimum(areas[left], areas[right]))
    boxes = _in_common(shapely.bounds(polygons), left, right)
    in_doubt = np.flatnonzero(_at_most_shared(polygons, boxes) > most_allowed)
    shared = _shared(polygons, left[in_doubt], right[in_doubt], boxes[in_doubt])
    grave = in_doubt[shared > most_allowed[in_doubt]]
    most = round(float(shared.max(initial=0.0)))
    share, square = f"{limits.overlap_share:.0%} of the smaller one", f"{limits.overlap_m2:,.0f} m²"
    if not len(grave):
        return Finding("overlaps", Level.PASSED, most, f"No two areas share more than {share} and {square}.")
    codes = [new.areas[n].code for pair in grave.tolist() for n in (int(left[pair]), int(right[pair]))]
    sentence = f"{len(grave)} pairs of areas share more than {share} and {square}."
    return Finding("overlaps", Level.WAITS, len(grave), sentence, _few(codes))


def _in_common(bounds: NDArray[np.float64], left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    """The common box of the areas in each pair, with a small margin."""
    low = np.maximum(bounds[left, :2], bounds[right, :2]) - BESIDE_M
    high = np.minimum(bounds[left, 2:], bounds[right, 2:]) + BESIDE_M
    return np.column_stack([low, high])


def _at_most_shared(polygons: NDArray[np.object_], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """A maximum for the square metres that each pair shares, without an overlay.

    Edges that do not match surround what two areas share, and they are connected (GEOS, CoverageValidator: "the
    interiors of polygons do not intersect"). So it is within the convex hull of such edges, and within the common box
    of the areas.
    """
    edges = shapely.get_parts(shapely.coverage_invalid_edges(polygons))
    runs = _runs(edges[~shapely.is_empty(edges)])
    bounds, hulls = shapely.bounds(runs), shapely.area(shapely.convex_hull(runs))
    pair, run = shapely.STRtree(runs).query(shapely.box(*boxes.T))
    low, high = np.maximum(bounds[run, :2], boxes[pair, :2]), np.minimum(bounds[run, 2:], boxes[pair, 2:])
    size = np.minimum(np.prod(np.maximum(high - low, 0), axis=1), hulls[run])
    return np.asarray(np.bincount(pair, size, len(boxes)), dtype=np.float64)


def _runs(edges: NDArray[np.object_]) -> NDArray[np.object_]:
    """Connected edges, found by touching boxes: shape (n,), each run as one geometry."""
    one, other = shapely.STRtree(edges).query(edges)
    first, before = np.arange(len(edges)), None
    while before is None or (first != before).any():  # each edge takes the lowest number of its neighbours
        before = first.copy()
        np.minimum.at(first, one, before[other])
        first = first[first]
    _, run = np.unique(first, return_inverse=True)
    order = np.argsort(run, kind="stable")
    return np.asarray(shapely.multilinestrings(edges[order], indices=run[order]), dtype=object)


def _shared(
    polygons: NDArray[np.object_], left: NDArray[np.int64], right: NDArray[np.int64], boxes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The square metres that each pair shares.

    Only overlays the part of each pair in their common box, and only if both have a surface in it. Does not use
    prepared polygons, because their index for this takes two gigabytes for England.
    """
    shared = np.zeros(len(left))
    for first in range(0, len(left), CHUNK):
        some = slice(first, first + CHUNK)
        one, other = _clipped(polygons[left[some]], boxes[some]), _clipped(polygons[right[some]], boxes[some])
        meet = np.flatnonzero((shapely.area(one) > 0) & (shapely.area(other) > 0))
        meet = meet[shapely.intersects(one[meet], other[meet])]
        shared[first + meet] = shapely.area(shapely.intersection(one[meet], other[meet]))
    return shared


def _clipped(polygons: NDArray[np.object_], boxes: NDArray[np.float64]) -> NDArray[np.object_]:
    clipped = np.empty(len(polygons), dtype=object)
    clipped[:] = [shapely.clip_by_rect(one, *box) for one, box in zip(polygons.tolist(), boxes.tolist(), strict=True)]
    return clipped


def _gaps(new: Boundaries, limits: Limits) -> Finding:
    """The share of each district outside all parishes and unparished areas, if we know the district's outline."""
    districts = {area.code: n for n, area in enumerate(new.areas) if area.kind is AreaKind.DISTRICT}
    if not districts:
        return Finding("gaps", Level.NOTED, 0, "Without districts, we cannot check for gaps.")
    members_of: dict[str, list[int]] = {}  # without neighbours that are loaded for their name only
    for number, area in enumerate(new.areas):
        if area.kind is not AreaKind.DISTRICT and area.district in districts:
            members_of.setdefault(area.district, []).append(number)
    open_ones, most = [], 0.0
    for code, members in members_of.items():
        whole = new.polygons[districts[code]]
        share = float(shapely.area(shapely.difference(whole, shapely.union_all(new.polygons[members]))))
        share /= max(float(shapely.area(whole)), 1.0)
        most = max(most, share)
        if share > limits.gap_share:
            open_ones.append(code)
    if not open_ones:
        return Finding("gaps", Level.PASSED, round(most, 4), f"At most {most:.2%} of a district is outside all areas.")
    sentence = f"In {len(open_ones)} districts, more than {limits.gap_share:.1%} is outside all areas."
    return Finding("gaps", Level.WAITS, len(open_ones), sentence, _few(open_ones))


def _unparished(new: Boundaries) -> Finding:
    count = sum(area.kind is AreaKind.UNPARISHED for area in new.areas)
    if count:
        return Finding("unparished", Level.PASSED, count, f"{count} unparished areas found.")
    sentence = "There are no unparished areas. A place without a parish will have no data."
    return Finding("unparished", Level.NOTED, 0, sentence)


def _count_change(comparison: Comparison, limits: Limits) -> Finding:
    before = comparison.count_before
    after = before - len(comparison.of(ChangeKind.RETIRED)) + len(comparison.of(ChangeKind.NEW))
    share = abs(after - before) / max(before, 1)
    level = Level.WAITS if share > limits.count_share else Level.PASSED
    return Finding(
        "count-change", level, round(share, 4), f"{before:,} areas became {after:,}, a change of {share:.2%}."
    )


def _area_change(comparison: Comparison, limits: Limits) -> Finding:
    shares = {
        code: abs(after - before) / before for code, (before, after) in comparison.areas_m2.items() if before and after
    }
    grave = sorted((code for code in shares if shares[code] > limits.area_share), key=lambda code: -shares[code])
    most = max(shares.values(), default=0.0)
    if not grave:
        return Finding(
            "area-change", Level.PASSED, round(most, 4), f"No district's area changed by more than {most:.2%}."
        )
    sentence = f"The area of {len(grave)} districts changed by up to {most:.2%}."
    return Finding("area-change", Level.WAITS, len(grave), sentence, _few(grave))


def _districts(comparison: Comparison) -> Finding:
    gone = [code for code, (before, after) in comparison.areas_m2.items() if before and not after]
    if not gone:
        return Finding("districts-missing", Level.PASSED, 0, "Every district still has areas.")
    return Finding(
        "districts-missing", Level.WAITS, len(gone), f"{len(gone)} districts no longer have areas.", _few(gone)
    )


SAID = {
    ChangeKind.NEW: "codes are new",
    ChangeKind.RETIRED: "codes retired",
    ChangeKind.RENAMED: "areas renamed with the same code",
    ChangeKind.MOVED: "areas moved by more than 1%",
}


def _codes(comparison: Comparison, kind: ChangeKind, limits: Limits) -> Finding:
    changes = comparison.of(kind)
    many = len(changes) > limits.count_share * max(comparison.count_before, 1)
    level = Level.PASSED if not changes else Level.WAITS if many else Level.NOTED
    codes = [change.area.code for change in changes]
    return Finding(f"codes-{kind.value}", level, len(changes), f"{len(changes)} {SAID[kind]}.", _few(codes))


def _few(codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))[:MOST_NAMED]
