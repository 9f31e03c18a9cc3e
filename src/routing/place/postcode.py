"""Postcodes as people write them: with any spaces, dashes and full stops, O for 0 and I for 1. Pure."""

import re

from routing.errors import InputError
from routing.vocabulary import folded

POSTCODE = re.compile(r"(?:([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})|(GIR) ?(0AA))")
"""Outward and inward code, as Royal Mail writes them; upper case, at most one space. GIR 0AA is the one exception."""

DISTRICT = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?")
"""The outward code alone."""

PARTLY = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?([0-9][A-Z]?)?")
"""The start of a postcode."""

_FORMS = tuple(f"{outward}9LL" for outward in ("A9", "A99", "A9A", "AA9", "AA99", "AA9A"))
"""A: a letter that people may write as a digit; L: a letter that they may not, as it is never I or O; 9: a digit."""

_DIGIT_OF = {"O": "0", "I": "1", "L": "1"}
_LETTER_OF = {"0": "O", "1": "I"}
_SEPARATORS = re.compile(r"[^A-Z0-9]+")
_BETWEEN = re.compile(r"[,;:/()]")
_MOST_CHARACTERS = 7


def read_postcode(text: str) -> str:
    """The stored form (``RG14 1AA``) of a typed postcode (``rg141aa``, ``RG14-1AA.``).

    Raises:
        InputError: it is not a postcode.
    """
    found = possible_postcodes(text)
    if not found:
        raise InputError("postcode", f"{folded(text)[:20]!r} is not a full postcode. Enter one like RG14 1AA.")
    return found[0]


def looks_like_postcode(text: str) -> bool:
    """Whether a text looks like a full postcode in any spelling. A word without a digit does not."""
    return any(each.isdigit() for each in folded(text)) and bool(possible_postcodes(text))


def possible_postcodes(text: str) -> list[str]:
    """The postcodes that a text may mean, those with the fewest letters read as digits first; empty for other texts.

    ``B1O 1AA`` is a postcode, and may mean B10 1AA; ``ZZI IAH`` may mean ZZ1 1AH, or be a word.
    """
    said = _compact(text)
    if not 5 <= len(said) <= _MOST_CHARACTERS:
        return []
    if said.replace("O", "0") == "GIR0AA":
        return ["GIR 0AA"]
    found = set()
    for form in _FORMS:
        read = _read_as(said, form)
        if read is not None:
            changed = sum(one != other for one, other in zip(said, read, strict=True))
            found.add((changed, f"{read[:-3]} {read[-3:]}"))
    return [postcode for _, postcode in sorted(found)]


def possible_districts(text: str) -> list[str]:
    """The outward codes that a text may mean, such as ``RG14``. For full postcodes, use ``possible_postcodes``."""
    said = _compact(text)
    return [said] if DISTRICT.fullmatch(said) else []


def is_partly_postcode(text: str) -> bool:
    """Whether a text is the start of a postcode, such as ``RG14 5``."""
    return PARTLY.fullmatch(_compact(text)) is not None


def postcodes_within(text: str) -> list[list[str]]:
    """The postcodes in a longer text, such as an address, each with a digit, the last word's first.

    A postcode has up to three words (``RG 14 5LD``), and begins with a letter, or a digit in place of one.

    Returns:
        The possible meanings of each (``possible_postcodes``).
    """
    words = _BETWEEN.sub(" ", folded(text)).split()
    found, last = list[list[str]](), len(words)
    while last > 0:
        for first in range(max(0, last - 3), last):
            is_number = words[first].isdigit() and first < last - 1  # a house number
            if not is_number and looks_like_postcode(said := " ".join(words[first:last])):
                found.append(possible_postcodes(said))
                last = first + 1
                break
        last -= 1
    return found


def _compact(text: str) -> str:
    said = folded(text).upper()
    return _SEPARATORS.sub("", said) if said.isascii() else ""


def _read_as(said: str, form: str) -> str | None:
    """A text in a form of letters and digits, with similar characters replaced by those that fit."""
    if len(said) != len(form):
        return None
    read = [_character(each, kind) for each, kind in zip(said, form, strict=True)]
    return "".join(each for each in read if each) if all(read) else None


def _character(written: str, kind: str) -> str | None:
    if kind == "9":
        return written if written.isdigit() else _DIGIT_OF.get(written)
    return written if written.isalpha() else _LETTER_OF.get(written) if kind == "A" else None
