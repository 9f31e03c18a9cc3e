"""Alembic's environment. It alone imports all rooms: their tables make up the one schema."""

from alembic import context
from sqlalchemy import create_engine, pool, text
from sqlmodel import SQLModel

import routing.casework.tables
import routing.contacts.tables
import routing.engine.tables
import routing.place.tables
import routing.process.tables  # noqa: F401  # imported for their tables

ONE_AT_A_TIME = 7_041_966
"""Key of the advisory lock under which migrations run."""


def run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=SQLModel.metadata, compare_type=True)
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            context.run_migrations()


run()
