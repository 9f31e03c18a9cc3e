"""What a citizen has entered but not sent yet. We keep it for a day, under the hash of a secret in their browser."""

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
    """What was sent from a page but had errors.

    Attributes:
        typed: field → text.
        errors: pairs of field and what to change; empty if it can be sent again unchanged.
        restarted: its journey had expired, and this one was started to keep it.
    """

    page: str
    typed: Mapping[str, str]
    errors: Sequence[tuple[str, str]] = ()
    restarted: bool = False


@dataclass(frozen=True, slots=True)
class Journey:
    """One citizen's answers on the pages of one process.

    Attributes:
        entered: page → its content, in the format of the pages.
        sent_s: seconds since it became a report, when we delete what was entered; None before.
        not_taken: what was last sent with errors; None if there is nothing.
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


def begin_journey(tx: Transaction, secret: str, council: str, process: str, renews: UUID | None = None) -> None:
    """Start a journey, or continue it.

    Args:
        renews: the report whose permission the new one is to renew.
    """
    tx.execute(
        "INSERT INTO journey (id_sha256, council, process, expires_at, renews) VALUES (%s, %s, %s, now() + %s, %s)"
        " ON CONFLICT (id_sha256) DO UPDATE SET expires_at = EXCLUDED.expires_at",
        (_hash(secret), council, process, KEPT_ENTERED, renews),
    )


def read_journey(tx: Transaction, secret: str, *, hold: bool = False) -> Journey | None:
    """The journey of a secret; None if there is none, or it has expired.

    Args:
        hold: lock it until the transaction ends.
    """
    row = tx.execute(READ_HELD if hold else READ, (_hash(secret),)).fetchone()
    return _journey(row)


def save_pages(tx: Transaction, secret: str, entered: Mapping[str, Any], done: Collection[str] = ()) -> Journey | None:
    """Store what was entered on some pages; the others stay unchanged. None if the journey has expired or was sent.

    Args:
        done: pages without errors left. For another page, we keep the text but delete its errors.
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
    """Store what had errors, and replace what was there; returns whether the journey is still open."""
    found = tx.execute(
        "UPDATE journey SET not_taken = %s::jsonb WHERE id_sha256 = %s AND sent_at IS NULL AND expires_at > now()",
        (json.dumps(asdict(typed)), _hash(secret)),
    )
    return found.rowcount == 1


def send_journey(
    tx: Transaction, catalogue: Catalogue, secret: str, report: NewReport, case: UUID | None = None
) -> Receipt:
    """Store the report of a journey and end it, in one transaction. Lock the journey first (``read_journey``).

    Args:
        case: an open report of the same problem, to add it to.

    Raises:
        Repeated: the reference exists, or the case has ended. Try again in a new transaction.
    """
    receipt = submit(tx, report, _key(secret))
    if case is not None and not join(tx, catalogue, receipt.id, case):
        raise RetrySubmission
    tx.execute(
        "WITH sent AS (UPDATE journey SET entered = '{}', not_taken = NULL, sent_at = now() WHERE id_sha256 = %s"
        " RETURNING renews) UPDATE report SET renews = sent.renews FROM sent WHERE id = %s AND sent.renews IS NOT NULL",
        (_hash(secret), receipt.id),
    )
    return receipt


def sent_receipt(tx: Transaction, secret: str) -> Receipt | None:
    """The receipt of a sent journey. Sending twice gives the same reference."""
    return receipt_of(tx, _key(secret))


def end_journey(tx: Transaction, secret: str) -> None:
    """Delete a journey that ended in a signpost, or is done."""
    tx.execute("DELETE FROM journey WHERE id_sha256 = %s", (_hash(secret),))


def forget_journeys(tx: Transaction) -> int:
    """Delete expired journeys; returns how many."""
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
