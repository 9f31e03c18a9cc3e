"""Tables of the contacts room."""

import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel


class ContactRow(SQLModel, table=True):
    """What one source says of the clerk of one parish."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("council", "parish_code", "source"),)

    id: UUID = Field(primary_key=True)
    council: str
    parish_code: str
    source: str
    source_url: str
    council_name: str
    clerk: str | None = None
    email: str | None = None
    raw_email: str | None = None
    phone: str | None = None
    address: str | None = None
    state: str
    reason: str | None = None
    obtained_at: datetime.datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    checked_at: datetime.datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class ContactChangeRow(SQLModel, table=True):
    """That a contact changed, and which fields; the values themselves are in the contact alone."""

    __tablename__ = "contact_change"
    __table_args__ = (Index("contact_change_contact", "contact_id"),)

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    contact_id: UUID = Field(foreign_key="contact.id", ondelete="CASCADE")
    at: datetime.datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()))
    change: str
    fields: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    author: str


class ParishLinkRow(SQLModel, table=True):
    """Which Modern.Gov id speaks for a parish; reviewed by a person, never guessed from the name."""

    __tablename__ = "parish_link"

    council: str = Field(primary_key=True)
    parish_code: str = Field(primary_key=True)
    moderngov_id: int = Field(sa_type=BigInteger)
    confirmed_by: str
