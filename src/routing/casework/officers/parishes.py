"""Find the parish that a person means, by code, or by name in the councils of this service."""

import difflib

from routing.casework.cases.catalogue import Catalogue
from routing.contacts.names import normal
from routing.database import Transaction
from routing.errors import UnknownError
from routing.place import parishes_of

MOST_NAMED = 8


def find_parish(tx: Transaction, catalogue: Catalogue, terms: str, council: str | None) -> tuple[str, str, str]:
    """The council's slug, the parish's code and its name.

    Raises:
        UnknownError: there is none, or several; names them.
    """
    if not terms.strip():
        raise UnknownError("parish", "Enter the code or name of a parish.")
    councils = [catalogue.council(council)] if council else list(catalogue.councils.values())
    parishes = [(each.slug, code, name) for each in councils for code, name in parishes_of(tx, each.gss).items()]
    by_code = [each for each in parishes if each[1] == terms.upper()]
    if by_code:
        return by_code[0]
    found = [each for each in parishes if normal(each[2]) == normal(terms)]
    if len(found) == 1:
        return found[0]
    near = found or [each for each in parishes if normal(terms) in normal(each[2])]
    if len(near) == 1:
        return near[0]
    near = near or _like(terms, parishes)
    if near:
        named = ", ".join(f"{code} ({name}, {slug})" for slug, code, name in near[:MOST_NAMED])
        raise UnknownError("parish", f"{terms.strip()} matches several parishes. Enter the code of one: {named}.")
    where = ", ".join(each.slug for each in councils)
    text = f"{terms} is not a parish of {where} in the boundaries in use. Check its code or name."
    names = f" It could be: {', '.join(sorted(name for _, _, name in parishes))}." if council and parishes else ""
    raise UnknownError("parish", f"{text}{names}")


def _like(terms: str, parishes: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Parishes with similar names, in case of a typing error."""
    close = difflib.get_close_matches(normal(terms), [normal(each[2]) for each in parishes], MOST_NAMED)
    return [each for each in parishes if normal(each[2]) in close]
