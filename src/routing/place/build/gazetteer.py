"""OS Code-Point Open and OS Open Names, as their CSV files come: no header row, columns by position."""

import csv
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from routing.errors import BoundaryError, InputError
from routing.outside import is_plain
from routing.place.build.archive import unpack, unpack_gzip
from routing.place.gazetteer import KINDS, PlaceName, read_postcode
from routing.place.grid import read_point
from routing.words import printable

CODE_POINT_COLUMNS = frozenset({4, 10})
"""Code-Point Open has ten columns; copies often keep the first four: postcode, quality, easting, northing."""

OPEN_NAMES_COLUMNS = 34
NO_POSITION = 90
"""Positional quality of a postcode without a position."""

CSV = frozenset({".csv"})


CODE_POINT, OPEN_NAMES = "code-point-open", "open-names"
"""The products, by which their rows are known in the store: a new edition takes the place of the former one."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """What was read.

    Attributes:
        postcodes: postcode, easting, northing.
        widths: how many columns its rows have.
        skipped: rows without a position, or of a kind that nobody means by a place.
    """

    postcodes: list[tuple[str, float, float]]
    names: list[PlaceName]
    skipped: int
    widths: set[int]

    @property
    def product(self) -> str:
        """Which of the two products it is."""
        return OPEN_NAMES if OPEN_NAMES_COLUMNS in self.widths else CODE_POINT


def read_gazetteer(path: Path) -> Gazetteer:
    """Read a CSV, a gzipped CSV, or a zip of CSVs; which of the two products it is, its columns say.

    Raises:
        BoundaryError: ``gazetteer``: it is neither, or a row is not right; names file and line. ``archive`` for a zip.
    """
    if not path.is_file():
        what = "this is a folder; name a file" if path.is_dir() else "there is no such file"
        raise BoundaryError("gazetteer", f"{path}: {what}.")
    found = _of_file(path)
    if not found.postcodes and not found.names:
        raise BoundaryError("gazetteer", f"{path}: there is no postcode and no place in it. Take another file.")
    return found


def _of_file(path: Path) -> Gazetteer:
    suffix = path.suffix.lower()
    if suffix not in {".zip", ".gz"}:
        return _read(path, str(path))
    with tempfile.TemporaryDirectory(prefix="waywarden-gazetteer-") as folder:
        if suffix == ".gz":
            return _read(unpack_gzip(path, Path(folder)), str(path))
        files = [each for each in unpack(path, Path(folder), CSV) if each.parent.name.lower() != "doc"]
        return _joined([_read(each, f"{path}, {each.name}") for each in files])


def _joined(parts: list[Gazetteer]) -> Gazetteer:
    return Gazetteer(
        [point for part in parts for point in part.postcodes],
        [name for part in parts for name in part.names],
        sum(part.skipped for part in parts),
        {width for part in parts for width in part.widths},
    )


def _read(path: Path, called: str) -> Gazetteer:
    found = Gazetteer([], [], 0, set())
    skipped = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.reader(file), 1):
                if row:
                    found.widths.add(len(row))
                    skipped += not _take(found, row, f"{called}, line {number}")
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise BoundaryError(
            "gazetteer",
            f"{called}: it cannot be read as CSV ({type(error).__name__}). Take the file as it was downloaded.",
        ) from None
    return replace(found, skipped=skipped)


def _take(found: Gazetteer, row: list[str], where: str) -> bool:
    try:
        if len(row) in CODE_POINT_COLUMNS:
            return _take_postcode(found, row)
        if len(row) == OPEN_NAMES_COLUMNS:
            return _take_name(found, row)
    except (ValueError, InputError):
        said = "postcode or coordinates are not right, or a name has control characters"
        raise BoundaryError("gazetteer", f"{where}: {said}. Mend the file.") from None
    raise BoundaryError(
        "gazetteer",
        f"{where}: it has {len(row)} columns. OS Code-Point Open has 10 (or the first 4 of them), OS Open Names 34.",
    )


def _take_postcode(found: Gazetteer, row: list[str]) -> bool:
    if int(row[1]) >= NO_POSITION:
        return False
    found.postcodes.append((read_postcode(row[0]), *_metres(row[2], row[3])))
    return True


def _metres(easting: str, northing: str) -> tuple[float, float]:
    point = read_point({"easting": float(easting), "northing": float(northing)})
    return point.easting, point.northing


def _take_name(found: Gazetteer, row: list[str]) -> bool:
    (easting, northing), kind = _metres(row[8], row[9]), row[7]
    if kind == "Postcode":
        found.postcodes.append((read_postcode(row[2]), easting, northing))
        return True
    if kind not in KINDS:
        return False
    if not is_plain(f"{row[0]}{row[2]}{row[18]}{row[16]}"):
        raise InputError("name", "It has a control character.")
    texts = (printable(row[column]) for column in (0, 2, 18, 16))
    identifier, called, locality, district = texts
    name = PlaceName(identifier, called, kind, locality, district, easting, northing)
    found.names.append(name)
    return True
