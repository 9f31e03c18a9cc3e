"""A vintage as a GeoPackage, for GIS."""

import tempfile
from pathlib import Path

import numpy as np
import shapely

from routing.errors import BoundaryError
from routing.place.boundaries import Boundaries
from routing.place.vintages import Vintage


def export(boundaries: Boundaries, vintage: Vintage, path: Path) -> int:
    """Write areas with code, name, kind and district, EPSG:27700; whole or not at all.

    Returns:
        How many areas were written.

    Raises:
        BoundaryError: ``export``: the file cannot be written.
    """
    import pyogrio.errors
    import pyogrio.raw

    if path.suffix.lower() != ".gpkg":
        raise BoundaryError("export", f"{path}: name a file that ends in .gpkg.")
    fields = {
        "code": [area.code for area in boundaries.areas],
        "name": [area.name for area in boundaries.areas],
        "kind": [area.kind.value for area in boundaries.areas],
        "district": [area.district for area in boundaries.areas],
        "vintage": [vintage.id] * len(boundaries.areas),
        "valid_from": [str(vintage.valid_from or "")] * len(boundaries.areas),
        "valid_to": [str(vintage.valid_to or "")] * len(boundaries.areas),
    }
    many = np.array(
        [shapely.MultiPolygon(shapely.get_parts(each).tolist()) for each in boundaries.polygons], dtype=object
    )
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
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.FieldError) as error:
        raise BoundaryError("export", f"{path} cannot be written ({type(error).__name__}).") from None
    return len(boundaries.areas)
