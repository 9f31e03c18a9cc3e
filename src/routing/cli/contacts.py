"""``waywarden contacts``: the directory of clerks."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli.output import Json, print_json, print_table, progress

if TYPE_CHECKING:
    from routing.contacts import Contact, Freshness

app = typer.Typer(help="Show and refresh the directory of clerks.", no_args_is_help=True)

CouncilSlug = Annotated[str | None, typer.Option("--council", help="Slug of the council; default: all.")]


@app.command()
def show(
    parish: Annotated[str | None, typer.Argument(help="Code of a parish, such as E04999001; without: all.")] = None,
    council: CouncilSlug = None,
    as_json: Json = False,
) -> None:
    """Show who gets a parish's reports, since when that is known, and whether it can be used."""
    from routing import contacts
    from routing.cli import NEEDS_REVIEW
    from routing.cli.opening import open_catalogue, open_database
    from routing.errors import UnknownError
    from routing.settings import read_settings

    settings, catalogue = read_settings(), open_catalogue()
    slugs = [catalogue.council(council).slug] if council else list(catalogue.councils)
    with open_database() as database, database.transaction() as tx:
        known = contacts.read_contacts(tx, slugs)
    freshness = contacts.Freshness(settings.contact_stale_days, settings.contact_last_days)
    chosen = [contact for contact in known.values() if parish in (None, contact.parish_code)]
    rows = [_row(contact, freshness) for contact in sorted(chosen, key=lambda each: (each.council, each.parish_code))]
    if parish is not None and not rows:
        raise UnknownError("parish", f"There is no contact for {parish}. Refresh: waywarden contacts refresh")
    if as_json:
        print_json(rows)
    else:
        columns = ("parish", "name", "email", "state", "problem", "source", "obtained_at")
        print_table(columns, [[row[column] for column in columns] for row in rows])
    if any(row["problem"] for row in rows):
        raise typer.Exit(NEEDS_REVIEW)


def _row(contact: "Contact", freshness: "Freshness") -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC)
    return {
        "council": contact.council,
        "parish": contact.parish_code,
        "name": contact.published.council_name,
        "email": contact.published.email,
        "state": freshness.state(contact, now).value,
        "problem": freshness.why_not(contact, now),
        "source": contact.source,
        "obtained_at": contact.obtained_at.isoformat(timespec="seconds"),
    }


@app.command()
def refresh(council: CouncilSlug = None, as_json: Json = False) -> None:
    """Ask each council's Modern.Gov now. Exit code 3 where a page could not be read; its last good copy stays."""
    from routing import contacts
    from routing.cli import NEEDS_REVIEW
    from routing.cli.opening import open_catalogue, open_database
    from routing.contacts.moderngov import harvest_council
    from routing.settings import read_settings

    settings, catalogue = read_settings(), open_catalogue()
    slugs = [catalogue.council(council).slug] if council else list(catalogue.councils)
    summary: list[dict[str, Any]] = []
    with open_database() as database:
        for slug in slugs:
            folder = catalogue.folders[slug]
            with database.transaction() as tx:
                contacts.store_links(tx, slug, folder.links)
                links = contacts.read_links(tx, slug)
            with progress(slug) as advance:
                found = harvest_council(settings, folder.council, links, advance)
            with database.transaction() as tx:
                changes = contacts.compare(contacts.read_source(tx, slug), found.findings)
                contacts.apply(tx, slug, changes, datetime.datetime.now(datetime.UTC))
            kinds = [change.kind for change in changes]
            summary.append(
                {"council": slug}
                | {kind: kinds.count(kind) for kind in ("new", "changed", "released", "confirmed")}
                | {"problems": found.problems, "unlisted": found.unlisted}
            )
    if as_json:
        print_json(summary)
    else:
        columns = ("council", "new", "changed", "released", "confirmed")
        print_table((*columns, "problems"), [[*(row[c] for c in columns), len(row["problems"])] for row in summary])
        for row in summary:
            for code, problem in row["problems"].items():
                typer.echo(f"{row['council']} {code or 'list'}: {problem}", err=True)
    if any(row["problems"] for row in summary):
        raise typer.Exit(NEEDS_REVIEW)
