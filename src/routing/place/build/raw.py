"""What a publisher sent, kept as it came: gzipped pages and a manifest, written whole or not at all."""

import contextlib
import datetime
import gzip
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from routing.errors import BoundaryError
from routing.place.build.feature_server import LayerInfo, Query
from routing.place.build.layer import Layer, read_page

MANIFEST = "manifest.json"
UNSAFE = re.compile(r"[^A-Za-z0-9-]+")
"""What a publisher's name may not bring into a path."""

Progress = Callable[[int, int], None]
"""Called with how many features came, of how many."""


def fetch_raw(query: Query, folder: Path, progress: Progress = lambda done, of: None) -> Path:
    """Fetch all pages of a query, one in memory at a time.

    Args:
        folder: under which the edition gets a folder of its own, named after layer and content.

    Returns:
        The edition's folder; the same again where just this was fetched before.

    Raises:
        BoundaryError: something is missing of it; nothing is left behind then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=folder))
    try:
        return _finished(_write(query, unfinished, progress), unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write(query: Query, folder: Path, progress: Progress) -> dict[str, Any]:
    expected, came, digest = query.count(), 0, hashlib.sha256()
    if expected == 0:
        raise BoundaryError("count", f"{query.layer.url} holds nothing where {query.where}.")
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


def _finished(manifest: dict[str, Any], unfinished: Path, folder: Path) -> Path:
    path = unfinished / MANIFEST
    with path.open("w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    target = folder / f"{UNSAFE.sub('_', manifest['name'])[:80]}-{manifest['sha256'][:12]}"
    if target.exists():  # just this was fetched before: the newer manifest says when it was confirmed
        path.replace(target / MANIFEST)
        return target
    unfinished.rename(target)
    return target


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an edition.

    Raises:
        BoundaryError: ``read``: there is none.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BoundaryError("read", f"{folder} has no manifest that can be read. Fetch the edition again.") from None
    if not isinstance(found, dict):
        raise BoundaryError("read", f"{folder / MANIFEST} is no manifest. Fetch the edition again.")
    return found


def read_raw(folder: Path) -> Iterator[Layer]:
    """The pages of an edition, each held against its checksum.

    Raises:
        BoundaryError: ``read``: a page is not what was fetched, or cannot be read.
    """
    for page in read_manifest(folder)["pages"]:
        content = b""
        with contextlib.suppress(OSError, EOFError):
            content = gzip.decompress((folder / page["name"]).read_bytes())
        if hashlib.sha256(content).hexdigest() != page["sha256"]:
            raise BoundaryError("read", f"{folder / page['name']} is not as it was fetched. Fetch the edition again.")
        yield read_page(content, page["name"])
