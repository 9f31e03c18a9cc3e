"""Tables of the contacts room."""

import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from routing.contacts.links import LinkState
from routing.contacts.model import ContactState
from routing.database.declaring import one_of, trigger


class ContactRow(SQLModel, table=True):
    """What one source says about the clerk of one parish."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("council", "parish_code", "source"), one_of("state", ContactState))

    id: UUID = Field(primary_key=True)
    council: str
    parish_code: str
    source: str
    source_url: str
    council_name: str
    clerk: str | None = None
    email: str | None = None
    raw_email: str | None = None
    trusted_email: str | None = None
    phone: str | None = None
    address: str | None = None
    state: str
    reason: str | None = None
    author: str | None = None
    note: str | None = None
    obtained_at: datetime.datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    checked_at: datetime.datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class ContactChangeRow(SQLModel, table=True):
    """A change of a contact, with its fields, and their former values while we keep them."""

    __tablename__ = "contact_change"
    __table_args__ = (
        Index("contact_change_contact", "contact_id"),
        Index("contact_change_unannounced", "contact_id", postgresql_where=text("announced_at IS NULL")),
    )

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    contact_id: UUID = Field(foreign_key="contact.id", ondelete="CASCADE")
    at: datetime.datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()))
    change: str
    fields: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    author: str
    note: str = Field(default="", sa_column_kwargs={"server_default": ""})
    before: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'"))
    )
    announced_at: datetime.datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class ParishLinkRow(SQLModel, table=True):
    """The Modern.Gov id of a parish; proposed by name, in use after a person or their file confirmed it."""

    __tablename__ = "parish_link"
    __table_args__ = (
        Index(
            "parish_link_one_in_use",
            "council",
            "parish_code",
            unique=True,
            postgresql_where=text("state IN ('confirmed', 'reopened')"),
        ),
        one_of("state", LinkState),
    )

    council: str = Field(primary_key=True)
    parish_code: str = Field(primary_key=True)
    moderngov_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    title: str = Field(default="", sa_column_kwargs={"server_default": ""})
    state: str
    author: str
    reason: str = Field(default="", sa_column_kwargs={"server_default": ""})
    decided_at: datetime.datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )


class ParishLinkChangeRow(SQLModel, table=True):
    """A change of a link, stored by a trigger; without a state, it was deleted."""

    __tablename__ = "parish_link_change"
    __table_args__ = (Index("parish_link_change_parish", "council", "parish_code"),)

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    at: datetime.datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()))
    council: str
    parish_code: str
    moderngov_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str | None = None
    author: str
    reason: str


class ContactRoundRow(SQLModel, table=True):
    """One refresh of one council's contacts; at most one is open."""

    __tablename__ = "contact_round"
    __table_args__ = (
        Index("contact_round_one_open", "council", unique=True, postgresql_where=text("ended_at IS NULL")),
        one_of("outcome", ("applied", "held", "accepted", "discarded", "superseded", "abandoned")),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)"),
    )

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    council: str
    started_at: datetime.datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )
    ended_at: datetime.datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    outcome: str | None = None
    author: str
    counts: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'"))
    )


class ContactPageRow(SQLModel, table=True):
    """The last content of a Modern.Gov page, and how to check for changes; the list has the id 0."""

    __tablename__ = "contact_page"

    council: str = Field(primary_key=True)
    moderngov_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    round: int = Field(sa_column=Column(BigInteger, ForeignKey("contact_round.id"), nullable=False))
    url: str
    said: Any = Field(default=None, sa_column=Column(JSONB))
    problem: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    parser: int
    read_at: datetime.datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    unread: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'")))


trigger(
    "parish_link_history",
    "parish_link",
    "AFTER INSERT OR UPDATE OR DELETE ON parish_link FOR EACH ROW EXECUTE FUNCTION keep_parish_link_change()",
)
