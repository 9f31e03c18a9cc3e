"""Checks of a vintage before it may answer: each with a code, a figure and a plain sentence. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.place.boundaries import Boundaries
from routing.place.build.compare import Comparison
from routing.words import AreaKind, ChangeKind


class Level(StrEnum):
    """What a finding means for the vintage."""

    PASSED = "passed"
    NOTED = "noted"
    WAITS = "waits"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a person, or nobody, may let a vintage in (facts 1.3, refresh gates).

    Attributes:
        overlap_m2, overlap_share: two areas that share more than both, of the smaller one; slivers are smaller (the
            worst of a published 20 m edition: 22,397 m², 0.4 %).
        gap_share: of a district that lies in none of its parishes or unparished areas (the worst of that edition,
            against districts drawn apart from it: 0.6 %).
        count_share: by which the number of areas may change.
        area_share: by which the area of a district's parishes may change.
    """

    overlap_m2: float = 10_000.0
    overlap_share: float = 0.01
    gap_share: float = 0.01
    count_share: float = 0.02
    area_share: float = 0.005


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw.

    Attributes:
        codes: of the areas it is about, at most as many as a person reads.
    """

    check: str
    level: Level
    figure: float
    sentence: str
    codes: tuple[str, ...] = ()


MOST_NAMED = 20
CHUNK = 500
"""So many areas are overlaid with their neighbours at a time."""


def check(
    new: Boundaries, comparison: Comparison | None, repaired: Sequence[str] = (), limits: Limits | None = None
) -> list[Finding]:
    """Judge a vintage by itself, and by what it changes.

    Args:
        comparison: with the active vintage; None where there is none, or one that it is no successor of.
        repaired: codes of areas whose shape had to be repaired while they were read.
    """
    limits = limits or Limits()
    found = [_geometry(new), _repaired(repaired), _overlaps(new, limits), _gaps(new, limits), _unparished(new)]
    if comparison is not None:
        found += [_count_change(comparison, limits), _area_change(comparison, limits), _districts(comparison)]
        found += [_codes(comparison, kind, limits) for kind in ChangeKind]
    return found


def worst(findings: Sequence[Finding]) -> Level:
    """The gravest level among findings."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.PASSED)


def _geometry(new: Boundaries) -> Finding:
    broken = new.unanswerable()
    if not any(area.kind is not AreaKind.DISTRICT for area in new.areas):
        return Finding("geometry", Level.FAILED, 0, "It holds no parish and no unparished area.")
    if broken:
        return Finding(
            "geometry", Level.FAILED, len(broken), f"{len(broken)} areas have no usable shape.", _few(broken)
        )
    return Finding("geometry", Level.PASSED, 0, "Every area has a valid shape.")


def _repaired(codes: Sequence[str]) -> Finding:
    if not codes:
        return Finding("repaired", Level.PASSED, 0, "No shape had to be repaired.")
    return Finding("repaired", Level.NOTED, len(codes), f"{len(codes)} shapes crossed themselves and were repaired.",
                   _few(codes))  # fmt: skip


def _overlaps(new: Boundaries, limits: Limits) -> Finding:
    left, right, shared = _shared(new)
    areas = shapely.area(new.polygons)
    smaller = np.minimum(areas[left], areas[right])
    grave = np.flatnonzero((shared > limits.overlap_m2) & (shared > limits.overlap_share * smaller))
    most = float(shared.max(initial=0.0))
    if not len(grave):
        return Finding("overlaps", Level.PASSED, round(most), f"No two areas share more than {round(most):,} m².")
    codes = [new.areas[n].code for pair in grave.tolist() for n in (int(left[pair]), int(right[pair]))]
    sentence = f"{len(grave)} pairs of areas share more than {limits.overlap_share:.0%} of the smaller one."
    return Finding("overlaps", Level.WAITS, len(grave), sentence, _few(codes))


def _shared(new: Boundaries) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of parishes and unparished areas that meet, and the square metres that they share.

    A prepared polygon that is asked about polygons keeps an index of its edges for that, two gigabytes for England: so
    copies are asked, some at a time.
    """
    pairs: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    for first in range(0, new.parishes, CHUNK):
        copies = shapely.from_wkb(shapely.to_wkb(new.polygons[first : min(first + CHUNK, new.parishes)]))
        at, right = new.tree.query(copies, predicate="intersects")
        once = (at + first < right) & (right < new.parishes)
        at, right = at[once], right[once]
        pairs.append((at + first, right, shapely.area(shapely.intersection(copies[at], new.polygons[right]))))
    left, right, shared = zip(*pairs, strict=True) if pairs else ([], [], [])
    return (
        np.concatenate([*left, []]).astype(int),
        np.concatenate([*right, []]).astype(int),
        np.concatenate([*shared, []]),
    )


def _gaps(new: Boundaries, limits: Limits) -> Finding:
    """Where a district's own outline is known: how much of it lies in no parish and no unparished area."""
    districts = {area.code: n for n, area in enumerate(new.areas) if area.kind is AreaKind.DISTRICT}
    if not districts:
        return Finding("gaps", Level.NOTED, 0, "No districts were loaded: gaps cannot be seen.")
    members_of: dict[str, list[int]] = {}  # without those neighbours that are loaded for their name only
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
        return Finding("gaps", Level.PASSED, round(most, 4), f"At most {most:.2%} of a district lies in no area.")
    sentence = f"In {len(open_ones)} districts more than {limits.gap_share:.1%} lies in no area."
    return Finding("gaps", Level.WAITS, len(open_ones), sentence, _few(open_ones))


def _unparished(new: Boundaries) -> Finding:
    count = sum(area.kind is AreaKind.UNPARISHED for area in new.areas)
    if count:
        return Finding("unparished", Level.PASSED, count, f"{count} unparished areas are in it.")
    sentence = "No unparished area is in it: a place without a parish will be answered as having no data."
    return Finding("unparished", Level.NOTED, 0, sentence)


def _count_change(comparison: Comparison, limits: Limits) -> Finding:
    before = comparison.count_before
    after = before - len(comparison.of(ChangeKind.RETIRED)) + len(comparison.of(ChangeKind.NEW))
    share = abs(after - before) / max(before, 1)
    level = Level.WAITS if share > limits.count_share else Level.PASSED
    return Finding("count-change", level, round(share, 4), f"{before:,} areas became {after:,}, by {share:.2%}.")


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
        return Finding("districts-missing", Level.PASSED, 0, "Every district is still there.")
    return Finding(
        "districts-missing", Level.WAITS, len(gone), f"{len(gone)} districts have no area any more.", _few(gone)
    )


SAID = {
    ChangeKind.NEW: "codes are new",
    ChangeKind.RETIRED: "codes are retired",
    ChangeKind.RENAMED: "areas were renamed under the same code",
    ChangeKind.MOVED: "areas moved by more than a hundredth",
}


def _codes(comparison: Comparison, kind: ChangeKind, limits: Limits) -> Finding:
    changes = comparison.of(kind)
    many = len(changes) > limits.count_share * max(comparison.count_before, 1)
    level = Level.PASSED if not changes else Level.WAITS if many else Level.NOTED
    codes = [change.area.code for change in changes]
    return Finding(f"codes-{kind.value}", level, len(changes), f"{len(changes)} {SAID[kind]}.", _few(codes))


def _few(codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))[:MOST_NAMED]
