"""Which parish a person means: by code, or by name within the councils served."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from routing.errors import InputError, UnknownError

if TYPE_CHECKING:
    from routing.casework import Catalogue
    from routing.database import Transaction

CouncilSlug = Annotated[str | None, typer.Option("--council", help="Slug of the council; default: all.")]
OneCouncil = Annotated[
    str | None, typer.Option("--council", help="Slug of the council; default: the one that answers first.")
]
ParishName = Annotated[str, typer.Argument(help="Code of a parish, such as E04999001, or its name.")]
Author = Annotated[str | None, typer.Option("--author", help="Who says so; default: the user of this machine.")]

MOST_NAMED = 8
LONGEST = 200


def author_of(author: str | None) -> str:
    """How the history names whoever gives a command."""
    return f"officer:{author or getpass.getuser()}"


def need_line(option: str, value: str | None) -> None:
    """Refuse what would not stand on one line of a list.

    Raises:
        InputError: names the option.
    """
    if value is not None and (not value.strip() or len(value) > LONGEST or not value.isprintable()):
        raise InputError(option, f"Write it on one line, in 1 to {LONGEST} characters.")


def find_parish(tx: "Transaction", catalogue: "Catalogue", words: str, council: str | None) -> tuple[str, str, str]:
    """The council's slug, the parish's code and its name.

    Raises:
        UnknownError: there is none, or several; says which.
    """
    from routing.contacts.names import normal
    from routing.place import parishes_of

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
    if near:
        named = ", ".join(f"{code} ({name}, {slug})" for slug, code, name in near[:MOST_NAMED])
        raise UnknownError("parish", f"Give the code. There are: {named}.")
    where = ", ".join(each.slug for each in councils)
    raise UnknownError(
        "parish", f"{words} is no parish of {where} in the boundaries that answer. Write its code or name."
    )
