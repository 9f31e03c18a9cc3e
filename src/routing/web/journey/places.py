"""What a citizen writes to say where → points that may be meant, each with the parish it lies in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from routing.council import Council
from routing.errors import InputError
from routing.place import (
    SETTLEMENTS,
    Place,
    Point,
    Spot,
    View,
    find_places,
    find_postcode,
    locate,
    looks_like_postcode,
    read_point,
    read_reference,
)
from routing.texts import gettext as _
from routing.web.context import WebContext
from routing.words import PlaceState

FIELD = "where"
NUMBERS = re.compile(r"^(-?\d+(?:\.\d+)?)[,;\s]+(-?\d+(?:\.\d+)?)$")
PARTLY = re.compile(r"^[A-Z]{1,2}\d[A-Z\d]?(\d[A-Z]?)?$")
LONGEST = 200
KEPT = ("name", "kind", "area", "easting", "northing")
POINT = "Point"
MOST_LOOKED_AT = 200
"""Spots of one name that are located, so that those in the parish or district that was named come first."""


@dataclass(frozen=True, slots=True)
class Option:
    """A point that may be meant: ``name`` and ``kind`` as found, ``area`` in words; ``where`` tells it from all others.

    Attributes:
        key: what the look-up says of it, so that points of one key lead to the same decision.
    """

    name: str
    kind: str
    area: str
    key: str
    easting: float
    northing: float
    is_exact: bool

    @property
    def where(self) -> str:
        return f"{self.easting:.2f}:{self.northing:.2f}"

    def as_entered(self) -> dict[str, Any]:
        """As a journey keeps it."""
        return {name: getattr(self, name) for name in KEPT}


def view_of(ctx: WebContext, council: Council) -> View:
    """How a council looks at places."""
    return View(council.gss, ctx.catalogue.served, council.place.tolerance_m)


def search(ctx: WebContext, council: Council, text: str) -> list[Option]:
    """The points that a text may mean; of a postcode one for each parish that its points lie in.

    Raises:
        InputError: nothing was found; the words are for the page.
    """
    said = " ".join(text.split())
    if not said:
        raise InputError(FIELD, _("Enter a postcode, or a street name and place"))
    if len(said) > LONGEST or not said.isprintable():
        raise InputError(FIELD, _("Enter a postcode, or a street name and place, in 200 characters or less"))
    point = _point(said)
    if point is not None:
        spots = [Spot(said, POINT, "", point.easting, point.northing)]
    elif looks_like_postcode(said):
        spots = _of_postcode(ctx, said)
    else:
        spots = _of_name(ctx, said)
    options = _located(ctx, council, spots)
    named = said.partition(",")[2].strip().lower()
    if named:
        options.sort(key=lambda option: named not in option.area.lower())
    return _distinct(options, of_one_postcode=spots[0].kind == "Postcode")


def _point(said: str) -> Point | None:
    numbers = NUMBERS.match(said)
    try:
        if numbers is None:
            return read_reference(said)
        first, second = float(numbers[1]), float(numbers[2])
        in_degrees = abs(first) <= 180 and abs(second) <= 180
        names = ("lat", "lon") if in_degrees else ("easting", "northing")
        return read_point(dict(zip(names, (first, second), strict=True)))
    except InputError:
        text = _("Enter a place in Great Britain, like 51.401, -1.323 or SU 470 670, or a postcode")
        raise InputError(FIELD, text) from None


def _of_postcode(ctx: WebContext, said: str) -> list[Spot]:
    with ctx.database.transaction() as tx:
        spots = find_postcode(tx, said)
    if not spots:
        raise InputError(FIELD, _("We do not know this postcode. Enter another one, or a street name and place"))
    return spots


def _of_name(ctx: WebContext, said: str) -> list[Spot]:
    if PARTLY.match(said.upper().replace(" ", "")):
        raise InputError(FIELD, _("Enter a full UK postcode, like RG14 5LD"))
    try:
        with ctx.database.transaction() as tx:
            spots = find_places(tx, said, MOST_LOOKED_AT)
    except InputError:
        raise InputError(FIELD, _("Enter a postcode, or a street name and place")) from None
    if not spots:
        text = _("We cannot find this place. Check the spelling, or enter a postcode")
        raise InputError(FIELD, text)
    streets = [spot for spot in spots if spot.kind not in SETTLEMENTS]
    if not streets:
        text = _("This is a whole town or village. Enter a street in it, like High Street, {place}, or use the map")
        raise InputError(FIELD, text.format(place=spots[0].name))
    return streets


def _located(ctx: WebContext, council: Council, spots: Sequence[Spot]) -> list[Option]:
    points = np.array([(spot.easting, spot.northing) for spot in spots])
    places = locate(points, ctx.boundaries.held, view_of(ctx, council))
    return [
        Option(
            ", ".join(part for part in (spot.name, spot.locality) if part),
            spot.kind,
            area_in_words(place),
            _key(place),
            spot.easting,
            spot.northing,
            spot.similarity >= 1,
        )
        for spot, place in zip(spots, places, strict=True)
    ]


def _distinct(options: Sequence[Option], *, of_one_postcode: bool) -> list[Option]:
    """One for each name and place that a person can tell apart; of a postcode one for each place."""
    kept: dict[tuple[str, str], Option] = {}
    for option in options:
        kept.setdefault(("" if of_one_postcode else option.name, option.key), option)
    return list(kept.values())


def _key(place: Place) -> str:
    codes = ",".join(each.area.code for each in place.candidates)
    return f"{place.state.value} {place.district} {place.area.code if place.area else ''} {codes}"


def area_in_words(place: Place) -> str:
    """The parish or district of a place, as a citizen reads it."""
    if place.state is PlaceState.UNCERTAIN:
        names = sorted({each.area.name for each in place.candidates})
        return _("near the border of {names}").format(names=_(" and ").join(names))
    if place.area is None and place.district_name:
        return place.district_name
    if place.area is None:
        return _("not on our map")
    if place.state in (PlaceState.OUTSIDE_OTHER, PlaceState.OUTSIDE_SERVED) and place.district_name:
        if place.area.name == place.district_name:
            return place.district_name
        return f"{place.area.name}, {place.district_name}"
    return place.area.name
