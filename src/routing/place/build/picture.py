"""Draw the changes between two vintages as a map."""

import io
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.place.boundaries import Boundaries
from routing.place.build.compare import Comparison
from routing.vocabulary import AreaKind, ChangeKind

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_PX, DPI = 1200, 100
KEPT, EDGE, INK = "#e3e3e3", "#ffffff", "#1f2933"
COLOURS = {
    ChangeKind.NEW: "#7cc4b2",
    ChangeKind.RETIRED: "#c2410c",
    ChangeKind.MOVED: "#c4b0ea",
    ChangeKind.RENAMED: "#b9cfe4",
}
SAID = {
    ChangeKind.NEW: "new code",
    ChangeKind.RETIRED: "retired code",
    ChangeKind.MOVED: "boundary moved (dashed: before)",
    ChangeKind.RENAMED: "renamed",
}
MOST_LABELS = 25
AROUND = 0.5
"""Margin around the changes, as a share of the picture's wider side."""


def draw(before: Boundaries, after: Boundaries, comparison: Comparison, licence: str = "") -> bytes:
    """A PNG, 1200 pixels wide: kept areas grey, changed ones coloured, former outlines dashed.

    Args:
        licence: licence of the later vintage, shown below the map.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shapes = _shapes(after)
    west, south, east, north = _window(before, after, comparison)
    height = float(np.clip((north - south) / (east - west) * WIDTH_PX * 0.96 + 110, 500, 1800))
    figure = Figure(figsize=(WIDTH_PX / DPI, height / DPI), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    axes.set_axis_off()
    tolerance = (east - west) / WIDTH_PX / 2
    _fill(axes, shapes, tolerance, KEPT)
    _changed(axes, before, after, comparison, tolerance)
    _name(axes, before, after, comparison)
    _legend(axes, comparison)
    axes.set_title(f"{comparison.before}\n→ {comparison.after}", color=INK, fontsize=11)
    if licence:
        figure.supxlabel(textwrap.fill(licence, 150), color=INK, fontsize=7)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _shapes(boundaries: Boundaries) -> NDArray[np.object_]:
    kinds = np.array([area.kind is not AreaKind.DISTRICT for area in boundaries.areas], dtype=bool)
    return np.asarray(boundaries.polygons[kinds], dtype=object)


def _window(before: Boundaries, after: Boundaries, comparison: Comparison) -> tuple[float, float, float, float]:
    """The changes with a margin; everything if nothing or much changed."""
    whole = shapely.total_bounds(np.concatenate([_shapes(before), _shapes(after)]))
    codes = [change.area.code for change in comparison.changes if change.kind is not ChangeKind.RENAMED]
    changed = [held.polygons[_numbers(held, codes)] for held in (before, after)]
    west, south, east, north = (whole if not codes else shapely.total_bounds(np.concatenate(changed))).tolist()
    margin = (AROUND if codes else 0.02) * max(east - west, north - south)
    least = np.array([west - margin, south - margin, east + margin, north + margin])
    edge = 0.02 * max(whole[2] - whole[0], whole[3] - whole[1])
    limit = whole + np.array([-edge, -edge, edge, edge])
    found = np.array([*np.maximum(least[:2], limit[:2]), *np.minimum(least[2:], limit[2:])]).tolist()
    return found[0], found[1], found[2], found[3]


def _numbers(boundaries: Boundaries, codes: Sequence[str]) -> list[int]:
    wanted = set(codes)
    return [n for n, area in enumerate(boundaries.areas) if area.code in wanted and area.kind is not AreaKind.DISTRICT]


def _changed(axes: "Axes", before: Boundaries, after: Boundaries, comparison: Comparison, tolerance: float) -> None:
    for kind in (ChangeKind.RENAMED, ChangeKind.MOVED, ChangeKind.NEW):
        codes = [change.area.code for change in comparison.of(kind)]
        _fill(axes, after.polygons[_numbers(after, codes)], tolerance, COLOURS[kind])
    for kind, colour in ((ChangeKind.MOVED, INK), (ChangeKind.RETIRED, COLOURS[ChangeKind.RETIRED])):
        codes = [change.area.code for change in comparison.of(kind)]
        for ring in _rings(before.polygons[_numbers(before, codes)], tolerance):
            axes.plot(ring[:, 0], ring[:, 1], color=colour, linewidth=1.6, linestyle=(0, (4, 2)))


def _fill(axes: "Axes", polygons: NDArray[np.object_], tolerance: float, colour: str) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    paths = []
    for polygon in shapely.simplify(polygons, tolerance):
        rings = _rings(np.array([polygon], dtype=object), 0.0)
        if rings:
            paths.append(Path.make_compound_path(*(Path(ring, closed=True) for ring in rings)))
    if paths:
        axes.add_collection(PathCollection(paths, facecolor=colour, edgecolor=EDGE, linewidth=0.6))


def _rings(polygons: NDArray[np.object_], tolerance: float) -> list[NDArray[np.float64]]:
    simple = shapely.simplify(polygons, tolerance) if tolerance else polygons
    rings = shapely.get_rings(shapely.get_parts(simple))
    return [shapely.get_coordinates(ring) for ring in rings]


def _name(axes: "Axes", before: Boundaries, after: Boundaries, comparison: Comparison) -> None:
    """Names of the changed areas, if there are few enough to read."""
    where: dict[str, tuple[float, float]] = {}
    for kind, held in (
        (ChangeKind.NEW, after),
        (ChangeKind.MOVED, after),
        (ChangeKind.RENAMED, after),
        (ChangeKind.RETIRED, before),
    ):
        changes = comparison.of(kind)
        for number in _numbers(held, [change.area.code for change in changes]):
            at = shapely.point_on_surface(held.polygons[number])
            where.setdefault(held.areas[number].name, (at.x, at.y))
    if len(where) > MOST_LABELS:
        return
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}
    for name, (x, y) in where.items():
        axes.annotate(name, (x, y), ha="center", va="center", fontsize=9, color=INK, bbox=box)


def _legend(axes: "Axes", comparison: Comparison) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: list[object] = [Patch(facecolor=KEPT, edgecolor="#bbbbbb", label=f"kept: {comparison.kept:,}")]
    for kind, colour in COLOURS.items():
        label = f"{SAID[kind]}: {len(comparison.of(kind)):,}"
        if kind is ChangeKind.RETIRED:
            entries.append(Line2D([], [], color=colour, linestyle=(0, (4, 2)), linewidth=1.6, label=label))
        else:
            entries.append(Patch(facecolor=colour, label=label))
    axes.legend(handles=entries, loc="upper left", frameon=True, framealpha=0.9, fontsize=10, borderpad=0.8)
