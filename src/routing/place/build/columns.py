"""Find columns by pattern, never by vintage, or by the names that a person gives."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import BoundaryError
from routing.outside import is_plain
from routing.place.build.layer import Layer
from routing.vocabulary import printable

PARISH_FIELD = re.compile(r"^par(ncp)?\d\d(cd|nm)$", re.IGNORECASE)
DISTRICT_FIELD = re.compile(r"^lad\d\d(cd|nm)$", re.IGNORECASE)
"""ONS names its fields by vintage, in upper or lower case. The pattern stays the same."""

EXAMPLE = {PARISH_FIELD: "PARNCP25", DISTRICT_FIELD: "LAD25"}
HOW = {
    PARISH_FIELD: "Set the columns with --code-column and --name-column.",
    DISTRICT_FIELD: "Use a file of districts from ONS.",
}

BOUNDARY_LINE = (("Census_Code", "Name", "Area_Code"), ("CODE", "NAME", "AREA_CODE"))
"""OS Boundary-Line, as GeoPackage and as shapefile: GSS code, name, kind of area."""

NO_CODE = re.compile(r"^9+$")
"""Boundary-Line's value for areas without a GSS code, such as its non-civil-parish areas."""

NAME_TAIL = re.compile(r"( CP| Community| \(DET NO \d+\))+$")
"""Boundary-Line's additions to a name: the kind of area, and the number of a detached part."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns that we cannot find by pattern."""

    code: str | None = None
    name: str | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Values of a layer's features, one entry for each feature in use.

    Attributes:
        rows: shape (m,), which features of the layer these are.
        districts: empty if the layer has none.
        has_parts: features with the same code are parts of one area, as in Boundary-Line. Otherwise they are an error.
    """

    rows: NDArray[np.int64]
    codes: list[str]
    names: list[str]
    districts: list[str]
    has_parts: bool = False


def parish_table(layer: Layer, columns: Columns) -> Table:
    """Codes, names and districts of parishes and unparished areas.

    Raises:
        BoundaryError: ``fields``: there is no such column, or several match.
    """
    for code, name, kind in BOUNDARY_LINE:
        if {code, name, kind} <= layer.table.keys() and columns == Columns():
            return _boundary_line(layer, code, name)
    rows = np.arange(len(layer.polygons))
    return Table(
        rows,
        _text(layer, columns.code or _find(layer, PARISH_FIELD, "cd")),
        _text(layer, columns.name or _find(layer, PARISH_FIELD, "nm")),
        _districts(layer, columns),
    )


def district_table(layer: Layer) -> Table:
    """Codes and names of districts; ``fields`` if they are missing."""
    codes = _text(layer, _find(layer, DISTRICT_FIELD, "cd"))
    names = _text(layer, _find(layer, DISTRICT_FIELD, "nm"))
    return Table(np.arange(len(codes)), codes, names, codes)


def _districts(layer: Layer, columns: Columns) -> list[str]:
    if columns.district is not None:
        return _text(layer, columns.district)
    found = [name for name in layer.table if DISTRICT_FIELD.match(name) and name.lower().endswith("cd")]
    if len(found) > 1:
        named = ", ".join(found)
        raise BoundaryError("fields", f"{layer.source}: choose one column with --district-column: {named}.")
    return _text(layer, found[0]) if found else []


def _boundary_line(layer: Layer, code: str, name: str) -> Table:
    """Skip rows without a code: Boundary-Line's non-civil-parish areas, which have a code at ONS."""
    codes = _text(layer, code)
    rows = [number for number, each in enumerate(codes) if each and not NO_CODE.match(each)]
    names = _text(layer, name)
    return Table(
        np.array(rows, dtype=np.int64),
        [codes[number] for number in rows],
        [NAME_TAIL.sub("", names[number]) for number in rows],
        [],
        has_parts=True,
    )


def _find(layer: Layer, pattern: re.Pattern[str], ending: str) -> str:
    found = [name for name in layer.table if pattern.match(name) and name.lower().endswith(ending)]
    if len(found) == 1:
        return found[0]
    have = _have(layer)
    raise BoundaryError(
        "fields",
        f"{layer.source}: expected one column like {EXAMPLE[pattern]}{ending.upper()}; it has {have}. {HOW[pattern]}",
    )


def _have(layer: Layer) -> str:
    """The columns of a layer, limited to what a person can read."""
    return ", ".join(name[:30] for name in list(layer.table)[:20]) or "none"


def _text(layer: Layer, column: str) -> list[str]:
    values: NDArray[Any] | None = layer.table.get(printable(column))
    if values is None:
        raise BoundaryError("fields", f"{layer.source}: there is no column {column}; it has {_have(layer)}.")
    texts = ["" if value is None else str(value).strip() for value in values]
    odd = next((number for number, text in enumerate(texts, 1) if not is_plain(text)), None)
    if odd is not None:
        what = f"feature {odd} has a control character in {column[:30]}"
        raise BoundaryError("fields", f"{layer.source}: {what}. Correct the source.")
    return [printable(text) for text in texts]
