"""The table of definitions: what a report was submitted under can always be read again."""

import datetime

from sqlalchemy import CheckConstraint, Column, DateTime, func
from sqlmodel import Field, SQLModel


class DefinitionRow(SQLModel, table=True):
    """A process or council file as it stood; the same version with another text is refused."""

    __tablename__ = "definition"
    __table_args__ = (CheckConstraint("kind IN ('process', 'council')"),)

    kind: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    slug: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    sha256: str
    text: str
    stored_at: datetime.datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )
