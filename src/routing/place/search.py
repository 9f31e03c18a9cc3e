"""A typed place → points that it may mean, each with its place, the most likely first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from routing.database import Transaction
from routing.errors import InputError
from routing.place.address import ROAD_NUMBER, Address, plain_name, readings, without_country
from routing.place.boundaries import Area, Boundaries
from routing.place.gazetteer import (
    ROADS,
    SETTLEMENTS,
    Box,
    Spot,
    every_known,
    find_names,
    first_known,
    knows_district,
    names_within,
    streets_in,
)
from routing.place.grid_reference import write_reference
from routing.place.locate import View
from routing.place.pasted import is_link
from routing.place.postcode import is_partly_postcode, looks_like_postcode, possible_postcodes, postcodes_within
from routing.place.stretch import BESIDE_M, Match, distinct, located, stretches_in
from routing.place.typed import is_in_degrees, read_typed_point
from routing.vocabulary import AreaKind, folded

MOST_LOOKED_AT = 200
MOST_NARROWED = 10
"""Number of most likely roads to check for the right stretch. We never show more."""

POINT_KIND = "Point"
LEAST_LETTERS = 2
LEAST_ALIKE = 0.4
"""Share of trigrams that a street next to a settlement's name must have in common."""


class Said(StrEnum):
    """Kinds of typed text."""

    POINT = "point"
    POSTCODE = "postcode"
    PARTLY = "partly"
    NAME = "name"
    SETTLEMENT = "settlement"


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a search.

    Attributes:
        kind: the kind of the text.
        name: of the settlement or postcode; else the text as it was compared.
        in_degrees: a point whose minus sign may be missing.
    """

    kind: Said
    name: str
    matches: tuple[Match, ...]
    in_degrees: bool = False


def find_place(tx: Transaction, text: str, boundaries: Boundaries, view: View) -> Found:
    """Read coordinates, a grid reference, a postcode, an address, a street or a settlement.

    Raises:
        InputError: impossible coordinates, or nothing to search for.
    """
    said = folded(text)
    point = read_typed_point(said)
    if point is not None:
        name = write_reference(point.easting, point.northing) if is_link(said) else said
        spot = Spot(name, POINT_KIND, "", point.easting, point.northing)
        return Found(Said.POINT, said, tuple(located([spot], boundaries, view)), is_in_degrees(said))
    if is_link(said):
        raise InputError("place", "Copy the coordinates, or enter a postcode. This link does not contain a place.")
    spots = first_known(tx, possible_postcodes(without_country(said)))
    in_address = [] if spots else every_known(tx, postcodes_within(said))
    if spots or in_address:
        name = (spots or in_address)[0].name
        return Found(Said.POSTCODE, name, tuple(located(spots or _with_street(tx, said, in_address), boundaries, view)))
    if looks_like_postcode(without_country(said)):
        return Found(Said.POSTCODE, possible_postcodes(without_country(said))[0], ())
    return _of_names(tx, said, boundaries, view)


def _with_street(tx: Transaction, said: str, spots: Sequence[Spot]) -> list[Spot]:
    """Points of postcodes in an address, with its street, which helps the recipient of the report."""
    typed = [_words(name) for address in readings(said) for name in address.names]
    found = list[Spot]()
    for spot in spots:
        about = Box(*[spot.easting, spot.northing] * 2).grown(BESIDE_M)
        roads = sorted(names_within(tx, about, ROADS), key=lambda road: -len(road.name))
        street = next((road for road in roads if any(_begins(name, _words(road.name)) for name in typed)), None)
        found.append(replace(spot, name=f"{street.name}, {spot.name}") if street is not None else spot)
    return found


def _words(name: str) -> list[str]:
    return [plain for word in name.split() if (plain := plain_name(word))]


def _begins(typed: list[str], street: list[str]) -> bool:
    """Whether a name begins with a street's, like *mill road southby*. Compares words: *lanes* is not *lane*."""
    return bool(street) and typed[: len(street)] == street


def _of_names(tx: Transaction, said: str, boundaries: Boundaries, view: View) -> Found:
    """Use the first meaning that fits exactly, else the first that finds anything."""
    found = list[Found]()
    first, *others = _readings(tx, said)
    for address in (first, *others):
        if not address.names or len(plain_name(address.names[0])) < LEAST_LETTERS:
            continue
        one = _of_reading(_Search(tx, address, boundaries, view), said)
        is_whole = len(address.names) >= len(first.names)
        is_settlement = (
            one.kind is Said.SETTLEMENT and plain_name(one.name) in map(plain_name, address.names) and is_whole
        )
        if is_settlement or any(match.is_exact for match in one.matches):
            return one
        found.append(one)
    if is_partly_postcode(said):
        return Found(Said.PARTLY, said, ())
    whole = next((address.names[0] for address in (first, *others) if len(address.names) == len(first.names) == 1), "")
    if parish := _parish_called(whole, boundaries, view):
        return Found(Said.SETTLEMENT, parish.name, tuple(_streets_of(tx, parish, boundaries, view)))
    if not found:
        raise InputError("place", "Enter the name of a street or place, such as High Street, Kintbury.")
    return next((one for one in found if one.matches), found[0])


def _parish_called(name: str, boundaries: Boundaries, view: View) -> Area | None:
    """The council's parish with a name. Not every parish has a settlement with its name."""
    at_home = (area for area in boundaries.areas if area.district == view.home and area.kind is AreaKind.PARISH)
    return next((area for area in at_home if name and plain_name(area.name) == plain_name(name)), None)


def _streets_of(tx: Transaction, parish: Area, boundaries: Boundaries, view: View) -> list[Match]:
    """The streets in a parish, by name; long roads only if they are in no other parish."""
    streets = located(names_within(tx, Box(*boundaries.bounds(parish)), ROADS), boundaries, view)
    own = (each for each in streets if each.place.area == parish and set(each.reaches) <= {parish})
    return distinct(sorted(own, key=lambda match: (plain_name(match.spot.name), match.needs_stretch)))


def _readings(tx: Transaction, said: str) -> list[Address]:
    """The meanings of a text. A known postcode district always counts as one."""
    first, *others = readings(said)
    is_district = bool(first.districts) and knows_district(tx, first.districts)
    return [first, *(other for other in others if other.districts == first.districts or not is_district)]


def _of_reading(search: "_Search", said: str) -> Found:
    address = search.address
    spots = search.names(address.names[0], address.names[1:])
    whole = next((spot for spot in spots if _is_whole(spot, address)), None)
    if whole is not None:  # a street and its village, without a comma between them
        address = replace(address, names=(whole.name.lower(), whole.locality.lower()))
        search = replace(search, address=address)
        spots = search.names(address.names[0], address.names[1:])
    streets = [spot for spot in spots if spot.kind in ROADS]
    if ROAD_NUMBER.fullmatch(address.names[0]):  # another number is another road
        streets = [spot for spot in streets if plain_name(spot.name) == plain_name(address.names[0])]
    settlements = [spot for spot in spots if spot.kind in SETTLEMENTS and _can_be(spot, address)]
    most_alike = max((street.similarity for street in streets), default=0.0)
    if settlements and settlements[0].similarity > most_alike:
        streets = [
            spot for name in address.names[1:2] for spot in search.names(name, address.names[:1]) if spot.kind in ROADS
        ]
        if not streets or streets[0].similarity < LEAST_ALIKE:
            return search.of_settlement(settlements)
        search = replace(search, address=replace(address, names=(address.names[1], address.names[0])))
    return Found(Said.NAME, said, search.of_streets(streets))


@dataclass(frozen=True, slots=True)
class _Search:
    """One search by name, from a council's view."""

    tx: Transaction
    address: Address
    boundaries: Boundaries
    view: View

    @property
    def home(self) -> Box:
        return Box(*(self.boundaries.extent(self.view.home) or (0.0, 0.0, 0.0, 0.0)))

    def names(self, name: str, near: Sequence[str]) -> list[Spot]:
        return find_names(self.tx, name, near, self.address.districts, self.home, MOST_LOOKED_AT)

    def of_settlement(self, settlements: Sequence[Spot]) -> Found:
        """The streets of a settlement: all with this name in the council, else the nearest one."""
        best = [spot for spot in settlements if spot.similarity >= settlements[0].similarity]
        ranked = self.ranked(located(best, self.boundaries, self.view))
        at_home = [match for match in ranked if self.view.home in _districts(match)]
        meant = at_home or ranked[:1]
        streets = [street for match in meant for street in streets_in(self.tx, match.spot)]
        matches = located(streets, self.boundaries, self.view)
        ordered = sorted(matches, key=lambda match: (plain_name(match.spot.name), match.needs_stretch))
        return Found(Said.SETTLEMENT, meant[0].spot.name, tuple(distinct(ordered)))

    def of_streets(self, streets: Sequence[Spot]) -> tuple[Match, ...]:
        """Streets in order; for a long road, its stretch in the settlement that was named with it."""
        ranked = self.ranked(located(streets, self.boundaries, self.view))
        narrowed = [
            stretch
            for number, match in enumerate(ranked)
            for stretch in (self.stretches(match) if match.needs_stretch and number < MOST_NARROWED else []) or [match]
        ]
        if len(self.address.names) > 1 and any(match.is_exact for match in narrowed):
            narrowed = [match for match in narrowed if match.is_exact]  # the village was named, and it has this street
        return tuple(distinct(narrowed))

    def stretches(self, road: Match) -> list[Match]:
        settlements = [plain_name(each) for each in self.address.names[1:]]
        found = stretches_in(self.tx, road.spot, settlements, self.boundaries, self.view)
        return [replace(match, is_exact=road.spot.similarity >= 1 or road.is_exact) for match in found]

    def ranked(self, matches: Iterable[Match]) -> list[Match]:
        """Sort: in the council first, then exact matches, then the nearest."""
        name = plain_name(self.address.names[0])
        near = plain_name(self.address.names[1]) if len(self.address.names) > 1 else None  # a post town comes after it
        x, y = (self.home.west + self.home.east) / 2, (self.home.south + self.home.north) / 2

        def rank(match: Match) -> tuple[object, ...]:
            away = (match.spot.easting - x) ** 2 + (match.spot.northing - y) ** 2
            is_elsewhere = self.view.home not in _districts(match)
            return is_elsewhere, not match.is_exact, -match.spot.similarity, away

        return sorted((replace(each, is_exact=_is_exact(each, name, near)) for each in matches), key=rank)


def _can_be(settlement: Spot, address: Address) -> bool:
    """Whether the text is a settlement; with another place's name after it, only if exact."""
    is_just_so = plain_name(address.names[0]) in {plain_name(settlement.name), plain_name(settlement.other_name)}
    return is_just_so or len(address.names) == 1


def _is_whole(spot: Spot, address: Address) -> bool:
    """Whether a single typed name is a street with its village."""
    is_one = len(address.names) == 1 and bool(spot.locality)
    return is_one and plain_name(address.names[0]) == plain_name(spot.name + spot.locality)


def _is_exact(match: Match, name: str, near: str | None) -> bool:
    spot, place = match.spot, match.place
    if name not in {plain_name(spot.name), plain_name(spot.other_name)}:
        return False
    areas = {area.name for area in (place.area, *(each.area for each in place.candidates)) if area is not None}
    where = {spot.locality, place.district_name or "", *areas}
    return near is None or near in {plain_name(each) for each in where if each}


def _districts(match: Match) -> set[str]:
    place = match.place
    areas = [*([place.area] if place.area else []), *(each.area for each in place.candidates), *match.reaches]
    return {area.district for area in areas}
