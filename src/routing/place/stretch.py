"""A long road is not a point: its middle may be in a parish that the reporter does not mean. It needs a stretch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from routing.database import Transaction
from routing.place.address import plain_name
from routing.place.boundaries import Area, Boundaries
from routing.place.gazetteer import ROADS, SETTLEMENTS, Box, Spot, names_within
from routing.place.locate import Place, View, locate

LONGEST_M = 300.0
"""A road with a box longer than this from corner to corner is not a point."""

BESIDE_M = 500.0
"""A postcode or settlement within this distance of a road's box shows its stretch."""


@dataclass(frozen=True, slots=True)
class Match:
    """A point that a person may mean, and its place.

    Attributes:
        reaches: for a long road, the areas that its box touches; empty for all others.
        is_exact: its name and place are exactly what was typed.
    """

    spot: Spot
    place: Place
    reaches: tuple[Area, ...] = ()
    is_exact: bool = False

    @property
    def needs_stretch(self) -> bool:
        """Whether it is a road that needs a stretch, because it is too long, or in several parishes."""
        return bool(self.reaches)

    @property
    def key(self) -> str:
        """A key from the look-up. Points with the same key lead to the same decision."""
        place = self.place
        codes = ",".join(each.area.code for each in (*place.candidates,)) + ",".join(each.code for each in self.reaches)
        return f"{place.state.value} {place.district} {place.area.code if place.area else ''} {codes}"


def located(spots: Sequence[Spot], boundaries: Boundaries, view: View) -> list[Match]:
    """Points with their places, and for long roads the areas that they touch, in the same order."""
    if not spots:
        return []
    points = np.array([(spot.easting, spot.northing) for spot in spots])
    places = locate(points, boundaries, view)
    return [Match(spot, place, _reaches(spot, place, boundaries)) for spot, place in zip(spots, places, strict=True)]


def _reaches(spot: Spot, place: Place, boundaries: Boundaries) -> tuple[Area, ...]:
    """The areas of a long road; none for other roads."""
    if spot.kind not in ROADS or spot.box is None:
        return ()
    areas = boundaries.reached(spot.box.west, spot.box.south, spot.box.east, spot.box.north)
    own = {place.area.code} if place.area is not None else {each.area.code for each in place.candidates}
    is_point = spot.box.length_m <= LONGEST_M and len(areas) < 2 and {area.code for area in areas} <= own
    return () if is_point else areas


def stretches_in(
    tx: Transaction, road: Spot, settlements: Sequence[str], boundaries: Boundaries, view: View
) -> list[Match]:
    """The stretch of a long road in a settlement or a parish, if it is in a single parish; else none.

    Args:
        settlements: names of settlements or parishes, from ``plain_name``.
    """
    if road.box is None or not settlements:
        return []
    about = road.box.grown(BESIDE_M)
    named = plain_name(road.name)
    sections = [
        spot
        for spot in names_within(tx, about, ROADS)
        if plain_name(spot.name) == named and plain_name(spot.locality) in settlements
    ]
    found = [each for match in located(sections, boundaries, view) for each in _in_one(match, boundaries, view)]
    if found:
        return distinct(found)
    places = [spot for spot in names_within(tx, about, SETTLEMENTS) if plain_name(spot.name) in settlements]
    for settlement in places:
        common = road.box.common(settlement.box) if settlement.box is not None else None
        if common is None:
            continue
        middle = (common.west + common.east) / 2, (common.south + common.north) / 2
        stretch = replace(road, locality=settlement.name, easting=middle[0], northing=middle[1], box=common)
        areas = boundaries.reached(common.west, common.south, common.east, common.north)
        if len(areas) == 1:
            (match,) = located([replace(stretch, box=None)], boundaries, view)
            found.append(match)
    return distinct(found or _in_parish(road, road.box, settlements, boundaries, view))


def _in_one(match: Match, boundaries: Boundaries, view: View) -> list[Match]:
    """A stretch as a point, if it is in a single parish."""
    if not match.needs_stretch:
        return [match]
    is_in_one = len(match.reaches) == 1 and match.place.area in match.reaches
    return located([replace(match.spot, box=None)], boundaries, view) if is_in_one else []


def _in_parish(road: Spot, box: Box, names: Sequence[str], boundaries: Boundaries, view: View) -> list[Match]:
    """The part of a road in a parish: a point that its box and the parish share."""
    found = list[Match]()
    for area in boundaries.reached(box.west, box.south, box.east, box.north):
        if plain_name(area.name) in names:
            x, y = boundaries.within(area, (box.west, box.south, box.east, box.north))
            found += located([replace(road, locality="", easting=x, northing=y, box=None)], boundaries, view)
    return [match for match in found if match.place.area is not None]


def is_beside(road: Box, easting: float, northing: float) -> bool:
    """Whether a point can be on, or next to, a road with this box."""
    return road.grown(BESIDE_M).holds(easting, northing)


def distinct(matches: Iterable[Match]) -> list[Match]:
    """The first for each name, locality and decision; without a locality only if there is none with one.

    Of a long road and its long sections in one locality, only the whole road, because we ask the same for each.
    """
    kept: dict[tuple[str, str, str], Match] = {}
    with_locality = set[tuple[str, str]]()
    for match in matches:
        name, locality = plain_name(match.spot.name), plain_name(match.spot.locality)
        is_section = match.needs_stretch and bool(locality)
        key = (name, "stretch" if is_section else match.key, locality)
        if is_section and key in kept and _length_m(match) > _length_m(kept[key]):
            kept[key] = match
        kept.setdefault(key, match)
        with_locality |= {(name, match.key)} if locality else set()
    return [match for (name, key, locality), match in kept.items() if locality or (name, key) not in with_locality]


def _length_m(match: Match) -> float:
    return match.spot.box.length_m if match.spot.box is not None else 0.0
