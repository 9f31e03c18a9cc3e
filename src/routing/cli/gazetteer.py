"""``waywarden gazetteer``: postcodes and names, so that nobody needs coordinates."""

from pathlib import Path
from typing import Annotated

import typer

from routing.cli.output import Json, print_json

app = typer.Typer(help="Bring in postcodes and the names of streets and places.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Bring in postcodes and the names of streets and places."""


@app.command()
def load(
    file: Annotated[
        Path, typer.Argument(help="OS Code-Point Open or OS Open Names: CSV, gzipped CSV, or zip of CSVs.")
    ],
    source: Annotated[
        str | None, typer.Option(help="Name of the source, whose former rows go; default: the file's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Load postcodes and names from a file; what the same source said before goes."""
    from routing.cli.opening import open_database
    from routing.place import load_names, load_postcodes
    from routing.place.build import read_gazetteer

    found = read_gazetteer(file)
    told = source or file.name.partition(".")[0]
    with open_database() as database, database.transaction() as tx:
        postcodes, names = load_postcodes(tx, told, found.postcodes), load_names(tx, told, found.names)
    said = {"source": told, "postcodes": postcodes, "names": names, "skipped": found.skipped}
    sentence = (
        f"{postcodes:,} points of postcodes and {names:,} names are known from {told}; {found.skipped:,} rows skipped."
    )
    print_json(said) if as_json else typer.echo(sentence)
