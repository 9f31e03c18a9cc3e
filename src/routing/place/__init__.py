"""The place room: points → parishes, by one vintage of boundaries. ``place.build`` reads boundary files."""

from routing.place.boundaries import Area, Boundaries
from routing.place.grid import Point, read_point, to_grid
from routing.place.locate import NEAREST_M, Candidate, Place, View, locate, seen_from_home
from routing.place.store import CurrentBoundaries, activate, active_vintage, load_vintage, read_boundaries

__all__ = [
    "NEAREST_M",
    "Area",
    "Boundaries",
    "Candidate",
    "CurrentBoundaries",
    "Place",
    "Point",
    "View",
    "activate",
    "active_vintage",
    "load_vintage",
    "locate",
    "read_boundaries",
    "read_point",
    "seen_from_home",
    "to_grid",
]
