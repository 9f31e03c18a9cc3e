"""Restore a backup: into a database of another name, which takes its place when it is whole and looked at."""

import contextlib
import datetime
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from routing.database.backup import major, need_backup
from routing.database.programs import environment_for, find_programs
from routing.errors import BackupError, ConfigurationError

FRESH = "waywarden_restoring"
"""What a restore that was killed left under this name goes with the next one."""

OPTIONS = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-acl", "--no-comments", "--no-password")
"""Roles of another server need not be here; only who made an extension may comment on it."""

ONE_AT_A_TIME = 7_041_967
"""Key of the advisory lock under which a server's restores run."""

GOING_S = 5.0
"""A connection that was closed is gone a little later; PostgreSQL itself waits as long before it renames."""

NAME_LIMIT = 63
"""PostgreSQL cuts longer names."""


@dataclass(slots=True)
class Restored:
    """A backup that was read back into a database of its own and has not taken its place yet.

    Attributes:
        url: its address, to look at it and to bring its schema up to date; nobody may be connected when it moves.
        written: when the backup was written, in the words of pg_dump.
    """

    url: str
    written: str
    _server: psycopg.Connection[Any]
    _place: str
    _is_empty: bool

    def take_place(self) -> str | None:
        """Let it take the place of the installation's database, at once and altogether.

        Returns:
            The name under which the former database is kept; None where it held nothing at all.

        Raises:
            BackupError: somebody is connected to the former one.
        """
        now = datetime.datetime.now(datetime.UTC).strftime("_before_%Y%m%d_%H%M%S")
        aside = self._place[: NAME_LIMIT - len(now)] + now
        with _told(), self._server.transaction():
            for old, new in ((self._place, aside), (FRESH, self._place)):
                self._server.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
                )
        if not self._is_empty:
            return aside
        _drop(self._server, aside)
        return None


@contextlib.contextmanager
def restoring(url: str, file: Path) -> Iterator[Restored]:
    """Read a backup into a fresh database beside the one at an address; it goes unless it takes that one's place.

    Raises:
        BackupError: the file is no backup, somebody uses the database, or the restore failed.
        ConfigurationError: no programs fit the server, or the role may not do it.
    """
    with _told(), psycopg.connect(url, autocommit=True) as connection:
        programs = find_programs(major(connection))
        written = need_backup(file, programs)
        _need_rights(connection)
        _need_nobody(connection)
        place, create, is_empty = _describe(connection)
    server_url = address_of(url, "template1" if place == "postgres" else "postgres")
    with _told(), psycopg.connect(server_url, autocommit=True) as server:
        _need_no_other(server)
        _drop(server, FRESH)
        server.execute(create)
        try:
            words = [*OPTIONS, f"--dbname={FRESH}", str(file.resolve())]
            programs.run("pg_restore", *words, environment=environment_for(url, FRESH))
            yield Restored(address_of(url, FRESH), written, server, place, is_empty)
        finally:
            with contextlib.suppress(psycopg.Error):  # one that is left goes with the next restore
                _drop(server, FRESH)


def address_of(url: str, database: str) -> str:
    """The address of another database on the same server."""
    parts = urlsplit(url)
    query = "&".join(each for each in parts.query.split("&") if not each.startswith("dbname="))
    return urlunsplit(parts._replace(path="/" + quote(database, safe=""), query=query))


def _drop(server: psycopg.Connection[Any], name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _describe(connection: psycopg.Connection[Any]) -> tuple[str, sql.Composed, bool]:
    """The database's name, how one like it is created, and whether there is nothing in it."""
    row = connection.execute(
        "SELECT datname, pg_encoding_to_char(encoding), datcollate, datctype,"
        " NOT EXISTS (SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema'))"
        " FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(
        sql.Identifier(FRESH), *map(sql.Literal, row[1:4])
    )
    return row[0], create, row[4]


def _need_rights(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute(
        "SELECT rolname, current_database(), rolsuper OR rolcreatedb AND pg_has_role(datdba, 'USAGE')"
        " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
    ).fetchone()
    assert row is not None
    role, name, may = row
    if not may:
        raise ConfigurationError(
            f"A restore makes a new database and renames the former one, which the role {role} may not. Ask an "
            f"administrator of the server for: ALTER ROLE {role} CREATEDB; ALTER DATABASE {name} OWNER TO {role}; "
            "then restore again. See Backup and restore in docs/operations.md."
        )


def _need_nobody(connection: psycopg.Connection[Any]) -> None:
    """Processes of the server itself belong to no role, and step aside by themselves."""
    deadline = time.monotonic() + GOING_S
    while rows := connection.execute(
        "SELECT usename, count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND usesysid IS NOT NULL AND pid <> pg_backend_pid() GROUP BY usename ORDER BY usename"
    ).fetchall():
        if time.monotonic() > deadline:
            who = ", ".join(f"{count} of {role}" for role, count in rows)
            raise BackupError(
                f"The database is in use; open connections: {who}. Stop every web, engine and worker and whatever "
                "else is connected, then restore again."
            )
        time.sleep(0.1)


def _need_no_other(server: psycopg.Connection[Any]) -> None:
    server.execute("SELECT set_config('idle_session_timeout', '0', false)")  # it waits for pg_restore
    row = server.execute("SELECT pg_try_advisory_lock(%s)", (ONE_AT_A_TIME,)).fetchone()
    if row is None or not row[0]:
        raise BackupError("Another restore runs on this server. Wait until it has ended.")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Map what the server says to words for whoever restores."""
    try:
        yield
    except psycopg.errors.ObjectInUse:
        text = "Somebody connected to the database meanwhile. Stop them, then restore again; nothing was changed."
        raise BackupError(text) from None
    except psycopg.Error as error:
        raise BackupError(f"The database server said: {str(error).partition(chr(10))[0]}") from error
