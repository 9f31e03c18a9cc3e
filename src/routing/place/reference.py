"""National Grid references, as maps print them: two letters and 6 to 10 digits; shorter ones name no road. Pure."""

import re

from routing.errors import InputError
from routing.place.grid import EASTINGS, NORTHINGS, Point

LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
"""25 letters, without I, for the 5 x 5 squares (Ordnance Survey, A guide to coordinate systems in Great Britain)."""

REFERENCE = re.compile(r"([A-Z]{2})([0-9]{6,10})")
LETTERS_ORIGIN = (-1_000_000, -500_000)
"""South-west corner of the 2,500 km square that the first letters divide, in metres of the National Grid, whose own
origin is the corner of square SV."""


def write_reference(easting: float, northing: float) -> str:
    """The grid reference of a point, to 10 m: ``SU 4700 6700``; empty outside the grid."""
    if not (0 <= easting < EASTINGS[1] and 0 <= northing < NORTHINGS[1]):
        return ""
    east, north = int(easting) - LETTERS_ORIGIN[0], int(northing) - LETTERS_ORIGIN[1]
    first = LETTERS[(4 - north // 500_000) * 5 + east // 500_000]
    second = LETTERS[(4 - north % 500_000 // 100_000) * 5 + east % 500_000 // 100_000]
    return f"{first}{second} {east % 100_000 // 10:04} {north % 100_000 // 10:04}"


def read_reference(text: str) -> Point | None:
    """The middle of the square that a grid reference names (``SU 470 670``); None where the text is none.

    Raises:
        InputError: it has the form of one, but an odd number of digits, or lies outside Great Britain.
    """
    found = REFERENCE.fullmatch(re.sub(r"\s+", "", text).upper())
    if found is None or "I" in found[1]:
        return None
    letters, digits = found.groups()
    if len(digits) % 2:
        raise InputError("place", "A grid reference has as many digits for the easting as for the northing.")
    half = len(digits) // 2
    size = 10 ** (5 - half)
    first, second = (LETTERS.index(letter) for letter in letters)
    easting = LETTERS_ORIGIN[0] + first % 5 * 500_000 + second % 5 * 100_000 + int(digits[:half]) * size
    northing = LETTERS_ORIGIN[1] + (4 - first // 5) * 500_000 + (4 - second // 5) * 100_000 + int(digits[half:]) * size
    if not (0 <= easting < EASTINGS[1] and 0 <= northing < NORTHINGS[1]):
        raise InputError("place", "This grid reference lies outside Great Britain.")
    return Point(easting + size / 2, northing + size / 2)
