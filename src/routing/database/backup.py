"""A backup: one database at one moment, in a file that is complete or does not exist."""

import contextlib
import fcntl
import glob
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from routing.database import keeper
from routing.database.connection import Database, Transaction
from routing.database.programs import Programs, environment_for, find_programs
from routing.errors import BackupError

NEEDED = {"alembic_version", "history", "report"}
"""A dump without these tables is not from Waywarden."""

STATE_OF_PROCESSES = "heartbeat"
"""A backup does not contain the heartbeats, or a restored database would show a running engine for a while."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A database at one moment.

    Attributes:
        tx: sees this moment while the transaction is open.
        name: name that lets pg_dump see the same.
    """

    url: str
    tx: Transaction
    name: str

    @property
    def server(self) -> int:
        """The server's major version."""
        return major(self.tx)


def major(connection: psycopg.Connection[Any]) -> int:
    """A server's major version."""
    return connection.info.server_version // 10_000


@contextlib.contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """Read a database at one moment, while others continue to write."""
    database = Database(url, connections=1)
    try:
        with database.transaction() as tx:
            tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            tx.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            row = tx.execute("SELECT pg_export_snapshot() AS name").fetchone()
            assert row is not None
            yield Snapshot(url, tx, row["name"])
    finally:
        database.close()


def write_backup(seen: Snapshot, file: Path, *, replace: bool) -> int:
    """Write a backup. The file only gets its name when all of it is on the disk and was read again.

    Args:
        replace: replace an existing file.

    Returns:
        Its size in bytes.

    Raises:
        BackupError: it cannot be written there, or not now. An existing file stays unchanged.
        ConfigurationError: no programs fit the server.
    """
    file = _need_place(file, replace=replace)
    programs = find_programs(seen.server)
    options = ("--format=custom", "--no-password", f"--exclude-table-data={STATE_OF_PROCESSES}")
    with _beside(file) as (name, held):
        words = [*options, f"--snapshot={seen.name}", f"--file={name}"]
        programs.run("pg_dump", *words, environment=environment_for(seen.url), held=(held,))
        need_backup(name, programs)
        programs.run("pg_restore", f"--file={os.devnull}", str(name))  # the list is at its start, so read it all
        return name.stat().st_size


def need_backup(file: Path, programs: Programs) -> str:
    """When a backup was written, in pg_dump's words.

    Raises:
        BackupError: it is not a backup of Waywarden, or from a newer PostgreSQL.
    """
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    try:
        listed = programs.run("pg_restore", "--list", str(file.resolve()))
    except BackupError as error:
        if "unsupported version" in str(error):
            text = f"Restore {file} into the version of PostgreSQL that wrote it, or a newer one. This one is older."
            raise BackupError(text) from None
        raise BackupError(f"{file} is not a backup, or is incomplete ({error}).") from None
    tables = set(re.findall(r"^\d+; .* TABLE DATA \S+ (\S+) ", listed, re.MULTILINE))
    if not tables >= NEEDED:
        raise BackupError(f"{file} is not a backup of Waywarden. It has no reports in it.")
    written = re.search("Archive created at (.*)", listed)
    return written[1] if written else "an unknown time"


def _need_place(file: Path, *, replace: bool) -> Path:
    file = file.resolve()
    if file.is_dir():
        raise BackupError(f"{file} is a folder. Choose a file in it, such as {file / 'waywarden.dump'}.")
    if file.exists() and not file.is_file():
        raise BackupError(f"{file} is not a regular file. Choose another one.")
    if file.exists() and not replace:
        raise BackupError(f"{file} already exists. Choose another file, or add --replace.")
    if not file.parent.is_dir():
        raise BackupError(f"There is no folder {file.parent}. Create it, or choose another folder.")
    return file


@contextlib.contextmanager
def _beside(file: Path) -> Iterator[tuple[Path, int]]:
    """A private temporary file that replaces the file if the block succeeds; else it is deleted.

    Yields:
        Its path, and the descriptor with its lock. The file is in use while somebody has the descriptor.
    """
    for left in glob.glob(f"{glob.escape(str(file.parent))}/.{glob.escape(file.name)}.*.part"):  # noqa: PTH207
        _remove_unused(Path(left))  # files of killed backups
    try:
        held, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    except OSError as error:
        text = f"Cannot write to {file.parent} ({error.strerror}). Choose a folder you can write to."
        raise BackupError(text) from None
    fresh = Path(name)
    try:
        with contextlib.suppress(OSError):  # a file system without locks, where nobody tidies up
            fcntl.flock(held, fcntl.LOCK_SH)
        yield fresh, held
        os.fsync(held)
        fresh.replace(file)
        _sync_folder(file.parent)
    except OSError as error:
        raise BackupError(f"{file} cannot be written ({error.strerror}).") from None
    finally:
        fresh.unlink(missing_ok=True)
        os.close(held)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    with contextlib.suppress(OSError):  # some network file systems cannot fsync a folder
        os.fsync(handle)
    os.close(handle)


def _remove_unused(left: Path) -> None:
    with contextlib.suppress(OSError):
        held = keeper.lock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if held is not None:
            with held:
                left.unlink()
