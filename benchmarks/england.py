"""Look-ups over all England, one thread, beside the usual ways of the same run."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from routing.place import Boundaries, View, locate_all, locate_one
from routing.place.build import Columns, NewVintage, read_areas

FILE = Path("boundaries") / "parishes_england_2021_gen20m_27700.parquet"
COLUMNS = Columns("code", "name", "LAD25CD")
WEST_BERKSHIRE = "E06000037"
VIEW = View(WEST_BERKSHIRE, frozenset({WEST_BERKSHIRE}), 25.0)
BEST_OF = 3


def read_england(real: Path) -> NewVintage:
    """10,464 parishes and unparished areas, 20 m generalised."""
    return read_areas(real / FILE, columns=COLUMNS)


def draw_points(boundaries: Boundaries, count: int) -> NDArray[np.float64]:
    """Points in some parish, drawn evenly over England; shape (count, 2)."""
    draw = np.random.default_rng(1)
    west, south, east, north = shapely.total_bounds(boundaries.polygons)
    found = np.empty((0, 2))
    while len(found) < count:
        at = np.column_stack([draw.uniform(west, east, count), draw.uniform(south, north, count)])
        found = np.concatenate([found, at[np.unique(boundaries.covering(at)[0])]])
    return found[:count]


def look_ups(boundaries: Boundaries, points: NDArray[np.float64]) -> dict[str, float]:
    """Answers a second, one by one and in bulk: which parishes cover a point, and the full answer."""
    few = points[: len(points) // 10].tolist()
    return {
        "containment_scalar_per_s": rate(len(few), lambda: [boundaries.covering_index(x, y) for x, y in few]),
        "containment_bulk_per_s": rate(len(points), lambda: boundaries.covering(points)),
        "full_answer_scalar_per_s": rate(len(few), lambda: [locate_one(x, y, boundaries, VIEW) for x, y in few]),
        "full_answer_bulk_per_s": rate(len(points), lambda: locate_all(points, boundaries, VIEW)),
    }


def usual_ways(boundaries: Boundaries, points: NDArray[np.float64]) -> dict[str, float]:
    """Containment with GeoPandas and with an STRtree over polygons that are not prepared."""
    polygons = shapely.from_wkb(shapely.to_wkb(boundaries.polygons))  # not prepared
    tree, series = shapely.STRtree(polygons), geopandas.GeoSeries(polygons, crs=27700)
    frame = geopandas.GeoDataFrame({"number": range(len(polygons))}, geometry=series)
    geometry = shapely.points(points)
    few, some = points[: len(points) // 10].tolist(), geometry[:200].tolist()
    at = geopandas.GeoDataFrame(geometry=geometry, crs=27700)

    def joined_alone(point: shapely.Point) -> Any:
        return _join(geopandas.GeoDataFrame(geometry=[point], crs=27700), frame)

    return {
        "unprepared_scalar_per_s": rate(
            len(few), lambda: [tree.query(shapely.Point(xy), predicate="intersects") for xy in few]
        ),
        "contains_scalar_per_s": rate(len(some), lambda: [np.flatnonzero(series.contains(each)) for each in some]),
        "sjoin_scalar_per_s": rate(len(some), lambda: [joined_alone(each) for each in some]),
        "unprepared_bulk_per_s": rate(len(points), lambda: tree.query(geometry, predicate="intersects")),
        "sjoin_bulk_per_s": rate(len(points), lambda: _join(at, frame)),
    }


def _join(at: Any, frame: Any) -> Any:
    return geopandas.sjoin(at, frame, predicate="within")


def rate(count: int, work: Callable[[], object]) -> float:
    """So many a second, the best of three."""
    return round(count / min(timed(work) for _ in range(BEST_OF)))


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
