"""``waywarden locate``: which parish is this?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli.output import Json, echo, print_json
from routing.cli.saying import say
from routing.errors import InputError

if TYPE_CHECKING:
    from routing.place import Boundaries, Match, Place, Spot, View

Lat = Annotated[float | None, typer.Option(help="Latitude in degrees (WGS84).")]
Lon = Annotated[float | None, typer.Option(help="Longitude in degrees (WGS84).")]
Easting = Annotated[float | None, typer.Option(help="Easting in metres (British National Grid).")]
Northing = Annotated[float | None, typer.Option(help="Northing in metres (British National Grid).")]
Postcode = Annotated[str | None, typer.Option(help="A postcode. Shows all of its known points.")]
Name = Annotated[
    str | None,
    typer.Option("--place", help="A street and place, an address or a grid reference, as a citizen would type it."),
]
Line = Annotated[Path | None, typer.Option(help="GeoJSON with a stretch of road. Shows each parish with its share.")]
Csv = Annotated[Path | None, typer.Option("--csv", help="CSV of points: id,easting,northing or id,lat,lon.")]
Out = Annotated[Path | None, typer.Option("--out", help="CSV to write, with --csv.")]
CouncilSlug = Annotated[
    str | None, typer.Option("--council", help="Slug of the council that asks; default: the first.")
]

MOST_NAMED = 10
HOW = (
    "Choose one way to give the place: --lat and --lon, --easting and --northing, --postcode, --place, --line, or "
    "--csv and --out."
)


def locate(
    lat: Lat = None,
    lon: Lon = None,
    easting: Easting = None,
    northing: Northing = None,
    postcode: Postcode = None,
    name: Name = None,
    line: Line = None,
    table: Csv = None,
    out: Out = None,
    council: CouncilSlug = None,
    as_json: Json = False,
) -> None:
    """Find the parish of a place. Exit code 3 if someone must decide (uncertain, no data, several parishes)."""
    point = {"lat": lat, "lon": lon, "easting": easting, "northing": northing}
    given = {key: value for key, value in point.items() if value is not None}
    ways = [bool(given), postcode is not None, name is not None, line is not None, table is not None]
    if sum(ways) != 1 or (table is None) != (out is None):
        raise InputError("place", HOW)
    with _opened(council) as (tx, boundaries, view):
        if given:
            _point(given, boundaries, view, as_json=as_json)
        elif postcode is not None or name is not None:
            _spots(tx, postcode, name, boundaries, view, as_json=as_json)
        elif line is not None:
            _line(line, boundaries, as_json=as_json)
        elif table is not None and out is not None:
            _table(table, out, boundaries, view, as_json=as_json)


def _point(given: dict[str, float], boundaries: "Boundaries", view: "View", *, as_json: bool) -> None:
    from routing.place import locate_one, read_point

    point = read_point(given)
    found = locate_one(point.easting, point.northing, boundaries, view)
    if as_json:
        print_json(asdict(found) | {"easting": point.easting, "northing": point.northing})
    else:
        echo(describe(found))
    _judged([found])


def _spots(
    tx: Any, postcode: str | None, name: str | None, boundaries: "Boundaries", view: "View", *, as_json: bool
) -> None:
    from routing.errors import UnknownError
    from routing.place import Said, find_place, read_postcode

    what, said = ("postcode", read_postcode(postcode)) if postcode is not None else ("place", name or "")
    found = find_place(tx, said, boundaries, view)
    if not found.matches and found.kind is Said.SETTLEMENT:
        raise UnknownError(what, f"{found.name} is a whole town, village or parish. Enter a street in it.")
    if not found.matches:
        raise UnknownError(what, f"{said} was not found. Check it, or load it with `waywarden gazetteer load`.")
    matches = found.matches if found.kind is Said.SETTLEMENT else found.matches[:MOST_NAMED]
    if as_json:
        print_json([_as_document(match) for match in matches])
    else:
        echo("\n".join(f"{_called(match.spot)}: {_told(match)}" for match in matches))
        if len(matches) < len(found.matches):
            say(f"{len(found.matches) - len(matches)} more matches are not shown. Add the village or town.")
    _judged([match.place for match in matches], is_open=any(match.needs_stretch for match in matches))


def _as_document(match: "Match") -> dict[str, Any]:
    reaches = [{"code": area.code, "name": area.name} for area in match.reaches]
    return asdict(match.spot) | {
        "place": asdict(match.place),
        "needs_stretch": match.needs_stretch,
        "reaches": reaches,
    }


def _told(match: "Match") -> str:
    if not match.needs_stretch:
        return describe(match.place)
    length = f"{match.spot.box.length_m:,.0f} m" if match.spot.box else "long"
    areas = ", ".join(f"{area.name} ({area.code})" for area in match.reaches)
    return f"too long to be one place: {length} from end to end, in {areas}"


def _called(spot: "Spot") -> str:
    where = f", {spot.locality}" if spot.locality else ""
    return f"{spot.name}{where} ({spot.kind})"


def _line(path: Path, boundaries: "Boundaries", *, as_json: bool) -> None:
    from routing.cli import NEEDS_REVIEW
    from routing.cli.location_input import read_line
    from routing.place import along

    found = along(read_line(path), boundaries)
    if as_json:
        print_json([asdict(each) for each in found])
    else:
        for each in found:
            where = f"{each.area.name} ({each.area.code})" if each.area else "no area"
            echo(f"{each.share:.1%}  {each.length_m:,.0f} m  {where}")
    if not any(each.area for each in found):
        raise typer.Exit(NEEDS_REVIEW)


def _table(table: Path, out: Path, boundaries: "Boundaries", view: "View", *, as_json: bool) -> None:
    from routing.cli.location_input import locate_table

    counts = locate_table(table, out, boundaries, view)
    if as_json:
        print_json({"rows": sum(counts.values()), "states": counts, "out": str(out)})
    else:
        say(f"{sum(counts.values()):,} rows saved in {out}.")
        echo("\n".join(f"{count:>9,}  {state}" for state, count in sorted(counts.items())))


def _judged(places: "list[Place]", *, is_open: bool = False) -> None:
    """Exit with 3 unless a single parish is certain."""
    from routing.cli import NEEDS_REVIEW
    from routing.vocabulary import PlaceState

    open_ones = [place for place in places if place.candidates or place.state is PlaceState.NO_DATA]
    areas = {place.area.code for place in places if place.area is not None}
    if is_open or open_ones or len(areas) > 1:
        raise typer.Exit(NEEDS_REVIEW)


@contextmanager
def _opened(council: str | None) -> "Iterator[tuple[Any, Boundaries, View]]":
    """A transaction, the active boundaries, and how the council sees them."""
    from routing import place as places
    from routing.cli.installation import open_catalogue, open_database

    catalogue = open_catalogue()
    served = catalogue.council(council)
    view = places.View(served.gss, catalogue.served, served.place.tolerance_m)
    with open_database() as database, database.transaction() as tx:
        yield tx, places.read_boundaries(tx, places.active_vintage(tx)), view


SAID = {
    "parish": "a parish of this council",
    "unparished": "an area of this council without a parish",
    "outside_served": "another council on this service",
    "outside_other": "another council",
    "uncertain": "it could be in any of these areas",
    "no_data": "this council has no parish boundaries here",
    "off_map": "we have no district here",
}
"""State of a place → what it means, in words."""


def describe(found: "Place") -> str:
    """A place in one or two plain lines."""
    if found.vintage is None:
        return "no_data: no boundaries are in use. Load some with `waywarden boundaries load`."
    where = f" [vintage {found.vintage}]"
    if found.area is not None:
        inside = f", {found.distance_m:.1f} m inside its edge" if found.distance_m is not None else ""
        where = f" in {found.area.name} ({found.area.code}){inside}{where}"
    district = f", {found.district_name}" if found.district_name and found.area is None else ""
    lines = [f"{found.state.value} ({SAID[found.state.value]}{district}):{where}"]
    for each in found.candidates:
        how = f"{each.distance_m:.1f} m away" if each.distance_m else "covers it"
        lines.append(f"  {each.area.name} ({each.area.code}), {how}")
    return "\n".join(lines)
