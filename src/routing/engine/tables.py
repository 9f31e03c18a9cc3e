"""Tables of the engine."""

import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def _now() -> Column[datetime.datetime]:
    return Column(DateTime(timezone=True), nullable=False, server_default=func.now())


class HeartbeatRow(SQLModel, table=True):
    """An engine's signs of life: whether it reaches Prefect and the mail server, or since when not."""

    __tablename__ = "heartbeat"

    engine: str = Field(primary_key=True)
    started_at: datetime.datetime = Field(default=None, sa_column=_now())
    seen_at: datetime.datetime = Field(default=None, sa_column=_now())
    prefect_reachable: bool
    channel_stopped: str | None = None
    vintage: str | None = None
    mail_trouble: str | None = None
    mail_since: datetime.datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    mail_accepted: datetime.datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    ended_at: datetime.datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    prefect_trouble: str | None = None
    prefect_since: datetime.datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    channels: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'"))
    )
    runs: list[UUID] = Field(
        default_factory=list, sa_column=Column(ARRAY(Uuid), nullable=False, server_default=text("'{}'"))
    )


class StrayRow(SQLModel, table=True):
    """A run that is unfinished in Prefect, but that no living engine has; since when, by our clock."""

    __tablename__ = "stray_run"

    flow_run: UUID = Field(primary_key=True)
    flow: str
    batch: UUID | None = None
    patience_s: float
    first_seen: datetime.datetime = Field(default=None, sa_column=_now())
