"""Vintages in the database: load, activate, read as a snapshot; and the snapshot that a process holds."""

import hashlib
import threading
from collections.abc import Sequence
from typing import Any

import shapely

from routing.database import Transaction
from routing.errors import BoundaryError, UnknownError
from routing.place.boundaries import Area, Boundaries
from routing.words import AreaKind


def areas_hash(areas: Sequence[tuple[Area, bytes]]) -> str:
    """SHA-256 over sorted (code, name, district, WKB): equal for equal boundaries, whatever file they came in."""
    digest = hashlib.sha256()
    for area, wkb in sorted(areas, key=lambda pair: pair[0].code):
        digest.update(f"{area.code}|{area.name}|{area.kind}|{area.district}|".encode() + wkb)
    return digest.hexdigest()


def load_vintage(tx: Transaction, title: str, source: str, areas: Sequence[tuple[Area, bytes]]) -> str:
    """Store a vintage, not yet active; the same boundaries under the same title are stored once.

    Returns:
        Its id: the title's first letters and the beginning of the hash.
    """
    sha256 = areas_hash(areas)
    vintage = f"{title}-{sha256[:8]}"
    inserted = tx.execute(
        "INSERT INTO vintage (id, title, source, sha256, state) VALUES (%s, %s, %s, %s, 'loaded')"
        " ON CONFLICT (id) DO NOTHING",
        (vintage, title, source, sha256),
    ).rowcount
    if inserted:
        with tx.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO area (vintage, code, name, kind, district, wkb) VALUES (%s, %s, %s, %s, %s, %s)",
                [(vintage, area.code, area.name, area.kind.value, area.district, wkb) for area, wkb in areas],
            )
    return vintage


def activate(tx: Transaction, vintage: str) -> None:
    """Make a vintage the one that answers, in one transaction; the one before is retired, never deleted.

    It is read and asked first, as every engine and web would: what would break there is not let in.

    Raises:
        UnknownError: there is no such vintage.
        BoundaryError: it cannot answer; the one before stays.
    """
    _prove(tx, vintage)
    tx.execute("UPDATE vintage SET state = 'retired' WHERE state = 'active' AND id <> %s", (vintage,))
    tx.execute(
        "UPDATE vintage SET state = 'active', activated_at = coalesce(activated_at, now()) WHERE id = %s", (vintage,)
    )


def _prove(tx: Transaction, vintage: str) -> None:
    if tx.execute("SELECT 1 FROM vintage WHERE id = %s", (vintage,)).fetchone() is None:
        raise UnknownError("vintage", f"There is no vintage {vintage}. Load it first.")
    try:
        boundaries = read_boundaries(tx, vintage)
        broken = boundaries.unanswerable()
    except (shapely.errors.ShapelyError, ValueError) as error:
        raise BoundaryError(
            f"{vintage} cannot be read ({type(error).__name__}). Load it anew from its source."
        ) from None
    if not any(area.kind is not AreaKind.DISTRICT for area in boundaries.areas):
        raise BoundaryError(f"{vintage} holds no parish and no unparished area. Load a file that does.")
    if broken:
        named = ", ".join(broken[:5]) + (" and more" if len(broken) > 5 else "")
        raise BoundaryError(
            f"{vintage}: {len(broken)} areas have no usable shape: {named}. Mend the file, load it anew."
        )


def active_vintage(tx: Transaction) -> str | None:
    """The id of the vintage that answers, or None."""
    row = tx.execute("SELECT id FROM vintage WHERE state = 'active'").fetchone()
    return row["id"] if row else None


def read_boundaries(tx: Transaction, vintage: str | None) -> Boundaries:
    """Build the snapshot of a vintage, warmed."""
    rows: list[dict[str, Any]] = tx.execute(
        "SELECT code, name, kind, district, wkb FROM area WHERE vintage = %s ORDER BY code", (vintage,)
    ).fetchall()
    return Boundaries(
        vintage,
        ((Area(row["code"], row["name"], AreaKind(row["kind"]), row["district"]), bytes(row["wkb"])) for row in rows),
    )


class CurrentBoundaries:
    """The snapshot of the active vintage that a process holds; swapped whole when another becomes active."""

    def __init__(self) -> None:
        self._held = Boundaries(None, ())
        self._lock = threading.Lock()

    @property
    def held(self) -> Boundaries:
        """What was current at the last look, without asking the database."""
        return self._held

    def current(self, tx: Transaction) -> Boundaries:
        """Compare with the active vintage's id, swap first if it moved, and return the snapshot."""
        vintage = active_vintage(tx)
        if vintage != self._held.vintage:
            with self._lock:
                if vintage != self._held.vintage:
                    self._held = read_boundaries(tx, vintage)
        return self._held
