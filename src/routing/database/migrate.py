"""The Alembic chain: upgrade a database to the newest schema."""

import functools
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from routing.database.connection import Transaction
from routing.errors import StoreUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"

CHAIN = re.compile(r"""^revision = ["'](\w+)["']\ndown_revision = (?:["'](\w+)["']|None)$""", re.MULTILINE)
PAUSE_S = 3.0
"""Seconds between two attempts to lock a table, so that others who wait can continue."""


def upgrade(url: str, revision: str = "head", patience_s: float = 60.0) -> None:
    """Upgrade a database to a revision. Several processes can call it at once (they wait for each other).

    Each migration is complete or not done, or continues where it stopped.

    Args:
        patience_s: seconds to retry if another program uses a table.

    Raises:
        StoreUnavailable: it still uses it; says who.
    """
    from alembic import command
    from sqlalchemy.exc import OperationalError

    config = _config()
    config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return command.upgrade(config, revision)
        except OperationalError as error:
            if not isinstance(error.orig, (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)):
                raise
            if time.monotonic() + PAUSE_S > deadline:
                text = (
                    f"The schema is not upgraded yet, because a table is in use by {_users(url)}. Stop them, or wait "
                    "until they have ended, then run waywarden db upgrade again. It continues where it stopped."
                )
                raise StoreUnavailable(text) from error
        time.sleep(PAUSE_S)


def _users(url: str) -> str:
    """The other programs that use tables now."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT DISTINCT coalesce(nullif(a.application_name, ''), 'a program') || ' (role ' || a.usename"
            " || ', process ' || a.pid || ' of the server)' AS who FROM pg_stat_activity a JOIN pg_locks l USING (pid)"
            " WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.usename IS NOT NULL"
            " AND l.locktype = 'relation' AND l.granted AND l.relation IN (SELECT oid FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace) ORDER BY who"
        ).fetchall()
    return ", ".join(row[0] for row in rows) or "another program, which has ended by now"


def read_revision(tx: Transaction) -> str | None:
    """The revision of a database's schema; None if there is no schema yet."""
    made = tx.execute("SELECT to_regclass('alembic_version') IS NOT NULL AS made").fetchone()
    row = tx.execute("SELECT version_num FROM alembic_version").fetchone() if made and made["made"] else None
    return row["version_num"] if row else None


def is_older(tx: Transaction) -> bool:
    """Whether a database's schema is older than this Waywarden, or does not exist. False for a newer schema."""
    found = read_revision(tx)
    return found is None or (found != newest_revision() and is_known(found))


def newest_revision() -> str:
    """The newest revision of this Waywarden."""
    (newest,) = _chain().keys() - _chain().values()
    return newest


def is_known(revision: str) -> bool:
    """Whether this Waywarden knows a revision; else a newer one made it."""
    return revision in _chain()


@functools.cache
def _chain() -> dict[str, str | None]:
    """Revision → the one before it. Read from the files, because importing Alembic and SQLAlchemy takes 20 MB."""
    found = [CHAIN.search(path.read_text(encoding="utf-8")) for path in (FOLDER / "versions").glob("*.py")]
    assert all(found), "every migration says its revision and the one before it, on two lines"
    return {match[1]: match[2] for match in found if match is not None}


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
