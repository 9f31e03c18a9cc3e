"""What a citizen has entered and not sent yet: kept for a day, under the hash of a secret that their browser has."""

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing.casework.additions import join
from routing.casework.catalogue import Catalogue
from routing.casework.intake import Key, Receipt, Repeated, receipt_of, submit
from routing.casework.model import NewReport
from routing.database import Transaction

KEPT_ENTERED = datetime.timedelta(hours=24)

READ = (
    "SELECT council, process, entered, extract(epoch FROM now() - sent_at)::float8 AS sent_s FROM journey"
    " WHERE id_sha256 = %s AND expires_at > now()"
)
READ_HELD = f"{READ} FOR UPDATE"


@dataclass(frozen=True, slots=True)
class Journey:
    """One citizen's way through the pages of one process.

    Attributes:
        entered: page → what stands on it, as the pages keep it.
        sent_s: seconds since it became a report; then nothing that was entered is kept here any more. None before.
    """

    council: str
    process: str
    entered: Mapping[str, Any]
    sent_s: float | None = None

    @property
    def is_sent(self) -> bool:
        """Whether it has become a report."""
        return self.sent_s is not None


def begin_journey(tx: Transaction, secret: str, council: str, process: str) -> None:
    """Open a journey."""
    tx.execute(
        "INSERT INTO journey (id_sha256, council, process, expires_at) VALUES (%s, %s, %s, now() + %s)",
        (_hash(secret), council, process, KEPT_ENTERED),
    )


def read_journey(tx: Transaction, secret: str, *, hold: bool = False) -> Journey | None:
    """The journey of a secret; None where there is none, or its day is over.

    Args:
        hold: let nobody else change it until the transaction ends.
    """
    row = tx.execute(READ_HELD if hold else READ, (_hash(secret),)).fetchone()
    return _journey(row)


def save_pages(tx: Transaction, secret: str, entered: Mapping[str, Any]) -> Journey | None:
    """Keep what was entered on some pages; the others stay as they are. None where the journey is over, or was sent."""
    row = tx.execute(
        "UPDATE journey SET entered = entered || %s::jsonb WHERE id_sha256 = %s AND sent_at IS NULL"
        " AND expires_at > now() RETURNING council, process, entered, NULL::float8 AS sent_s",
        (json.dumps(dict(entered)), _hash(secret)),
    ).fetchone()
    return _journey(row)


def send_journey(
    tx: Transaction, catalogue: Catalogue, secret: str, report: NewReport, case: UUID | None = None
) -> Receipt:
    """Store the report of a journey and end it, in one transaction; of a journey that is held (``read_journey``).

    Args:
        case: an open report of the same that it is added to.

    Raises:
        Repeated: the reference was drawn before, or the case has ended by now; ask again in a new transaction.
    """
    receipt = submit(tx, report, _key(secret))
    if case is not None and not join(tx, catalogue, receipt.id, case):
        raise Repeated
    tx.execute("UPDATE journey SET entered = '{}', sent_at = now() WHERE id_sha256 = %s", (_hash(secret),))
    return receipt


def sent_receipt(tx: Transaction, secret: str) -> Receipt | None:
    """The receipt of a journey that was sent: sending twice gives the same reference."""
    return receipt_of(tx, _key(secret))


def end_journey(tx: Transaction, secret: str) -> None:
    """Nothing of a journey is kept: it came to a signpost."""
    tx.execute("DELETE FROM journey WHERE id_sha256 = %s", (_hash(secret),))


def forget_journeys(tx: Transaction) -> int:
    """Take away journeys whose day is over; returns how many."""
    return tx.execute("DELETE FROM journey WHERE expires_at <= now()").rowcount


def _journey(row: dict[str, Any] | None) -> Journey | None:
    return Journey(row["council"], row["process"], row["entered"], row["sent_s"]) if row else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(secret: str) -> Key:
    return Key(f"journey:{secret}", hashlib.sha256(b"journey").digest())
