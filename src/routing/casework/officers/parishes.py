"""Which parish a person means: by code, or by name within the councils served."""

import difflib

from routing.casework.cases.catalogue import Catalogue
from routing.contacts.names import normal
from routing.database import Transaction
from routing.errors import UnknownError
from routing.place import parishes_of

MOST_NAMED = 8


def find_parish(tx: Transaction, catalogue: Catalogue, words: str, council: str | None) -> tuple[str, str, str]:
    """The council's slug, the parish's code and its name.

    Raises:
        UnknownError: there is none, or several; says which.
    """
    if not words.strip():
        raise UnknownError("parish", "Write the code or the name of a parish.")
    councils = [catalogue.council(council)] if council else list(catalogue.councils.values())
    parishes = [(each.slug, code, name) for each in councils for code, name in parishes_of(tx, each.gss).items()]
    by_code = [each for each in parishes if each[1] == words.upper()]
    if by_code:
        return by_code[0]
    found = [each for each in parishes if normal(each[2]) == normal(words)]
    if len(found) == 1:
        return found[0]
    near = found or [each for each in parishes if normal(words) in normal(each[2])]
    if len(near) == 1:
        return near[0]
    near = near or _like(words, parishes)
    if near:
        named = ", ".join(f"{code} ({name}, {slug})" for slug, code, name in near[:MOST_NAMED])
        raise UnknownError("parish", f"{words.strip()} is not the name of just one. Give the code. There are: {named}.")
    where = ", ".join(each.slug for each in councils)
    text = f"{words} is not a parish of {where} in the boundaries that answer. Write its code or name."
    names = f" There are: {', '.join(sorted(name for _, _, name in parishes))}." if council and parishes else ""
    raise UnknownError("parish", f"{text}{names}")


def _like(words: str, parishes: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Those that may have been meant, mistyped."""
    close = difflib.get_close_matches(normal(words), [normal(each[2]) for each in parishes], MOST_NAMED)
    return [each for each in parishes if normal(each[2]) in close]
