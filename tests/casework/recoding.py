"""Editions in which the codes of a few parishes change, let in and taken back as an operator does it."""

from collections.abc import Callable, Collection
from typing import Any

import shapely

from routing import casework
from routing.casework import Catalogue, Recoded
from routing.database import Database
from routing.place import Area, Boundaries, active_vintage, load_vintage, read_boundaries
from routing.place.build import assess
from routing.vocabulary import AreaKind
from tests.samples import code

OLD = code("parish")
NEW, EAST, WEST = "E04999901", "E04999902", "E04999903"


Change = Callable[[Area, Any], list[tuple[Area, bytes]]]
"""What becomes of a parish and its polygon."""


def another_vintage(
    database: Database, catalogue: Catalogue, change: Change, codes: Collection[str] = frozenset({OLD})
) -> tuple[str, str]:
    """A vintage in which some parishes are changed, checked against another with the same areas; the ids of both."""
    with database.transaction() as tx:
        held = read_boundaries(tx, active_vintage(tx))
        areas = changed(held, change, codes)
        # The fictional district is no predecessor: so the same areas first under another title.
        same = [(area, polygon.wkb) for area, polygon in zip(held.areas, held.polygons, strict=True)]
        first = load_vintage(tx, "first", "test", same)
        assess(tx, first)
        casework.activate_vintage(tx, first, "test", catalogue, "d.example", reviewed=True)
        vintage = load_vintage(tx, "second", "test", areas)
    with database.transaction() as tx:
        assess(tx, vintage)
    return first, vintage


def changed(held: Boundaries, change: Change, codes: Collection[str] = frozenset({OLD})) -> list[tuple[Area, bytes]]:
    """The areas of a vintage, some of them changed."""
    areas: list[tuple[Area, bytes]] = []
    for area, polygon in zip(held.areas, held.polygons, strict=True):
        areas += change(area, polygon) if area.code in codes else [(area, polygon.wkb)]
    return areas


def recoded(area: Area, polygon: Any) -> list[tuple[Area, bytes]]:
    return [(Area(NEW, area.name, area.kind, area.district), polygon.wkb)]


def divided(area: Area, polygon: Any) -> list[tuple[Area, bytes]]:
    west, south, east, north = polygon.bounds
    halves = (shapely.box(west, south, (west + east) / 2, north), shapely.box((west + east) / 2, south, east, north))
    return [
        (Area(new, f"{area.name} {new}", AreaKind.PARISH, area.district), shapely.intersection(polygon, half).wkb)
        for new, half in zip((WEST, EAST), halves, strict=True)
    ]


def activate_vintage(database: Database, catalogue: Catalogue, vintage: str) -> Recoded:
    with database.transaction() as tx:
        return casework.activate_vintage(tx, vintage, "test", catalogue, "d.example", reviewed=True)


def rollback_vintage(database: Database, catalogue: Catalogue) -> tuple[str, int, list[str]]:
    """The vintage that answers again, how many cases followed, and the councils of those that a person looks at."""
    with database.transaction() as tx:
        vintage, followed = casework.rollback_vintage(tx, "test", catalogue, "d.example")
        return vintage, followed.cases, [council for _, council in followed.review]
