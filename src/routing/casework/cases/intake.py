"""Store a new report: report, reporter, key and history in one transaction."""

import base64
import datetime
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg

from routing.casework.cases.lifecycle import Event, State
from routing.casework.cases.model import NewReport
from routing.database import Transaction
from routing.errors import InputError
from routing.vocabulary import new_reference, token_hash

KEY_FIELD = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the citizen gets: the reference, and the token for the tracking page (stored as a hash)."""

    id: UUID
    reference: str
    token: str
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """An Idempotency-Key with the hash of its body."""

    value: str
    body_sha256: bytes

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.value.encode()).digest()

    def token(self, salt: bytes) -> str:
        """The tracking token of a report with a key. A repeat gets the same one. We only store its hash and a salt."""
        digest = hmac.new(salt, self.value.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:24]).decode()


def submit(tx: Transaction, report: NewReport, key: IdempotencyKey | None = None) -> Receipt:
    """Store a report. If the key was used before, give the first answer again.

    Raises:
        InputError: the key was used with another body.
        Repeated: try again in a new transaction.
    """
    if key is not None:
        repeat = receipt_of(tx, key)
        if repeat is not None:
            return repeat
    salt = secrets.token_bytes(32)
    token = key.token(salt) if key is not None else secrets.token_urlsafe(24)
    receipt = Receipt(uuid4(), new_reference(), token, False)
    try:
        with tx.pipeline():
            _insert(tx, receipt, report)
            if key is not None:
                tx.execute(
                    "INSERT INTO idempotency_key (key_sha256, body_sha256, salt, report) VALUES (%s, %s, %s, %s)",
                    (key.sha256, key.body_sha256, salt, receipt.id),
                )
    except psycopg.errors.UniqueViolation:
        raise RetrySubmission from None
    return receipt


class RetrySubmission(Exception):
    """Try again in a new transaction: another request stored the same key or reference."""


def receipt_of(tx: Transaction, key: IdempotencyKey) -> Receipt | None:
    """The former answer to this key; None if the key is new.

    Raises:
        InputError: it was used with another body.
    """
    row = tx.execute(
        "SELECT k.body_sha256, k.salt, r.id, r.reference FROM idempotency_key k JOIN report r ON r.id = k.report"
        " WHERE k.key_sha256 = %s",
        (key.sha256,),
    ).fetchone()
    if row is None:
        return None
    if bytes(row["body_sha256"]) != key.body_sha256:
        raise InputError(KEY_FIELD, "Use a new key for a new report. This key was used with another body.")
    return Receipt(row["id"], row["reference"], key.token(bytes(row["salt"])), True)


def _insert(tx: Transaction, receipt: Receipt, report: NewReport) -> None:
    """Store report, reporter and history in one round trip."""
    tx.execute(
        """
        INSERT INTO report (id, reference, council, process, process_scope, process_version, answers, easting,
                            northing, place_name, words, details, state, token_sha256, received_at, changed_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, casework_now(), casework_now())
        """,
        (
            receipt.id,
            receipt.reference,
            report.council,
            report.process,
            report.process_scope,
            report.process_version,
            json.dumps(dict(report.answers)),
            report.easting,
            report.northing,
            report.place_name,
            json.dumps(dict(report.words)),
            report.details,
            State.RECEIVED.value,
            token_hash(receipt.token),
        ),
    )
    who = report.reporter
    if not who.is_empty:
        tx.execute(
            "INSERT INTO reporter (id, report, name, email, phone, may_pass_on, answers)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (uuid4(), receipt.id, who.name, who.email, who.phone, who.may_pass_on, json.dumps(dict(who.answers))),
        )
    tx.execute(
        "SELECT history_append(%s, %s, NULL, %s, 'citizen', '{}')",
        (receipt.id, Event.RECEIVED.value, State.RECEIVED.value),
    )


def forget_keys(tx: Transaction, before: datetime.datetime) -> int:
    """Delete idempotency keys older than a moment; returns how many."""
    return tx.execute("DELETE FROM idempotency_key WHERE created_at < %s", (before,)).rowcount
