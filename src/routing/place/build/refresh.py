"""From a publisher to a vintage: find the layers, check for changes, fetch, read."""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from routing.database import Database, Transaction
from routing.errors import BoundaryError
from routing.place.build.admission import store_vintage
from routing.place.build.areas import NewVintage, make_vintage
from routing.place.build.feature_server import LayerInfo, Query, read_layer_info
from routing.place.build.fetch import Fetcher
from routing.place.build.layer import Layer, read_layer
from routing.place.build.portal import DISTRICTS, PARISHES, newest, search
from routing.place.build.raw import Progress, fetch_raw, keep_raw, read_manifest, read_raw, staging
from routing.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """The boundaries that an installation uses.

    Attributes:
        portal: address of the portal's search.
        url: address of the layer of parishes; None: the newest on the portal.
        districts: address of a layer of districts, or a file; None: the newest on the portal.
        generalisation: BFE, BFC, BGC, …; for looking up points, BFE or BFC.
        where: the features to fetch, in SQL-92.
    """

    portal: str
    url: str | None = None
    districts: str | None = None
    generalisation: str = "BFC"
    where: str = "1=1"

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The boundaries in the settings."""
        return cls(
            settings.boundaries_portal,
            settings.boundaries_url,
            settings.boundaries_districts,
            settings.boundaries_generalisation,
            settings.boundaries_where,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The layers of a vintage; ``districts_file`` instead of a second layer if there is a file."""

    parishes: LayerInfo
    districts: LayerInfo | None
    districts_file: Path | None
    where: str
    districts_sha256: str | None = None

    def mark(self) -> dict[str, Any]:
        """A mark that identifies this vintage without fetching it."""
        layers = [self.parishes] + ([self.districts] if self.districts else [])
        mark: dict[str, Any] = {"layers": [[layer.url, layer.edited_ms] for layer in layers], "where": self.where}
        return mark | ({"districts": self.districts_sha256} if self.districts_sha256 else {})


def find(fetcher: Fetcher, wanted: Wanted) -> Found:
    """Look up the layers, with their metadata only.

    Raises:
        BoundaryError: see ``portal`` and ``feature_server``.
    """
    url = wanted.url or newest(search(fetcher, wanted.portal, PARISHES), PARISHES, wanted.generalisation).url
    parishes = read_layer_info(fetcher, url)
    named = wanted.districts
    if named is not None and "://" not in named:
        return Found(parishes, None, Path(named), wanted.where, _file_hash(Path(named)))
    listed = named or newest(search(fetcher, wanted.portal, DISTRICTS), DISTRICTS, wanted.generalisation).url
    return Found(parishes, read_layer_info(fetcher, listed), None, wanted.where)


def is_known(tx: Transaction, found: Found) -> str | None:
    """The stored vintage from these layers, if they have an edit date that has not changed; else None."""
    if found.parishes.edited_ms is None:
        return None
    rows = tx.execute("SELECT id, manifest -> 'mark' AS mark FROM vintage ORDER BY loaded_at DESC").fetchall()
    return next((str(row["id"]) for row in rows if row["mark"] == found.mark()), None)


def _file_hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        text = f"{path}: cannot be read ({error.strerror}). Check WAYWARDEN_BOUNDARIES_DISTRICTS."
        raise BoundaryError("read", text) from None


@contextlib.contextmanager
def fetch(
    fetcher: Fetcher, found: Found, folder: Path, progress: Progress = lambda done, of: None
) -> Iterator[tuple[NewVintage, Mapping[str, Any]]]:
    """Fetch the layers and read them. Stores the answers unchanged at the end of the block.

    Yields:
        The vintage, and its manifest.

    Raises:
        BoundaryError: something is missing or wrong. Nothing is stored then.
    """
    with staging(folder) as stage:
        districts = read_layer(found.districts_file) if found.districts_file is not None else None
        fetched = [fetch_raw(Query(fetcher, found.parishes, found.where), stage, progress)]
        manifest: dict[str, Any] = {"mark": found.mark(), "parishes": read_manifest(fetched[0])}
        if found.districts is not None:
            fetched.append(fetch_raw(Query(fetcher, found.districts), stage))
            districts = _joined(list(read_raw(fetched[1])))
            manifest["districts"] = read_manifest(fetched[1])
        manifest["raw"] = [each.name for each in fetched]
        yield make_vintage(read_raw(fetched[0]), districts), manifest
        for each in fetched:
            keep_raw(each, folder)


def fetch_vintage(
    database: Database, fetcher: Fetcher, found: Found, folder: Path, progress: Progress = lambda done, of: None
) -> str:
    """Fetch the layers and store them as an unchecked vintage; returns its id.

    Raises:
        BoundaryError: see ``fetch``.
    """
    with fetch(fetcher, found, folder, progress) as (read, manifest), database.transaction() as tx:
        return store_vintage(tx, read, found.parishes.name, found.parishes.url, manifest)


def _joined(pages: list[Layer]) -> Layer:
    first = pages[0]
    names = dict.fromkeys(name for page in pages for name in page.table)
    table = {name: np.concatenate([_column(page, name) for page in pages]) for name in names}
    return Layer(
        first.source,
        table,
        np.concatenate([page.polygons for page in pages]),
        np.concatenate([page.repaired for page in pages]),
    )


def _column(page: Layer, name: str) -> NDArray[Any]:
    """A column of a page; without values if no feature has the property."""
    return page.table.get(name, np.full(len(page.polygons), None, dtype=object))
