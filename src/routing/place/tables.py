"""Tables of the place room."""

import datetime

from sqlalchemy import Column, DateTime, Index, func, text
from sqlmodel import Field, SQLModel


class VintageRow(SQLModel, table=True):
    """One dated, immutable set of boundaries; at most one is active."""

    __tablename__ = "vintage"
    __table_args__ = (Index("vintage_one_active", "state", unique=True, postgresql_where=text("state = 'active'")),)

    id: str = Field(primary_key=True)
    title: str
    source: str
    sha256: str
    state: str
    loaded_at: datetime.datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )
    activated_at: datetime.datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class AreaRow(SQLModel, table=True):
    """An area of a vintage; geometry as WKB in the British National Grid."""

    __tablename__ = "area"

    vintage: str = Field(primary_key=True, foreign_key="vintage.id", ondelete="CASCADE")
    code: str = Field(primary_key=True)
    name: str
    kind: str
    district: str
    wkb: bytes
