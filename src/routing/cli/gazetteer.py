"""``waywarden gazetteer``: postcodes and names, so that people can find a place without coordinates."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli.output import Json, echo, print_json, print_table

if TYPE_CHECKING:
    from routing.database import Transaction

app = typer.Typer(help="Load postcodes and the names of streets and places.", no_args_is_help=True)

LEAST_SHARE = 0.8
"""A release with less than this share of the former one's rows needs --fewer."""


@app.command()
def load(
    file: Annotated[
        Path, typer.Argument(help="OS Code-Point Open or OS Open Names: CSV, gzipped CSV, or zip of CSVs.")
    ],
    source: Annotated[
        str | None, typer.Option(help="Name of the source; default: the product, code-point-open or open-names.")
    ] = None,
    fewer: Annotated[
        bool, typer.Option("--fewer", help="Load the file even if it has far fewer rows than before.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Load postcodes and names from a file. They replace those of the same source."""
    from routing.cli.installation import open_database
    from routing.place import load_names, load_postcodes
    from routing.place.build import read_gazetteer

    found = read_gazetteer(file)
    told = source or found.product
    with open_database() as database, database.transaction() as tx:
        if not fewer:
            _need_enough(tx, told, len(found.postcodes) + len(found.names))
        postcodes, names = load_postcodes(tx, told, found.postcodes), load_names(tx, told, found.names)
    said = {"source": told, "postcodes": postcodes, "names": names, "skipped": found.skipped}
    said |= {"refused": found.refused}
    sentence = (
        f"{postcodes:,} postcode points and {names:,} names loaded from {told}. {found.skipped:,} rows skipped: they "
        "have no position, or are not a street or settlement."
    )
    print_json(said) if as_json else echo("\n".join([sentence, *_left_out(found.refused)]))


def _left_out(refused: list[str]) -> list[str]:
    return [f"Not loaded: {why}" for why in refused]


def _need_enough(tx: "Transaction", source: str, rows: int) -> None:
    from routing.errors import InputError
    from routing.place import list_sources

    before = sum(each.postcodes + each.names for each in list_sources(tx) if each.source == source)
    if rows < LEAST_SHARE * before:
        raise InputError(
            "file", f"It has {rows:,} rows, but {source} has {before:,} now. If the file is complete, add --fewer."
        )


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the sources and how many rows each has."""
    from routing.cli.installation import open_database
    from routing.place import list_sources

    with open_database() as database, database.transaction() as tx:
        found = list_sources(tx)
    if as_json:
        print_json([asdict(each) for each in found])
    else:
        rows = [(each.source, f"{each.postcodes:,}", f"{each.names:,}") for each in found]
        print_table(("source", "postcode points", "names"), rows)


@app.command()
def remove(
    source: Annotated[str, typer.Argument(help="Source, as `waywarden gazetteer list` shows it.")],
    as_json: Json = False,
) -> None:
    """Delete everything loaded from a source."""
    from routing.cli.installation import open_database
    from routing.errors import UnknownError
    from routing.place import forget_source

    with open_database() as database, database.transaction() as tx:
        rows = forget_source(tx, source)
    if not rows:
        raise UnknownError("source", f"There is no source {source}. To see the sources, run: waywarden gazetteer list")
    print_json({"source": source, "rows": rows}) if as_json else echo(f"{rows:,} rows of {source} deleted.")
