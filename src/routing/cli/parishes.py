"""What commands about parishes share: options, and how the history names whoever gives a command."""

import getpass
from typing import Annotated

import typer

from routing.errors import InputError

CouncilSlug = Annotated[str | None, typer.Option("--council", help="Slug of the council; default: all.")]
OneCouncil = Annotated[
    str | None, typer.Option("--council", help="Slug of the council; default: the one that answers first.")
]
ParishName = Annotated[str, typer.Argument(help="Code of a parish, such as E04999001, or its name.")]
Author = Annotated[
    str | None,
    typer.Option("--author", help="Your name for the history; default: your user name on this machine."),
]

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
