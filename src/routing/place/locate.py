"""Points → places: the only look-up, pure and vectorised."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.place.boundaries import Area, Boundaries
from routing.vocabulary import AreaKind, PlaceState

NEAREST_M = 50.0
"""A point outside all areas, but within this distance of one, is uncertain (slivers, foreshore, piers)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An area that the place may be in; ``distance_m`` is 0 if it covers the point."""

    area: Area
    distance_m: float


@dataclass(frozen=True, slots=True)
class Place:
    """The answer to *which parish is this?*, which can be unknown.

    Attributes:
        area: parish, unparished area or (for another district) the district; None if uncertain.
        district: GSS code of the place's district, if certain.
        candidates: the areas it may be in, nearest first, if ``state`` is uncertain.
        distance_m: metres to the boundary of ``area``, or to the nearest candidate's.
        vintage: id of the boundaries used.
    """

    state: PlaceState
    area: Area | None = None
    district: str | None = None
    district_name: str | None = None
    candidates: tuple[Candidate, ...] = ()
    distance_m: float | None = None
    vintage: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """The view of a council on places.

    Attributes:
        home: GSS code of the council that asks.
        served: GSS codes of all councils of this installation.
        tolerance_m: a point nearer than this to another area is uncertain.
    """

    home: str
    served: frozenset[str]
    tolerance_m: float


def certain(area: Area, distance_m: float, boundaries: Boundaries, view: View) -> Place:
    """The place of a point in one area, away from all others."""
    if area.district == view.home:
        state = PlaceState.PARISH if area.kind is AreaKind.PARISH else PlaceState.UNPARISHED
    else:
        state = PlaceState.OUTSIDE_SERVED if area.district in view.served else PlaceState.OUTSIDE_OTHER
    name = boundaries.district_names.get(area.district)
    return Place(state, area, area.district, name, (), distance_m, boundaries.vintage)


@dataclass(frozen=True, slots=True)
class _Hit:
    area: Area
    inside: bool
    distance_m: float


def locate(points: NDArray[np.float64], boundaries: Boundaries, view: View) -> list[Place]:
    """Find the parish of each point.

    Args:
        points: shape (n, 2), British National Grid easting and northing in metres.
        boundaries: the active vintage.
        view: the council that asks, the councils on this service, the tolerance.

    Returns:
        One place per point, in order; never None (see ``PlaceState``).
    """
    if boundaries.vintage is None:
        return [Place(PlaceState.NO_DATA)] * len(points)
    near = boundaries.near(points, view.tolerance_m)
    areas, offsets = near.areas.tolist(), near.offsets.tolist()
    inside, distances = near.inside.tolist(), near.distances_m.tolist()
    places: list[Place | None] = []
    for number in range(len(points)):
        rows = range(offsets[number], offsets[number + 1])
        hits = [_Hit(boundaries.areas[areas[row]], inside[row], distances[row]) for row in rows]
        places.append(_resolve(hits, boundaries, view))
    return _nearest(points, places, boundaries, view)


def locate_one(easting: float, northing: float, boundaries: Boundaries, view: View) -> Place:
    """The place of one point, like ``locate``, without the cost of arrays."""
    if boundaries.vintage is None:
        return Place(PlaceState.NO_DATA)
    place = _resolve(_hits(boundaries, easting, northing, view.tolerance_m), boundaries, view)
    if place is None:
        within = max(NEAREST_M, view.tolerance_m)
        place = _open_place(_hits(boundaries, easting, northing, within), boundaries, view)
    return place


def _hits(boundaries: Boundaries, easting: float, northing: float, within_m: float) -> list[_Hit]:
    near = boundaries.near_one(easting, northing, within_m)
    return [_Hit(boundaries.areas[area], inside, distance) for area, inside, distance in near]


def seen_from_home(place: Place) -> Place:
    """A place in another council on this service, from its view: in one parish, unparished, or uncertain."""
    if place.area is None:
        return replace(place, state=PlaceState.UNCERTAIN)
    is_parish = place.area.kind is AreaKind.PARISH
    return replace(place, state=PlaceState.PARISH if is_parish else PlaceState.UNPARISHED)


def _resolve(hits: Sequence[_Hit], boundaries: Boundaries, view: View) -> Place | None:
    """The place of one point from the areas near it; None if there is no parish or unparished area."""
    parishes = [hit for hit in hits if hit.area.kind is not AreaKind.DISTRICT]
    known = {hit.area.district for hit in parishes}
    # A district only counts if none of its parishes does. Otherwise it repeats them.
    relevant = parishes + [hit for hit in hits if hit.area.kind is AreaKind.DISTRICT and hit.area.code not in known]
    if not parishes:
        return _district_only(relevant, boundaries, view)
    if len(relevant) == 1 and relevant[0].inside:
        return certain(relevant[0].area, relevant[0].distance_m, boundaries, view)
    return _several(relevant, boundaries, view)


def _several(hits: Sequence[_Hit], boundaries: Boundaries, view: View) -> Place:
    """Several areas, or one that does not cover the point: uncertain, unless all of them are in one other district."""
    ordered = sorted(hits, key=lambda hit: (not hit.inside, hit.distance_m, hit.area.code))
    candidates = tuple(Candidate(hit.area, 0.0 if hit.inside else hit.distance_m) for hit in ordered)
    owners = {hit.area.district for hit in hits}
    nearest = min(hit.distance_m for hit in hits)
    if len(owners) == 1 and view.home not in owners:
        district = owners.pop()
        state = PlaceState.OUTSIDE_SERVED if district in view.served else PlaceState.OUTSIDE_OTHER
        name = boundaries.district_names.get(district)
        return Place(state, None, district, name, candidates, nearest, boundaries.vintage)
    return Place(PlaceState.UNCERTAIN, None, None, None, candidates, nearest, boundaries.vintage)


def _district_only(hits: Sequence[_Hit], boundaries: Boundaries, view: View) -> Place | None:
    """In districts, but not in a parish: no data if the district is on this service, else another council's."""
    covering = [hit for hit in hits if hit.inside]
    served = [hit for hit in covering if hit.area.code in view.served]
    if served or not covering:
        return None  # a parish within 50 m is still possible
    if len(hits) > 1 and any(hit.area.code in view.served for hit in hits):
        return _several(hits, boundaries, view)
    first = min(covering, key=lambda hit: hit.area.code)  # published districts overlap by slivers
    area = first.area
    return Place(PlaceState.OUTSIDE_OTHER, area, area.code, area.name, (), first.distance_m, boundaries.vintage)


def _nearest(
    points: NDArray[np.float64], places: list[Place | None], boundaries: Boundaries, view: View
) -> list[Place]:
    """Fill the open places: uncertain within 50 m of a parish, no data in a district we serve, else off the map."""
    open_ones = [number for number, place in enumerate(places) if place is None]
    if open_ones:
        near = boundaries.near(points[open_ones], max(NEAREST_M, view.tolerance_m))
        for row, number in enumerate(open_ones):
            hits = [
                _Hit(boundaries.areas[near.areas[at]], bool(near.inside[at]), float(near.distances_m[at]))
                for at in range(near.offsets[row], near.offsets[row + 1])
            ]
            places[number] = _open_place(hits, boundaries, view)
    return [place for place in places if place is not None]


def _open_place(hits: Sequence[_Hit], boundaries: Boundaries, view: View) -> Place:
    parishes = [hit for hit in hits if hit.area.kind is not AreaKind.DISTRICT]
    if parishes:
        return _several(parishes, boundaries, view)
    covering = sorted((hit.area for hit in hits if hit.inside), key=lambda area: area.code)
    if covering:
        home = next((area for area in covering if area.code == view.home), covering[0])
        return Place(PlaceState.NO_DATA, None, home.code, home.name, vintage=boundaries.vintage)
    if hits:
        return _several(hits, boundaries, view)
    return Place(PlaceState.OFF_MAP, vintage=boundaries.vintage)
