"""National Grid references, as on maps and phones: two letters and 6 digits or more. Pure."""

import re

from routing.errors import InputError
from routing.place.grid import EASTINGS, NORTHINGS, Point
from routing.vocabulary import folded

LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
"""25 letters, without I, for the 5 x 5 squares (Ordnance Survey, A guide to coordinate systems in Great Britain)."""

REFERENCE = re.compile(r"([A-Z]{2})([0-9]{4,20})")
LEAST_DIGITS = 6
"""Four digits name a square of 1 km, which is too large for a road. Two are also the start of a postcode."""

_GROUP = re.compile(r"[0-9]+")
_BETWEEN = re.compile(r"[\s,;:./-]+")
LETTERS_ORIGIN = (-1_000_000, -500_000)
"""South-west corner of the 2,500 km square that the first letters divide, in metres of the National Grid, whose own
origin is the corner of square SV."""


class TooCoarse(InputError):
    """A grid reference with too few digits to name a road."""


def write_reference(easting: float, northing: float) -> str:
    """The grid reference of a point, to 10 m: ``SU 4700 6700``; empty outside the grid."""
    if not (0 <= easting < EASTINGS[1] and 0 <= northing < NORTHINGS[1]):
        return ""
    east, north = int(easting) - LETTERS_ORIGIN[0], int(northing) - LETTERS_ORIGIN[1]
    first = LETTERS[(4 - north // 500_000) * 5 + east // 500_000]
    second = LETTERS[(4 - north % 500_000 // 100_000) * 5 + east % 500_000 // 100_000]
    return f"{first}{second} {east % 100_000 // 10:04} {north % 100_000 // 10:04}"


def parse_grid_reference(text: str) -> Point | None:
    """The middle of the square of a grid reference (``SU 470 670``); None if the text is not one.

    Raises:
        InputError: it looks like one, but has too few or an odd number of digits, or is outside Great Britain.
    """
    said = folded(text).upper()
    found = REFERENCE.fullmatch(_BETWEEN.sub("", said))
    if found is None or "I" in found[1]:
        return None
    letters, digits = found.groups()
    groups = [len(group) for group in _GROUP.findall(said)]
    if len(digits) % 2 or len(set(groups)) > 1 or len(groups) not in (1, 2, len(digits)):
        raise InputError("place", "Enter the same number of digits for easting and northing.")
    half = len(digits) // 2
    size = 10.0 ** (5 - half)
    first, second = (LETTERS.index(letter) for letter in letters)
    easting = LETTERS_ORIGIN[0] + first % 5 * 500_000 + second % 5 * 100_000 + int(digits[:half]) * size
    northing = LETTERS_ORIGIN[1] + (4 - first // 5) * 500_000 + (4 - second // 5) * 100_000 + int(digits[half:]) * size
    if not (0 <= easting < EASTINGS[1] and 0 <= northing < NORTHINGS[1]):
        raise InputError("place", "This grid reference is outside Great Britain.")
    if len(digits) < LEAST_DIGITS:
        raise TooCoarse("place", "Add digits, like SU 470 670. This grid reference covers a whole square kilometre.")
    return Point(easting + size / 2, northing + size / 2)
