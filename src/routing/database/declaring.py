"""Parts that the declarations of tables share."""

from collections.abc import Iterable

from sqlalchemy import DDL, CheckConstraint, event
from sqlmodel import SQLModel


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Hold a column to a closed list of words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})")


def trigger(name: str, table: str, when: str) -> None:
    """Declare a trigger of a table that is declared already; its function is one of ``database/functions``.

    Args:
        when: what follows ``CREATE TRIGGER name``, as PostgreSQL takes it.
    """
    made = DDL(f"CREATE TRIGGER {name} {when}")  # type: ignore[no-untyped-call]
    event.listen(SQLModel.metadata.tables[table], "after_create", made)
