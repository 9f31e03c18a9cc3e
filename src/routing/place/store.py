"""Vintages in the database: load, read as a snapshot; and the snapshot of a process."""

import datetime
import hashlib
import json
import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from routing.database import Transaction
from routing.errors import BoundaryError
from routing.place.boundaries import Area, Boundaries
from routing.vocabulary import AreaKind

UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
"""Characters that an id must not have, because people type it and paths contain it."""


def areas_hash(areas: Sequence[tuple[Area, bytes]]) -> str:
    """SHA-256 over sorted (code, name, district, WKB). Equal for equal boundaries from any file."""
    digest = hashlib.sha256()
    for area, wkb in sorted(areas, key=lambda pair: pair[0].code):
        digest.update(f"{area.code}|{area.name}|{area.kind}|{area.district}|".encode() + wkb)
    return digest.hexdigest()


def load_vintage(
    tx: Transaction,
    title: str,
    source: str,
    areas: Sequence[tuple[Area, bytes]],
    manifest: Mapping[str, Any] | None = None,
    valid_from: datetime.date | None = None,
) -> str:
    """Store a vintage that is not active yet. The same boundaries with the same title are stored once.

    A new manifest for the same boundaries updates the stored one.

    Args:
        manifest: where it came from: service, last edit, licence.
        valid_from: first day it is the law; None for at once.

    Returns:
        Its id: the title and the start of the hash.

    Raises:
        BoundaryError: ``valid-from``: it was already in use, with another day.
    """
    title = UNFIT.sub("-", title).strip("-") or "boundaries"
    sha256, known = areas_hash(areas), json.dumps(dict(manifest or {}))
    vintage = f"{title}-{sha256[:8]}"
    inserted = tx.execute(
        "INSERT INTO vintage (id, title, source, sha256, state, manifest, valid_from)"
        " VALUES (%s, %s, %s, %s, 'loaded', %s, %s) ON CONFLICT (id) DO NOTHING",
        (vintage, title, source, sha256, known, valid_from),
    ).rowcount
    if not inserted:
        tx.execute("UPDATE vintage SET manifest = manifest || %s WHERE id = %s", (known, vintage))
        _set_day(tx, vintage, valid_from)
    else:
        _copy_areas(tx, vintage, areas)
    return vintage


def _copy_areas(tx: Transaction, vintage: str, areas: Sequence[tuple[Area, bytes]]) -> None:
    columns = "vintage, code, name, kind, district, wkb"
    with tx.cursor() as cursor, cursor.copy(f"COPY area ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["text", "text", "text", "text", "text", "bytea"])
        for area, wkb in areas:
            copy.write_row((vintage, area.code, area.name, area.kind.value, area.district, wkb))


def _set_day(tx: Transaction, vintage: str, valid_from: datetime.date | None) -> None:
    """Set the first legal day of stored boundaries. It cannot change once they were in use."""
    if valid_from is None:
        return
    tx.execute("UPDATE vintage SET valid_from = %s WHERE id = %s AND activated_at IS NULL", (valid_from, vintage))
    row = tx.execute("SELECT valid_from FROM vintage WHERE id = %s", (vintage,)).fetchone()
    if row is None or row["valid_from"] != valid_from:
        text = f"Load it with another title, using --title. {vintage} was already in use, so its day cannot change."
        raise BoundaryError("valid-from", text)


def active_vintage(tx: Transaction) -> str | None:
    """The id of the vintage in use, or None."""
    row = tx.execute("SELECT id FROM vintage WHERE state = 'active'").fetchone()
    return row["id"] if row else None


def parishes_of(tx: Transaction, district: str) -> dict[str, str]:
    """Code → name of the civil parishes in a district, from the active vintage."""
    rows = tx.execute(
        "SELECT a.code, a.name FROM area a JOIN vintage v ON v.id = a.vintage"
        " WHERE v.state = 'active' AND a.kind = 'parish' AND a.district = %s ORDER BY a.code",
        (district,),
    ).fetchall()
    return {row["code"]: row["name"] for row in rows}


def read_boundaries(tx: Transaction, vintage: str | None) -> Boundaries:
    """Build the snapshot of a vintage, and warm it up."""
    rows: list[dict[str, Any]] = tx.execute(
        "SELECT code, name, kind, district, wkb FROM area WHERE vintage = %s ORDER BY code", (vintage,), binary=True
    ).fetchall()
    return Boundaries(
        vintage,
        ((Area(row["code"], row["name"], AreaKind(row["kind"]), row["district"]), row["wkb"]) for row in rows),
    )


class CurrentBoundaries:
    """The snapshot of the active vintage in a process, replaced when another becomes active.

    Attributes:
        has_looked: whether it has looked once. Before that it has no snapshot, whatever is in the database.
    """

    def __init__(self) -> None:
        self._held = Boundaries(None, ())
        self._lock = threading.Lock()
        self.has_looked = False

    @property
    def held(self) -> Boundaries:
        """The snapshot at the last look, without asking the database."""
        return self._held

    def current(self, tx: Transaction) -> Boundaries:
        """Compare with the active vintage's id, update the snapshot if it changed, and return it."""
        if active_vintage(tx) != self._held.vintage:
            with self._lock:
                vintage = active_vintage(tx)  # again, because a thread that waited here may have an older one
                if vintage != self._held.vintage:
                    self._held = read_boundaries(tx, vintage)
        self.has_looked = True
        return self._held
