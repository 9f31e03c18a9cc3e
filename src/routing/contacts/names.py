"""Propose parishes for titles in a Modern.Gov by name. A person decides. Pure."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NOISE = frozenset(
    {"city", "civil", "community", "council", "councils", "cp", "group", "grouped", "joint", "meeting", "neighbourhood"}
    | {"of", "parish", "parishes", "pc", "tc", "the", "town", "village"}
)
"""Words for the kind of body, which we ignore."""

_BODIES = frozenset({"council", "councils", "cp", "meeting", "parish", "parishes", "pc", "tc"})
_ANYWHERE = """
    a about clerk contact contacts detail details find home in info information local me my our page profile search
    to us welcome your
"""
_GENERIC = frozenset(_ANYWHERE.split())
_SIDES = """
    east great greater high higher inner lesser little long low lower magna middle nether new north northern old outer
    over parva south southern under upper west western
"""
_APART = frozenset(_SIDES.split())
_JOINING = frozenset({"and", "by", "cum", "in", "le", "next", "on", "with", "s"})

MOST_PARTS = 12
"""No council's name has more parishes, so a longer list is not a title."""

_SEPARATORS = re.compile(r"\s*(?:,|/|&|\+|\band\b|\bwith\b)\s*", re.IGNORECASE)
_SAINT = re.compile(r"\bst\b\.?", re.IGNORECASE)
_APOSTROPHES = re.compile("['\u2018\u2019`]")
_OTHER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A parish whose name a title seems to contain.

    Attributes:
        is_group: the title names several parishes.
    """

    parish_code: str
    moderngov_id: int
    title: str
    is_group: bool = False


def _words(name: str) -> list[str]:
    text = unicodedata.normalize("NFKD", name).casefold()
    text = "".join(each for each in text if not unicodedata.combining(each))
    text = _SAINT.sub("saint", _APOSTROPHES.sub("", text.replace("&", " and ")))
    return _OTHER.sub(" ", text).split()


def normal(name: str) -> str:
    """A name for comparison, without case, accents, punctuation and kind of body; ``&`` is and, ``St`` is Saint."""
    words = _words(name)
    return " ".join([word for word in words if word not in NOISE] or words)


def parts(title: str) -> list[str]:
    """The names in a title with several, in the form of ``normal``; empty for other titles."""
    found = [normal(part) for part in _SEPARATORS.split(title)]
    named = [part for part in found if part and not set(part.split()) <= NOISE]
    return named if 1 < len(named) <= MOST_PARTS else []


def is_generic(title: str) -> bool:
    """Whether a title could be on any council's page, such as *Contact details*."""
    return set(normal(title).split()) <= NOISE | _GENERIC


def are_one(name: str, other: str) -> bool:
    """Whether two titles are the same name, spaces aside: *Coldash PC*, *Cold Ash Parish Council*."""
    return normal(name).replace(" ", "") == normal(other).replace(" ", "")


def are_akin(name: str, title: str) -> bool:
    """Whether a page's name can be the council with this title.

    One may have extra words, such as *Ash* and *Ash with Elm*, but not words that distinguish neighbours, such as
    *East*. A name with more words than the title, and without *council*, is a person or another place.
    """
    if are_one(name, title) or normal(title) in parts(name) or normal(name) in parts(title):
        return True
    own, given = _telling(name), _telling(title)
    if not own or not given or (own - given) & _APART or (given - own) & _APART:
        return False
    return own <= given or (given <= own and not set(_words(name)).isdisjoint(_BODIES))


def is_page_of(name: str, title: str, others: Iterable[str]) -> bool:
    """Whether a page of this name can be that of the council with this title, and not of another one in the list."""
    if are_one(name, title):
        return True
    return are_akin(name, title) and not any(are_one(name, other) for other in others)


def _telling(name: str) -> set[str]:
    """The words that distinguish a name, without an optional ``s``: *Mary's*, *Mary*."""
    return {word.removesuffix("s") for word in normal(name).split() if word not in _JOINING}


def propose(parishes: Mapping[str, str], titles: Iterable[tuple[int, str]]) -> list[Proposal]:
    """Pairs of parish and title with the same name; a title that joins several is proposed for each it names.

    Args:
        parishes: code → name.
        titles: Modern.Gov's ids and titles.

    Returns:
        By code, then id. A code with several ids is ambiguous, and so is an id for two parishes with the same name.
    """
    by_name: dict[str, list[str]] = defaultdict(list)
    for code, name in parishes.items():
        by_name[normal(name)].append(code)
    found = set()
    for identifier, title in titles:
        whole = by_name.get(normal(title), [])
        named = whole or [code for part in parts(title) for code in by_name.get(part, [])]
        found |= {Proposal(code, identifier, title, is_group=not whole) for code in named}
    return sorted(found, key=lambda each: (each.parish_code, each.moderngov_id))
