"""``waywarden contacts list|show|explain``: show what we know about the clerks."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli import contact_links_csv, contact_review, directory, refreshing
from routing.cli.output import Json, echo, print_json, print_table
from routing.cli.parishes import CouncilSlug, ParishName
from routing.days import in_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routing.casework import Catalogue
    from routing.contacts import Contact

app = typer.Typer(help="Manage the clerks' contacts: refresh, review and correct them.", no_args_is_help=True)

NOBODY = {"problem": "we have no contact for this parish"}
COLUMNS = ("council", "parish", "name", "email", "state", "problem", "source", "checked_at")


@app.command(name="list")
def list_contacts(
    council: CouncilSlug = None,
    problems: Annotated[bool, typer.Option("--problems", help="Only those we cannot email.")] = False,
    as_json: Json = False,
) -> None:
    """List the contact of every parish. Exit code 3 if we cannot email one of them."""
    from routing import contacts, place
    from routing.cli import NEEDS_REVIEW
    from routing.cli.installation import open_catalogue, open_database

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
    """Show the contact of one parish and its history."""
    from routing import contacts
    from routing.casework import officers
    from routing.cli.installation import open_catalogue, open_database
    from routing.errors import UnknownError

    catalogue = open_catalogue()
    with open_database() as database, database.transaction() as tx:
        slug, code, _ = officers.find_parish(tx, catalogue, parish, council)
        found = contacts.read_contacts(tx, [slug], [code]).get((slug, code))
        history = contacts.read_history(tx, slug, code)
        links = contacts.read_link_history(tx, slug, code)
    if found is None:
        raise UnknownError(
            "parish", f"There is no contact for {code}. To see why, run: waywarden contacts explain {code}"
        )
    published = found.published
    row = _row(found, catalogue) | {"address": published.address, "raw_email": published.raw_email}
    row |= {"author": found.author, "note": found.note}
    if as_json:
        print_json(row | {"history": history, "links": links})
        return
    print_table(("what", "is"), [(name, value) for name, value in row.items() if value is not None])
    _print_changes(history, links)


def _print_changes(history: "Sequence[Mapping[str, Any]]", links: "Sequence[Mapping[str, Any]]") -> None:
    """What happened to a contact, and to its link."""
    echo()
    print_table(
        ("at", "source", "change", "fields", "before", "author", "note"),
        [
            (in_table(each["at"]), each["source"], each["change"], ", ".join(each["fields"]),
             "; ".join(each["before"].values()), each["author"], each["note"])
            for each in history
        ],
    )  # fmt: skip
    echo()
    print_table(
        ("at", "Modern.Gov id", "link", "author", "reason"),
        [
            (in_table(each["at"]), each["moderngov_id"], each["state"] or "gone", each["author"],
             each["reason"])
            for each in links
        ],
    )  # fmt: skip


@app.command()
def explain(parish: ParishName, council: CouncilSlug = None, as_json: Json = False) -> None:
    """Explain who would get a report for a parish today, and why. Exit code 3 if it is not the clerk."""
    from routing import contacts
    from routing.casework import officers
    from routing.cli import NEEDS_REVIEW
    from routing.cli.installation import open_catalogue, open_database

    catalogue, now = open_catalogue(), datetime.datetime.now(datetime.UTC)
    with open_database() as database, database.transaction() as tx:
        slug, code, name = officers.find_parish(tx, catalogue, parish, council)
        contact = contacts.read_contacts(tx, [slug], [code]).get((slug, code))
        links = [link for link in contacts.list_links(tx, slug) if link.parish_code == code]
    freshness = contacts.Freshness.of(catalogue.councils[slug].contacts)
    parted = contacts.Parish(code, name, contact, links, _instead(catalogue, slug))
    sentences = contacts.explain(parted, freshness, now)
    why = freshness.why_not(contact, now)
    if as_json:
        print_json({"council": slug, "parish": code, "name": name, "problem": why, "sentences": sentences})
    else:
        echo("\n".join(sentences))
    if why is not None:
        raise typer.Exit(NEEDS_REVIEW)


def _instead(catalogue: "Catalogue", slug: str) -> list[tuple[str, str]]:
    """For each process that writes to clerks: its title, and the mailbox of the team that acts instead of a clerk."""
    council = catalogue.councils[slug]
    rows = []
    for definition in (catalogue.definition(slug, process) for process in council.processes):
        for each in definition.recipient:
            if each.fallback is not None:
                mailbox = council.mailboxes[definition.mailbox_of(each.fallback)]
                rows.append((definition.process.title, f"{mailbox.name} ({mailbox.address})"))
    return rows


app.command(name="refresh")(refreshing.refresh)
app.command(name="held")(refreshing.held)
app.command(name="probe")(refreshing.probe)
app.command(name="set")(directory.set_contact)
app.command(name="unset")(directory.unset_contact)
app.command(name="quarantine")(directory.quarantine_contact)
app.command(name="review")(contact_review.review)
app.command(name="import")(contact_links_csv.import_links)
app.command(name="export")(contact_links_csv.export_links)
