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
from routing.place.build.geojson import read_geojson
from routing.place.grid import to_grid

LAYERS = frozenset({".shp", ".gpkg", ".fgb", ".geojson", ".json", ".parquet"})
BEGINS = {".gpkg": b"SQLite format 3\x00", ".fgb": b"fgb\x03fgb", ".shp": b"\x00\x00\x27\x0a"}
"""How files begin that GDAL reads. It chooses its driver by content, and some of them would open other files and
addresses that the content names (GDALG, VRT): so nothing else is given to it, and GeoJSON is read without it."""
BROKEN = (RuntimeError, ValueError, LookupError, NameError, TypeError, AttributeError, OSError)
"""pyogrio's own errors are of the first two kinds; the others are its slips at files that are broken."""

GRID = "EPSG:27700"
DEGREES = {"EPSG:4326", "OGC:CRS84"}
BOUNDARY_LINE = ("parish", "parish_region")
"""Names of the layer of parishes in OS Boundary-Line, as GeoPackage and as shapefile."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Features of one layer, in the order of the file.

    Attributes:
        source: name of the file or page, for messages.
        table: column → values, each of shape (n,).
        polygons: shape (n,), valid, EPSG:27700.
        repaired: shape (n,), whether the shape had to be repaired.
    """

    source: str
    table: dict[str, NDArray[Any]]
    polygons: NDArray[np.object_]
    repaired: NDArray[np.bool_]


def read_layer(path: Path, name: str | None = None) -> Layer:
    """Read a GeoPackage, FlatGeobuf, GeoJSON, GeoParquet or shapefile, each of them also inside a zip.

    Args:
        name: of the layer, where the file has several; the parishes of OS Boundary-Line are found without.

    Raises:
        BoundaryError: ``read``, ``archive``, ``count``, ``geometry`` or ``crs``; says what to do.
    """
    if not path.is_file():
        what = "this is a folder; name a file" if path.is_dir() else "there is no such file"
        raise BoundaryError("read", f"{path}: {what}.")
    suffix = path.suffix.lower()
    if suffix == ".zip":
        with tempfile.TemporaryDirectory(prefix="waywarden-boundaries-") as folder:
            return _within(path, _one_of(unpack(path, Path(folder)), path), name)
    if suffix in {".parquet", ".geoparquet"}:
        return _of_wkb(str(path), *_read_parquet(path))
    if suffix in {".geojson", ".json"}:
        return read_page(path.read_bytes(), str(path))
    with path.open("rb") as file:
        begin = file.read(16)
    if suffix not in BEGINS or not begin.startswith(BEGINS[suffix]):
        said = ", ".join(sorted(LAYERS | {".zip"}))
        raise BoundaryError("read", f"{path}: by its name or its first bytes it is none of {said}. Export it again.")
    return _of_wkb(str(path), *_read_ogr(path, name))


def _within(archive: Path, path: Path, name: str | None) -> Layer:
    """A file out of an archive; what goes wrong with it is told of the archive."""
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
    parishes = [file for file in layers if file.stem.lower() in BOUNDARY_LINE]
    chosen = parishes if len(parishes) == 1 else layers
    if len(chosen) != 1:
        have = ", ".join(sorted(file.name for file in layers)[:8]) or "none"
        raise BoundaryError(
            "archive", f"{archive}: expected one boundary file in it; it has {have}. Unpack one of them."
        )
    return chosen[0]


Read = tuple[dict[str, NDArray[Any]], Any, str | None]


def _read_ogr(path: Path, layer: str | None) -> Read:
    import pyogrio.raw

    try:
        layer = layer or _layer_of(path)
        meta, _, wkb, columns = pyogrio.raw.read(path, layer=layer)
    except BROKEN as error:
        said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise BoundaryError(
            "read", f"{path}: this is no boundary file that can be read ({said}). Fetch or export it again."
        ) from None
    return dict(zip(meta["fields"], columns, strict=True)), wkb, meta.get("crs")


def _layer_of(source: Path) -> str | None:
    """None where there is one layer; the parishes' where it is Boundary-Line."""
    import pyogrio

    names = [str(row[0]) for row in pyogrio.list_layers(source)]
    if not names:
        raise BoundaryError("read", f"{source}: there is no layer in it. Export it again.")
    if len(names) < 2:
        return None
    known = [name for name in names if name.lower() in BOUNDARY_LINE]
    if len(known) != 1:
        raise BoundaryError("read", f"{source}: it has the layers {', '.join(names)}. Name one with --layer.")
    return known[0]


def _read_parquet(path: Path) -> Read:
    """GeoParquet 1.0: the metadata key ``geo`` names the column of WKB and its CRS, CRS84 where it names none."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
        geo = read_json((table.schema.metadata or {})[b"geo"])
        column = geo["primary_column"]
        described = geo["columns"][column]
        if described["encoding"] != "WKB":
            raise BoundaryError(
                "read", f"{path}: its shapes are not WKB but {described['encoding']}. Write it anew as WKB."
            )
        wkb = table.column(column).to_numpy(zero_copy_only=False)
        columns = {
            name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names if name != column
        }
    except (pa.ArrowException, OSError, LookupError, ValueError, TypeError) as error:
        raise BoundaryError(
            "read", f"{path}: this is no GeoParquet that can be read ({type(error).__name__}). Export it again."
        ) from None
    return columns, wkb, _projjson(described.get("crs", "OGC:CRS84"))


def _projjson(crs: Any) -> str | None:
    identifier = crs.get("id") if isinstance(crs, dict) else None
    if isinstance(identifier, dict):
        return f"{identifier.get('authority')}:{identifier.get('code')}"[:40]
    return crs[:40] if isinstance(crs, str) else None


def _of_wkb(source: str, table: dict[str, NDArray[Any]], wkb: Any, crs: str | None) -> Layer:
    if wkb is not None and len(wkb) == 0:
        raise BoundaryError("count", f"{source}: there is no area in it. Choose another file.")
    if wkb is None:
        raise BoundaryError("geometry", f"{source}: this is a table without shapes. Take the file of boundaries.")
    if any(one is None for one in wkb):
        raise BoundaryError("geometry", f"{source}: a feature has no geometry. Mend the source.")
    try:
        with np.errstate(invalid="ignore"):  # of what is no number, more is said below
            read = np.asarray(shapely.from_wkb(wkb), dtype=object)
    except (shapely.errors.ShapelyError, TypeError) as error:  # TypeError: the column holds something else
        raise BoundaryError(
            "geometry", f"{source}: a shape cannot be read ({type(error).__name__}). Mend the source."
        ) from None
    return _made(source, table, read, crs)


def _made(source: str, table: dict[str, NDArray[Any]], shapes: NDArray[np.object_], crs: str | None) -> Layer:
    if not np.all(np.isfinite(shapely.get_coordinates(shapes))):
        raise BoundaryError("geometry", f"{source}: a coordinate is no number. Mend the source.")
    polygons = in_metres(shapely.force_2d(shapes), crs, source)
    return Layer(source, table, *_valid(polygons, source))


def in_metres(polygons: NDArray[np.object_], crs: str | None, source: str) -> NDArray[np.object_]:
    """What the source says of its coordinates is held against the coordinates themselves.

    Raises:
        BoundaryError: ``crs``: they do not fit, or are not in Great Britain.
    """
    if bool(np.any(shapely.is_empty(polygons))):
        raise BoundaryError("geometry", f"{source}: a feature is empty. Mend the source.")
    west, south, east, north = shapely.total_bounds(polygons).tolist()
    looks_like_degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    if crs == GRID and not looks_like_degrees:
        if not (west >= 0 and east <= 700_000 and south >= 0 and north <= 1_300_000):
            raise BoundaryError(
                "crs",
                f"{source}: the coordinates are not in Great Britain, or their axes are swapped. Export it again.",
            )
        return polygons
    if crs in DEGREES and looks_like_degrees:
        if not (west >= -9 and east <= 2 and south >= 49 and north <= 61):
            raise BoundaryError(
                "crs",
                f"{source}: the coordinates are not in Great Britain, or their axes are swapped. Export it again.",
            )
        moved = np.asarray(shapely.transform(polygons, lambda xy: to_grid(xy[:, 0], xy[:, 1])), dtype=object)
        if not np.all(np.isfinite(shapely.bounds(moved))):
            raise BoundaryError(
                "crs", f"{source}: it reaches beyond the National Grid (1.78 degrees east). Export it as EPSG:27700."
            )
        return moved
    raise BoundaryError(
        "crs",
        f"{source}: it says {crs or 'nothing'} of its coordinates, which run from {west:.1f}, {south:.1f} to "
        f"{east:.1f}, {north:.1f}. Waywarden takes EPSG:27700 in metres and EPSG:4326 in degrees.",
    )


def _valid(polygons: NDArray[np.object_], source: str) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Repair self-intersections, as published ones have; keep the polygons of what comes out."""
    broken = ~shapely.is_valid(polygons)
    whole = polygons.copy()
    for number in np.flatnonzero(broken).tolist():
        parts = shapely.get_parts(shapely.make_valid(polygons[number]))
        kept = [part for part in parts if part.geom_type in {"Polygon", "MultiPolygon"}]
        whole[number] = shapely.union_all(kept) if kept else shapely.Polygon()
    if bool(np.any(shapely.is_empty(whole))) or not set(shapely.get_type_id(whole).tolist()) <= {3, 6}:
        raise BoundaryError("geometry", f"{source}: a feature is no polygon. Mend the source.")
    return whole, broken
