"""A day of all histories as one hash, chained to the day before: whoever alters a past day alters every later one.

The hashes are kept in the database and, by the flow, in a file outside of it: so that what was deleted is noticed also
where somebody could write to the whole database.
"""

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from routing.casework.history import Broken
from routing.database import Transaction

DAY = """
SELECT count(*) AS rows,
    sha256(coalesce(string_agg(h.hash, ''::bytea ORDER BY h.report, h.sequence), ''::bytea)) AS hash
FROM history h WHERE h.at >= %(day)s::timestamp AT TIME ZONE 'UTC'
    AND h.at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
"""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One day, by UTC.

    Attributes:
        rows: of history that were written on it.
        sha256: over the anchor before, the day and the hashes of its rows.
    """

    day: datetime.date
    rows: int
    sha256: bytes


def anchor(tx: Transaction, today: datetime.date) -> list[Anchor]:
    """Anchor every day before today that has rows and is not anchored yet; returns what is new, the oldest first.

    Args:
        today: by UTC.
    """
    tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('anchors', 0))")
    known = read_anchors(tx)
    after = known[-1].day if known else datetime.date.min
    rows = tx.execute(
        "SELECT DISTINCT (at AT TIME ZONE 'UTC')::date AS day FROM history"
        " WHERE at >= greatest(%s::date + 1, '2000-01-01')::timestamp AT TIME ZONE 'UTC'"
        " AND at < %s::timestamp AT TIME ZONE 'UTC' ORDER BY 1",
        (max(after, datetime.date(1999, 12, 31)), today),
    ).fetchall()
    made = []
    previous = known[-1].sha256 if known else b""
    for row in rows:
        each = _of_day(tx, row["day"], previous)
        tx.execute(
            "INSERT INTO history_anchor (day, rows, sha256) VALUES (%s, %s, %s)", (each.day, each.rows, each.sha256)
        )
        made.append(each)
        previous = each.sha256
    return made


def read_anchors(tx: Transaction) -> list[Anchor]:
    """All that are kept in the database, the oldest first."""
    rows = tx.execute("SELECT day, rows, sha256 FROM history_anchor ORDER BY day").fetchall()
    return [Anchor(row["day"], row["rows"], bytes(row["sha256"])) for row in rows]


def verify_anchors(tx: Transaction, elsewhere: Mapping[datetime.date, str] | None = None) -> list[Broken]:
    """Hold the histories of past days against their anchors, and the anchors against those kept elsewhere.

    Args:
        elsewhere: day → hash as hexadecimal digits, as the file has them.
    """
    broken, previous = [], b""
    kept = read_anchors(tx)
    for each in kept:
        found = _of_day(tx, each.day, previous)
        if found.rows != each.rows:
            broken.append(_of(each.day, f"it had {each.rows} rows of history and has {found.rows}"))
        elif found.sha256 != each.sha256:
            broken.append(_of(each.day, "its rows of history are not those that were anchored"))
        previous = each.sha256
    inside = {each.day: each.sha256.hex() for each in kept}
    for day, sha256 in sorted((elsewhere or {}).items()):
        if inside.get(day) != sha256:
            what = "is not in the database" if day not in inside else "is another in the database"
            broken.append(_of(day, f"its anchor in the file {what}"))
    return broken


def _of_day(tx: Transaction, day: datetime.date, previous: bytes) -> Anchor:
    row = tx.execute(DAY, {"day": day}).fetchone()
    assert row is not None
    return Anchor(day, row["rows"], hashlib.sha256(previous + day.isoformat().encode() + bytes(row["hash"])).digest())


def _of(day: datetime.date, problem: str) -> Broken:
    return Broken(day.isoformat(), 0, problem)
