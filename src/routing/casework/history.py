"""Every change of a report, and the chain of hashes that shows that none was altered."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from routing.casework.news import tell
from routing.casework.states import Event, allowed
from routing.database import Transaction


def move(
    tx: Transaction,
    reports: Sequence[UUID],
    event: Event,
    actor: str,
    codes: Mapping[str, str | int | None] | None = None,
) -> list[UUID]:
    """Let an event happen to reports: state, history and news for citizens in one, for those whose state allows it.

    Args:
        codes: codes and ids only; free text and personal data have no place in the history.

    Returns:
        The reports to which it happened.
    """
    before, after = allowed(event)
    rows = tx.execute(
        "SELECT report_move(%s, %s, %s, %s, %s, %s) AS id",
        (list(reports), before, after, event.value, actor, json.dumps(codes or {})),
    ).fetchall()
    moved = [row["id"] for row in rows]
    tell(tx, moved, event)
    return moved


@dataclass(frozen=True, slots=True)
class Broken:
    """A row of a report's history that is not what it was when it was written."""

    reference: str
    sequence: int
    problem: str


def verify(tx: Transaction, reports: Sequence[UUID] | None = None) -> tuple[int, list[Broken]]:
    """Recompute the chain of the given reports, or of all.

    Returns:
        How many rows were read, and those that do not fit.
    """
    broken: list[Broken] = []
    count = 0
    last: tuple[UUID | None, int, bytes] = (None, 0, b"")
    with tx.cursor(name="history_verify") as rows:
        rows.execute(
            """
            SELECT h.report, r.reference, h.sequence, h.event, h.from_state, h.to_state, h.actor,
                   h.codes::text AS codes, (extract(epoch FROM h.at) * 1000000)::bigint AS micros, h.previous, h.hash
            FROM history h JOIN report r ON r.id = h.report
            WHERE %(all)s OR h.report = ANY(%(ids)s) ORDER BY h.report, h.sequence
            """,
            {"all": reports is None, "ids": list(reports or [])},
        )
        for row in rows:
            count += 1
            report, sequence, previous = last if last[0] == row["report"] else (row["report"], 0, b"")
            content = "|".join(
                str(row[name]) if row[name] is not None else ""
                for name in ("report", "sequence", "micros", "event", "from_state", "to_state", "actor", "codes")
            )
            expected = hashlib.sha256(bytes(row["previous"]) + content.encode()).digest()
            if row["sequence"] != sequence + 1:
                broken.append(Broken(row["reference"], row["sequence"], "a row before it is missing"))
            elif bytes(row["previous"]) != previous:
                broken.append(Broken(row["reference"], row["sequence"], "it does not follow the row before it"))
            elif bytes(row["hash"]) != expected:
                broken.append(Broken(row["reference"], row["sequence"], "its content was changed"))
            last = (report, row["sequence"], bytes(row["hash"]))
    return count, broken
