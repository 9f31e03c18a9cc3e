"""Reports of the same problem nearby, so that a citizen can join one."""

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing.casework.cases.lifecycle import NOT_OPEN_SQL
from routing.database import Transaction

WITHIN_M = 200.0
WITHIN_DAYS = 30
STEP_M = 50
"""We show distances in steps of this many metres."""

MOST = 5


@dataclass(frozen=True, slots=True)
class Similar:
    """An open report of the same process: its time, largest distance (metres) and answers, but not its reporter."""

    id: UUID
    received_at: datetime.datetime
    within_m: int
    answers: Mapping[str, str]
    place_name: str | None


def find_similar(tx: Transaction, council: str, process: str, easting: float, northing: float) -> list[Similar]:
    """At most five open reports of a process to a council within 200 m and 30 days, nearest first."""
    rows = tx.execute(
        f"""
        SELECT id, received_at, answers, place_name, distance FROM (
            SELECT r.id, r.received_at, r.answers, r.place_name,
                   sqrt((r.easting - %(e)s) ^ 2 + (r.northing - %(n)s) ^ 2) AS distance
            FROM report r WHERE r.process = %(process)s AND r.council = %(council)s
              AND r.state NOT IN ({NOT_OPEN_SQL})
              AND r.easting BETWEEN %(e)s - %(within)s AND %(e)s + %(within)s
              AND r.northing BETWEEN %(n)s - %(within)s AND %(n)s + %(within)s
              AND r.received_at > casework_now() - make_interval(days => %(days)s)
        ) near WHERE distance <= %(within)s ORDER BY distance, received_at DESC LIMIT %(most)s
        """,  # noqa: S608  # states of ours
        {
            "council": council,
            "process": process,
            "e": easting,
            "n": northing,
            "within": WITHIN_M,
            "days": WITHIN_DAYS,
            "most": MOST,
        },
    ).fetchall()
    return [_similar(row) for row in rows]


def _similar(row: Mapping[str, Any]) -> Similar:
    within = max(STEP_M, math.ceil(row["distance"] / STEP_M) * STEP_M)
    return Similar(row["id"], row["received_at"], within, row["answers"], row["place_name"])
