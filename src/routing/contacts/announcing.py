"""Which contacts became others and have not been told of yet, whoever changed them: a refresh, a person, a file."""

from dataclasses import dataclass

from routing.database import Transaction

TOLD_OF = ["new", "changed", "released", "set", "unset"]
"""Changes after which a report may go to another address."""


@dataclass(frozen=True, slots=True)
class Unannounced:
    """Parishes whose contact changed.

    Attributes:
        last: the newest change among them, up to which ``mark_announced`` goes; 0 where there is none.
    """

    council: str
    parish_codes: tuple[str, ...]
    last: int


def unannounced(tx: Transaction, council: str) -> Unannounced:
    """The parishes of a council whose contact changed since the last time that this was told."""
    rows = tx.execute(
        "SELECT c.parish_code, max(h.id) AS last FROM contact_change h JOIN contact c ON c.id = h.contact_id"
        " WHERE h.announced_at IS NULL AND c.council = %s AND h.change = ANY(%s) GROUP BY c.parish_code"
        " ORDER BY c.parish_code",
        (council, TOLD_OF),
    ).fetchall()
    return Unannounced(
        council, tuple(row["parish_code"] for row in rows), max((row["last"] for row in rows), default=0)
    )


def mark_announced(tx: Transaction, found: Unannounced) -> None:
    """What was found has been told; what changed since has not."""
    tx.execute(
        "UPDATE contact_change h SET announced_at = now() FROM contact c"
        " WHERE c.id = h.contact_id AND c.council = %s AND h.announced_at IS NULL AND h.id <= %s",
        (found.council, found.last),
    )
