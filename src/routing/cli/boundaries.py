"""``waywarden boundaries``: bring boundaries into the database."""

from pathlib import Path
from typing import Annotated

import typer

from routing.cli.output import Json, print_json

app = typer.Typer(help="Load parish boundaries.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Load parish boundaries."""


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="GeoJSON or GeoPackage with parishes and unparished areas.")],
    districts: Annotated[Path | None, typer.Option(help="GeoJSON or GeoPackage with districts.")] = None,
    district: Annotated[
        str | None, typer.Option(help="GSS code of the one district, for a file without a LADyyCD field.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Name of the vintage; default: the file's name.")] = None,
    activate: Annotated[bool, typer.Option("--activate", help="Let it answer from now on.")] = False,
    as_json: Json = False,
) -> None:
    """Load a vintage; running engines and webs take it up within seconds once it is active."""
    from routing import place
    from routing.cli.opening import open_database
    from routing.errors import BoundaryError
    from routing.place.build import read_areas

    for path in (file, districts):
        if path is not None and not path.is_file():
            raise BoundaryError(f"{path}: read: there is no such file.")
    areas = read_areas(file, districts, district)
    with open_database() as database, database.transaction() as tx:
        vintage = place.load_vintage(tx, title or file.stem, file.name, areas)
        if activate:
            place.activate(tx, vintage)
    if as_json:
        print_json({"vintage": vintage, "areas": len(areas), "active": activate})
    else:
        typer.echo(f"{len(areas)} areas loaded as {vintage}" + (", which now answers." if activate else "."))
