"""``waywarden contacts set|unset|quarantine``: enter a contact by hand, remove it, or stop using one."""

import datetime
from typing import Annotated

import typer

from routing.cli.output import Json, echo, print_json
from routing.cli.parishes import Author, CouncilSlug, ParishName, author_of, need_line
from routing.errors import InputError

Because = Annotated[str, typer.Option("--because", help="Your reason, in one sentence. It is shown with the contact.")]


def set_contact(
    parish: ParishName,
    email: Annotated[str, typer.Option("--email", help="Email address for reports.")],
    because: Because,
    clerk: Annotated[str | None, typer.Option("--clerk", help="Name of the clerk.")] = None,
    phone: Annotated[str | None, typer.Option("--phone", help="Telephone.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the parish council; default: the name we have.")
    ] = None,
    council: CouncilSlug = None,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Enter a contact by hand. We use it instead of Modern.Gov's until you unset it."""
    from routing import contacts
    from routing.casework import officers
    from routing.cli.installation import open_catalogue, open_database

    for option, value in (("--because", because), ("--clerk", clerk), ("--phone", phone), ("--name", name)):
        need_line(option, value)
    catalogue, who = open_catalogue(), author_of(author)
    with open_database() as database, database.transaction() as tx:
        slug, code, parish_name = officers.find_parish(tx, catalogue, parish, council)
        known = contacts.read_contacts(tx, [slug], [code]).get((slug, code))
        called = name or (known.published.council_name if known else parish_name)
        published = contacts.Published(called, clerk, _address(email), None, phone, None)
        contacts.set_override(tx, slug, code, published, who, because, datetime.datetime.now(datetime.UTC))
    _done(code, "set", as_json=as_json)


def unset_contact(
    parish: ParishName, because: Because, council: CouncilSlug = None, author: Author = None, as_json: Json = False
) -> None:
    """Remove a contact entered by hand. We then use Modern.Gov's again."""
    from routing import contacts
    from routing.casework import officers
    from routing.cli.installation import open_catalogue, open_database

    need_line("--because", because)
    catalogue = open_catalogue()
    with open_database() as database, database.transaction() as tx:
        slug, code, _ = officers.find_parish(tx, catalogue, parish, council)
        contacts.withdraw(tx, slug, code, author_of(author), because)
    _done(code, "unset", as_json=as_json)


def quarantine_contact(
    parish: ParishName, because: Because, council: CouncilSlug = None, author: Author = None, as_json: Json = False
) -> None:
    """Stop using a contact whose address is wrong, until its source gives another one."""
    from routing import contacts
    from routing.casework import officers
    from routing.cli.installation import open_catalogue, open_database

    need_line("--because", because)
    catalogue = open_catalogue()
    with open_database() as database, database.transaction() as tx:
        slug, code, _ = officers.find_parish(tx, catalogue, parish, council)
        contact = contacts.read_contacts(tx, [slug], [code]).get((slug, code))
        if contact is None or not contacts.quarantine_by(tx, contact.id, author_of(author), because):
            raise InputError(
                "PARISH", f"There is no contact of {code} in use. To see why: waywarden contacts show {code}"
            )
    _done(code, "quarantined", as_json=as_json)


def _done(code: str, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"parish": code, "done": what})
    else:
        echo(f"{code}: {what}. To see who gets its reports now, run: waywarden contacts explain {code}")


def _address(text: str) -> str:
    from routing.vocabulary import email_address, why_no_address

    try:
        return email_address(text)
    except ValueError:
        raise InputError("--email", why_no_address(text, "clerk@example.org")) from None
