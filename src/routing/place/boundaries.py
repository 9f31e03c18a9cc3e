"""One vintage of boundaries as an immutable snapshot in memory, ready to search."""

import functools
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.vocabulary import AreaKind

P = ParamSpec("P")
R = TypeVar("R")


def _one_at_a_time(
    look_up: "Callable[Concatenate[Boundaries, P], R]",
) -> "Callable[Concatenate[Boundaries, P], R]":
    """Let one thread at a time use prepared geometries.

    GEOS builds a polygon's index at its second look-up and a line's index at the first distance, without a lock. So two
    threads at once corrupt the heap.
    """

    @functools.wraps(look_up)
    def held(self: "Boundaries", /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.lock:
            return look_up(self, *args, **kwargs)

    return held


@dataclass(frozen=True, slots=True)
class Area:
    """A parish, an unparished area or a district.

    Attributes:
        code: GSS code, the key. Names cannot be keys: 1,403 English parishes share one.
        district: GSS code of its district; its own code for a district.
    """

    code: str
    name: str
    kind: AreaKind
    district: str


@dataclass(frozen=True, slots=True)
class Near:
    """Areas at each of n points, as a ragged table in point order.

    Attributes:
        offsets: shape (n + 1,); rows ``offsets[i]`` to ``offsets[i + 1]`` belong to point i.
        areas: shape (m,), index of the area.
        inside: shape (m,), the area covers the point, its boundary included.
        distances_m: shape (m,), metres from the point to the area's boundary; inf for a district
            with a boundary further away than asked, if a parish is near too (a long outline is slow to measure).
    """

    offsets: NDArray[np.int64]
    areas: NDArray[np.int64]
    inside: NDArray[np.bool_]
    distances_m: NDArray[np.float64]


class Boundaries:
    """The areas of one vintage with their index. Complete, warmed up and never changed. Threads can share it.

    Args:
        vintage: its id; None for *no boundaries*, which gives no data for every point.
        areas: with their geometry in the British National Grid, as WKB.

    Attributes:
        areas: parishes and unparished areas first, then districts; each with its polygon and its outline.
        parishes: the number of areas that are not districts.
        turn: lock during a look-up, see ``_one_at_a_time``.
    """

    def __init__(self, vintage: str | None, areas: Iterable[tuple[Area, bytes]]) -> None:
        pairs = sorted(areas, key=lambda pair: pair[0].kind is AreaKind.DISTRICT)
        self.vintage = vintage
        self.lock = threading.Lock()
        self.areas: tuple[Area, ...] = tuple(area for area, _ in pairs)
        self.polygons: NDArray[np.object_] = np.asarray(shapely.from_wkb([wkb for _, wkb in pairs]), dtype=object)
        self.outlines: NDArray[np.object_] = np.asarray(shapely.boundary(self.polygons), dtype=object)
        self.tree = shapely.STRtree(self.polygons)
        self.district_names = {area.code: area.name for area in self.areas if area.kind is AreaKind.DISTRICT}
        self.parishes = sum(area.kind is not AreaKind.DISTRICT for area in self.areas)
        self._warm()

    def _warm(self) -> None:
        """Build most of what prepared geometries need, before the first look-up."""
        shapely.prepare(self.polygons)
        shapely.prepare(self.outlines)
        if len(self.polygons):
            at = shapely.point_on_surface(self.polygons)
            shapely.intersects_xy(self.polygons, shapely.get_x(at), shapely.get_y(at))
            shapely.distance(self.outlines, at)

    def unanswerable(self) -> list[str]:
        """Codes of unusable areas: without a valid polygon, or that do not even contain their own point."""
        is_good = shapely.is_valid(self.polygons) & ~shapely.is_empty(self.polygons)
        is_good &= shapely.get_dimensions(self.polygons) == 2  # a surface
        at = shapely.point_on_surface(self.polygons)
        is_good &= shapely.intersects_xy(self.polygons, shapely.get_x(at), shapely.get_y(at))
        return [self.areas[number].code for number in np.flatnonzero(~is_good).tolist()]

    @functools.cached_property
    def _extents(self) -> dict[str, NDArray[np.float64]]:
        bounds = shapely.bounds(self.polygons)
        rows: dict[str, list[int]] = {}
        for number, area in enumerate(self.areas):
            rows.setdefault(area.district, []).append(number)
        return {
            district: np.concatenate([bounds[of, :2].min(axis=0), bounds[of, 2:].max(axis=0)])
            for district, of in rows.items()
        }

    def extent(self, district: str) -> tuple[float, float, float, float] | None:
        """West, south, east and north of a district and its parishes, in metres; None if unknown."""
        found = self._extents.get(district)
        return None if found is None else (float(found[0]), float(found[1]), float(found[2]), float(found[3]))

    @_one_at_a_time
    def reached(self, west: float, south: float, east: float, north: float) -> tuple[Area, ...]:
        """The parishes and unparished areas that a box touches; or a district if it touches none of its parishes."""
        box = shapely.box(west, south, east, north)
        found = sorted(at for at in self.tree.query(box).tolist() if self.polygons[at].intersects(box))
        parishes = [self.areas[at] for at in found if at < self.parishes]
        known = {area.district for area in parishes}
        return (
            *parishes,
            *(self.areas[at] for at in found if at >= self.parishes and self.areas[at].code not in known),
        )

    def bounds(self, area: Area) -> tuple[float, float, float, float]:
        """West, south, east and north of one area, in metres."""
        west, south, east, north = shapely.bounds(self.polygons[self.areas.index(area)]).tolist()
        return west, south, east, north

    def within(self, area: Area, box: Sequence[float]) -> tuple[float, float]:
        """A point in the surface that an area and a box (west, south, east, north) share."""
        common = shapely.clip_by_rect(self.polygons[self.areas.index(area)], *box)
        point = shapely.point_on_surface(common)
        return float(point.x), float(point.y)

    @_one_at_a_time
    def covering_index(self, easting: float, northing: float) -> list[int]:
        """Indexes of the parishes and unparished areas that cover one point. Quick, without distances."""
        point, last, polygons = shapely.Point(easting, northing), self.parishes, self.polygons
        return [i for i in self.tree.query(point).tolist() if i < last and polygons[i].intersects(point)]

    @_one_at_a_time
    def covering(self, points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which areas cover which points, boundaries included.

        Args:
            points: shape (n, 2), metres.

        Returns:
            Two arrays of one length: index of the point, index of the area; sorted by area.
        """
        at, area = _by_area(*self.tree.query(shapely.points(points)))
        hit = shapely.intersects_xy(self.polygons[area], points[at, 0], points[at, 1])
        return at[hit], area[hit]

    @_one_at_a_time
    def near(self, points: NDArray[np.float64], within_m: float) -> Near:
        """Areas that cover each point or are nearer to it than a distance.

        Args:
            points: shape (n, 2), metres.
            within_m: metres, inclusive.
        """
        x, y = points[:, 0], points[:, 1]
        reach = shapely.box(x - within_m, y - within_m, x + within_m, y + within_m)
        at, area = _by_area(*self.tree.query(reach))
        inside = shapely.intersects_xy(self.polygons[area], x[at], y[at])
        geometry = shapely.points(points)
        # Few areas are near without covering the point. Testing this is faster than measuring distances.
        outside = np.flatnonzero(~inside)
        kept = inside.copy()
        kept[outside] = shapely.dwithin(self.outlines[area[outside]], geometry[at[outside]], within_m)
        at, area, inside = at[kept], area[kept], inside[kept]
        distances = self._distances(geometry, at, area, within_m)
        order = np.argsort(at, kind="stable")
        counts = np.bincount(at, minlength=len(points))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Near(offsets, area[order], inside[order], distances[order])

    @_one_at_a_time
    def near_one(self, easting: float, northing: float, within_m: float) -> list[tuple[int, bool, float]]:
        """Areas that cover one point or are nearer to it than a distance: ``near``, but quick for single points.

        Returns:
            Index of the area, whether it covers the point, metres to its boundary.
        """
        point = shapely.Point(easting, northing)
        west, south, east, north = easting - within_m, northing - within_m, easting + within_m, northing + within_m
        found = self.tree.query(shapely.box(west, south, east, north)).tolist()
        hits, districts = [], []
        for area in found:
            if area >= self.parishes:
                districts.append(area)
                continue
            inside = self.polygons[area].intersects(point)
            if inside or self.outlines[area].dwithin(point, within_m):
                hits.append((area, inside, self.outlines[area].distance(point)))
        has_parish = bool(hits)
        for area in districts:
            inside, is_near = self.polygons[area].intersects(point), self.outlines[area].dwithin(point, within_m)
            if inside or is_near:
                is_needed = is_near or not has_parish
                hits.append((area, inside, self.outlines[area].distance(point) if is_needed else np.inf))
        return hits

    def _distances(
        self, geometry: NDArray[np.object_], at: NDArray[np.int64], area: NDArray[np.int64], within_m: float
    ) -> NDArray[np.float64]:
        is_parish = area < self.parishes
        has_parish = np.bincount(at[is_parish], minlength=len(geometry)) > 0
        is_needed = is_parish | ~has_parish[at]
        rest = np.flatnonzero(~is_needed)
        is_needed[rest] = shapely.dwithin(self.outlines[area[rest]], geometry[at[rest]], within_m)
        distances = np.full(len(at), np.inf)
        distances[is_needed] = shapely.distance(self.outlines[area[is_needed]], geometry[at[is_needed]])
        return distances


def _by_area(at: NDArray[np.int64], area: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Check one polygon after the other, which is two to three times as fast: each stays in the processor's cache."""
    order = np.argsort(area.astype(np.min_scalar_type(area.max(initial=0))), kind="stable")  # 16 bits: by radix
    return at[order], area[order]
