"""Table of the engine."""

import datetime

from sqlalchemy import Column, DateTime, func
from sqlmodel import Field, SQLModel


def _now() -> Column[datetime.datetime]:
    return Column(DateTime(timezone=True), nullable=False, server_default=func.now())


class HeartbeatRow(SQLModel, table=True):
    """That an engine lives, whether it reaches Prefect, whether its channel had to stop."""

    __tablename__ = "heartbeat"

    engine: str = Field(primary_key=True)
    started_at: datetime.datetime = Field(default=None, sa_column=_now())
    seen_at: datetime.datetime = Field(default=None, sa_column=_now())
    prefect_reachable: bool
    channel_stopped: str | None = None
    vintage: str | None = None
