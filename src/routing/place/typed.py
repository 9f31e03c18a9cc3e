"""Coordinates and grid references as people paste them, from maps, phones and other people. Pure."""

import math
import re
from itertools import pairwise

from routing.place.grid import Point, read_point
from routing.place.grid_reference import TooCoarse, parse_grid_reference
from routing.place.pasted import bare, is_link, pair_within, reference_within
from routing.vocabulary import folded

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>[+-]?[0-9]{1,12}(?:\.[0-9]{0,20})?)
    |(?P<side>NORTHINGS?|EASTINGS?|NORTH|SOUTH|EAST|WEST|LATITUDE|LONGITUDE|LAT|LONG|LON|LNG|[NSEW])(?![A-Z])
    |(?P<between>[,;/|])
    |(?P<mark>°|DEGREES|DEG|'|"|[:=])
    )\s*""",
    re.VERBOSE,
)
_MOST_CHARACTERS = 100
LEAST_METRES = 10_000.0
"""Smallest easting or northing. There is no land nearer to the grid's corner, so digits are missing."""

_NORTH_OR_SOUTH, _EAST_OR_WEST = ("N", "S", "LA"), ("E", "W", "LO", "LN")
_NEGATIVE = ("S", "W")

Token = tuple[str, str]
Half = tuple[tuple[float, ...], str, int]
"""Degrees, minutes and seconds as far as they are said, or metres; the side of the equator or of Greenwich; how many
decimals the last number has."""


def read_typed_point(text: str) -> Point | None:
    """The point of typed coordinates or a grid reference; None if the text is neither.

    Takes ``51.401, -1.323``, ``(51.401, -1.323)``, ``51.401° N, 1.323° W``, ``N51.401 W1.323``, ``geo:51.401,-1.323``,
    ``51°24'03.6"N 1°19'22.8"W``, ``51 24 3.6 N, 1 19 22.8 W``, ``447000 167000``, ``Grid ref: SU 470 670`` and links to
    maps. A link's pin comes before the middle of its picture. Degrees are WGS84, metres the National Grid's.

    Raises:
        InputError: it is outside Great Britain, or not exact enough for a road.
    """
    whole = folded(text).upper()
    said = bare(whole)
    halves = _halves(said) if len(said) <= _MOST_CHARACTERS else None
    if halves is not None:
        return _point(*halves)
    found = parse_grid_reference(said)
    if found is None and (within := pair_within(whole)) is not None and not is_link(whole):
        return read_point({"lat": float(within[0]), "lon": float(within[1])})
    return found or (parse_grid_reference(named) if (named := reference_within(whole)) else None)


def is_in_degrees(text: str) -> bool:
    """Whether the text is a pair of degrees with a possibly missing sign. Metres and links never miss one."""
    whole = folded(text).upper()
    said = bare(whole)
    if is_link(whole):
        return False
    halves = _halves(said) if len(said) <= _MOST_CHARACTERS else None
    if halves is not None:
        return _are_degrees(*halves)
    return parse_grid_reference(said) is None and pair_within(whole) is not None


def _are_degrees(first: Half, second: Half) -> bool:
    return abs(_value(*first)) <= 180 and abs(_value(*second)) <= 180


def _point(first: Half, second: Half) -> Point:
    a, b, in_degrees = _value(*first), _value(*second), _are_degrees(first, second)
    if not _is_exact(first, second) if in_degrees else max(abs(a), abs(b)) < LEAST_METRES:
        raise TooCoarse("place", "Enter all of the digits, like 51.401, -1.323. This covers a whole region.")
    names = ("lat", "lon") if in_degrees else ("easting", "northing")
    is_turned = first[1].startswith(_EAST_OR_WEST if in_degrees else _NORTH_OR_SOUTH)
    return read_point(dict(zip(names, (b, a) if is_turned else (a, b), strict=True)))


def _is_exact(first: Half, second: Half) -> bool:
    """Whether degrees are exact enough: to hundredths, to tenths of minutes, or to seconds."""
    return any(len(numbers) == 3 or decimals >= (2, 1)[len(numbers) - 1] for numbers, _, decimals in (first, second))


def _halves(said: str) -> tuple[Half, Half] | None:
    """The two coordinates in a text; None if it is not a pair."""
    tokens = _tokens(said)
    if tokens is None:
        return None
    kinds = [kind for kind, _ in tokens]
    sides = [at for at, kind in enumerate(kinds) if kind == "side"]
    between = [at for at, kind in enumerate(kinds) if kind == "between"]
    numbers = [at for at, kind in enumerate(kinds) if kind == "number"]
    if len(sides) == 2:
        cut = sides[1] if sides[0] == 0 else sides[0] + 1
    elif sides or len(between) > 1 or len(numbers) < 2 or (not between and len(numbers) % 2):
        return None
    else:
        cut = between[0] if between else numbers[len(numbers) // 2]
    one, other = _half(tokens[:cut]), _half(tokens[cut:])
    return (one, other) if one is not None and other is not None else None


def _tokens(said: str) -> list[Token] | None:
    found, at = list[Token](), 0
    while at < len(said):
        match = _TOKEN.match(said, at)
        if match is None:
            return None
        assert match.lastgroup is not None
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _half(tokens: list[Token]) -> Half | None:
    numbers = [text for kind, text in tokens if kind == "number"]
    side = next((text for kind, text in tokens if kind == "side"), "")
    if not 1 <= len(numbers) <= 3 or any("." in whole for whole, _ in pairwise(numbers)):
        return None
    values = tuple(float(text) for text in numbers)
    if any(text[0] in "+-" or value >= 60 for text, value in zip(numbers[1:], values[1:], strict=True)):
        return None
    decimals = len(numbers[-1].partition(".")[2])
    return (values if numbers[0][0] != "-" else (values[0], *(-each for each in values[1:]))), side, decimals


def _value(numbers: tuple[float, ...], side: str, _decimals: int) -> float:
    value = math.fsum(number / 60.0**power for power, number in enumerate(numbers))
    return -abs(value) if side.startswith(_NEGATIVE) else value
