"""Store what a publisher sent unchanged: gzipped pages and a manifest, complete or not at all."""

import contextlib
import datetime
import gzip
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from routing.errors import BoundaryError
from routing.outside import read_json
from routing.place.build.feature_server import LayerInfo, Query
from routing.place.build.layer import Layer, read_page

MANIFEST = "manifest.json"
PAGE_NAME = re.compile(r"page-[0-9]{4,9}\.geojson\.gz")
UNSAFE = re.compile(r"[^A-Za-z0-9-]+")
"""Characters that a publisher's name must not put into a path."""

LEFT_S = 86_400.0
Progress = Callable[[int, int], None]
"""Called with the number of features so far, and in total."""


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A temporary folder for fetching. Deleted at the end of the block, with everything not stored.

    Folders of killed processes are deleted after a day.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("unfinished-*"):
        if time.time() - left.stat().st_mtime > LEFT_S:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder) as made:
        yield Path(made)


def fetch_raw(query: Query, into: Path, progress: Progress = lambda done, of: None) -> Path:
    """Fetch all pages of a query, one in memory at a time.

    Args:
        into: a staging folder. The vintage gets its own folder in it, named after layer and content.

    Raises:
        BoundaryError: something is missing.
    """
    made = Path(tempfile.mkdtemp(dir=into))
    manifest = _write(query, made, progress)
    with (made / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return made.rename(into / f"{UNSAFE.sub('_', manifest['name'])[:80]}-{manifest['sha256'][:12]}")


def keep_raw(raw: Path, folder: Path) -> str:
    """Move a vintage out of its staging folder; returns its name.

    If the same was fetched before, we only store the newer manifest, which says when it was confirmed.
    """
    target = folder / raw.name
    try:
        raw.rename(target)
    except OSError:  # it already exists
        (raw / MANIFEST).replace(target / MANIFEST)
    return raw.name


def _write(query: Query, folder: Path, progress: Progress) -> dict[str, Any]:
    expected, came, digest = query.count(), 0, hashlib.sha256()
    if expected == 0:
        raise BoundaryError("count", f"{query.layer.url} has nothing where {query.where}.")
    files = []
    for number, page in enumerate(query.pages(expected), 1):
        name = f"page-{number:04}.geojson.gz"
        with (folder / name).open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
            packed.write(page.content)
        digest.update(page.content)
        files.append({"name": name, "rows": len(page.ids), "sha256": hashlib.sha256(page.content).hexdigest()})
        came += len(page.ids)
        progress(came, expected)
    return _manifest(query.layer, query.where, expected, files, digest.hexdigest())


def _manifest(layer: LayerInfo, where: str, rows: int, files: list[dict[str, Any]], sha256: str) -> dict[str, Any]:
    return {
        "layer": layer.url,
        "name": layer.name,
        "where": where,
        "edited_ms": layer.edited_ms,
        "rows": rows,
        "pages": files,
        "sha256": sha256,
        "fetched_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "licence": layer.licence,
    }


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a vintage.

    Raises:
        BoundaryError: ``read``: there is none.
    """
    try:
        found = read_json((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        raise BoundaryError("read", f"Fetch the vintage again. {folder} has no readable manifest.") from None
    if not isinstance(found, dict):
        raise BoundaryError("read", f"{folder / MANIFEST} is not a manifest. Fetch the vintage again.")
    return found


def read_raw(folder: Path) -> Iterator[Layer]:
    """The pages of a vintage, each compared with its checksum.

    Raises:
        BoundaryError: ``read``: a page was changed, or cannot be read.
    """
    manifest = read_manifest(folder)
    pages = manifest.get("pages")
    for number, page in enumerate(pages if isinstance(pages, list) else [None], 1):
        name, sha256 = (page.get("name"), page.get("sha256")) if isinstance(page, dict) else (None, None)
        if not isinstance(name, str) or not PAGE_NAME.fullmatch(name):
            raise BoundaryError("read", f"{folder / MANIFEST} does not list its pages. Fetch the vintage again.")
        content = b""
        with contextlib.suppress(OSError, EOFError, zlib.error):
            content = gzip.decompress((folder / name).read_bytes())
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BoundaryError("read", f"{folder / name} was changed. Fetch the vintage again.")
        yield read_page(content, f"{manifest.get('layer')}, page {number}")
