"""Layers → areas of a vintage, with checked codes, joined parts and a district for each area."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from routing.errors import BoundaryError
from routing.place.boundaries import Area
from routing.place.build.columns import Columns, Table, district_table, parish_table
from routing.place.build.features import named
from routing.place.build.layer import Layer, read_layer
from routing.vocabulary import AreaKind

AREA_CODE = re.compile(r"[EW](04|43)[0-9]{6}")
DISTRICT_CODE = re.compile(r"([EW]0[6789])[0-9]{6}")
ELSEWHERE = re.compile(r"[SN][0-9]{8}")
"""Districts of Scotland and Northern Ireland, which are in the same file but have no parishes."""

LABEL_POINT = ("BNG_E", "BNG_N")
"""ONS gives each area a label point in metres, whatever the unit of the coordinates."""

LABEL_REACH_M = 1_000.0
LEAST_AGREEMENT = 0.95
DISTRICT_REACH_M = 100.0
"""An area belongs to the district around its point, or to the nearest one within this distance: outlines of layers that
are generalised apart from each other differ by some tens of metres."""

FIX = "Choose the right column, or correct the source."

Pair = tuple[Area, bytes]


@dataclass(frozen=True, slots=True)
class NewVintage:
    """Areas from a file, with what we repaired.

    Attributes:
        areas: with WKB in the British National Grid.
        repaired: codes of areas with a shape that crossed itself.
    """

    areas: list[Pair]
    repaired: list[str]


def read_areas(
    parishes: Path,
    districts: Path | None = None,
    district: str | None = None,
    columns: Columns | None = None,
    layer: str | None = None,
) -> NewVintage:
    """Read and check a file of parishes and, if given, a file of districts.

    Args:
        parishes: features with PARNCPyyCD and PARNCPyyNM, or OS Boundary-Line's parishes, or with ``columns``.
        districts: features with LADyyCD and LADyyNM.
        district: GSS code of the district of all parishes, if the file does not have it.
        columns: names of columns that we cannot find by pattern.
        layer: the layer, if the file has several.

    Raises:
        BoundaryError: a file cannot be read or has errors; names the check and what to do.
    """
    outer = read_layer(districts) if districts is not None else None
    return make_vintage([read_layer(parishes, layer)], outer, district, columns)


def make_vintage(
    pages: Iterable[Layer], districts: Layer | None = None, district: str | None = None, columns: Columns | None = None
) -> NewVintage:
    """Combine pages of one layer with a layer of districts; see ``read_areas``."""
    outer = _districts(districts) if districts is not None else []
    pairs: list[Pair] = []
    repaired: list[str] = []
    for page in pages:
        table = parish_table(page, columns or Columns())
        _need_agreement(page)
        owners = _owners(page, table, outer, district)
        pairs += _parishes(page, table, owners)
        repaired += [table.codes[n] for n in np.flatnonzero(page.repaired[table.rows]).tolist()]
    _need_single(pairs + outer)
    return NewVintage(pairs + outer, repaired)


def _need_agreement(page: Layer) -> None:
    """Use ONS' label points to find swapped axes and wrong units."""
    if not set(LABEL_POINT) <= page.table.keys():
        return
    try:
        x, y = (page.table[name].astype(np.float64) for name in LABEL_POINT)
    except (TypeError, ValueError, OverflowError):
        text = f"{page.source}: correct BNG_E and BNG_N in the source. One is not a number of metres."
        raise BoundaryError("crs", text) from None
    west, south, east, north = shapely.bounds(page.polygons).T
    reach = LABEL_REACH_M
    agree = (x >= west - reach) & (x <= east + reach) & (y >= south - reach) & (y <= north + reach)
    if float(np.mean(agree)) < LEAST_AGREEMENT:
        raise BoundaryError(
            "crs",
            f"{page.source}: fetch it again. The shapes are not where BNG_E and BNG_N say. The axes may be swapped, "
            "or the coordinate system may be wrong.",
        )


def _owners(page: Layer, table: Table, outer: Sequence[Pair], district: str | None) -> list[str]:
    """The district of each area: from the person, from the layer, or else the district around its point."""
    if district is not None:
        return [district] * len(table.codes)
    if table.districts:
        return table.districts
    if not outer:
        raise BoundaryError(
            "fields",
            f"{page.source}: add a file of districts with --districts, or the district with --district CODE. The file "
            "has no districts.",
        )
    return _by_overlay(page, table, outer)


def _by_overlay(page: Layer, table: Table, outer: Sequence[Pair]) -> list[str]:
    shapes = np.asarray(shapely.from_wkb([wkb for _, wkb in outer]), dtype=object)
    tree = shapely.STRtree(shapes)
    points = shapely.point_on_surface(page.polygons[table.rows])
    rows, nearest = tree.query_nearest(points, max_distance=DISTRICT_REACH_M, all_matches=False)
    outside = np.setdiff1d(np.arange(len(points)), rows)
    if len(outside):
        codes = ", ".join(table.codes[n] for n in outside[:5].tolist()) + (" and more" if len(outside) > 5 else "")
        raise BoundaryError(
            "districts",
            f"{page.source}: {len(outside):,} areas are in none of the districts: {codes}. Add districts for all of "
            "them, or set WAYWARDEN_BOUNDARIES_WHERE to the areas you want.",
        )
    owners = dict(zip(rows.tolist(), nearest.tolist(), strict=True))
    return [outer[owners[number]][0].code for number in range(len(points))]


def _parishes(page: Layer, table: Table, owners: Sequence[str]) -> list[Pair]:
    pairs: dict[str, tuple[Area, list[shapely.Geometry]]] = {}
    for row, code, name, owner in zip(table.rows.tolist(), table.codes, table.names, owners, strict=True):
        if not AREA_CODE.fullmatch(code):
            what = f"{code[:20]!r} is not the code of a parish or unparished area" if code else "it has no code"
            raise BoundaryError("code-pattern", f"{_called(page, row, name)}: {what}. {FIX}")
        if not DISTRICT_CODE.fullmatch(owner):
            what = f"{owner[:20]!r} is not the code of a district" if owner else "it has no district code"
            raise BoundaryError("code-pattern", f"{_called(page, row, name)}: {what}. {FIX}")
        if not name:
            raise BoundaryError("fields", f"{_called(page, row, name)} has no name. {FIX}")
        kind = AreaKind.PARISH if code[1:3] == "04" else AreaKind.UNPARISHED
        if code in pairs and not table.has_parts:
            raise BoundaryError("duplicates", f"{page.source}: delete repeated features of {code} in the source.")
        pairs.setdefault(code, (Area(code, name, kind, owner), []))[1].append(page.polygons[row])
    whole = [parts[0] if len(parts) == 1 else shapely.union_all(parts) for _, parts in pairs.values()]
    return list(zip((area for area, _ in pairs.values()), shapely.to_wkb(whole), strict=True))


def _called(layer: Layer, row: int, name: str) -> str:
    """A feature by its file, position, code and name, so that a person can find it."""
    return f"{layer.source}: {named(layer.table, row)}" + (f", {name[:40]}" if name else "")


def _districts(layer: Layer) -> list[Pair]:
    table = district_table(layer)
    pairs = []
    for row, (code, name, polygon) in enumerate(zip(table.codes, table.names, layer.polygons, strict=True)):
        if ELSEWHERE.fullmatch(code):
            continue
        if not DISTRICT_CODE.fullmatch(code):
            what = f"{code[:20]!r} is not the code of a district" if code else "it has no code"
            raise BoundaryError("code-pattern", f"{_called(layer, row, name)}: {what}. {FIX}")
        pairs.append((Area(code, name, AreaKind.DISTRICT, code), shapely.to_wkb(polygon)))
    return pairs


def _need_single(pairs: Sequence[Pair]) -> None:
    twice = [code for code, count in Counter(area.code for area, _ in pairs).items() if count > 1]
    if twice:
        raise BoundaryError("duplicates", f"{', '.join(twice[:5])} are repeated. Correct the source.")
