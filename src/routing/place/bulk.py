"""Find very many points at once. Most are well inside one area, so a place is two numbers until somebody reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.place.boundaries import Boundaries
from routing.place.locate import Place, View, certain, locate


@dataclass(frozen=True, slots=True)
class Places:
    """The places of n points; ``places[i]`` is the result of ``locate`` for point i.

    Attributes:
        areas: shape (n,), index of the single area of a point; -1 if ``others`` has its place.
        distances_m: shape (n,), metres to the boundary of that area.
        others: places near a border, outside, or uncertain.
    """

    boundaries: Boundaries
    view: View
    areas: NDArray[np.int64]
    distances_m: NDArray[np.float64]
    others: Mapping[int, Place]

    def __len__(self) -> int:
        return len(self.areas)

    def __getitem__(self, number: int) -> Place:
        place = self.others.get(number)
        if place is not None:
            return place
        area = self.boundaries.areas[self.areas[number]]
        return certain(area, float(self.distances_m[number]), self.boundaries, self.view)

    def __iter__(self) -> Iterator[Place]:
        return (self[number] for number in range(len(self)))

    def codes(self) -> list[str | None]:
        """The code of the certain area of each point; None if there is none."""
        names = [area.code for area in self.boundaries.areas]
        found: list[str | None] = [names[area] if area >= 0 else None for area in self.areas.tolist()]
        for number, place in self.others.items():
            found[number] = place.area.code if place.area else None
        return found


def locate_all(points: NDArray[np.float64], boundaries: Boundaries, view: View) -> Places:
    """Find the parishes of very many points.

    Args:
        points: shape (n, 2), British National Grid easting and northing in metres.
    """
    count = len(points)
    areas, distances = np.full(count, -1, dtype=np.int64), np.full(count, np.nan)
    if boundaries.vintage is not None and count:
        near = boundaries.near(points, view.tolerance_m)
        point = np.repeat(np.arange(count), np.diff(near.offsets))
        district = _district_numbers(boundaries)[near.areas]
        is_parish = near.areas < boundaries.parishes
        sole = np.flatnonzero(is_parish & near.inside & (np.bincount(point[is_parish], minlength=count) == 1)[point])
        own = np.full(count, -1, dtype=np.int64)
        own[point[sole]] = district[sole]
        stranger = ~is_parish & (district != own[point])  # a district without its parishes
        is_certain = np.bincount(point[stranger], minlength=count)[point[sole]] == 0
        sole = sole[is_certain]
        areas[point[sole]], distances[point[sole]] = near.areas[sole], near.distances_m[sole]
    rest = np.flatnonzero(areas < 0)
    others = dict(zip(rest.tolist(), locate(points[rest], boundaries, view), strict=True))
    return Places(boundaries, view, areas, distances, others)


def _district_numbers(boundaries: Boundaries) -> NDArray[np.int64]:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(area.district, len(numbers)) for area in boundaries.areas], dtype=np.int64)
