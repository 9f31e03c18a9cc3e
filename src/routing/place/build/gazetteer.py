"""Read OS Code-Point Open and OS Open Names from CSV. Columns go by position, mostly without a header row."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from routing.errors import BoundaryError, InputError
from routing.outside import Unreadable, is_plain, read_rows
from routing.place.build.archive import unpack, unpack_gzip
from routing.place.gazetteer import KINDS, Box, PlaceName
from routing.place.grid import EASTINGS, NORTHINGS, read_point
from routing.place.postcode import read_postcode
from routing.vocabulary import is_garbled, printable

CODE_POINT_COLUMNS = frozenset({4, 10})
"""Code-Point Open has ten columns. Copies often have the first four: postcode, quality, easting, northing."""

CODE_POINT_NAMES = (
    {"postcode", "pc"},
    {"pq", "positionalqualityindicator", "positionalquality", "quality"},
    {"eastings", "easting", "ea"},
    {"northings", "northing", "no"},
)
"""Names of its columns, in order, without case and signs."""

OPEN_NAMES_COLUMNS = 34
NO_POSITION = 90
"""Positional quality of a postcode without a position."""

CSV = frozenset({".csv"})

CODE_POINT, OPEN_NAMES = "code-point-open", "open-names"
"""Names of the products in the store. A new release replaces the former one."""

MOST_REFUSED = 20
"""We skip and name this many bad rows, or one in a thousand if that is more. With more, it is the wrong file."""


@dataclass(slots=True)
class Gazetteer:
    """The content of a file.

    Attributes:
        postcodes: postcode, easting, northing.
        widths: numbers of columns of its rows.
        skipped: number of rows without a position, or of a kind that is not a place.
        refused: bad rows, each with file, line and what is wrong.
    """

    postcodes: list[tuple[str, float, float]] = field(default_factory=list)
    names: list[PlaceName] = field(default_factory=list)
    skipped: int = 0
    widths: set[int] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    @property
    def product(self) -> str:
        """The product: one of the two."""
        return OPEN_NAMES if OPEN_NAMES_COLUMNS in self.widths else CODE_POINT


def read_gazetteer(path: Path) -> Gazetteer:
    """Read a CSV, a gzipped CSV, or a zip of CSVs. Its columns show the product.

    Raises:
        BoundaryError: ``gazetteer``: it is neither, or has many bad rows; names file and line. ``archive`` for a
            zip.
    """
    if not path.is_file():
        what = "choose a file. This is a folder" if path.is_dir() else "there is no such file"
        raise BoundaryError("gazetteer", f"{path}: {what}.")
    found = Gazetteer()
    _of_file(path, found)
    taken = len(found.postcodes) + len(found.names) + found.skipped
    if len(found.refused) > max(MOST_REFUSED, taken // 1000) or len(found.refused) > taken:
        raise BoundaryError("gazetteer", found.refused[0])
    if not found.postcodes and not found.names:
        raise BoundaryError("gazetteer", f"{path}: choose another file. This one has no postcodes and no places.")
    return found


def _of_file(path: Path, found: Gazetteer) -> None:
    suffix = path.suffix.lower()
    if suffix not in {".zip", ".gz"}:
        _read(path, str(path), found)
        return
    with tempfile.TemporaryDirectory(prefix="waywarden-gazetteer-") as folder:
        if suffix == ".gz":
            _read(unpack_gzip(path, Path(folder)), str(path), found)
            return
        for each in unpack(path, Path(folder), CSV):
            if each.parent.name.lower() != "doc":
                _read(each, f"{path}, {each.name}", found)


def _read(path: Path, called: str, found: Gazetteer) -> None:
    order: list[int] | None = None
    is_first = True
    try:
        for line, cells in read_rows(path):
            row = _without_tail(cells)
            if is_first and _is_header(row):
                order = _order(row, f"{called}, line {line}")
            else:
                _take(
                    found,
                    [row[at] for at in order] if order and len(order) == len(row) else row,
                    f"{called}, line {line}",
                )
            is_first = False
    except Unreadable as error:
        raise BoundaryError("gazetteer", f"{called}, {error}") from None


def _without_tail(row: list[str]) -> list[str]:
    """A row without empty cells from commas at its end."""
    width = next((each for each in (OPEN_NAMES_COLUMNS, *sorted(CODE_POINT_COLUMNS)[::-1]) if each <= len(row)), 0)
    return row[:width] if width and not any(row[width:]) else row


def _is_header(row: list[str]) -> bool:
    """Whether the first row has column names: it has no numbers where each product has coordinates."""
    at = {4: (2, 3), 10: (2, 3), OPEN_NAMES_COLUMNS: (8, 9)}.get(len(row), ())
    return bool(at) and not any(character.isdigit() for column in at for character in row[column])


def _order(header: list[str], where: str) -> list[int] | None:
    """The positions of Code-Point Open's columns from a header with another order; None for the usual order."""
    if len(header) not in CODE_POINT_COLUMNS:
        return None
    names = ["".join(each for each in name.lower() if each.isalnum()) for name in header]
    known = [[at for at, name in enumerate(names) if name in called] for called in CODE_POINT_NAMES]
    if all(at in ([], [column]) for column, at in enumerate(known)):
        return None
    if any(len(at) != 1 for at in known):
        said = f"{where}: add each of the columns Postcode, PQ, Eastings and Northings once, or use OS's order."
        raise BoundaryError("gazetteer", said)
    first = [at for (at,) in known]
    return first + [at for at in range(len(header)) if at not in first]


def _take(found: Gazetteer, row: list[str], where: str) -> None:
    known = len(row) in CODE_POINT_COLUMNS or len(row) == OPEN_NAMES_COLUMNS
    if not known:
        said = (
            f"{where}: choose another file. This row has {len(row)} columns, but OS Code-Point Open has 10 (or the "
            "first 4), OS Open Names 34."
        )
        found.refused.append(said)
        return
    take: Callable[[Gazetteer, list[str]], bool] = _take_name if len(row) == OPEN_NAMES_COLUMNS else _take_postcode
    try:
        found.skipped += not take(found, row)
        found.widths.add(len(row))
    except InputError as error:
        found.refused.append(f"{where}: {error.what_to_do}")
    except ValueError:
        found.refused.append(f"{where}: correct a number in the row.")


def _take_postcode(found: Gazetteer, row: list[str]) -> bool:
    quality = float(row[1])
    if not quality <= NO_POSITION:
        raise InputError("quality", "Correct the second column. It must be a quality from 10 to 90.")
    if quality == NO_POSITION or _is_nowhere(row[2], row[3]):
        return False
    found.postcodes.append((read_postcode(row[0]), *_metres(row[2], row[3])))
    return True


def _is_nowhere(easting: str, northing: str) -> bool:
    """Whether a row has zeros or nothing instead of a position."""
    return not (easting or northing) or float(easting) == float(northing) == 0


def _metres(easting: str, northing: str) -> tuple[float, float]:
    point = read_point({"easting": float(easting), "northing": float(northing)})
    return point.easting, point.northing


def _take_name(found: Gazetteer, row: list[str]) -> bool:
    kind = row[7]
    if kind != "Postcode" and kind not in KINDS:
        return False
    if _is_nowhere(row[8], row[9]):
        return False
    if kind == "Postcode":
        found.postcodes.append((read_postcode(row[2]), *_metres(row[8], row[9])))
        return True
    said = [row[column] for column in (0, 2, 18, 16, 4)]
    if not all(is_plain(text) for text in said):
        raise InputError("name", "Delete the control characters in the name.")
    if any(is_garbled(text) for text in said):
        raise InputError(
            "name", f"{printable(row[2], 40)!r} is not readable, because of a wrong encoding. Correct the row."
        )
    identifier, name, locality, district, other_name = (printable(text) for text in said)
    if not name:
        raise InputError("name", "Add a name in NAME1.")
    easting, northing = _metres(row[8], row[9])
    place = PlaceName(identifier, name, kind, locality, district, easting, northing, other_name, _box(row[12:16]))
    found.names.append(place)
    return True


def _box(sides: list[str]) -> Box | None:
    """The bounding box of a name; None if a copy left it out."""
    if not any(sides):
        return None
    if not all(sides):
        raise InputError("name", "Add the missing side of the bounding box.")
    west, south, east, north = (float(side) for side in sides)
    is_within = all(0 <= each <= EASTINGS[1] for each in (west, east))
    is_within &= all(0 <= each <= NORTHINGS[1] for each in (south, north))
    if not is_within or west > east or south > north:
        raise InputError("name", "Correct the bounding box.")
    return Box(west, south, east, north)
