"""``waywarden boundaries list|check|compare|activate|rollback|export``: manage the stored vintages."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli.output import Json, echo, print_json, print_table

if TYPE_CHECKING:
    from routing.casework import Recoded
    from routing.database import Database, Transaction
    from routing.place import FollowingCodes, Vintage
    from routing.place.build import Comparison, Finding
    from routing.place.build.lineage import Mapped

Mapping = Annotated[Path | None, typer.Option("--mapping", help="CSV of retired codes: old_code,new_code,reason.")]
Id = Annotated[str, typer.Argument(help="Id of the vintage, as `waywarden boundaries list` shows it.")]


def list_(as_json: Json = False) -> None:
    """List the vintages, with the one in use, those that wait for review and older ones."""
    from routing import place
    from routing.cli.installation import open_database
    from routing.days import day_of

    with open_database() as database, database.transaction() as tx:
        found = place.list_vintages(tx)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    rows = [
        (
            each.id,
            each.state,
            f"{each.areas:,}",
            day_of(each.loaded_at),
            each.valid_from,
            each.valid_to,
            each.source,
        )
        for each in found
    ]
    print_table(("vintage", "state", "areas", "loaded", "valid from", "valid to", "source"), rows)


def check_(vintage: Id, mapping: Mapping = None, as_json: Json = False) -> None:
    """Check a vintage again, against the one in use. Exit code 3 if someone must review it."""
    from routing.cli.installation import open_database

    mapped = mapped_by(mapping)
    with open_database() as database:
        finish(database, lambda tx: vintage, mapped, activate=False, as_json=as_json)


def compare_(
    before: Id,
    after: Id,
    out: Annotated[Path | None, typer.Option(help="Folder for comparison.csv and comparison.png.")] = None,
    as_json: Json = False,
) -> None:
    """Show what changed between two vintages: new, retired and renamed codes, and moved boundaries."""
    from routing import casework, place
    from routing.cli.installation import open_catalogue, open_database
    from routing.errors import InputError
    from routing.place.build import compare, draw
    from routing.vocabulary import ChangeKind

    with open_database() as database, database.transaction() as tx:
        first, second = (place.read_boundaries(tx, place.read_vintage(tx, each).id) for each in (before, after))
        cases = casework.relocate(tx, second, open_catalogue())
        follows = place.read_successors(tx, before, after)
        licence = place.read_vintage(tx, after).licence
    found = compare(first, second)
    changes = changes_of(found, follows)
    if out is not None:
        picture = draw(first, second, found, licence)
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / "comparison.csv").write_text(as_csv(changes), encoding="utf-8")
            (out / "comparison.png").write_bytes(picture)
        except OSError as error:
            raise InputError("out", f"Cannot write to {out} ({error.strerror}). Choose a folder.") from None
    if as_json:
        elsewhere = [asdict(each) for each in cases.elsewhere]
        print_json({"before": before, "after": after, "kept": found.kept, "changes": changes,
                    "cases": cases.cases, "elsewhere": elsewhere})  # fmt: skip
        return
    if out is None:
        print_table(CHANGE_COLUMNS, [tuple(each.values()) for each in changes])
    counts = ", ".join(f"{len(found.of(kind)):,} {kind.value}" for kind in ChangeKind)
    echo(
        f"{counts}; {found.kept:,} areas unchanged; {cases.moved:,} of {cases.cases:,} stored cases would change "
        "area." + (f" Written to {out}." if out else "")
    )


def activate_(
    vintage: Id,
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help="Confirm that someone has reviewed the changes.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Use a vintage. If it waits for review, add --reviewed."""
    from routing.cli.installation import open_database

    with open_database() as database, database.transaction() as tx:
        followed = activate_vintage(tx, vintage, reviewed=reviewed)
    said = {"vintage": vintage, "state": "active", "contacts": followed.contacts, "cases": followed.cases,
            "review": len(followed.review)}  # fmt: skip
    sentence = (
        f"{vintage} is now in use. {followed.contacts} contacts and {followed.cases} open cases moved to new codes. "
        f"{len(followed.review)} cases need a decision."
    )
    print_json(said) if as_json else echo(sentence)


def rollback_(as_json: Json = False) -> None:
    """Stop using the current vintage and go back to the one before."""
    from routing import casework, delivery
    from routing.cli.installation import open_catalogue, open_database
    from routing.settings import read_settings

    domain = delivery.Sender(read_settings().smtp_from).domain
    with open_database() as database, database.transaction() as tx:
        vintage, followed = casework.rollback_vintage(tx, by_command(), open_catalogue(), domain)
    said = {"vintage": vintage, "state": "active", "cases": followed.cases, "review": len(followed.review)}
    sentence = (
        f"{vintage} is in use again. {followed.cases} open cases moved back to its codes, {len(followed.review)} need "
        "a decision."
    )
    print_json(said) if as_json else echo(sentence)


def export_(
    vintage: Id,
    file: Annotated[Path, typer.Argument(help="GeoPackage to write.")],
    as_json: Json = False,
) -> None:
    """Write a vintage as a GeoPackage, for GIS."""
    from routing import place
    from routing.cli.installation import open_database
    from routing.place.build import export

    with open_database() as database, database.transaction() as tx:
        found = place.read_vintage(tx, vintage)
        areas = export(place.read_boundaries(tx, vintage), found, file)
    said = {"vintage": vintage, "file": str(file), "areas": areas}
    print_json(said) if as_json else echo(f"{areas:,} areas written to {file}.")


def mapped_by(mapping: Path | None) -> "Mapped | None":
    """The successors of retired codes, from the option's file or the one in the settings.

    Raises:
        BoundaryError: ``lineage``: the file has an error.
    """
    from routing.place.build import read_mapping
    from routing.settings import read_settings

    file = mapping or read_settings().boundaries_mapping
    return read_mapping(file) if file else None


def finish(
    database: "Database",
    store: "Callable[[Transaction], str]",
    mapped: "Mapped | None",
    *,
    activate: bool,
    as_json: bool,
) -> None:
    """Store a vintage, check it, activate it if wanted and allowed, and print the result.

    Args:
        store: stores a vintage and gives its id. If the check fails to run, nothing is stored.

    Raises:
        typer.Exit: with 3 if someone must review it, 1 if a check failed.
    """
    from routing import place
    from routing.cli import FAILED, NEEDS_REVIEW
    from routing.place.build import Level, assess

    with database.transaction() as tx:
        vintage = store(tx)
        found = assess(tx, vintage, mapped)
        state = place.read_vintage(tx, vintage).state
    if activate and state == "loaded":
        with database.transaction() as tx:
            activate_vintage(tx, vintage, reviewed=False)
    with database.transaction() as tx:
        show(place.read_vintage(tx, vintage), found.findings, as_json=as_json)
    if found.level in (Level.WAITS, Level.FAILED):
        raise typer.Exit(NEEDS_REVIEW if found.level is Level.WAITS else FAILED)


def activate_vintage(tx: "Transaction", vintage: str, *, reviewed: bool) -> "Recoded":
    """Activate a vintage in the name of the command's user."""
    from routing import casework, delivery
    from routing.cli.installation import open_catalogue
    from routing.settings import read_settings

    domain = delivery.Sender(read_settings().smtp_from).domain
    return casework.activate_vintage(tx, vintage, by_command(), open_catalogue(), domain, reviewed=reviewed)


def by_command() -> str:
    """The name of the command's user, for the record."""
    import getpass
    import os

    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):  # a user without a name, as in a container
        return f"command:{os.getuid()}"


def show(vintage: "Vintage", findings: "Sequence[Finding]", *, as_json: bool) -> None:
    """Print the state of a vintage and the findings of its checks."""
    state = vintage.state
    if as_json:
        print_json(
            {
                "vintage": vintage.id,
                "state": state,
                "active": state == "active",
                "areas": vintage.areas,
                "findings": [asdict(each) for each in findings],
            }
        )
        return
    rows = [(each.check, each.level.value, f"{each.figure:,}", each.sentence) for each in findings]
    if rows:
        print_table(("check", "level", "figure", "finding"), rows)
    echo(f"{vintage.id} with {vintage.areas:,} areas is {state}.")
    if state == "waiting":
        echo("Review its changes before you use it: there are too many for automatic use. Then run:")
        echo(f"  waywarden boundaries activate {vintage.id} --reviewed")


CHANGE_COLUMNS = ("change", "code", "name", "district", "before", "share", "successors", "by")


def changes_of(found: "Comparison", follows: "FollowingCodes") -> list[dict[str, Any]]:
    """The lines of a comparison.

    Args:
        follows: retired code → its successors, and how we know them.
    """
    return [
        {
            "change": each.kind.value,
            "code": each.area.code,
            "name": each.area.name,
            "district": each.area.district,
            "before": each.before,
            "share": each.share,
            "successors": " ".join(code for code, _ in follows.get(each.area.code, ())),
            "by": " ".join(dict.fromkeys(by for _, by in follows.get(each.area.code, ()))),
        }
        for each in found.changes
    ]


def as_csv(changes: "Sequence[dict[str, Any]]") -> str:
    """The lines of a comparison as CSV."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.DictWriter(text, CHANGE_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(changes)
    return text.getvalue()
