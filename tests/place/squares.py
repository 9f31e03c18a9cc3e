"""Small worlds of squares, a kilometre wide."""

import shapely

from routing.place import Area, Boundaries
from routing.vocabulary import AreaKind

HOME, OTHER = "E07999001", "E07999002"


def parish(number: int, name: str = "", district: str = HOME) -> Area:
    return Area(f"E04999{number:03}", name or f"Parish {number}", AreaKind.PARISH, district)


def unparished(number: int, district: str = HOME) -> Area:
    return Area(f"E43999{number:03}", f"Town {number}, unparished area", AreaKind.UNPARISHED, district)


def district(code: str = HOME) -> Area:
    return Area(code, f"District {code}", AreaKind.DISTRICT, code)


def square(x: float, y: float, width: float = 1.0) -> shapely.Geometry:
    return shapely.box(x * 1000, y * 1000, (x + width) * 1000, (y + width) * 1000)


def pairs(*areas: tuple[Area, shapely.Geometry]) -> list[tuple[Area, bytes]]:
    return [(area, shape.wkb) for area, shape in areas]


def world(*areas: tuple[Area, shapely.Geometry], vintage: str = "v") -> Boundaries:
    return Boundaries(vintage, pairs(*areas))


def row(count: int, *, first: int = 1) -> list[tuple[Area, shapely.Geometry]]:
    """Parishes beside each other."""
    return [(parish(first + n), square(n, 0)) for n in range(count)]
