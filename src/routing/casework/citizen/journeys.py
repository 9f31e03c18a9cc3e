"""What a citizen has entered and not sent yet: kept for a day, under the hash of a secret that their browser has."""

import datetime
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.intake import IdempotencyKey, Receipt, RetrySubmission, receipt_of, submit
from routing.casework.cases.model import NewReport
from routing.casework.citizen.additions import join
from routing.database import Transaction

KEPT_ENTERED = datetime.timedelta(hours=24)

READ = (
    "SELECT council, process, entered, not_taken, extract(epoch FROM now() - sent_at)::float8 AS sent_s FROM journey"
    " WHERE id_sha256 = %s AND expires_at > now()"
)
READ_HELD = f"{READ} FOR UPDATE"


@dataclass(frozen=True, slots=True)
class NotTaken:
    """What was sent from a page and could not be taken.

    Attributes:
        typed: field → text.
        errors: pairs of field and what has to change; none where it can be sent again as it is.
        restarted: it was sent in a journey that is not here any more; this one was begun to keep it.
    """

    page: str
    typed: Mapping[str, str]
    errors: Sequence[tuple[str, str]] = ()
    restarted: bool = False


@dataclass(frozen=True, slots=True)
class Journey:
    """One citizen's way through the pages of one process.

    Attributes:
        entered: page → what stands on it, as the pages keep it.
        sent_s: seconds since it became a report; then nothing that was entered is kept here any more. None before.
        not_taken: what was sent last and not taken; None where that is done.
    """

    council: str
    process: str
    entered: Mapping[str, Any]
    sent_s: float | None = None
    not_taken: NotTaken | None = None

    @property
    def is_sent(self) -> bool:
        """Whether it has become a report."""
        return self.sent_s is not None


def begin_journey(tx: Transaction, secret: str, council: str, process: str) -> None:
    """Open a journey; one that is there already goes on."""
    tx.execute(
        "INSERT INTO journey (id_sha256, council, process, expires_at) VALUES (%s, %s, %s, now() + %s)"
        " ON CONFLICT (id_sha256) DO UPDATE SET expires_at = EXCLUDED.expires_at",
        (_hash(secret), council, process, KEPT_ENTERED),
    )


def read_journey(tx: Transaction, secret: str, *, hold: bool = False) -> Journey | None:
    """The journey of a secret; None where there is none, or its day is over.

    Args:
        hold: let nobody else change it until the transaction ends.
    """
    row = tx.execute(READ_HELD if hold else READ, (_hash(secret),)).fetchone()
    return _journey(row)


def save_pages(tx: Transaction, secret: str, entered: Mapping[str, Any], done: Collection[str] = ()) -> Journey | None:
    """Keep what was entered on some pages; the others stay as they are. None where the journey is over, or was sent.

    Args:
        done: pages of which nothing is left that was not taken. Of another, the text is, and no error any more.
    """
    row = tx.execute(
        "UPDATE journey SET entered = entered || %s::jsonb,"
        " not_taken = CASE WHEN not_taken->>'page' = ANY(%s) THEN NULL"
        " ELSE not_taken || '{\"errors\": []}'::jsonb END"
        " WHERE id_sha256 = %s AND sent_at IS NULL AND expires_at > now()"
        " RETURNING council, process, entered, not_taken, NULL::float8 AS sent_s",
        (json.dumps(dict(entered)), list(done), _hash(secret)),
    ).fetchone()
    return _journey(row)


def keep_typed(tx: Transaction, secret: str, typed: NotTaken) -> bool:
    """Keep what could not be taken, instead of what was there; whether the journey goes on."""
    found = tx.execute(
        "UPDATE journey SET not_taken = %s::jsonb WHERE id_sha256 = %s AND sent_at IS NULL AND expires_at > now()",
        (json.dumps(asdict(typed)), _hash(secret)),
    )
    return found.rowcount == 1


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
        raise RetrySubmission
    tx.execute(
        "UPDATE journey SET entered = '{}', not_taken = NULL, sent_at = now() WHERE id_sha256 = %s", (_hash(secret),)
    )
    return receipt


def sent_receipt(tx: Transaction, secret: str) -> Receipt | None:
    """The receipt of a journey that was sent: sending twice gives the same reference."""
    return receipt_of(tx, _key(secret))


def end_journey(tx: Transaction, secret: str) -> None:
    """Nothing of a journey is kept: it came to a signpost, or what it was for is done."""
    tx.execute("DELETE FROM journey WHERE id_sha256 = %s", (_hash(secret),))


def forget_journeys(tx: Transaction) -> int:
    """Take away journeys whose day is over; returns how many."""
    return tx.execute("DELETE FROM journey WHERE expires_at <= now()").rowcount


def _journey(row: dict[str, Any] | None) -> Journey | None:
    if row is None:
        return None
    not_taken = NotTaken(**row["not_taken"]) if row["not_taken"] else None
    return Journey(row["council"], row["process"], row["entered"], row["sent_s"], not_taken)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(secret: str) -> IdempotencyKey:
    return IdempotencyKey(f"journey:{secret}", hashlib.sha256(b"journey").digest())
