"""One hash for each day of all histories, chained to the day before. A changed day changes every later hash.

The hashes are in the database, and the flow writes them to a file outside it. So we notice deleted rows even if
somebody could change the whole database.
"""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from routing.casework.cases.history import Broken
from routing.database import Transaction

DAY = """
SELECT count(*) AS rows,
    sha256(coalesce(string_agg(h.hash, ''::bytea ORDER BY h.report, h.sequence), ''::bytea)) AS hash
FROM history h WHERE h.at >= %(day)s::timestamp AT TIME ZONE 'UTC'
    AND h.at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
"""


FIRST = datetime.date(2000, 1, 1)
"""A day before any history. PostgreSQL does not accept days as early as Python's first."""

DAYS = """
SELECT DISTINCT (at AT TIME ZONE 'UTC')::date AS day FROM history
WHERE at >= (%(after)s::date + 1)::timestamp AT TIME ZONE 'UTC' AND at < %(before)s::timestamp AT TIME ZONE 'UTC'
ORDER BY 1
"""

Outside = Sequence[tuple[datetime.date, str]]


@dataclass(frozen=True, slots=True)
class Anchor:
    """One day in UTC.

    Attributes:
        rows: number of rows of history on this day.
        sha256: over the anchor before, the day and the hashes of its rows.
    """

    day: datetime.date
    rows: int
    sha256: bytes


def anchor(tx: Transaction, today: datetime.date, outside: Outside = ()) -> list[Anchor]:
    """Anchor every day before today that has rows but no anchor; returns the new anchors, oldest first.

    Never anchors a day that is in the file. If the database lost it, somebody must notice, so we do not repair it.

    Args:
        today: by UTC.
        outside: (day, hash) as the file has them.
    """
    tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('anchors', 0))")
    known = read_anchors(tx)
    after = max([FIRST, *(each.day for each in known), *(day for day, _ in outside)])
    made = []
    previous = known[-1].sha256 if known else b""
    for row in tx.execute(DAYS, {"after": after, "before": today}).fetchall():
        each = _of_day(tx, row["day"], previous)
        tx.execute(
            "INSERT INTO history_anchor (day, rows, sha256) VALUES (%s, %s, %s)", (each.day, each.rows, each.sha256)
        )
        made.append(each)
        previous = each.sha256
    return made


def read_anchors(tx: Transaction) -> list[Anchor]:
    """All anchors in the database, oldest first."""
    rows = tx.execute("SELECT day, rows, sha256 FROM history_anchor ORDER BY day").fetchall()
    return [Anchor(row["day"], row["rows"], bytes(row["sha256"])) for row in rows]


def not_outside(tx: Transaction, outside: Outside) -> list[Anchor]:
    """Anchors that are not in the file yet: of this night, and of nights when we could not write."""
    known = {day for day, _ in outside}
    return [each for each in read_anchors(tx) if each.day not in known]


def compare_anchors(tx: Transaction, outside: Outside) -> list[Broken]:
    """Compare the anchors in the database with those in the file, up to its end. The first line of a day counts."""
    inside = {each.day: each.sha256.hex() for each in read_anchors(tx)}
    first: dict[datetime.date, str] = {}
    broken = []
    for day, sha256 in outside:
        if first.setdefault(day, sha256) != sha256:
            broken.append(_of(day, "the file has a second, different anchor for it"))
    for day in sorted(first.keys() | {day for day in inside if first and day < max(first)}):
        if day not in inside:
            broken.append(_of(day, "its anchor in the file is not in the database"))
        elif day not in first:
            broken.append(_of(day, "its anchor in the database is not in the file"))
        elif inside[day] != first[day]:
            broken.append(_of(day, "its anchor in the file differs from the database"))
    return broken


def verify_anchors(tx: Transaction, outside: Outside = ()) -> list[Broken]:
    """Compare the histories of past days with their anchors, and the anchors with those in the file.

    Args:
        outside: (day, hash) from the file; without them, only the database is checked.
    """
    broken, previous = [], b""
    kept = read_anchors(tx)
    for each in kept:
        found = _of_day(tx, each.day, previous)
        if found.rows != each.rows:
            broken.append(_of(each.day, f"it had {each.rows} rows of history but has {found.rows} now"))
        elif found.sha256 != each.sha256:
            broken.append(_of(each.day, "its rows of history differ from its anchor"))
        previous = each.sha256
    if kept:
        anchored = {each.day for each in kept}
        days = tx.execute(DAYS, {"after": FIRST, "before": kept[-1].day}).fetchall()
        broken += [_of(row["day"], "it had no history but has some now") for row in days if row["day"] not in anchored]
    return broken + compare_anchors(tx, outside)


def _of_day(tx: Transaction, day: datetime.date, previous: bytes) -> Anchor:
    row = tx.execute(DAY, {"day": day}).fetchone()
    assert row is not None
    return Anchor(day, row["rows"], hashlib.sha256(previous + day.isoformat().encode() + bytes(row["hash"])).digest())


def _of(day: datetime.date, problem: str) -> Broken:
    return Broken(day.isoformat(), 0, problem)
