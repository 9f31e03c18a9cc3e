"""Vintages in the database: load, read as a snapshot; and the snapshot that a process holds."""

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
"""What may not stand in an id, which people type and paths hold."""


def areas_hash(areas: Sequence[tuple[Area, bytes]]) -> str:
    """SHA-256 over sorted (code, name, district, WKB): equal for equal boundaries, whatever file they came in."""
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
    """Store a vintage, not yet active; the same boundaries under the same title are stored once.

    What is newly known of where the same boundaries came from goes over what was known.

    Args:
        manifest: what is known of where it came from: service, last edit, licence.
        valid_from: from which day on it is the law; None for at once.

    Returns:
        Its id: the title and the beginning of the hash.

    Raises:
        BoundaryError: ``valid-from``: it answered already, and its day is another.
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
    """The day of the law of boundaries that are stored already; that of one that answered stays."""
    if valid_from is None:
        return
    tx.execute("UPDATE vintage SET valid_from = %s WHERE id = %s AND activated_at IS NULL", (valid_from, vintage))
    row = tx.execute("SELECT valid_from FROM vintage WHERE id = %s", (vintage,)).fetchone()
    if row is None or row["valid_from"] != valid_from:
        text = f"{vintage} has answered already, so its day stays. Load it under another title, with --title."
        raise BoundaryError("valid-from", text)


def active_vintage(tx: Transaction) -> str | None:
    """The id of the vintage that answers, or None."""
    row = tx.execute("SELECT id FROM vintage WHERE state = 'active'").fetchone()
    return row["id"] if row else None


def parishes_of(tx: Transaction, district: str) -> dict[str, str]:
    """Code → name of the civil parishes in a district, as the active vintage has them."""
    rows = tx.execute(
        "SELECT a.code, a.name FROM area a JOIN vintage v ON v.id = a.vintage"
        " WHERE v.state = 'active' AND a.kind = 'parish' AND a.district = %s ORDER BY a.code",
        (district,),
    ).fetchall()
    return {row["code"]: row["name"] for row in rows}


def read_boundaries(tx: Transaction, vintage: str | None) -> Boundaries:
    """Build the snapshot of a vintage, warmed."""
    rows: list[dict[str, Any]] = tx.execute(
        "SELECT code, name, kind, district, wkb FROM area WHERE vintage = %s ORDER BY code", (vintage,), binary=True
    ).fetchall()
    return Boundaries(
        vintage,
        ((Area(row["code"], row["name"], AreaKind(row["kind"]), row["district"]), row["wkb"]) for row in rows),
    )


class CurrentBoundaries:
    """The snapshot of the active vintage that a process holds; swapped whole when another becomes active.

    Attributes:
        has_looked: it was compared once; before, it holds none, whatever the database has.
    """

    def __init__(self) -> None:
        self._held = Boundaries(None, ())
        self._lock = threading.Lock()
        self.has_looked = False

    @property
    def held(self) -> Boundaries:
        """What was current at the last look, without asking the database."""
        return self._held

    def current(self, tx: Transaction) -> Boundaries:
        """Compare with the active vintage's id, swap first if it moved, and return the snapshot."""
        if active_vintage(tx) != self._held.vintage:
            with self._lock:
                vintage = active_vintage(tx)  # again: whoever waited here may have seen an older one
                if vintage != self._held.vintage:
                    self._held = read_boundaries(tx, vintage)
        self.has_looked = True
        return self._held
