"""The place room: points → parishes, with one vintage of boundaries. ``place.build`` reads boundary files."""

from routing.place.address import plain_name, plain_names
from routing.place.boundaries import Area, Boundaries
from routing.place.bulk import Places, locate_all
from routing.place.gazetteer import (
    ROADS,
    SETTLEMENTS,
    Box,
    KnownSource,
    Spot,
    forget_source,
    list_sources,
    load_names,
    load_postcodes,
)
from routing.place.grid import Point, read_point, read_points, to_degrees, to_grid
from routing.place.grid_reference import TooCoarse, parse_grid_reference, write_reference
from routing.place.line import Stretch, along
from routing.place.locate import NEAREST_M, Candidate, Place, View, locate, locate_one, seen_from_home
from routing.place.outline import outlines
from routing.place.pasted import is_link
from routing.place.postcode import looks_like_postcode, read_postcode
from routing.place.search import Found, Said, find_place
from routing.place.store import CurrentBoundaries, active_vintage, load_vintage, parishes_of, read_boundaries
from routing.place.stretch import Match, is_beside, stretches_in
from routing.place.typed import read_typed_point
from routing.place.vintages import (
    ANSWERED,
    SHIPPED,
    FollowingCodes,
    Vintage,
    activate,
    hold_active,
    judge,
    list_vintages,
    need_checked,
    predecessor,
    read_successors,
    read_vintage,
    rollback,
)

__all__ = [
    "ANSWERED",
    "NEAREST_M",
    "ROADS",
    "SETTLEMENTS",
    "SHIPPED",
    "Area",
    "Boundaries",
    "Box",
    "Candidate",
    "CurrentBoundaries",
    "FollowingCodes",
    "Found",
    "KnownSource",
    "Match",
    "Place",
    "Places",
    "Point",
    "Said",
    "Spot",
    "Stretch",
    "TooCoarse",
    "View",
    "Vintage",
    "activate",
    "active_vintage",
    "along",
    "find_place",
    "forget_source",
    "hold_active",
    "is_beside",
    "is_link",
    "judge",
    "list_sources",
    "list_vintages",
    "load_names",
    "load_postcodes",
    "load_vintage",
    "locate",
    "locate_all",
    "locate_one",
    "looks_like_postcode",
    "need_checked",
    "outlines",
    "parishes_of",
    "parse_grid_reference",
    "plain_name",
    "plain_names",
    "predecessor",
    "read_boundaries",
    "read_point",
    "read_points",
    "read_postcode",
    "read_successors",
    "read_typed_point",
    "read_vintage",
    "rollback",
    "seen_from_home",
    "stretches_in",
    "to_degrees",
    "to_grid",
    "write_reference",
]
