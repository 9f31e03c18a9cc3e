"""Tables of the place room."""

import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, column, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from routing.database.declaring import one_of
from routing.vocabulary import AreaKind


class VintageRow(SQLModel, table=True):
    """One dated, immutable set of boundaries; at most one is active."""

    __tablename__ = "vintage"
    __table_args__ = (
        Index("vintage_one_active", "state", unique=True, postgresql_where=text("state = 'active'")),
        one_of("state", ("loaded", "waiting", "refused", "active", "retired", "withdrawn")),
    )

    id: str = Field(primary_key=True)
    title: str
    source: str
    sha256: str
    state: str
    loaded_at: datetime.datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )
    activated_at: datetime.datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None
    manifest: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'"))
    )
    checked_against: str | None = None
    findings: list[Any] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'"))
    )


class ActivationRow(SQLModel, table=True):
    """An activation of a vintage: when, and by whom."""

    __tablename__ = "activation"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    vintage: str = Field(foreign_key="vintage.id")
    at: datetime.datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()))
    author: str


class CodeChangeRow(SQLModel, table=True):
    """A successor of a code that a vintage retires; ``is_sole``: the only one, so no person must choose."""

    __tablename__ = "code_change"

    vintage: str = Field(primary_key=True, foreign_key="vintage.id", ondelete="CASCADE")
    old_code: str = Field(primary_key=True)
    new_code: str = Field(primary_key=True)
    share: float | None = None
    is_sole: bool
    reason: str


class AreaRow(SQLModel, table=True):
    """An area of a vintage; geometry as WKB in the British National Grid."""

    __tablename__ = "area"
    __table_args__ = (one_of("kind", AreaKind),)

    vintage: str = Field(primary_key=True, foreign_key="vintage.id", ondelete="CASCADE")
    code: str = Field(primary_key=True)
    name: str
    kind: str
    district: str
    wkb: bytes


class PostcodeRow(SQLModel, table=True):
    """A point of a postcode. Sources may have several."""

    __tablename__ = "postcode"

    postcode: str = Field(primary_key=True)
    easting: float = Field(primary_key=True)
    northing: float = Field(primary_key=True)
    source: str = Field(primary_key=True)


class PlaceNameRow(SQLModel, table=True):
    """A street or place by name; ``west`` to ``north`` are its box, empty if the source has none."""

    __tablename__ = "place_name"
    __table_args__ = (
        Index(
            "place_name_trigrams",
            func.lower(column("name")).label("lower_name"),
            postgresql_using="gin",
            postgresql_ops={"lower_name": "gin_trgm_ops"},
        ),
        Index(
            "place_name_other_trigrams",
            func.lower(column("other_name")).label("lower_other_name"),
            postgresql_using="gin",
            postgresql_ops={"lower_other_name": "gin_trgm_ops"},
            postgresql_where=text("other_name <> ''"),
        ),
        Index(
            "place_name_reach",
            text(
                "box(point(coalesce(west, easting), coalesce(south, northing)),"
                " point(coalesce(east, easting), coalesce(north, northing)))"
            ),
            postgresql_using="gist",
        ),
    )

    id: str = Field(primary_key=True)
    name: str
    kind: str
    locality: str
    postcode_district: str
    easting: float
    northing: float
    source: str = Field(primary_key=True)
    other_name: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    west: float | None = None
    south: float | None = None
    east: float | None = None
    north: float | None = None
