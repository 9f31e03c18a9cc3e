"""``waywarden contacts refresh|held|probe``: ask each council's Modern.Gov and show the result."""

import contextlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli.output import Json, echo, print_json, print_table, progress
from routing.cli.parishes import CouncilSlug, OneCouncil

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from routing.contacts import Contact
    from routing.contacts.moderngov import ModernGov, Outcome

FEW = 3
"""A problem of more parishes than this is shown in one line."""


def refresh(council: CouncilSlug = None, as_json: Json = False) -> None:
    """Ask each council's Modern.Gov now. Exit code 3 if we could not read a page, or someone must check something."""
    from routing import contacts, place
    from routing.cli import FAILED, NEEDS_REVIEW
    from routing.cli.installation import open_catalogue, open_database
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
                    parishes = place.parishes_of(tx, folder.council.gss)
                with moderngov.client_of(settings, folder.council, throttle) as client, progress(slug) as advance:
                    if client is not None:
                        opened = moderngov.gather(
                            database, slug, client, folder.links, "command", advance, parishes=parishes
                        )
                        _say_foreign(slug, contacts.foreign(folder.links, parishes))
                        outcomes.append(moderngov.finish(database, folder.council, opened.id, parishes))
            except WaywardenError as error:  # go on with the other councils
                failed = True
                echo(f"{slug}: {error}", err=True)
    _print_outcomes(outcomes, as_json=as_json)
    if failed:
        raise typer.Exit(FAILED)
    if not outcomes and not failed:
        echo("No refresh was made. None of these councils has [moderngov] in its council.toml.", err=True)
    if any(each.problems or each.unlisted or each.proposed or each.outcome == "held" for each in outcomes):
        raise typer.Exit(NEEDS_REVIEW)


def _say_foreign(slug: str, codes: list[str]) -> None:
    if codes:
        shown = ", ".join(codes[:FEW]) + (" and others" if len(codes) > FEW else "")
        text = f"parish-links.csv: {len(codes)} lines are not for a parish of this council ({shown}) and were left out."
        echo(f"{slug} {text} Delete them, or the whole file if it is from another council.", err=True)


def _print_outcomes(outcomes: "list[Outcome]", *, as_json: bool) -> None:
    from routing.contacts.moderngov import what_to_do

    rows: list[dict[str, Any]] = [{"council": each.council, "outcome": each.outcome} | each.counts for each in outcomes]
    if as_json:
        lists = (
            {"problems": dict(each.problems), "unlisted": list(each.unlisted)}
            | {"unread_labels": {code: list(labels) for code, labels in each.unread.items()}}
            for each in outcomes
        )
        print_json([row | more for row, more in zip(rows, lists, strict=True)])
        return
    columns = ("council", "outcome", "new", "changed", "released", "confirmed", "problems", "proposed")
    print_table(columns, [[row[column] for column in columns] for row in rows])
    for each in outcomes:
        for line in _lines(each):
            echo(f"{each.council} {line}", err=True)
        for problem in sorted(set(each.problems.values())):
            echo(f"{problem}: {what_to_do(problem)}", err=True)
        if each.outcome == "held":
            look = f"To see the changes, run: waywarden contacts held --council {each.council}"
            echo(f"{each.council}: held, because {each.why_held}. {look}", err=True)


def _lines(outcome: "Outcome") -> list[str]:
    """What could not be read, by parish code. A problem of many parishes is in one line."""
    often = Counter(outcome.problems.values())
    said = [f"{code or 'list'}: {why}" for code, why in outcome.problems.items() if often[why] <= FEW or not code]
    said += [f"{number} parishes: {why}" for why, number in often.items() if number > FEW]
    said += [f"{code}: unlisted" for code in outcome.unlisted]
    return said + [
        f"{code}: we do not know the label {', '.join(labels)}, and it has a contact"
        for code, labels in outcome.unread.items()
    ]


def held(council: OneCouncil = None, as_json: Json = False) -> None:
    """Show line by line what a held refresh would change. Then run review --accept, or --discard."""
    from routing import contacts
    from routing.cli.installation import open_catalogue, open_database
    from routing.contacts import moderngov

    found = open_catalogue().council(council)
    with open_database() as database, database.transaction() as tx:
        outcome = moderngov.preview(tx, found, moderngov.need_held(tx, found.slug))
        before = contacts.read_source(tx, found.slug)
    rows = _changed(outcome, before)
    if as_json:
        print_json({"council": found.slug, "why_held": outcome.why_held, "changes": rows})
        return
    print_table(HELD, [[row[column] for column in HELD] for row in rows])
    echo(f"Held, because {outcome.why_held}. To decide, run: waywarden contacts review --council {found.slug}")


HELD = ("parish", "name", "change", "field", "before", "after")


def _changed(outcome: "Outcome", held: "Mapping[str, Contact]") -> list[dict[str, Any]]:
    """A line for each field of each contact that would change. First come the contacts that we could no longer email,
    or whose new address is at another domain.
    """
    lost = {each.finding.parish_code for each in outcome.changes if each.is_lost(held.get(each.finding.parish_code))}
    rows = [
        {
            "parish": each.finding.parish_code,
            "name": each.finding.published.council_name,
            "change": "lost" if each.finding.parish_code in lost else "moved" if each.waits else each.kind,
            "field": name,
            "before": each.before.get(name),
            "after": getattr(each.finding.published, name),
        }
        for each in outcome.changes
        for name in each.fields
        if each.kind != "new"
    ]
    rows += [
        {"parish": code, "name": held[code].published.council_name, "change": "lost", "field": "state"}
        | {"before": held[code].state.value, "after": "vacant"}
        for code in lost - {row["parish"] for row in rows}
    ]
    first = ("lost", "moved")
    return sorted(rows, key=lambda row: (row["change"] not in first, row["field"] != "email", row["parish"]))


def probe(
    council: Annotated[str | None, typer.Argument(help="Slug of the council; default: the first.")] = None,
    url: Annotated[
        str | None, typer.Option("--url", help="Another base address: the folder above mgWebService.asmx.")
    ] = None,
    ca_file: Annotated[
        Path | None, typer.Option("--ca-file", help="CA bundle, if different from the settings.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Test what a Modern.Gov offers, before you add it to council.toml. Exit code 1 if nothing works."""
    from routing.cli import FAILED
    from routing.contacts import moderngov

    with _client(council, url, ca_file) as client:
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


@contextlib.contextmanager
def _client(council: str | None, url: str | None, ca_file: Path | None) -> "Iterator[ModernGov]":
    from routing.cli.installation import open_catalogue
    from routing.contacts import moderngov
    from routing.errors import ConfigurationError
    from routing.settings import read_settings

    settings = read_settings()
    if ca_file is not None:
        settings = settings.model_copy(update={"moderngov_ca_file": ca_file})
    throttle = moderngov.Throttle(settings.moderngov_interval_s)
    if url is not None:
        with contextlib.closing(moderngov.open_transport(settings, url, throttle)) as transport:
            yield moderngov.ModernGov(transport)
        return
    found = open_catalogue().council(council)
    with moderngov.client_of(settings, found, throttle) as client:
        if client is None:
            raise ConfigurationError(f"{found.slug} has no [moderngov] in its council.toml. Add it, or use --url.")
        yield client
