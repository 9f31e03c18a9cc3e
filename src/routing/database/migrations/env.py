"""Alembic's environment. It alone imports all rooms: their tables make up the one schema."""

import time

from alembic import context
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, pool, text
from sqlmodel import SQLModel

import routing.casework.tables
import routing.contacts.tables
import routing.engine.tables
import routing.place.tables
import routing.process.tables  # noqa: F401  # imported for their tables
from routing.database.migrate import newest_revision
from routing.database.sql_functions import replace_functions

ONE_AT_A_TIME = 7_041_966
"""Key of the advisory lock under which migrations run."""

POLL_S = 0.2
LOCK_TIMEOUT = "2s"
"""Behind a statement that waits to change a table, everybody who uses the table waits too."""


def run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        wait_for_turn(connection)
        connection.execute(text("SELECT set_config('lock_timeout', :limit, false)"), {"limit": LOCK_TIMEOUT})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        if read_current(connection) == newest_revision():
            replace_functions(connection)
        connection.commit()


def read_current(connection: Connection) -> str | None:
    """The revision that the database has now. Functions belong to the newest: an older one may lack their tables."""
    return MigrationContext.configure(connection).get_current_revision()


def wait_for_turn(connection: Connection) -> None:
    """Hold the lock until the connection is closed.

    Whoever waits has no transaction open: CREATE INDEX CONCURRENTLY waits for every transaction older than itself.
    """
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ONE_AT_A_TIME}):
        connection.rollback()
        time.sleep(POLL_S)


run()
