"""What a citizen sees of a report, behind reference and token."""

import hmac
from typing import Any

from routing.casework.states import Event
from routing.database import Transaction
from routing.words import read_reference, token_hash

CITIZENS = [
    each.value
    for each in (
        Event.RECEIVED, Event.SENT, Event.REVIEWED, Event.OFFICER_DECIDED, Event.ACKNOWLEDGED, Event.DECLINED,
        Event.ESCALATED, Event.WITHDRAWN, Event.MERGED, Event.CLOSED,
    )
]  # fmt: skip
"""What a citizen is told of; the rest is how it is done."""


def track(tx: Transaction, reference: str, token: str) -> dict[str, Any] | None:
    """The report with its last decision's receipt and what ``happened`` (event, at), oldest first.

    None for an unknown reference as for a wrong token.
    """
    known = read_reference(reference)
    row = tx.execute(
        """
        SELECT r.id, r.reference, r.council, r.process, r.process_scope, r.process_version, r.state, r.received_at,
               r.changed_at, r.token_sha256, k.receipt
        FROM report r
        LEFT JOIN LATERAL (SELECT k.receipt FROM decision k WHERE k.report = r.id ORDER BY k.sequence DESC LIMIT 1) k
            ON true
        WHERE r.reference = %s
        """,
        (known or "",),
    ).fetchone()
    if row is None or not hmac.compare_digest(bytes(row["token_sha256"]), token_hash(token)):
        return None
    happened = tx.execute(
        "SELECT event, at FROM history WHERE report = %s AND event = ANY(%s) ORDER BY sequence", (row["id"], CITIZENS)
    ).fetchall()
    return row | {"happened": happened}
