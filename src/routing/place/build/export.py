"""Write a vintage as a GeoPackage, for GIS."""

import tempfile
from pathlib import Path

import numpy as np
import shapely

from routing.errors import BoundaryError
from routing.place.boundaries import Boundaries
from routing.place.vintages import Vintage


def export(boundaries: Boundaries, vintage: Vintage, path: Path) -> int:
    """Write areas with code, name, kind and district in EPSG:27700. An error leaves no file.

    Returns:
        How many areas were written.

    Raises:
        BoundaryError: ``export``: the file cannot be written.
    """
    import pyogrio.raw

    if path.suffix.lower() != ".gpkg":
        raise BoundaryError("export", f"{path}: choose a file name that ends in .gpkg.")
    fields = _fields(boundaries, vintage)
    many = [shapely.MultiPolygon(shapely.get_parts(each).tolist()) for each in boundaries.polygons]
    try:
        with tempfile.TemporaryDirectory(prefix=".waywarden-", dir=path.parent) as folder:
            made = Path(folder) / path.name
            pyogrio.raw.write(
                made,
                np.asarray(shapely.to_wkb(many), dtype=object),
                [np.array(values, dtype=object) for values in fields.values()],
                list(fields),
                geometry_type="MultiPolygon",
                crs="EPSG:27700",
                layer="areas",
            )
            made.replace(path)
    except (OSError, RuntimeError, ValueError) as error:
        text = (
            f"{path} cannot be written ({type(error).__name__}). Choose a folder that exists and that you can write to."
        )
        raise BoundaryError("export", text) from None
    return len(boundaries.areas)


def _fields(boundaries: Boundaries, vintage: Vintage) -> dict[str, list[str]]:
    count = len(boundaries.areas)
    return {
        "code": [area.code for area in boundaries.areas],
        "name": [area.name for area in boundaries.areas],
        "kind": [area.kind.value for area in boundaries.areas],
        "district": [area.district for area in boundaries.areas],
        "vintage": [vintage.id] * count,
        "valid_from": [str(vintage.valid_from or "")] * count,
        "valid_to": [str(vintage.valid_to or "")] * count,
    }
