"""Ways to give a place: a point, a postcode, a name, a line, a table of points."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from routing.errors import InputError
from routing.outside import Row, Unreadable, read_json, read_rows, without_tail
from routing.vocabulary import folded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routing.place import Boundaries, Place, View

CHUNK = 10_000
HEADERS = (["id", "easting", "northing"], ["id", "lat", "lon"])
OUT_HEADER = ("id", "code", "name", "state", "distance_m", "candidates", "vintage")


def read_line(path: Path) -> "NDArray[np.float64] | list[NDArray[np.float64]]":
    """A road from GeoJSON: a LineString or MultiLineString, alone, as a feature, or as the only one in a collection.

    Returns:
        Shape (n, 2), British National Grid; a list of these for several lines.

    Raises:
        InputError: it is not a road, or one of its points cannot be used.
    """
    try:
        found = read_json(path.read_bytes())
    except OSError as error:
        raise InputError(
            "line", f"{path} cannot be read ({error.strerror}). Enter the name of a GeoJSON file."
        ) from None
    except ValueError:
        raise InputError("line", f"{path} is not GeoJSON in UTF-8. Export the road as GeoJSON.") from None
    features = found.get("features") if isinstance(found, dict) and found.get("type") == "FeatureCollection" else None
    if isinstance(features, list) and len(features) == 1:
        found = features[0]
    if isinstance(found, dict) and found.get("type") == "Feature":
        found = found.get("geometry")
    kind, said = (found.get("type"), found.get("coordinates")) if isinstance(found, dict) else (None, None)
    if kind == "LineString" and isinstance(said, list):
        return _points(said, "line: ")
    if kind == "MultiLineString" and isinstance(said, list) and said and all(isinstance(each, list) for each in said):
        lines = [
            _points(each, f"line {number}: " if len(said) > 1 else "line: ") for number, each in enumerate(said, 1)
        ]
        return lines[0] if len(lines) == 1 else lines
    raise InputError(
        "line", f"{path} does not have exactly one LineString or MultiLineString. Draw one stretch of road."
    )


def _points(said: list[Any], field: str) -> "NDArray[np.float64]":
    return np.array([_point(pair, f"{field}point {n}") for n, pair in enumerate(said, 1)])


def _point(pair: Any, field: str) -> tuple[float, float]:
    from routing.place import read_point

    with suppress(TypeError, ValueError, LookupError):
        x, y = pair[0], pair[1]
        in_degrees = abs(x) <= 180 and abs(y) <= 180
        point = read_point({"lon": x, "lat": y} if in_degrees else {"easting": x, "northing": y}, field)
        return point.easting, point.northing
    raise InputError(field, "Enter a pair of numbers: longitude and latitude, or easting and northing.")


def locate_table(source: Path, target: Path, boundaries: "Boundaries", view: "View") -> dict[str, int]:
    """Locate every row of a CSV, some rows at a time, and write a CSV. An error leaves no file.

    Returns:
        State → how many rows.

    Raises:
        InputError: header, or a row; names the line.
    """
    from routing.place import locate_all, read_points

    if target.resolve() == source.resolve():
        raise InputError("--out", f"{target} is the input file. Choose another file to write.")
    counts: Counter[str] = Counter()
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(OUT_HEADER)
            rows = read_rows(source)
            names = _header(rows, source)
            while chunk := list(islice(rows, CHUNK)):
                values = np.array([_numbers(cells, f"{source}, line {line}") for line, cells in chunk])
                points = read_points(values, names, lambda number: f"{source}, line {chunk[number][0]}")
                located = list(locate_all(points, boundaries, view))
                counts.update(place.state.value for place in located)
                writer.writerows(_row(cells[0], place) for (_, cells), place in zip(chunk, located, strict=True))
        unfinished.replace(target)
    except Unreadable as error:
        raise InputError("csv", f"{source}, {error}") from None
    except OSError as error:
        raise InputError(
            "csv", f"{error.filename or source} cannot be used ({error.strerror}). Choose another file."
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return dict(counts)


def _header(rows: Iterator[Row], source: Path) -> tuple[str, str]:
    """The kind of numbers in each row: easting and northing, or lat and lon."""
    _, names = next(rows, (1, []))
    header = without_tail([name.lower() for name in names])
    if header not in HEADERS:
        raise InputError(
            "csv", f"{source}: change its first line to {' or '.join(','.join(each) for each in HEADERS)}."
        )
    return header[1], header[2]


def _numbers(row: Sequence[str], where: str) -> tuple[float, float]:
    try:
        _, first, second = row[:3] if not any(row[3:]) else row
        return _number(first), _number(second)
    except ValueError:
        raise InputError(where, "Enter an id and 2 numbers.") from None


def _number(text: str) -> float:
    """A number. It may have the minus or degree sign of the document it was pasted from."""
    return float(text if text.isascii() else folded(text).removesuffix("\u00b0"))


def _row(name: str, place: "Place") -> tuple[object, ...]:
    return (
        name,
        place.area.code if place.area else "",
        place.area.name if place.area else "",
        place.state.value,
        "" if place.distance_m is None else round(place.distance_m, 1),
        ";".join(each.area.code for each in place.candidates),
        place.vintage or "",
    )
