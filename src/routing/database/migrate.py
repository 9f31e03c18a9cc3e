"""The one Alembic chain: bring a database to the newest schema."""

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

CHAIN = re.compile(r'^revision = "(\w+)"\ndown_revision = (?:"(\w+)"|None)$', re.MULTILINE)
PAUSE_S = 3.0
"""Between two tries to have a table: whoever waited behind the first one gets on with it."""


def upgrade(url: str, revision: str = "head", patience_s: float = 60.0) -> None:
    """Bring a database to a revision; safe to call from several processes at once (they wait for each other).

    Each migration is whole or not there, or goes on where it was broken off.

    Args:
        patience_s: for so long it tries again where another program holds a table.

    Raises:
        StoreUnavailable: it still holds it; says who.
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
                    f"The schema is not upgraded yet: a table that it changes is in use by {_users(url)}. Stop "
                    "them, or wait until they have ended, then run waywarden db upgrade again. It goes on where it was."
                )
                raise StoreUnavailable(text) from error
        time.sleep(PAUSE_S)


def _users(url: str) -> str:
    """Which other programs use tables at this moment."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT DISTINCT coalesce(nullif(a.application_name, ''), 'a program') || ' (role ' || a.usename"
            " || ', process ' || a.pid || ' of the server)' AS who FROM pg_stat_activity a JOIN pg_locks l USING (pid)"
            " WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.usename IS NOT NULL"
            " AND l.locktype = 'relation' AND l.granted AND l.relation IN (SELECT oid FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace) ORDER BY who"
        ).fetchall()
    return ", ".join(row[0] for row in rows) or "another program, which has ended meanwhile"


def read_revision(tx: Transaction) -> str | None:
    """The revision of a database's schema; None where there is no schema yet."""
    made = tx.execute("SELECT to_regclass('alembic_version') IS NOT NULL AS made").fetchone()
    row = tx.execute("SELECT version_num FROM alembic_version").fetchone() if made and made["made"] else None
    return row["version_num"] if row else None


def is_older(tx: Transaction) -> bool:
    """Whether a database's schema is older than this Waywarden, or there is none yet; not where a newer one made it."""
    found = read_revision(tx)
    return found is None or (found != newest_revision() and is_known(found))


def newest_revision() -> str:
    """The revision to which this Waywarden brings a database."""
    (newest,) = _chain().keys() - _chain().values()
    return newest


def is_known(revision: str) -> bool:
    """Whether a revision is one of this Waywarden's; else a newer one made it."""
    return revision in _chain()


@functools.cache
def _chain() -> dict[str, str | None]:
    """Revision → the one before it. Read from the files, since Alembic and SQLAlchemy take 20 MB of whoever asks."""
    texts = (path.read_text() for path in (FOLDER / "versions").glob("*.py"))
    return {match[1]: match[2] for text in texts if (match := CHAIN.search(text))}


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
