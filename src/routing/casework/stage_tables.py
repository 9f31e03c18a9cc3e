"""Tables of cases in stages. SQLModel only declares them."""

import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, DateTime, Identity, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def _moment(*, nullable: bool = True) -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _json(empty: str) -> Any:
    return Field(sa_column=Column(JSONB, nullable=False, server_default=sql(f"'{empty}'")))


class CaseStageRow(SQLModel, table=True):
    """Where a case in stages stands.

    ``entry`` is the serial number of its stage, ``asked_by`` those whose time stands. ``fields``, ``words`` and
    ``personal`` are answers to fields of stages, kept like those of a report. ``wakes_at``: the engine looks at the
    case again, never later than it must. ``promised``: the last day of the stage, as it was last told.
    """

    __tablename__ = "case_stage"
    __table_args__ = (
        Index("case_stage_due", "wakes_at", postgresql_where=sql("batch IS NULL AND wakes_at IS NOT NULL")),
        Index("case_stage_asleep", "report", postgresql_where=sql("ended IS NULL AND wakes_at IS NULL")),
        Index("case_stage_batch", "batch", postgresql_where=sql("batch IS NOT NULL")),
        Index("case_stage_stage", "stage", postgresql_where=sql("stage IS NOT NULL")),
    )

    report: UUID = Field(primary_key=True, foreign_key="report.id")
    recipient: str
    place_state: str | None = None
    stage: str | None = None
    entry: int | None = None
    entries: int
    counts: dict[str, int] = _json("{}")
    stood: list[Any] = _json("[]")
    asked_by: list[Any] = _json("[]")
    columns: dict[str, str] = _json("{}")
    fields: dict[str, str] = _json("{}")
    words: dict[str, str] = _json("{}")
    personal: dict[str, str] = _json("{}")
    review_since: datetime.datetime | None = _moment()
    review_reminded: int = Field(default=0, sa_column_kwargs={"server_default": sql("0")})
    ended: str | None = None
    end_kind: str | None = None
    holds_until: datetime.date | None = Field(default=None, sa_column=Column(Date))
    is_renewal_settled: bool = Field(default=False, sa_column_kwargs={"server_default": sql("false")})
    is_asked_how: bool = Field(default=False, sa_column_kwargs={"server_default": sql("false")})
    calendar: str | None = None
    promised: datetime.date | None = Field(default=None, sa_column=Column(Date))
    wakes_at: datetime.datetime | None = _moment()
    batch: UUID | None = Field(default=None, foreign_key="batch.id")
    attempt: int = Field(default=0, sa_column_kwargs={"server_default": sql("0")})
    step: int = Field(default=0, sa_column_kwargs={"server_default": sql("0")})


class CaseEntryRow(SQLModel, table=True):
    """A stage that a case entered; ``because`` is an officer's reason, kept like what citizens wrote."""

    __tablename__ = "case_entry"
    __table_args__ = (UniqueConstraint("report", "serial"),)

    id: UUID = Field(primary_key=True)
    report: UUID = Field(foreign_key="report.id")
    serial: int
    stage: str
    entered_at: datetime.datetime = _moment(nullable=False)
    left_at: datetime.datetime | None = _moment()
    extended: list[Any] = _json("[]")
    reminded: int = Field(default=0, sa_column_kwargs={"server_default": sql("0")})
    because: str | None = None


class CaseSeatRow(SQLModel, table=True):
    """Somebody whom a stage asks. ``asked_at``: when the channel accepted the message that asks them."""

    __tablename__ = "case_seat"
    __table_args__ = (Index("case_seat_delivery", "delivery", postgresql_where=sql("delivery IS NOT NULL")),)

    entry: UUID = Field(primary_key=True, foreign_key="case_entry.id")
    seat: str = Field(primary_key=True)
    position: int
    delivery: UUID | None = None
    asked_at: datetime.datetime | None = _moment()
    outcome: str | None = None
    answered_at: datetime.datetime | None = _moment()
    is_unreached: bool = Field(default=False, sa_column_kwargs={"server_default": sql("false")})
    is_replaced: bool = Field(default=False, sa_column_kwargs={"server_default": sql("false")})


class CaseEventRow(SQLModel, table=True):
    """Something that happened to a case, from the moment we know of it; ``rung``: once in the life of a case.

    ``said`` holds what somebody filled in until it is applied, ``because`` an officer's reason.
    """

    __tablename__ = "case_event"
    __table_args__ = (
        Index("case_event_open", "report", postgresql_where=sql("applied_at IS NULL")),
        Index("case_event_report", "report"),
        Index("case_event_rung", "report", "rung", unique=True, postgresql_where=sql("rung IS NOT NULL")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    report: UUID = Field(foreign_key="report.id")
    entry: UUID | None = Field(default=None, foreign_key="case_entry.id")
    kind: str
    seat: str | None = None
    rung: str | None = None
    author: str
    at: datetime.datetime = _moment(nullable=False)
    said: dict[str, Any] = _json("{}")
    because: str | None = None
    applied_at: datetime.datetime | None = _moment()
    outcome: str | None = None


class AnswerLinkRow(SQLModel, table=True):
    """The hash of a link to the form of a stage, for one who is asked there. It dies with the entry."""

    __tablename__ = "answer_link"
    __table_args__ = (Index("answer_link_entry", "entry"),)

    sha256: bytes = Field(primary_key=True)
    entry: UUID = Field(foreign_key="case_entry.id")
    seat: str
    issued_at: datetime.datetime = _moment(nullable=False)


class LetterRow(SQLModel, table=True):
    """A letter as it was written, kept like what citizens wrote; ``printed_at``: an officer printed it."""

    __tablename__ = "letter"
    __table_args__ = (
        Index("letter_report", "report"),
        Index("letter_to_print", "at", postgresql_where=sql("needs_print AND printed_at IS NULL")),
    )

    id: UUID = Field(primary_key=True)
    report: UUID = Field(foreign_key="report.id")
    letter: str
    recipient: str
    subject: str | None = None
    text: str | None = None
    at: datetime.datetime = _moment(nullable=False)
    needs_print: bool = Field(default=False, sa_column_kwargs={"server_default": sql("false")})
    printed_at: datetime.datetime | None = _moment()
    printed_by: str | None = None


class SatisfactionRow(SQLModel, table=True):
    """How many citizens were how satisfied at the end, by version of the process and end; by no report."""

    __tablename__ = "satisfaction"

    process: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    ended: str = Field(primary_key=True)
    level: int = Field(primary_key=True)
    answers: int
