"""Boundary files and pages → one layer: columns, and valid polygons in the British National Grid."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.errors import BoundaryError
from routing.outside import read_json
from routing.place.build.archive import unpack
from routing.place.build.dbf import BYTES, as_meant, need_parts, table_encoding
from routing.place.build.features import Table, named, tidied
from routing.place.build.geojson import UNSAID, is_collection, read_geojson
from routing.place.grid import EASTINGS, LATITUDES, LONGITUDES, NORTHINGS, to_grid

JSON = frozenset({".geojson", ".json"})
LAYERS = JSON | frozenset({".shp", ".gpkg", ".fgb", ".parquet"})
BEGINS = {".gpkg": b"SQLite format 3\x00", ".fgb": b"fgb\x03fgb", ".shp": b"\x00\x00\x27\x0a"}
"""First bytes of files that GDAL may read. GDAL chooses a driver by content, and some drivers open other files and
addresses in the content (GDALG, VRT). So we give it nothing else, and read GeoJSON without it."""
BROKEN = (RuntimeError, ValueError, LookupError, NameError, TypeError, AttributeError, OSError)
"""The first two are pyogrio's own errors. The others happen with broken files."""

GRID = "EPSG:27700"
GRID_NAMES = {GRID, "EPSG:7405"}
"""The National Grid, also with heights above Newlyn, which we drop."""

ELSEWHERE = "the coordinates are outside Great Britain, or the axes are swapped. Export it again."

POLYGONS = (3, 6)
"""shapely's ids of Polygon and MultiPolygon."""

DEGREES = {"EPSG:4326", "EPSG:4258", "EPSG:4979", "OGC:CRS84", UNSAID}
"""WGS84, also with heights, and ETRS89, which OSTN15 uses. They differ by a metre at most."""
BOUNDARY_LINE = ("parish", "parish_region")
"""Names of the layer of parishes in OS Boundary-Line, as GeoPackage and as shapefile."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Features of one layer, in the order of the file.

    Attributes:
        source: name of the file or page, for messages.
        table: column → values, each of shape (n,).
        polygons: shape (n,), valid, EPSG:27700.
        repaired: shape (n,), whether we repaired the shape.
    """

    source: str
    table: Table
    polygons: NDArray[np.object_]
    repaired: NDArray[np.bool_]


def read_layer(path: Path, name: str | None = None) -> Layer:
    """Read a GeoPackage, FlatGeobuf, GeoJSON, GeoParquet or shapefile, also inside a zip.

    Args:
        name: of the layer, if the file has several. We find the parishes of OS Boundary-Line without it.

    Raises:
        BoundaryError: ``read``, ``archive``, ``count``, ``geometry`` or ``crs``; says what to do.
    """
    if not path.is_file():
        what = "choose a file. This is a folder" if path.is_dir() else "there is no such file"
        raise BoundaryError("read", f"{path}: {what}.")
    suffix = path.suffix.lower()
    if suffix == ".zip":
        with tempfile.TemporaryDirectory(prefix="waywarden-boundaries-") as folder:
            return _within(path, _one_of(unpack(path, Path(folder)), path), name)
    if suffix in {".parquet", ".geoparquet"}:
        return _of_wkb(str(path), *_read_parquet(path))
    if suffix in JSON:
        return read_page(path.read_bytes(), str(path))
    with path.open("rb") as file:
        begin = file.read(16)
    if suffix not in BEGINS or not begin.startswith(BEGINS[suffix]):
        said = ", ".join(sorted(LAYERS | {".zip"}))
        raise BoundaryError("read", f"{path}: export it again as one of {said}. Its name or first bytes are wrong.")
    return _of_wkb(str(path), *_read_ogr(path, name))


def _within(archive: Path, path: Path, name: str | None) -> Layer:
    """A file from an archive. Errors name the archive."""
    try:
        return replace(read_layer(path, name), source=str(archive))
    except BoundaryError as error:
        raise BoundaryError(error.check, error.text.replace(str(path), f"{archive}, {path.name}")) from None


def read_page(content: bytes, source: str) -> Layer:
    """Read a GeoJSON feature collection, such as one answer of a FeatureServer.

    Raises:
        BoundaryError: ``read``, ``count``, ``geometry`` or ``crs``.
    """
    return _made(source, *read_geojson(content, source))


def _one_of(files: list[Path], archive: Path) -> Path:
    layers = [file for file in files if file.suffix.lower() in LAYERS]
    if len(layers) > 1:  # a JSON file in the archive may only describe the boundaries
        layers = [file for file in layers if file.suffix.lower() not in JSON or is_collection(file)] or layers
    parishes = [file for file in layers if file.stem.lower() in BOUNDARY_LINE]
    chosen = parishes if len(parishes) == 1 else layers
    if len(chosen) != 1:
        have = ", ".join(sorted(file.name for file in layers)[:8]) or "none"
        raise BoundaryError("archive", f"{archive}: unpack one boundary file. The archive has {have}.")
    return chosen[0]


Read = tuple[Table, Any, str | None]


def _read_ogr(path: Path, layer: str | None) -> Read:
    import pyogrio.raw

    is_shapefile = path.suffix.lower() == ".shp"
    if is_shapefile:
        need_parts(path)
    try:
        layer = _layer_of(path, layer)
        meta, _, wkb, columns = pyogrio.raw.read(path, layer=layer, encoding=BYTES if is_shapefile else None)
        names = meta["fields"]
        if is_shapefile:
            encoding = table_encoding(path)
            names, *columns = [as_meant(values, encoding) for values in (names, *columns)]
    except BROKEN as error:
        said = str(error).replace(f"{path.parent}/", "").splitlines()[0][:200] if str(error) else type(error).__name__
        raise BoundaryError(
            "read", f"{path}: fetch or export it again. This is not a readable boundary file ({said})."
        ) from None
    return dict(zip(names, columns, strict=True)), wkb, meta.get("crs")


def _layer_of(source: Path, named: str | None) -> str | None:
    """The named layer; else None for the only one, the one with shapes, or Boundary-Line's parishes."""
    import pyogrio

    rows = pyogrio.list_layers(source)
    if not len(rows):
        raise BoundaryError("read", f"{source}: export it again. It has no layers.")
    if named is not None and named not in rows[:, 0]:
        have = ", ".join(str(name) for name, _ in rows)
        raise BoundaryError("read", f"{source}: choose a layer with --layer: {have}. There is no layer {named!r}.")
    if named is not None or len(rows) < 2:
        return named
    with_shapes = [str(name) for name, geometry in rows if geometry is not None]  # QGIS stores its styles in a table
    names = with_shapes or [str(name) for name, _ in rows]
    if len(names) == 1:
        return names[0]
    known = [name for name in names if name.lower() in BOUNDARY_LINE]
    if len(known) != 1:
        raise BoundaryError("read", f"{source}: choose one layer with --layer: {', '.join(names)}.")
    return known[0]


def _read_parquet(path: Path) -> Read:
    """GeoParquet 1.0: the metadata key ``geo`` names the column of WKB and its CRS, by default CRS84."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
        geo = read_json((table.schema.metadata or {})[b"geo"])
        column = geo["primary_column"]
        described = geo["columns"][column]
        if described["encoding"] != "WKB":
            raise BoundaryError("read", f"{path}: export it again with shapes in WKB, not {described['encoding']}.")
        wkb = table.column(column).to_numpy(zero_copy_only=False)
        columns = {
            name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names if name != column
        }
    except (pa.ArrowException, OSError, LookupError, ValueError, TypeError) as error:
        raise BoundaryError(
            "read", f"{path}: export it again. This is not readable GeoParquet ({type(error).__name__})."
        ) from None
    return columns, wkb, _projjson(described.get("crs", UNSAID))


def _projjson(crs: Any) -> str | None:
    identifier = crs.get("id") if isinstance(crs, dict) else None
    if isinstance(identifier, dict):
        return f"{identifier.get('authority')}:{identifier.get('code')}"[:40]
    return crs[:40] if isinstance(crs, str) else None


def _of_wkb(source: str, table: Table, wkb: Any, crs: str | None) -> Layer:
    if wkb is not None and len(wkb) == 0:
        raise BoundaryError("count", f"{source}: choose another file. This one has no areas.")
    if wkb is None:
        raise BoundaryError("geometry", f"{source}: choose the file of boundaries. This is a table without shapes.")
    missing = next((number for number, one in enumerate(wkb) if one is None), None)
    if missing is not None:
        raise BoundaryError("geometry", f"{source}: {named(table, missing)} has no geometry. Correct the source.")
    try:
        with np.errstate(invalid="ignore"):  # the code below reports what is not a number
            read = np.asarray(shapely.from_wkb(wkb), dtype=object)
    except (shapely.errors.ShapelyError, TypeError) as error:  # TypeError: the column has other values
        raise BoundaryError(
            "geometry", f"{source}: a shape cannot be read ({type(error).__name__}). Correct the source."
        ) from None
    return _made(source, table, read, crs)


def _made(source: str, table: Table, shapes: NDArray[np.object_], crs: str | None) -> Layer:
    coordinates, owners = shapely.get_coordinates(shapes, return_index=True)
    finite = np.isfinite(coordinates).all(axis=1)
    if not finite.all():
        where = named(table, int(owners[np.argmin(finite)]))
        raise BoundaryError("geometry", f"{source}: a coordinate of {where} is not a number. Correct the source.")
    table = tidied(table)
    polygons = in_metres(shapely.force_2d(shapes), crs, source, table)
    return Layer(source, table, *_valid(polygons, source, table))


def in_metres(polygons: NDArray[np.object_], crs: str | None, source: str, table: Table) -> NDArray[np.object_]:
    """Check the coordinates against the coordinate system that the source names.

    Raises:
        BoundaryError: ``crs``: they do not match, or are outside Great Britain; ``geometry``: a feature is empty.
    """
    empty = np.flatnonzero(shapely.is_empty(polygons)).tolist()
    if empty:
        raise BoundaryError("geometry", f"{source}: {named(table, empty[0])} is empty. Correct the source.")
    bounds = shapely.bounds(polygons)
    west, south, east, north = shapely.total_bounds(polygons).tolist()
    looks_like_degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    fits_grid = bool(_lies(bounds, EASTINGS, NORTHINGS).all())
    if crs in GRID_NAMES and not looks_like_degrees:
        _need_all(_lies(bounds, EASTINGS, NORTHINGS), source, table)
        return polygons
    if crs in DEGREES and looks_like_degrees:
        _need_all(_lies(bounds, LONGITUDES, LATITUDES), source, table)
        return _moved(polygons, source, table)
    says = "it names no coordinate system" if crs in {None, UNSAID} else f"it says {crs}"
    fitting = " They fit the British National Grid." if fits_grid and not looks_like_degrees else ""
    raise BoundaryError(
        "crs",
        f"{source}: {says}, but its coordinates run from {west:.1f}, {south:.1f} to {east:.1f}, {north:.1f}.{fitting} "
        "Export it in EPSG:27700 (metres) or EPSG:4326 (degrees), and a shapefile with its .prj.",
    )


def _lies(bounds: NDArray[np.float64], across: tuple[float, float], up: tuple[float, float]) -> NDArray[np.bool_]:
    """Which boxes are within limits in both directions."""
    low, high = (across[0], up[0]), (across[1], up[1])
    return np.asarray((bounds[:, :2] >= low).all(axis=1) & (bounds[:, 2:] <= high).all(axis=1))


def _need_all(is_within: NDArray[np.bool_], source: str, table: Table) -> None:
    """Report the file if no box fits, else the first that does not."""
    if not is_within.any():
        raise BoundaryError("crs", f"{source}: {ELSEWHERE}")
    if not is_within.all():
        raise BoundaryError("crs", f"{source}: for {named(table, int(np.argmin(is_within)))}, {ELSEWHERE}")


def _moved(polygons: NDArray[np.object_], source: str, table: Table) -> NDArray[np.object_]:
    """Convert polygons from degrees to the National Grid. GEOS refuses rings with coordinates that are not numbers."""
    degrees, owners = shapely.get_coordinates(polygons, return_index=True)
    metres = to_grid(degrees[:, 0], degrees[:, 1])
    reached = np.isfinite(metres).all(axis=1)
    if not reached.all():
        where = named(table, int(owners[np.argmin(reached)]))
        raise BoundaryError(
            "crs", f"{source}: {where} is partly outside the National Grid. Correct it, or leave it out."
        )
    return np.asarray(shapely.set_coordinates(polygons.copy(), metres), dtype=object)


def _valid(polygons: NDArray[np.object_], source: str, table: Table) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Repair self-intersections, which published areas have, and keep the polygons of the result."""
    broken = ~shapely.is_valid(polygons)
    whole = polygons.copy()
    for number in np.flatnonzero(broken).tolist():
        parts = shapely.get_parts(shapely.make_valid(polygons[number]))
        kept = [part for part in parts if part.geom_type in {"Polygon", "MultiPolygon"}]
        whole[number] = shapely.union_all(kept) if kept else shapely.Polygon()
    is_polygon = np.isin(shapely.get_type_id(whole), POLYGONS) & ~shapely.is_empty(whole)
    if not is_polygon.all():
        number = int(np.argmin(is_polygon))
        raise BoundaryError("geometry", f"{source}: {named(table, number)} is not a polygon. Correct the source.")
    return whole, broken
