"""``waywarden mail``: stop or allow emails to a citizen's address."""

import getpass
from typing import Annotated

import typer

from routing.cli.output import Json, echo, print_json

app = typer.Typer(help="Stop emails to a citizen's address, or allow them again.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(help="The email address.")]


@app.command()
def stop(address: Address, as_json: Json = False) -> None:
    """Stop emails to an address, when its owner asks by phone or letter."""
    from routing import casework
    from routing.cli.installation import open_database

    with open_database() as database, database.transaction() as tx:
        casework.stop_mail(tx, casework.hash_of(tx, _checked(address)), f"officer:{getpass.getuser()}")
    _say(address, "stopped", as_json=as_json)


@app.command()
def allow(address: Address, as_json: Json = False) -> None:
    """Allow emails to an address again, when its owner asks."""
    from routing import casework
    from routing.cli.installation import open_database
    from routing.errors import InputError

    with open_database() as database, database.transaction() as tx:
        if not casework.allow_mail(tx, casework.hash_of(tx, _checked(address))):
            raise InputError("address", f"Emails to {address} were not stopped.")
    _say(address, "allowed", as_json=as_json)


def _checked(address: str) -> str:
    """The address in the form that a report keeps, so that its hash is the same."""
    from routing.errors import InputError
    from routing.vocabulary import email_address, why_no_address

    try:
        return email_address(address)
    except ValueError:
        raise InputError("address", why_no_address(address, "name@example.com")) from None


def _say(address: str, mail: str, *, as_json: bool) -> None:
    print_json({"address": address, "mail": mail}) if as_json else echo(f"Emails to {address} are {mail}.")
