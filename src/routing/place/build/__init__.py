"""Second door of the place room: boundary files → areas that can be loaded as a vintage."""

from routing.place.build.files import read_areas

__all__ = ["read_areas"]
