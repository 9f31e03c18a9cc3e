"""Find the names, postcodes and postcode districts in an address or street name that people typed. Pure."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace

from routing.place.postcode import looks_like_postcode, possible_districts

COUNTRIES = frozenset({"uk", "gb", "united kingdom", "great britain", "england", "wales", "scotland"})
SHORT = {
    "rd": "road", "ln": "lane", "ave": "avenue", "av": "avenue", "cl": "close", "dr": "drive", "cres": "crescent",
    "gdns": "gardens", "pl": "place", "sq": "square", "ct": "court", "terr": "terrace", "tce": "terrace",
    "st": "street", "pk": "park", "hwy": "highway", "gr": "grove", "gro": "grove",
}  # fmt: skip
"""Short forms of the last word of a street."""

BEFORE = {"gt": "great", "gr": "great", "lt": "little", "upr": "upper", "lwr": "lower", "nth": "north", "sth": "south",
          "n": "north", "s": "south", "e": "east", "w": "west"}  # fmt: skip
"""Short forms of the first word of a street or village."""

_POSTCODE = re.compile(r"\b[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][a-z]{2}\b")
_CENTRE = re.compile(r"(?<=\w) (?:town|city|village) cent(?:re|er)$|^(?:near|nr|opposite|opp|outside|the corner of) ")
ROAD_NUMBER = re.compile(r"[abm][0-9]{1,4}")
_NUMBER = re.compile(
    r"^(?:(?:flat|unit|no\.?|number|apartment|apt\.?) ?)?[0-9]+[a-z]?(?: ?[-/&] ?[0-9]+[a-z]?)?(?: |$)"
)
_BETWEEN = re.compile(r"[,;\n()]| - |///")
_PUNCTUATION = re.compile(r"[^\w]+")


def without_country(said: str) -> str:
    """The text without ``UK`` or similar words at its end."""
    words = re.split(r"[\s,]+", said.strip(" .,;"))
    for count in (2, 1):
        if len(words) > count and " ".join(words[-count:]).lower().strip(".") in COUNTRIES:
            return " ".join(words[:-count])
    return said


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a text.

    Attributes:
        names: of streets and settlements, folded, lower case, in the typed order, without house numbers.
        districts: postcode districts, such as ``RG14``.
    """

    names: tuple[str, ...]
    districts: tuple[str, ...]


def readings(said: str) -> list[Address]:
    """The addresses that a folded text may mean, the most likely first.

    ``A4, Hungerford`` may name a postcode district or a road. The ``St`` in ``High St Hungerford`` may be a street or a
    saint. A house or shop may come before the street.
    """
    found = [read_address(said), read_address(said, districts=False)]
    found += [read_address(said, within=SHORT.keys() - {"st"}), read_address(said, within=SHORT.keys())]
    found += [replace(each, names=each.names[1:]) for each in found if len(each.names) > 1]
    return list(dict.fromkeys(found))


def plain_names(said: str) -> list[str]:
    """Every name in a folded text, in all its meanings, from ``plain_name``."""
    names = (plain_name(name) for words in readings(said) for name in words.names)
    return list(dict.fromkeys([plain_name(said), *names]))


def read_address(said: str, *, districts: bool = True, within: Collection[str] = ()) -> Address:
    """Split a folded text into its parts.

    Args:
        districts: a last word such as ``A4`` is a postcode district, not a road.
        within: short words to expand anywhere in a name, not only at its end.
    """
    names, outward = list[str](), list[str]()
    for part in _BETWEEN.split(_POSTCODE.sub(" ", said.lower())):
        words = [word for word in part.strip(" .").split() if not looks_like_postcode(word)]
        if words and possible_districts(words[-1]) and (districts or not ROAD_NUMBER.fullmatch(words[-1])):
            outward += possible_districts(words.pop())
        elif words and len(words) + len(names) > 1 and ROAD_NUMBER.fullmatch(words[-1]):  # it has a name besides
            words.pop()
        name = _CENTRE.sub("", _NUMBER.sub("", " ".join(words))).strip(" .'\"()-")
        if name and name not in COUNTRIES:
            names.append(_written_out(name, within)[:100])
    return Address(tuple(names[:5]), tuple(outward))


def _written_out(name: str, within: Collection[str]) -> str:
    words = [word.strip(".") for word in name.split(" ")]
    full = [
        SHORT[word] if number and word in SHORT and (number == len(words) - 1 or word in within) else word
        for number, word in enumerate(words)
    ]
    return " ".join([BEFORE.get(full[0], full[0]) if len(full) > 1 else full[0], *full[1:]])


def plain_name(name: str) -> str:
    """A name for comparison, without case, accents, punctuation and spaces, and with ``St`` for Saint."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(each))
    return _PUNCTUATION.sub("", re.sub(r"\bsaint\b", "st", bare))
