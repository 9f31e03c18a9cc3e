"""Shared parts of table declarations."""

from collections.abc import Iterable

from sqlalchemy import DDL, CheckConstraint, event
from sqlmodel import SQLModel


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Limit a column to a fixed list of words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})")


def trigger(name: str, table: str, when: str) -> None:
    """Declare a trigger of an existing declaration, with a function from ``database/functions``.

    Args:
        when: the SQL after ``CREATE TRIGGER name``.
    """
    made = DDL(f"CREATE TRIGGER {name} {when}")  # type: ignore[no-untyped-call]
    event.listen(SQLModel.metadata.tables[table], "after_create", made)
