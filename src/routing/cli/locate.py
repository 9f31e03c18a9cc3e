"""``waywarden locate``: which parish is this?"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli.output import Json, print_json

if TYPE_CHECKING:
    from routing.place import Place

Lat = Annotated[float | None, typer.Option(help="Latitude in degrees (WGS84).")]
Lon = Annotated[float | None, typer.Option(help="Longitude in degrees (WGS84).")]
Easting = Annotated[float | None, typer.Option(help="Easting in metres (British National Grid).")]
Northing = Annotated[float | None, typer.Option(help="Northing in metres (British National Grid).")]
CouncilSlug = Annotated[str | None, typer.Option("--council", help="Seen from this council; default: the first.")]


def locate(
    lat: Lat = None,
    lon: Lon = None,
    easting: Easting = None,
    northing: Northing = None,
    council: CouncilSlug = None,
    as_json: Json = False,
) -> None:
    """Find the parish of a point. Exit code 3 where a person has to judge (uncertain, no data)."""
    import numpy as np

    from routing import place as places
    from routing.cli import NEEDS_REVIEW
    from routing.cli.opening import open_catalogue, open_database
    from routing.words import PlaceState

    given = {"lat": lat, "lon": lon, "easting": easting, "northing": northing}
    point = places.read_point({name: value for name, value in given.items() if value is not None})
    catalogue = open_catalogue()
    served = catalogue.council(council)
    with open_database() as database, database.transaction() as tx:
        boundaries = places.read_boundaries(tx, places.active_vintage(tx))
    view = places.View(served.gss, catalogue.served, served.place.tolerance_m)
    found = places.locate(np.array([[point.easting, point.northing]]), boundaries, view)[0]
    if as_json:
        print_json(asdict(found) | {"easting": point.easting, "northing": point.northing})
    else:
        typer.echo(describe(found))
    if found.state in (PlaceState.UNCERTAIN, PlaceState.NO_DATA):
        raise typer.Exit(NEEDS_REVIEW)


def describe(found: "Place") -> str:
    """A place in one or two plain lines."""
    distance = f", {found.distance_m:.1f} m from its boundary" if found.distance_m is not None else ""
    where = f" {found.area.name} ({found.area.code}){distance}" if found.area else ""
    lines = [f"{found.state.value}:{where or ' no single area'} [vintage {found.vintage or 'none'}]"]
    lines += [f"  {each.area.name} ({each.area.code}), {each.distance_m:.1f} m" for each in found.candidates]
    return "\n".join(lines)
