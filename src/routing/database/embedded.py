"""The embedded PostgreSQL server: our small launcher for PostgreSQL's binaries (design: docs/adr/0003)."""

import contextlib
import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from routing.database import keeper
from routing.errors import ConfigurationError

SOCKET_PATH_LIMIT = 100
"""The full path of a Unix socket has at most 107 bytes on Linux and 103 on macOS, including its name."""

START_DEADLINE_S = 90.0


def find_binaries() -> Path:
    """The folder with ``postgres`` and ``initdb``, from their package, else from the path.

    Raises:
        ConfigurationError: this machine has none.
    """
    spec = importlib.util.find_spec("pgserver")  # look it up, but never import it: importing changes the machine
    for location in (spec.submodule_search_locations or []) if spec else []:
        carried = Path(location) / "pginstall" / "bin"
        if (carried / "postgres").exists():
            return carried
    for name in ("postgres", "pg_ctl"):
        found = shutil.which(name)
        if found and (Path(found).resolve().parent / "initdb").exists():
            return Path(found).resolve().parent
    raise ConfigurationError(
        "Install PostgreSQL 14 or newer with initdb on the path, or set WAYWARDEN_DATABASE_URL and "
        "WAYWARDEN_PREFECT_DATABASE_URL to your own server. There is no PostgreSQL for the embedded server."
    )


class EmbeddedServer:
    """PostgreSQL in a folder, with a Unix socket and without TCP. Other users cannot open them.

    Args:
        root: the folder, created with mode 0700 if missing.
        options: further ``postgres`` options, such as ``("-c", "fsync=off")`` for a test that deletes its data.
    """

    def __init__(self, root: Path, options: tuple[str, ...] = ()) -> None:
        self.root = root.resolve()
        self.options = options
        self._using: IO[bytes] | None = None
        self._socket_dir: Path | None = None

    @property
    def socket_dir(self) -> Path:
        """The folder of the socket, with a short link in the temporary folder if the path is too long."""
        if self._socket_dir is None:
            run = self.root / "run"
            long = len(os.fsencode(run)) + len("/.s.PGSQL.5432.lock") > SOCKET_PATH_LIMIT
            self._socket_dir = self._short_link(run) if long else run
        return self._socket_dir

    def _short_link(self, run: Path) -> Path:
        link = self.root / "short"
        if not link.is_symlink() or not link.readlink().is_symlink():
            folder = Path(tempfile.mkdtemp(prefix="ww-"))
            (folder / "run").symlink_to(run)
            link.unlink(missing_ok=True)
            link.symlink_to(folder / "run")
        return link.readlink()

    def url(self, name: str, driver: str = "postgresql") -> str:
        """The address of a database on this server, for psycopg or, with another driver name, SQLAlchemy."""
        return f"{driver}://waywarden@/{name}?host={quote(str(self.socket_dir), safe='/')}"

    def is_running(self) -> bool:
        """Whether a server runs on the folder. This does not start it or keep it running."""
        return keeper.running_server(self.root / "data") is not None

    def start(self, *databases: str) -> None:
        """Use the running server, or start it. Returns when every named database accepts connections.

        Raises:
            ConfigurationError: it did not start; names the log.
        """
        self._prepare_folders()
        self._using = keeper.lock(self.root / "users.lock", fcntl.LOCK_SH)
        self._ensure_keeper()
        self._wait(databases)

    @property
    def held(self) -> int | None:
        """The open file that marks the server as used by this process; None if it is not."""
        return self._using.fileno() if self._using is not None else None

    def go_on(self, held: IO[bytes]) -> None:
        """Use the server with a file that another process held open."""
        self._using = held

    def stop(self, wait_s: float = 0.0) -> None:
        """Stop using the server. Its keeper stops it when nobody else uses it.

        Args:
            wait_s: seconds to wait for that, so that you can delete the folder.
        """
        if self._using is not None:
            self._ensure_keeper()  # a killed keeper cannot stop the server: the next one will
            self._using.close()
            self._using = None
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            free = keeper.lock(self.root / "keeper.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
            if free is not None:
                free.close()
                return
            time.sleep(0.05)

    def _prepare_folders(self) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o700)
            (self.root / "run").mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            text = (
                f"{self.root} cannot be used ({error.strerror}). Set WAYWARDEN_DATA_DIR to a folder you can write to."
            )
            raise ConfigurationError(text) from None

    def _ensure_keeper(self) -> None:
        free = keeper.lock(self.root / "keeper.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
        if free is None:
            return
        free.close()
        command = [sys.executable, "-I", str(Path(keeper.__file__)), str(find_binaries()), str(self.root)]
        with (self.root / "keeper.log").open("ab") as log:
            subprocess.run(
                [*command, str(self.socket_dir), *self.options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                check=True,
            )

    def _wait(self, databases: tuple[str, ...]) -> None:
        deadline = time.monotonic() + START_DEADLINE_S
        while True:
            try:
                with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
                    _create_missing(connection, databases)
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise ConfigurationError(
                        f"Check {self.root}/postgres.log and keeper.log there. The embedded PostgreSQL server did not "
                        "start. As root it needs user namespaces (unshare --user), which a container may forbid. In "
                        "that case, run as an ordinary user, or set WAYWARDEN_DATABASE_URL."
                    ) from None
                time.sleep(0.05)
                self._ensure_keeper()


def _create_missing(connection: psycopg.Connection[Any], databases: tuple[str, ...]) -> None:
    present = {row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()}
    for name in databases:
        if name not in present:
            with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


@contextlib.contextmanager
def embedded_server(root: Path, *databases: str) -> Iterator[EmbeddedServer]:
    """An embedded server for the duration of a block."""
    server = EmbeddedServer(root)
    server.start(*databases)
    try:
        yield server
    finally:
        server.stop()
