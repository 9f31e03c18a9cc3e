"""``waywarden boundaries sources|refresh|load``: find, fetch and load boundaries."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli.output import Json, echo, print_json, print_table, progress
from routing.cli.vintages import Mapping, finish, mapped_by

if TYPE_CHECKING:
    from routing.database import Transaction
    from routing.place.build import Fetcher
    from routing.settings import Settings

Activate = Annotated[
    bool, typer.Option("--activate", help="If every check passes, use these boundaries straight away.")
]


def sources(
    query: Annotated[
        str, typer.Argument(metavar="[WORDS]", help="Words to search for.")
    ] = "Parishes and Non Civil Parished Areas",
    as_json: Json = False,
) -> None:
    """List the vintages on the publisher's portal, newest first."""
    from routing.place.build import search
    from routing.settings import read_settings

    settings = read_settings()
    found = search(fetcher_of(settings), settings.boundaries_portal, query)
    if as_json:
        print_json([{name: getattr(each, name) for name in each.__slots__} for each in found])
    else:
        rows = [(each.edition, each.generalisation, each.service, each.url) for each in found]
        print_table(("edition", "scale", "service", "address"), rows)


def refresh(mapping: Mapping = None, activate: Activate = False, as_json: Json = False) -> None:
    """Fetch the newest vintage if it changed, check it and compare it. Exit code 3 if someone must review it."""
    from routing import place
    from routing.cli.installation import open_database
    from routing.place import build
    from routing.settings import read_settings

    settings, mapped = read_settings(), mapped_by(mapping)
    fetcher = fetcher_of(settings)
    found = build.find(fetcher, build.Wanted.of(settings))
    with open_database() as database:
        with database.transaction() as tx:
            vintage = build.is_known(tx, found)
            state = place.read_vintage(tx, vintage).state if vintage is not None else None
        if state in place.ANSWERED:
            said = {"vintage": vintage, "state": state, "fetched": False}
            print_json(said) if as_json else echo(f"There is nothing newer than {vintage}, which is {state}.")
            return
        if vintage is None:
            with progress("Boundaries") as done:
                vintage = build.fetch_vintage(database, fetcher, found, settings.data_dir / "boundaries", done)
        known = vintage
        finish(database, lambda tx: known, mapped, activate=activate, as_json=as_json)


def load(
    file: Annotated[Path, typer.Argument(help="GeoPackage, FlatGeobuf, GeoJSON, GeoParquet, or a zip of a shapefile.")],
    districts: Annotated[Path | None, typer.Option(help="The same for districts.")] = None,
    district: Annotated[
        str | None, typer.Option(help="GSS code of the district, if the file does not have it.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Layer to read, if the file has several.")] = None,
    code_column: Annotated[str | None, typer.Option(help="Column of GSS codes; default: PARNCPyyCD.")] = None,
    name_column: Annotated[str | None, typer.Option(help="Column of names; default: PARNCPyyNM.")] = None,
    district_column: Annotated[str | None, typer.Option(help="Column of districts; default: LADyyCD.")] = None,
    title: Annotated[str | None, typer.Option(help="Name of the vintage; default: the file's name.")] = None,
    valid_from: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day on which the boundaries came into force."),
    ] = None,
    mapping: Mapping = None,
    activate: Activate = False,
    as_json: Json = False,
) -> None:
    """Load a vintage from a file and check it. Engines and webs use it within seconds of it becoming active."""
    from routing.cli.installation import open_database
    from routing.place.build import Columns, read_areas, store_vintage

    mapped = mapped_by(mapping)
    read = read_areas(file, districts, district, Columns(code_column, name_column, district_column), layer)
    day = valid_from.date() if valid_from else None

    def store(tx: "Transaction") -> str:
        return store_vintage(tx, read, title or file.stem, file.name, {}, day)

    with open_database() as database:
        finish(database, store, mapped, activate=activate, as_json=as_json)


def fetcher_of(settings: "Settings") -> "Fetcher":
    """A session with the publisher."""
    from routing.place.build import Fetcher

    return Fetcher.of(settings)
