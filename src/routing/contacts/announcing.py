"""Which contacts became others and have not been told of yet, whoever changed them: a refresh, a person, a file."""

from dataclasses import dataclass

from routing.database import Transaction

TOLD_OF = ["new", "changed", "released", "set", "unset"]
"""Changes after which a report may go to another address."""


@dataclass(frozen=True, slots=True)
class Unannounced:
    """Parishes whose contact changed.

    Attributes:
        changes: their ids, which ``mark_announced`` takes.
    """

    council: str
    parish_codes: tuple[str, ...]
    changes: tuple[int, ...]


def unannounced(tx: Transaction, council: str) -> Unannounced:
    """The parishes of a council whose contact changed since the last time that this was told."""
    rows = tx.execute(
        "SELECT h.id, c.parish_code FROM contact_change h JOIN contact c ON c.id = h.contact_id"
        " WHERE h.announced_at IS NULL AND c.council = %s AND h.change = ANY(%s) ORDER BY h.id",
        (council, TOLD_OF),
    ).fetchall()
    return Unannounced(council, tuple(sorted({row["parish_code"] for row in rows})), tuple(row["id"] for row in rows))


def mark_announced(tx: Transaction, found: Unannounced) -> None:
    """What was found has been told; whatever else changed meanwhile has not."""
    tx.execute("UPDATE contact_change SET announced_at = now() WHERE id = ANY(%s)", (list(found.changes),))
