"""Zip archives of boundary files, with limits on the size, number and place of unpacked files."""

import gzip
import lzma
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from routing.errors import BoundaryError

LARGEST_BYTES = 4_000_000_000
"""OS Boundary-Line as a GeoPackage unpacks to about 1.5 GB."""

MOST_RATIO = 200
"""Real boundary files shrink to a half or a tenth, a zip bomb to a thousandth."""

MOST_MEMBERS = 10_000
SUFFIXES = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg", ".gpkg", ".fgb", ".geojson", ".json", ".parquet"})
CHUNK = 1 << 20
UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    IndexError,  # a member without a name
)


def unpack(path: Path, folder: Path, suffixes: frozenset[str] = SUFFIXES) -> list[Path]:
    """Unpack the wanted files.

    Args:
        folder: an empty folder. The caller must delete it.
        suffixes: of the members, with the dot.

    Returns:
        The unpacked files.

    Raises:
        BoundaryError: ``archive``: not a zip, a file outside the folder, a zip bomb, or nothing useful in it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MOST_MEMBERS:
                raise BoundaryError(
                    "archive", f"{path}: choose another file. This one has more than {MOST_MEMBERS:,} files."
                )
            for member in members:
                _need_safe(member, path)
            wanted = [member for member in members if _is_wanted(PurePosixPath(member.filename), suffixes)]
            return [_extract(archive, member, folder, path) for member in wanted]
    except UNREADABLE as error:
        what = f"the archive cannot be unpacked ({type(error).__name__})"
        raise BoundaryError("archive", f"{path}: {what}. Fetch it again.") from None


def unpack_gzip(path: Path, folder: Path) -> Path:
    """Unpack a gzipped file into a folder.

    Raises:
        BoundaryError: ``archive``: it is not gzipped, is incomplete, or is a bomb.
    """
    target = folder / (path.stem or "unpacked")
    try:
        with gzip.open(path) as source, target.open("wb") as file:
            _copy(source, file, MOST_RATIO * max(path.stat().st_size, CHUNK), path)
    except UNREADABLE as error:
        what = f"it cannot be unpacked ({type(error).__name__})"
        raise BoundaryError("archive", f"{path}: {what}. Fetch it again.") from None
    return target


def _is_wanted(name: PurePosixPath, suffixes: frozenset[str]) -> bool:
    """Whether a file is useful. macOS adds a copy of each file in ``__MACOSX``, or with the name ``._name``."""
    is_shadow = name.name.startswith("._") or "__MACOSX" in name.parts
    return name.suffix.lower() in suffixes and not is_shadow


def _need_safe(member: zipfile.ZipInfo, path: Path) -> None:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    leads_out = name.is_absolute() or not name.parts or ".." in name.parts or ":" in name.parts[0]
    if leads_out or is_link:
        raise BoundaryError("archive", f"{path}: do not use this file. {member.filename!r} points outside it.")
    if member.file_size > CHUNK and member.file_size > MOST_RATIO * max(member.compress_size, 1):
        raise BoundaryError("archive", f"{path}: do not use this file. {member.filename!r} looks like a bomb.")


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, path: Path) -> Path:
    """Write one file. Counts the bytes while reading, because a header may be wrong."""
    target = folder.joinpath(*PurePosixPath(member.filename.replace("\\", "/")).parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
    most = MOST_RATIO * max(member.compress_size, CHUNK)
    with archive.open(member) as source, target.open("wb") as file:
        _copy(source, file, min(most, LARGEST_BYTES - written), path)
    return target


def _copy(source: IO[bytes] | gzip.GzipFile, file: IO[bytes], most: int, path: Path) -> None:
    size = 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > most:
            raise BoundaryError(
                "archive", f"{path}: do not use this file. It unpacks to far more than boundary files do."
            )
        file.write(chunk)
