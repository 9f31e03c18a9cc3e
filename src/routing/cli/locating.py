"""Ways to say where: a point, a postcode, a name, a line, a table of points."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from routing.errors import InputError
from routing.outside import read_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routing.place import Boundaries, Place, View

CHUNK = 50_000
HEADERS = (["id", "easting", "northing"], ["id", "lat", "lon"])
OUT_HEADER = ("id", "code", "name", "state", "distance_m", "candidates", "vintage")


def read_line(path: Path) -> "NDArray[np.float64]":
    """A line from GeoJSON: a LineString, by itself, as a feature, or as the only feature of a collection.

    Returns:
        Shape (n, 2), British National Grid.

    Raises:
        InputError: it is none, or a point of it is not taken.
    """
    try:
        found = read_json(path.read_bytes())
    except OSError as error:
        raise InputError("line", f"{path} cannot be read ({error.strerror}). Name a GeoJSON file.") from None
    except ValueError:
        raise InputError("line", f"{path} cannot be read as GeoJSON in UTF-8. Export the road as GeoJSON.") from None
    features = found.get("features") if isinstance(found, dict) and found.get("type") == "FeatureCollection" else None
    if isinstance(features, list) and len(features) == 1:
        found = features[0]
    if isinstance(found, dict) and found.get("type") == "Feature":
        found = found.get("geometry")
    if (
        not isinstance(found, dict)
        or found.get("type") != "LineString"
        or not isinstance(found.get("coordinates"), list)
    ):
        raise InputError("line", f"{path} holds no single LineString. Draw one stretch of road.")
    return np.array([_point(pair, f"line: point {n}") for n, pair in enumerate(found["coordinates"], 1)])


def _point(pair: Any, field: str) -> tuple[float, float]:
    from routing.place import read_point

    with suppress(TypeError, ValueError, LookupError):
        x, y = pair[0], pair[1]
        in_degrees = abs(x) <= 180 and abs(y) <= 180
        point = read_point({"lon": x, "lat": y} if in_degrees else {"easting": x, "northing": y}, field)
        return point.easting, point.northing
    raise InputError(field, "This is no pair of numbers. Write longitude and latitude, or easting and northing.")


def locate_table(source: Path, target: Path, boundaries: "Boundaries", view: "View") -> dict[str, int]:
    """Locate every row of a CSV, and write a CSV; whole or not at all.

    Returns:
        State → how many rows.

    Raises:
        InputError: header, or a row; names the line.
    """
    from routing.place import locate_all

    if target.resolve() == source.resolve():
        raise InputError("--out", f"{target} is the file that is read. Name another one.")
    counts: dict[str, int] = {}
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        with (
            source.open(encoding="utf-8-sig", newline="") as file,
            unfinished.open("w", encoding="utf-8", newline="") as out,
        ):
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(OUT_HEADER)
            rows = _points(file, source)
            while chunk := list(islice(rows, CHUNK)):
                places = locate_all(np.array([point for _, point in chunk]), boundaries, view)
                for (name, _), place in zip(chunk, places, strict=True):
                    counts[place.state.value] = counts.get(place.state.value, 0) + 1
                    writer.writerow(_row(name, place))
        unfinished.replace(target)
    except UnicodeDecodeError:
        raise InputError("csv", f"{source} is not UTF-8. Save it as CSV in UTF-8.") from None
    except csv.Error as error:
        raise InputError("csv", f"{source} cannot be read as CSV ({error}). Save it as CSV.") from None
    except OSError as error:
        raise InputError(
            "csv", f"{error.filename or source} cannot be used ({error.strerror}). Name another file."
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return counts


def _points(file: Any, source: Path) -> Iterator[tuple[str, tuple[float, float]]]:
    from routing.place import read_point

    reader = csv.reader(file)
    header = [name.strip().lower() for name in next(reader, [])]
    if header not in HEADERS:
        raise InputError("csv", f"{source}: its first line must be {' or '.join(','.join(each) for each in HEADERS)}.")
    for number, row in enumerate(reader, 2):
        if not row:
            continue
        values = _numbers(row, f"{source}, line {number}")
        point = read_point(dict(zip(header[1:], values, strict=True)), f"{source}, line {number}")
        yield row[0], (point.easting, point.northing)


def _numbers(row: Sequence[str], where: str) -> tuple[float, float]:
    try:
        _, first, second = row
        return float(first), float(second)
    except ValueError:
        raise InputError(where, "Write an id and two numbers.") from None


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
