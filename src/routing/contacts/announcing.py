"""Changed contacts that we have not announced yet, whether a refresh, a person or a file changed them."""

from dataclasses import dataclass

from routing.database import Transaction

TOLD_OF = ["new", "changed", "released", "set", "unset"]
"""Changes that can send a report to another address."""


@dataclass(frozen=True, slots=True)
class Unannounced:
    """Parishes whose contact changed.

    Attributes:
        changes: their ids, for ``mark_announced``.
    """

    council: str
    parish_codes: tuple[str, ...]
    changes: tuple[int, ...]


def unannounced(tx: Transaction, council: str) -> Unannounced:
    """The parishes of a council whose contact changed since the last announcement."""
    rows = tx.execute(
        "SELECT h.id, c.parish_code FROM contact_change h JOIN contact c ON c.id = h.contact_id"
        " WHERE h.announced_at IS NULL AND c.council = %s AND h.change = ANY(%s) ORDER BY h.id",
        (council, TOLD_OF),
    ).fetchall()
    return Unannounced(council, tuple(sorted({row["parish_code"] for row in rows})), tuple(row["id"] for row in rows))


def mark_announced(tx: Transaction, found: Unannounced) -> None:
    """Mark these changes as announced, but not later ones."""
    tx.execute("UPDATE contact_change SET announced_at = now() WHERE id = ANY(%s)", (list(found.changes),))
