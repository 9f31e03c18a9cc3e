"""The table of definitions. We can always read the definition at the time of a report."""

import datetime

from sqlalchemy import CheckConstraint, Column, DateTime, func
from sqlmodel import Field, SQLModel


class DefinitionRow(SQLModel, table=True):
    """A version of a process or council file. The same version cannot have another text."""

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
