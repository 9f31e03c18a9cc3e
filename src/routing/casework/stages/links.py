"""Links to answer in a stage: one for each message that asks, stored as a hash. A link dies with the entry."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from routing.database import Transaction
from routing.vocabulary import token_hash


@dataclass(frozen=True, slots=True)
class Link:
    """What a link leads to."""

    report: UUID
    entry: UUID
    serial: int
    seat: str


def issue_link(tx: Transaction, entry: UUID, seat: str) -> str:
    """A new link for somebody whom a stage asks; returns its token, of which we store the hash."""
    token = secrets.token_urlsafe(24)
    tx.execute(
        "INSERT INTO answer_link (sha256, entry, seat, issued_at) VALUES (%s, %s, %s, casework_now())",
        (token_hash(token), entry, seat),
    )
    return token


def revoke_link(tx: Transaction, token: str) -> None:
    """Delete a link that nobody got."""
    tx.execute("DELETE FROM answer_link WHERE sha256 = %s", (token_hash(token),))


def find_link(tx: Transaction, token: str) -> Link | None:
    """What a token leads to; None if it is no token of ours."""
    row = tx.execute(
        "SELECT e.report, l.entry, e.serial, l.seat FROM answer_link l JOIN case_entry e ON e.id = l.entry"
        " WHERE l.sha256 = %s",
        (token_hash(token),),
    ).fetchone()
    return Link(row["report"], row["entry"], row["serial"], row["seat"]) if row is not None else None
