"""Open the installation's database for a command: your own server, or the embedded one, started if it is stopped."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from routing.cli.saying import say
from routing.errors import ConfigurationError
from routing.private import keep_private

if TYPE_CHECKING:
    from routing.casework import Catalogue
    from routing.database import Database
    from routing.settings import Settings


@contextmanager
def database_url(settings: "Settings") -> Iterator[str]:
    """The address of Waywarden's database; the embedded server runs during the block."""
    from routing.database import embedded_server

    if settings.database_url:
        yield settings.database_url
        return
    keep_private(settings.data_dir)
    with embedded_server(postgres_dir(settings), "waywarden", "prefect") as server:
        yield server.url("waywarden")


RUNS_ALREADY = "{holder} runs in {folder}. Stop it, or set WAYWARDEN_DATA_DIR to another folder."


@contextmanager
def alone(file: Path, command: str, refusal: str = RUNS_ALREADY) -> Iterator[IO[bytes]]:
    """Hold the given lock file for a block. Two installations in one folder would start each part twice.

    Args:
        command: the one that holds it. The file contains its words, to name it to others.
        refusal: the message if it is already held, with ``{holder}`` and ``{folder}``.

    Raises:
        ConfigurationError: another one holds it, or the folder cannot be used.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        held = file.open("ab")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held.truncate(0)
            held.write(command.encode())
            held.flush()
        except OSError:
            held.close()
            raise
    except BlockingIOError:
        other = file.read_text()
        holder = f"Another {command}" if other in ("", command) else f"A {other}"
        raise ConfigurationError(refusal.format(holder=holder, folder=file.parent)) from None
    except OSError as error:
        text = f"{file.parent} cannot be used ({error.strerror}). Set WAYWARDEN_DATA_DIR to a folder you can write to."
        raise ConfigurationError(text) from None
    with held:
        yield held


def need_installation(settings: "Settings") -> None:
    """Check that there is an installation, for a command that must not create one.

    Raises:
        ConfigurationError: the embedded server has no data here.
    """
    if not settings.database_url and not (postgres_dir(settings) / "data").exists():
        folder = settings.data_dir.resolve()
        raise ConfigurationError(f"There is no installation in {folder}. Set WAYWARDEN_DATA_DIR to its folder.")


def postgres_dir(settings: "Settings") -> Path:
    """Where the embedded server keeps its data."""
    return settings.data_dir / "postgres"


OLDER = "The database is of an older Waywarden. Stop what uses it, then run: waywarden db upgrade"


@contextmanager
def open_database() -> Iterator["Database"]:
    """The database of this installation. Creates the schema if there is none.

    Raises:
        ConfigurationError: the schema is of an older version.
    """
    from routing.database import Database, is_older, read_revision, upgrade_as
    from routing.settings import read_settings

    settings = read_settings()
    with database_url(settings) as url:
        database = Database(url, connections=4)
        try:
            with database.transaction() as tx:
                revision = read_revision(tx)
                must_upgrade = revision is not None and is_older(tx)
            if must_upgrade:
                raise ConfigurationError(OLDER)
            if revision is None:
                say(f"No installation found. Creating one{where(settings)}.")
                upgrade_as(settings.database_owner_url or url, url)
            yield database
        finally:
            database.close()


def where(settings: "Settings") -> str:
    """The folder of an installation with the embedded database, as words to append."""
    return "" if settings.database_url else f" in {settings.data_dir.resolve()}"


def open_catalogue() -> "Catalogue":
    """Checked councils and processes of this installation."""
    from routing.casework import read_catalogue
    from routing.settings import read_settings

    settings = read_settings()
    return read_catalogue(settings.councils_dir, settings.processes_dir)
