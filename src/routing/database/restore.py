"""Restore a backup into a database with another name, which replaces the original when it is complete and checked."""

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
"""The next restore deletes a database with this name from a killed one."""

OPTIONS = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-acl", "--no-comments", "--no-password")
"""Roles of another server need not exist here. Only an extension's creator can comment on it."""

ONE_AT_A_TIME = 7_041_967
"""Key of the advisory lock for restores on a server."""

GOING_S = 5.0
"""A closed connection ends a little later. PostgreSQL waits this long before it renames."""

NAME_LIMIT = 63
"""PostgreSQL shortens longer names."""


@dataclass(slots=True)
class Restored:
    """A backup that is loaded into a separate database and has not replaced the original yet.

    Attributes:
        url: its address, to check it and upgrade its schema. Nobody may be connected when it moves.
        written: when the backup was written, in pg_dump's words.
    """

    url: str
    written: str
    _server: psycopg.Connection[Any]
    _place: str
    _is_empty: bool

    def take_place(self) -> str | None:
        """Replace the installation's database, completely and at once.

        Returns:
            The new name of the former database; None if it was empty.

        Raises:
            BackupError: somebody is connected to the former database.
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
    """Load a backup into a new database on the server of an address. It is deleted unless it replaces the original.

    Raises:
        BackupError: the file is not a backup, somebody uses the database, or the restore failed.
        ConfigurationError: no programs fit the server, or the role lacks permission.
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
            with contextlib.suppress(psycopg.Error):  # the next restore deletes a remaining one
                _drop(server, FRESH)


def address_of(url: str, database: str) -> str:
    """The address of another database on the same server."""
    parts = urlsplit(url)
    query = "&".join(each for each in parts.query.split("&") if not each.startswith("dbname="))
    return urlunsplit(parts._replace(path="/" + quote(database, safe=""), query=query))


def _drop(server: psycopg.Connection[Any], name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _describe(connection: psycopg.Connection[Any]) -> tuple[str, sql.Composed, bool]:
    """The database's name, how to create one like it, and whether it is empty."""
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
            f"Ask an administrator of the server for: ALTER ROLE {role} CREATEDB; ALTER DATABASE {name} OWNER TO "
            f"{role}; then restore again. A restore creates a database and renames the former one, but {role} is not "
            "allowed to. See Backup and restore in docs/operations.md."
        )


def _need_nobody(connection: psycopg.Connection[Any]) -> None:
    """Ignore the server's own processes, which have no role and stop by themselves."""
    deadline = time.monotonic() + GOING_S
    while rows := connection.execute(
        "SELECT usename, count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND usesysid IS NOT NULL AND pid <> pg_backend_pid() GROUP BY usename ORDER BY usename"
    ).fetchall():
        if time.monotonic() > deadline:
            who = ", ".join(f"{count} of {role}" for role, count in rows)
            raise BackupError(
                "Stop every web, engine and worker, and everything else that is connected, then restore again. The "
                f"database is in use; open connections: {who}."
            )
        time.sleep(0.1)


def _need_no_other(server: psycopg.Connection[Any]) -> None:
    server.execute("SELECT set_config('idle_session_timeout', '0', false)")  # this waits for pg_restore
    row = server.execute("SELECT pg_try_advisory_lock(%s)", (ONE_AT_A_TIME,)).fetchone()
    if row is None or not row[0]:
        raise BackupError("Wait until the other restore on this server has ended, then try again.")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn the server's errors into words for the user."""
    try:
        yield
    except psycopg.errors.ObjectInUse:
        text = "Stop all connections, then restore again. Somebody connected to the database. Nothing was changed."
        raise BackupError(text) from None
    except psycopg.Error as error:
        raise BackupError(f"The database server said: {str(error).partition(chr(10))[0]}") from error
