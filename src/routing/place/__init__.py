"""The place room: points → parishes, by one vintage of boundaries. ``place.build`` reads boundary files."""

from routing.place.boundaries import Area, Boundaries
from routing.place.bulk import Places, locate_all
from routing.place.gazetteer import (
    MOST_SPOTS,
    SETTLEMENTS,
    KnownSource,
    Spot,
    find_places,
    find_postcode,
    forget_source,
    list_sources,
    load_names,
    load_postcodes,
    looks_like_postcode,
)
from routing.place.grid import Point, read_point, to_grid
from routing.place.line import Stretch, along
from routing.place.locate import NEAREST_M, Candidate, Place, View, locate, locate_one, seen_from_home
from routing.place.outline import outlines
from routing.place.reference import read_reference, write_reference
from routing.place.store import CurrentBoundaries, active_vintage, load_vintage, parishes_of, read_boundaries
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
    "MOST_SPOTS",
    "NEAREST_M",
    "SETTLEMENTS",
    "SHIPPED",
    "Area",
    "Boundaries",
    "Candidate",
    "CurrentBoundaries",
    "FollowingCodes",
    "KnownSource",
    "Place",
    "Places",
    "Point",
    "Spot",
    "Stretch",
    "View",
    "Vintage",
    "activate",
    "active_vintage",
    "along",
    "find_places",
    "find_postcode",
    "forget_source",
    "hold_active",
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
    "predecessor",
    "read_boundaries",
    "read_point",
    "read_reference",
    "read_successors",
    "read_vintage",
    "rollback",
    "seen_from_home",
    "to_grid",
    "write_reference",
]
