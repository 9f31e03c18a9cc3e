"""A place that a citizen enters → points that it may mean, each with its parish."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

import numpy as np

from routing.council import Council
from routing.database import Transaction
from routing.errors import InputError
from routing.i18n import gettext as _
from routing.place import (
    Box,
    Found,
    Match,
    Place,
    Said,
    Spot,
    TooCoarse,
    View,
    find_place,
    is_beside,
    is_link,
    locate_one,
    plain_names,
    read_point,
    stretches_in,
    to_degrees,
)
from routing.vocabulary import PlaceState, folded
from routing.web.context import WebContext

FIELD = "where"
LONGEST, LONGEST_LINK = 200, 1_000
"""Most characters of typed text, and of a pasted link to a map."""

KEPT = ("name", "kind", "area", "easting", "northing", "street", "box", "in_one")
POINT = "Point"
MOST_SHOWN = 10
MOST_AREAS = 8
"""Most areas of a long road to name in one sentence."""

MOST_STREETS = 50
"""Most streets of one village or town."""


@dataclass(frozen=True, slots=True)
class Option:
    """A possible point: ``name`` and ``kind`` as found, ``area`` in words; ``where`` distinguishes it from all others.

    Attributes:
        street: its name without the village.
        box: west, south, east and north in metres of a road that needs a stretch; empty for all others.
        in_one: whether such a road is in a single parish.
    """

    name: str
    kind: str
    area: str
    easting: float
    northing: float
    street: str = ""
    box: Sequence[float] = ()
    in_one: bool = False
    is_exact: bool = field(default=False, compare=False)

    @property
    def where(self) -> str:
        return f"{self.easting:.2f}:{self.northing:.2f}"

    def as_entered(self) -> dict[str, Any]:
        """As a journey keeps it."""
        return {name: value for name in KEPT if (value := getattr(self, name)) not in ("", (), False)}


def read_option(kept: Mapping[str, Any]) -> Option:
    """An option from a journey's stored form."""
    return Option(**{name: kept[name] for name in KEPT if name in kept})


@dataclass(frozen=True, slots=True)
class Options:
    """The results, the most likely first.

    Attributes:
        settlement: the village or town of these streets; empty unless only a settlement was entered.
        more: whether there are more results than shown.
    """

    shown: tuple[Option, ...]
    settlement: str = ""
    more: bool = False

    @property
    def only(self) -> Option | None:
        """The only result, if there is one."""
        return self.shown[0] if len(self.shown) == 1 and self.shown[0].is_exact and not self.settlement else None


def view_of(ctx: WebContext, council: Council) -> View:
    """A council's view of places."""
    return View(council.gss, ctx.catalogue.served, council.place.tolerance_m)


def search(ctx: WebContext, council: Council, text: str, *, is_typed: bool = True) -> Options:
    """The points that a text may mean; for a postcode, one for each parish of its points.

    Args:
        is_typed: typed, and not set on a map, where people see the place.

    Raises:
        InputError: nothing was found. The words are for the page.
    """
    with ctx.database.transaction() as tx:
        found = _find(ctx, council, text, tx)
    if not found.matches:
        raise InputError(FIELD, _nothing(found))
    if is_typed and found.in_degrees and (turned := _turned(ctx, council, found.matches[0])):
        text = _("If you mean the other side of Greenwich, enter {lat}, {lon}. We do not know this place")
        raise InputError(FIELD, text.format(lat=turned[0], lon=turned[1]))
    if found.kind is Said.POSTCODE:
        one_each = {match.key: match for match in reversed(found.matches)}
        matches: Sequence[Match] = list(reversed(one_each.values()))
        return Options(tuple(_option(match, council.gss) for match in matches))
    most = MOST_STREETS if found.kind is Said.SETTLEMENT else MOST_SHOWN
    settlement = found.name if found.kind is Said.SETTLEMENT else ""
    shown = tuple(_option(match, council.gss) for match in found.matches[:most])
    return Options(shown, settlement, len(found.matches) > most)


def _turned(ctx: WebContext, council: Council, match: Match) -> tuple[str, str] | None:
    """The point on the other side of Greenwich, if that one is known and this one is not."""
    if match.place.state is not PlaceState.OFF_MAP:
        return None
    ((lon, lat),) = to_degrees(np.array([[match.spot.easting, match.spot.northing]]))
    try:
        other = read_point({"lat": float(lat), "lon": -float(lon)})
    except InputError:
        return None
    place = locate_one(other.easting, other.northing, ctx.held, view_of(ctx, council))
    is_known = place.state not in (PlaceState.OFF_MAP, PlaceState.NO_DATA)
    return (f"{lat:.5f}", f"{-lon:.5f}") if is_known else None


def search_stretch(ctx: WebContext, council: Council, road: Option, text: str) -> Options:
    """The points of a long road for a postcode, coordinates or the name of a village on it.

    Raises:
        InputError: there are none. The words are for the page.
    """
    if not folded(text):
        raise InputError(FIELD, _("Enter a postcode on this road, or the village or part of town"))
    box, is_exact = Box(*road.box), True
    spot = Spot(road.street, road.kind, "", road.easting, road.northing, box=box)
    with ctx.database.transaction() as tx:
        found = _find(ctx, council, text, tx)
        if found.kind in (Said.POINT, Said.POSTCODE):
            matches = [each for each in found.matches if is_beside(box, each.spot.easting, each.spot.northing)]
        else:
            boundaries, view = ctx.held, view_of(ctx, council)
            matches = stretches_in(tx, spot, plain_names(folded(text)), boundaries, view)
            if not matches and found.kind is Said.SETTLEMENT:
                is_exact = False  # show another name that is only similar to the typed one
                matches = stretches_in(tx, spot, plain_names(found.name), boundaries, view)
    if not matches:
        why = _("Enter a postcode on {road}, or use the map. We cannot tell which part of it you mean by {said}")
        raise InputError(FIELD, why.format(said=folded(text, 60), road=road.street))
    one_each = {match.key: _option(match, council.gss, road, is_exact=is_exact) for match in reversed(matches)}
    return Options(tuple(reversed(one_each.values())))


def lies_on(road: Option, point: Option) -> bool:
    """Whether a point is on a long road, or next to it."""
    return is_beside(Box(*road.box), point.easting, point.northing)


def _find(ctx: WebContext, council: Council, text: str, tx: Transaction) -> Found:
    said = folded(text, LONGEST_LINK + 1)
    if not said:
        raise InputError(FIELD, _("Enter a postcode, or a street name and place"))
    if len(said) > (LONGEST_LINK if is_link(said) else LONGEST):
        raise InputError(FIELD, _("Enter a postcode, or a street name and place, in 200 characters or less"))
    try:
        return find_place(tx, said, ctx.held, view_of(ctx, council))
    except TooCoarse as error:
        is_reference = any(each.isalpha() for each in said)
        text = (
            _("Add digits, like SU 470 670. This grid reference covers a whole square kilometre")
            if is_reference and not is_link(said)
            else _("Enter all of the digits, like 51.401, -1.323. This covers a whole region")
        )
        raise InputError(FIELD, text) from error
    except InputError as error:
        if is_link(said):
            text = _("Enter a postcode, or a street name and place. We cannot read a place from this link")
        elif any(each.isdigit() for each in said):
            text = _("Enter a place in Great Britain, like 51.401, -1.323 or SU 470 670, or a postcode")
        else:
            text = _("Enter a postcode, or a street name and place")
        raise InputError(FIELD, text) from error


def _nothing(found: Found) -> str:
    if found.kind is Said.POSTCODE:
        return _("Enter another postcode, or a street name and place. We do not know this postcode")
    if found.kind is Said.PARTLY:
        return _("Enter a full UK postcode, like RG14 5LD")
    if found.kind is Said.SETTLEMENT:
        text = _("Enter a street in this town or village, like High Street, {place}, or use the map")
        return text.format(place=found.name)
    return _("Check the spelling, or enter a postcode. We cannot find this place")


def _option(match: Match, home: str, road: Option | None = None, *, is_exact: bool = True) -> Option:
    spot = match.spot
    where = spot.easting, spot.northing
    if road is not None:
        name = road.name if is_exact else ", ".join(filter(None, (road.street, spot.locality)))
        return Option(name, road.kind, area_in_words(match.place), *where, road.street, is_exact=is_exact)
    name = ", ".join(part for part in (spot.name, spot.locality) if part)
    if match.needs_stretch and spot.box is not None:
        areas, sides = _reached(match, home), astuple(spot.box)
        in_one = len(match.reaches) == 1
        return Option(name, spot.kind, areas, *where, spot.name, sides, in_one, match.is_exact)
    is_exact = match.is_exact or spot.kind in ("Postcode", POINT)
    return Option(name, spot.kind, area_in_words(match.place), *where, spot.name, is_exact=is_exact)


def _reached(match: Match, home: str) -> str:
    """The areas of a long road, the council's own first, limited to some."""
    own = sorted({area.name for area in match.reaches if area.district == home})
    others = sorted({area.name for area in match.reaches} - set(own))
    names = [*own, *others]
    if len(names) > MOST_AREAS:
        names = [*names[: MOST_AREAS - 1], _("{count} others").format(count=len(names) - MOST_AREAS + 1)]
    return _listed(names)


def _listed(names: Sequence[str]) -> str:
    """Names in words: *A, B and C*."""
    *others, last = names
    return _(" and ").join(part for part in (", ".join(others), last) if part)


def area_in_words(place: Place) -> str:
    """The parish or district of a place, in words for a citizen."""
    if place.state is PlaceState.UNCERTAIN:
        names = _listed(sorted({each.area.name for each in place.candidates}))
        return _("near the border of {names}").format(names=names)
    if place.area is None and place.district_name:
        return place.district_name
    if place.area is None:
        return _("not on our map")
    if place.state in (PlaceState.OUTSIDE_OTHER, PlaceState.OUTSIDE_SERVED) and place.district_name:
        if place.area.name == place.district_name:
            return place.district_name
        return f"{place.area.name}, {place.district_name}"
    return place.area.name
