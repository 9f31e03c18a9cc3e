"""Every change of a report, and the chain of hashes that shows if one was altered."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing.casework.cases.lifecycle import EVENTS, Event, allowed
from routing.database import Transaction
from routing.vocabulary import SMTP

REPORTER = "reporter"
"""Recipient of a message to the citizen. The outbox never contains the address."""

# Lock what waits, so that no engine takes it before it can read this change.
TELL = """
WITH told AS (
    SELECT r.id FROM report r
    WHERE r.id = ANY(%(reports)s) OR (r.merged_into = ANY(%(reports)s) AND r.state = 'merged')
), waiting AS MATERIALIZED (
    SELECT d.report FROM delivery d
    WHERE d.report IN (SELECT id FROM told) AND d.role = 'citizen' AND d.state = 'pending' AND d.batch IS NULL
    FOR UPDATE
)
INSERT INTO delivery (id, report, sequence, recipient, role, channel, address, message_id, reason, state)
SELECT n.id, n.report, n.sequence, %(reporter)s, 'citizen', %(channel)s, '', n.id::text, '', 'pending'
FROM (
    SELECT gen_random_uuid() AS id, r.id AS report,
           (SELECT coalesce(max(d.sequence), 0) + 1 FROM delivery d WHERE d.report = r.id AND d.role = 'citizen')
               AS sequence
    FROM report r JOIN reporter p ON p.report = r.id AND p.email IS NOT NULL
    WHERE r.id IN (SELECT id FROM told) AND r.id NOT IN (SELECT report FROM waiting)
) n
"""


def move(
    tx: Transaction,
    reports: Sequence[UUID],
    event: Event,
    actor: str,
    codes: Mapping[str, str | int | None] | None = None,
) -> list[UUID]:
    """Apply an event to the reports whose state allows it: state, history and news for citizens in one.

    Args:
        codes: codes and ids only. Never put free text or personal data in the history.

    Returns:
        The reports that changed.
    """
    before, after = allowed(event)
    rows = tx.execute(
        "SELECT report_move(%s, %s, %s, %s, %s, %s) AS id",
        (list(reports), before, after, event.value, actor, json.dumps(codes or {})),
    ).fetchall()
    moved = [row["id"] for row in rows]
    _note_news(tx, moved, event)
    return moved


def tell_news(
    tx: Transaction, reports: Sequence[UUID], batch: UUID | None = None, *, only_joined: bool = False
) -> None:
    """Record news of these reports, also for people who joined them.

    Args:
        batch: that sends them; None: they are due.
        only_joined: who reported first has a letter that says it.
    """
    if not reports:
        return
    told: dict[str, object] = {"reports": list(reports), "reporter": REPORTER, "channel": SMTP}
    tx.execute(TELL.replace("WHERE r.id = ANY(%(reports)s) OR", "WHERE") if only_joined else TELL, told)
    if batch is not None:
        tx.execute(
            "UPDATE delivery SET batch = %s WHERE role = 'citizen' AND state = 'pending' AND batch IS NULL"
            " AND report IN (SELECT r.id FROM report r WHERE r.id = ANY(%s) OR (r.merged_into = ANY(%s)"
            " AND r.state = 'merged'))",
            (batch, list(reports), list(reports)),
        )


def _note_news(tx: Transaction, reports: Sequence[UUID], event: Event) -> None:
    """Record news of these reports, for their reporters and for people who joined them."""
    if EVENTS[event].is_news and reports:
        tx.execute(TELL, {"reports": list(reports), "reporter": REPORTER, "channel": SMTP})


@dataclass(frozen=True, slots=True)
class Broken:
    """A row of a report's history that was altered."""

    reference: str
    sequence: int
    problem: str


def verify(tx: Transaction, reports: Sequence[UUID] | None = None) -> tuple[int, list[Broken]]:
    """Recompute the chain of some reports, or of all, and compare its end with the report's own record.

    Returns:
        The number of rows, and those that do not match.
    """
    broken: list[Broken] = []
    count = 0
    last: _Row | None = None
    with tx.cursor(name="history_verify") as rows:
        rows.execute(
            """
            SELECT r.id AS report, r.reference, r.history_hash, h.sequence, h.event, h.from_state, h.to_state, h.actor,
                   h.codes::text AS codes, (extract(epoch FROM h.at) * 1000000)::bigint AS micros, h.previous, h.hash
            FROM report r LEFT JOIN history h ON h.report = r.id
            WHERE %(all)s OR r.id = ANY(%(ids)s) ORDER BY r.id, h.sequence
            """,
            {"all": reports is None, "ids": list(reports or [])},
        )
        for row in rows:
            count += row["sequence"] is not None
            if last is not None and last["report"] != row["report"]:
                broken += _wrong_end(last)
                last = None
            broken += _wrong(row, last)
            last = row
    return count, broken + (_wrong_end(last) if last is not None else [])


_Row = dict[str, Any]


def _wrong(row: _Row, before: _Row | None) -> list[Broken]:
    """The problem of a row, given the row before it of the same report; None if there is none."""
    if row["sequence"] is None:
        return [Broken(row["reference"], 0, "its whole history is missing")]
    sequence, previous = (before["sequence"], bytes(before["hash"])) if before is not None else (0, b"")
    content = "|".join(
        str(row[name]) if row[name] is not None else ""
        for name in ("report", "sequence", "micros", "event", "from_state", "to_state", "actor", "codes")
    )
    if row["sequence"] != sequence + 1:
        problem = "a row before it is missing"
    elif bytes(row["previous"]) != previous:
        problem = "it does not follow the row before it"
    elif bytes(row["hash"]) != hashlib.sha256(bytes(row["previous"]) + content.encode()).digest():
        problem = "its content was changed"
    else:
        return []
    return [Broken(row["reference"], row["sequence"], problem)]


def _wrong_end(row: _Row) -> list[Broken]:
    """The problem if the last row is not the one in the report's own record."""
    if row["sequence"] is None or bytes(row["history_hash"] or b"") == bytes(row["hash"]):
        return []
    return [Broken(row["reference"], row["sequence"], "rows after it are missing")]
