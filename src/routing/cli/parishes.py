"""Shared by commands about parishes: options, and the name of the command's user for the history."""

import getpass
from typing import Annotated

import typer

from routing.errors import InputError

CouncilSlug = Annotated[str | None, typer.Option("--council", help="Slug of the council; default: all.")]
OneCouncil = Annotated[str | None, typer.Option("--council", help="Slug of the council; default: the first.")]
ParishName = Annotated[str, typer.Argument(help="Code of a parish, such as E04999001, or its name.")]
Author = Annotated[
    str | None,
    typer.Option("--author", help="Your name for the history; default: your user name on this machine."),
]

LONGEST = 200


def author_of(author: str | None) -> str:
    """The name of the command's user in the history."""
    return f"officer:{author or getpass.getuser()}"


def need_line(option: str, value: str | None) -> None:
    """Refuse text that does not fit on one line of a list.

    Raises:
        InputError: names the option.
    """
    if value is not None and (not value.strip() or len(value) > LONGEST or not value.isprintable()):
        raise InputError(option, f"Enter 1 to {LONGEST} characters, on one line.")
