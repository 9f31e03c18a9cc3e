"""Tables of casework. SQLModel only declares them. The edge validates."""

import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

import routing.casework.stage_tables  # noqa: F401  # of the same schema
from routing.casework.cases.lifecycle import NOT_OPEN_SQL
from routing.database.declaring import one_of, trigger
from routing.vocabulary import Role


def _moment(*, default_now: bool = True, nullable: bool = False) -> Any:
    column = Column(DateTime(timezone=True), nullable=nullable, server_default=func.now() if default_now else None)
    return Field(default=None, sa_column=column)


class BatchRow(SQLModel, table=True):
    """Reports or deliveries that an engine claimed, with a lease."""

    __tablename__ = "batch"
    __table_args__ = (
        Index("batch_open", "lease_until", postgresql_where=text("finished_at IS NULL")),
        Index("batch_flow_run", "flow_run", postgresql_where=text("flow_run IS NOT NULL")),
        one_of("kind", ("route", "deliver", "advance")),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    engine: str
    flow_run: UUID | None = None
    size: int
    claimed_at: datetime.datetime = _moment()
    lease_until: datetime.datetime = _moment(default_now=False)
    finished_at: datetime.datetime | None = _moment(default_now=False, nullable=True)
    outcome: str | None = None


class ReportRow(SQLModel, table=True):
    """One request by a citizen; ``details`` and ``words`` are free text, ``decision`` the valid one (None: open)."""

    __tablename__ = "report"
    __table_args__ = (
        Index("report_waiting", "attempt", "received_at", postgresql_where=text("state = 'received'")),
        Index("report_routing", "id", postgresql_where=text("state = 'routing'")),
        Index("report_batch", "batch", postgresql_where=text("batch IS NOT NULL")),
        Index("report_listing", "council", text("received_at DESC")),
        Index("report_area_code", "area_code", postgresql_where=text("area_code IS NOT NULL")),
        Index("report_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("report_near", "process", "easting", postgresql_where=text(f"state NOT IN ({NOT_OPEN_SQL})")),
    )

    id: UUID = Field(primary_key=True)
    reference: str = Field(unique=True)
    council: str
    process: str
    process_scope: str
    process_version: str
    answers: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    words: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    easting: float | None = None
    northing: float | None = None
    place_name: str | None = None
    details: str | None = None
    state: str
    review_reason: str | None = None
    decision: int | None = None
    attempt: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    batch: UUID | None = Field(default=None, foreign_key="batch.id")
    area_code: str | None = None
    merged_into: UUID | None = Field(default=None, foreign_key="report.id")
    renews: UUID | None = Field(default=None, foreign_key="report.id")
    closed_because: str | None = None
    token_sha256: bytes | None = None
    history_hash: bytes | None = None
    received_at: datetime.datetime = _moment()
    changed_at: datetime.datetime = _moment()


class ReporterRow(SQLModel, table=True):
    """Who reported, and their answers about a person: personal data, purged separately."""

    __tablename__ = "reporter"
    __table_args__ = (Index("reporter_report", "report"),)

    id: UUID = Field(primary_key=True)
    report: UUID = Field(foreign_key="report.id")
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    may_pass_on: bool
    answers: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    given_at: datetime.datetime = _moment()


class DecisionRow(SQLModel, table=True):
    """A routing receipt; the one with the highest sequence is valid."""

    __tablename__ = "decision"
    __table_args__ = (one_of("outcome", ("case", "review")),)

    report: UUID = Field(primary_key=True, foreign_key="report.id")
    sequence: int = Field(primary_key=True)
    rule: str
    outcome: str
    reason: str
    author: str
    receipt: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    decided_at: datetime.datetime = _moment()


class DeliveryRow(SQLModel, table=True):
    """One message to one recipient."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("report", "recipient", "role", "sequence"),
        Index("delivery_due", "due_at", postgresql_where=text("state = 'pending' AND batch IS NULL")),
        Index("delivery_batch", "batch", postgresql_where=text("batch IS NOT NULL")),
        Index("delivery_follows", "follows", postgresql_where=text("follows IS NOT NULL")),
        Index("delivery_citizen", "address_hash", "written_at", postgresql_where=text("address_hash IS NOT NULL")),
        Index(
            "delivery_recipient",
            "address",
            "sent_at",
            postgresql_where=text("sent_at IS NOT NULL AND role <> 'citizen'"),
        ),
        Index("delivery_entry", "entry", postgresql_where=text("entry IS NOT NULL")),
        Index("delivery_letter", "letter", postgresql_where=text("letter IS NOT NULL")),
        Index("delivery_digest", "digest", postgresql_where=text("digest IS NOT NULL AND state = 'pending'")),
        one_of("role", Role),
        one_of("state", ("pending", "sent", "refused", "exhausted", "cancelled")),
    )

    id: UUID = Field(primary_key=True)
    report: UUID = Field(foreign_key="report.id")
    sequence: int
    recipient: str
    role: str
    channel: str
    address: str
    message_id: str = Field(unique=True)
    reason: str
    contact: UUID | None = None
    addition: UUID | None = Field(default=None, foreign_key="addition.id")
    follows: UUID | None = Field(default=None, foreign_key="delivery.id")
    state: str
    attempt: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    due_at: datetime.datetime = _moment()
    batch: UUID | None = Field(default=None, foreign_key="batch.id")
    answer: str | None = None
    created_at: datetime.datetime = _moment()
    written_at: datetime.datetime | None = _moment(default_now=False, nullable=True)
    sent_at: datetime.datetime | None = _moment(default_now=False, nullable=True)
    address_hash: bytes | None = None
    entry: UUID | None = Field(default=None, foreign_key="case_entry.id")
    letter: UUID | None = Field(default=None, foreign_key="letter.id")
    held_at: datetime.datetime | None = _moment(default_now=False, nullable=True)
    digest: UUID | None = Field(default=None, foreign_key="delivery.id")


class AdditionRow(SQLModel, table=True):
    """What a citizen added to a case, or that somebody joined it; ``text`` is free text.

    ``sequence`` is the number of the message about it; None if there was none, before the case was decided.
    """

    __tablename__ = "addition"
    __table_args__ = (Index("addition_report", "report"), Index("addition_given_by", "given_by"))

    id: UUID = Field(primary_key=True)
    report: UUID = Field(foreign_key="report.id")
    given_by: UUID = Field(foreign_key="report.id")
    is_joining: bool
    text: str | None = None
    sequence: int | None = None
    given_at: datetime.datetime = _moment()


class TrackingTokenRow(SQLModel, table=True):
    """The hash of a token that opens a report's page. Each message to a citizen has its own token."""

    __tablename__ = "tracking_token"
    __table_args__ = (Index("tracking_token_report", "report"),)

    sha256: bytes = Field(primary_key=True)
    report: UUID = Field(foreign_key="report.id")
    issued_at: datetime.datetime = _moment()


class HistoryRow(SQLModel, table=True):
    """What happened to a report; append-only, chained by hashes."""

    __tablename__ = "history"
    __table_args__ = (Index("history_at", "at", postgresql_using="brin"),)

    report: UUID = Field(primary_key=True, foreign_key="report.id")
    sequence: int = Field(primary_key=True)
    at: datetime.datetime = _moment(default_now=False)
    event: str
    from_state: str | None = None
    to_state: str
    actor: str
    codes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    previous: bytes
    hash: bytes


class IdempotencyKeyRow(SQLModel, table=True):
    """The hash of a used Idempotency-Key."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("idempotency_key_age", "created_at"),)

    key_sha256: bytes = Field(primary_key=True)
    body_sha256: bytes
    salt: bytes
    report: UUID = Field(foreign_key="report.id")
    created_at: datetime.datetime = _moment()


class JourneyRow(SQLModel, table=True):
    """What a citizen has entered but not sent yet, under the hash of their browser's secret."""

    __tablename__ = "journey"
    __table_args__ = (Index("journey_age", "expires_at"),)

    id_sha256: bytes = Field(primary_key=True)
    council: str
    process: str
    entered: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    begun_at: datetime.datetime = _moment()
    expires_at: datetime.datetime = _moment(default_now=False)
    sent_at: datetime.datetime | None = _moment(default_now=False, nullable=True)
    not_taken: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    renews: UUID | None = Field(default=None, foreign_key="report.id")


class ReporterLookRow(SQLModel, table=True):
    """An officer looked at who reported something, and why. The history has the same without the reason."""

    __tablename__ = "reporter_look"
    __table_args__ = (Index("reporter_look_report", "report"),)

    id: UUID = Field(primary_key=True)
    report: UUID = Field(foreign_key="report.id")
    author: str
    because: str
    at: datetime.datetime = _moment()


class InstallationRow(SQLModel, table=True):
    """The secret of an installation, to hash addresses so that nobody can guess them."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("only_one"),)

    only_one: bool = Field(default=True, primary_key=True, sa_column_kwargs={"server_default": text("true")})
    secret: bytes


class StoppedAddressRow(SQLModel, table=True):
    """The hash of an address that gets no more emails, because its owner said so."""

    __tablename__ = "stopped_address"

    address_hash: bytes = Field(primary_key=True)
    author: str
    stopped_at: datetime.datetime = _moment()


class HistoryAnchorRow(SQLModel, table=True):
    """One hash of all histories of a day, chained to the day before."""

    __tablename__ = "history_anchor"

    day: datetime.date = Field(primary_key=True)
    rows: int = Field(sa_column=Column(BigInteger, nullable=False))
    sha256: bytes
    anchored_at: datetime.datetime = _moment()


trigger(
    "history_is_append_only",
    "history",
    "BEFORE UPDATE OR DELETE OR TRUNCATE ON history FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()",
)
trigger(
    "delivery_free_members",
    "delivery",
    "AFTER UPDATE OF state, batch ON delivery FOR EACH ROW WHEN (NEW.digest = NEW.id AND NEW.state <> 'pending')"
    " EXECUTE FUNCTION delivery_free_members()",
)
