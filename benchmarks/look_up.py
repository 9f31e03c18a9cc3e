"""Containment and full answers of the boundary look-up, one thread."""

import time

import numpy as np

from benchmarks.stage import ROOT
from routing.place import Boundaries, View, locate
from routing.place.build import read_areas

HOME = "E07999001"


def look_up(points: int) -> dict[str, object]:
    """Answers a second over the home district, points drawn evenly over its bounds; the best of three."""
    folder = ROOT / "data" / "boundaries"
    boundaries = Boundaries("bench", read_areas(folder / "parishes.geojson", folder / "districts.geojson").areas)
    number = next(i for i, area in enumerate(boundaries.areas) if area.code == HOME)
    west, south, east, north = boundaries.polygons[number].bounds
    draw = np.random.default_rng(1)
    at = np.column_stack([draw.uniform(west, east, points), draw.uniform(south, north, points)])
    view = View(HOME, frozenset({HOME}), 25.0)
    scalar = at[: points // 5].tolist()

    def rate(count: int, work) -> float:
        best = min(_timed(work) for _ in range(3))
        return round(count / best)

    return {
        "containment_scalar_per_s": rate(len(scalar), lambda: [boundaries.covering_index(x, y) for x, y in scalar]),
        "containment_bulk_per_s": rate(points, lambda: boundaries.covering(at)),
        "full_answer_bulk_per_s": rate(points, lambda: locate(at, boundaries, view)),
    }


def _timed(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
