"""``waywarden contacts list|show|explain|refresh|probe``: what is known of the clerks, and asking for it."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli import directory, linking, linktable
from routing.cli.output import Json, print_json, print_table, progress
from routing.cli.parishes import CouncilSlug, ParishName, find_parish

if TYPE_CHECKING:
    from routing.casework import Catalogue
    from routing.contacts import Contact
    from routing.contacts.moderngov import Outcome

app = typer.Typer(help="Keep the directory of clerks: refresh it, look into it, put it right.", no_args_is_help=True)

NOBODY = {"problem": "no contact for this parish is known"}
COLUMNS = ("council", "parish", "name", "email", "state", "problem", "source", "checked_at")


@app.command(name="list")
def list_contacts(
    council: CouncilSlug = None,
    problems: Annotated[bool, typer.Option("--problems", help="Only those that nothing can be sent to.")] = False,
    as_json: Json = False,
) -> None:
    """List the contact of every parish. Exit code 3 where one cannot be written to."""
    from routing import contacts, place
    from routing.cli import NEEDS_REVIEW
    from routing.cli.opening import open_catalogue, open_database

    catalogue = open_catalogue()
    slugs = [catalogue.council(council).slug] if council else list(catalogue.councils)
    with open_database() as database, database.transaction() as tx:
        known = contacts.read_contacts(tx, slugs)
        parishes = {slug: place.parishes_of(tx, catalogue.councils[slug].gss) for slug in slugs}
    rows = [_row(contact, catalogue) for contact in known.values()]
    rows += [
        dict.fromkeys(rows[0] if rows else COLUMNS) | {"council": slug, "parish": code, "name": name} | NOBODY
        for slug, named in parishes.items()
        for code, name in named.items()
        if (slug, code) not in known
    ]
    rows.sort(key=lambda row: (row["council"], row["parish"]))
    shown = [row for row in rows if row["problem"] or not problems]
    if as_json:
        print_json(shown)
    else:
        print_table(COLUMNS, [[row[column] for column in COLUMNS] for row in shown])
    if any(row["problem"] for row in rows):
        raise typer.Exit(NEEDS_REVIEW)


def _row(contact: "Contact", catalogue: "Catalogue") -> dict[str, Any]:
    from routing.contacts import Freshness

    now = datetime.datetime.now(datetime.UTC)
    freshness = Freshness.of(catalogue.councils[contact.council].contacts)
    return {
        "council": contact.council,
        "parish": contact.parish_code,
        "name": contact.published.council_name,
        "clerk": contact.published.clerk,
        "email": contact.published.email,
        "phone": contact.published.phone,
        "state": freshness.state(contact, now).value,
        "problem": freshness.why_not(contact, now),
        "source": contact.source,
        "source_url": contact.source_url,
        "obtained_at": contact.obtained_at.isoformat(timespec="seconds"),
        "checked_at": contact.checked_at.isoformat(timespec="seconds"),
    }


@app.command()
def show(parish: ParishName, council: CouncilSlug = None, as_json: Json = False) -> None:
    """Show the contact of one parish with everything that happened to it."""
    from routing import contacts
    from routing.cli.opening import open_catalogue, open_database
    from routing.errors import UnknownError

    catalogue = open_catalogue()
    with open_database() as database, database.transaction() as tx:
        slug, code, _ = find_parish(tx, catalogue, parish, council)
        found = contacts.read_contacts(tx, [slug], [code]).get((slug, code))
        history = contacts.read_history(tx, slug, code)
    if found is None:
        raise UnknownError("parish", f"There is no contact for {code}. Why: waywarden contacts explain {code}")
    row = _row(found, catalogue) | {"author": found.author, "note": found.note, "raw_email": found.published.raw_email}
    if as_json:
        print_json(row | {"history": history})
        return
    print_table(("what", "is"), [(name, value) for name, value in row.items() if value is not None])
    typer.echo()
    columns = ("at", "source", "change", "fields", "author", "note")
    print_table(
        columns,
        [
            (f"{each['at']:%Y-%m-%d %H:%M}", each["source"], each["change"], ", ".join(each["fields"]), each["author"],
             each["note"])
            for each in history
        ],
    )  # fmt: skip


@app.command()
def explain(parish: ParishName, council: CouncilSlug = None, as_json: Json = False) -> None:
    """Say in sentences who would get a report for a parish today, and why. Exit code 3 where it is not the clerk."""
    from routing import contacts
    from routing.cli import NEEDS_REVIEW
    from routing.cli.opening import open_catalogue, open_database

    catalogue, now = open_catalogue(), datetime.datetime.now(datetime.UTC)
    with open_database() as database, database.transaction() as tx:
        slug, code, name = find_parish(tx, catalogue, parish, council)
        contact = contacts.read_contacts(tx, [slug], [code]).get((slug, code))
        links = [link for link in contacts.list_links(tx, slug) if link.parish_code == code]
    freshness = contacts.Freshness.of(catalogue.councils[slug].contacts)
    parted = contacts.Parish(code, name, contact, links, _instead(catalogue, slug))
    sentences = contacts.explain(parted, freshness, now)
    why = freshness.why_not(contact, now)
    if as_json:
        print_json({"council": slug, "parish": code, "name": name, "problem": why, "sentences": sentences})
    else:
        typer.echo("\n".join(sentences))
    if why is not None:
        raise typer.Exit(NEEDS_REVIEW)


def _instead(catalogue: "Catalogue", slug: str) -> list[tuple[str, str]]:
    """For each process that writes to clerks: its title, and the mailbox of the team that acts in their place."""
    council = catalogue.councils[slug]
    definitions = [catalogue.definition(slug, process) for process in council.processes]
    return [
        (
            definition.process.title,
            f"{council.mailboxes[each.fallback].name} ({council.mailboxes[each.fallback].address})",
        )
        for definition in definitions
        for each in definition.recipients.values()
        if each.fallback is not None
    ]


@app.command()
def refresh(council: CouncilSlug = None, as_json: Json = False) -> None:
    """Ask each council's Modern.Gov now. Exit code 3 where a page could not be read, or a person has to look."""
    from routing import contacts, place
    from routing.cli import FAILED, NEEDS_REVIEW
    from routing.cli.opening import open_catalogue, open_database
    from routing.contacts import moderngov
    from routing.errors import WaywardenError
    from routing.settings import read_settings

    settings, catalogue = read_settings(), open_catalogue()
    slugs = [catalogue.council(council).slug] if council else list(catalogue.councils)
    throttle = moderngov.Throttle(settings.moderngov_interval_s)
    outcomes: list[Outcome] = []
    failed = False
    with open_database() as database:
        for slug in slugs:
            folder = catalogue.folders[slug]
            try:
                with database.transaction() as tx:
                    contacts.store_links(tx, slug, folder.links)
                    parishes = place.parishes_of(tx, folder.council.gss)
                with moderngov.client_of(settings, folder.council, throttle) as client, progress(slug) as advance:
                    if client is not None:
                        opened = moderngov.gather(database, slug, client, "command", advance)
                        outcomes.append(moderngov.finish(database, folder.council, opened.id, parishes))
            except WaywardenError as error:  # the other councils are still to be asked
                failed = True
                typer.echo(f"{slug}: {error}", err=True)
    _print_outcomes(outcomes, as_json=as_json)
    if failed:
        raise typer.Exit(FAILED)
    if not outcomes and not failed:
        typer.echo("None of these councils has a [moderngov] in its council.toml: nothing was asked.", err=True)
    if any(each.problems or each.unlisted or each.proposed or each.outcome == "held" for each in outcomes):
        raise typer.Exit(NEEDS_REVIEW)


def _print_outcomes(outcomes: "list[Outcome]", *, as_json: bool) -> None:
    from routing.contacts.moderngov import what_to_do

    rows: list[dict[str, Any]] = [{"council": each.council, "outcome": each.outcome} | each.counts for each in outcomes]
    if as_json:
        lists = ({"problems": dict(each.problems), "unlisted": list(each.unlisted)} for each in outcomes)
        print_json([row | more for row, more in zip(rows, lists, strict=True)])
        return
    columns = ("council", "outcome", "new", "changed", "released", "confirmed", "problems", "proposed")
    print_table(columns, [[row[column] for column in columns] for row in rows])
    for each in outcomes:
        for code, problem in each.problems.items():
            typer.echo(f"{each.council} {code or 'list'}: {problem}", err=True)
        for code in each.unlisted:
            typer.echo(f"{each.council} {code}: unlisted", err=True)
        for problem in sorted(set(each.problems.values())):
            typer.echo(f"{problem}: {what_to_do(problem)}", err=True)
        if each.outcome == "held":
            typer.echo(f"{each.council}: held, since {each.why_held}. Look: waywarden contacts review", err=True)


@app.command()
def probe(
    council: Annotated[
        str | None, typer.Argument(help="Slug of a council; without: the one that answers first.")
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", help="Another base address: the folder above mgWebService.asmx.")
    ] = None,
    ca_file: Annotated[Path | None, typer.Option("--ca-file", help="CA bundle, where it is not the settings'.")] = None,
    as_json: Json = False,
) -> None:
    """Try what a Modern.Gov offers, before it is written into council.toml. Exit code 1 where nothing is of use."""
    import contextlib

    from routing.cli import FAILED
    from routing.cli.opening import open_catalogue
    from routing.contacts import moderngov
    from routing.errors import ConfigurationError
    from routing.settings import read_settings

    settings = read_settings()
    throttle = moderngov.Throttle(settings.moderngov_interval_s)
    with contextlib.ExitStack() as stack:
        if url is not None:
            transport = moderngov.Transport(url, throttle, ca_file or settings.moderngov_ca_file)
            client = moderngov.ModernGov(stack.enter_context(contextlib.closing(transport)))
        else:
            found = open_catalogue().council(council)
            known = stack.enter_context(moderngov.client_of(settings, found, throttle))
            if known is None:
                raise ConfigurationError(f"{found.slug} has no [moderngov] in its council.toml. Add it, or give --url.")
            client = known
        rows = moderngov.probe(client)
    if as_json:
        print_json([{"operation": each.operation, "is_fine": each.is_fine, "said": each.said} for each in rows])
    else:
        print_table(
            ("operation", "fine", "said"),
            [(each.operation, "yes" if each.is_fine else "no", each.said) for each in rows],
        )
    if not any(each.is_fine for each in rows):
        raise typer.Exit(FAILED)


app.command(name="set")(directory.set_contact)
app.command(name="unset")(directory.unset_contact)
app.command(name="review")(linking.review)
app.command(name="import")(linktable.import_links)
app.command(name="export")(linktable.export_links)
