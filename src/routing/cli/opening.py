"""Open the installation's database for a command: the running server, one of one's own, or the embedded one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from routing.cli.output import say
from routing.errors import ConfigurationError

if TYPE_CHECKING:
    from routing.casework import Catalogue
    from routing.database import Database
    from routing.settings import Settings


@contextmanager
def database_url(settings: "Settings") -> Iterator[str]:
    """The address of Waywarden's database; the embedded server runs for as long as the block where it is used."""
    from routing.database import embedded_server

    if settings.database_url:
        yield settings.database_url
        return
    with embedded_server(postgres_dir(settings), "waywarden", "prefect") as server:
        yield server.url("waywarden")


def postgres_dir(settings: "Settings") -> Path:
    """Where the embedded server keeps its data."""
    return settings.data_dir / "postgres"


@contextmanager
def open_database() -> Iterator["Database"]:
    """The database of this installation, its schema made where there is none yet.

    Raises:
        ConfigurationError: the schema is of an older version.
    """
    from routing.database import Database, upgrade
    from routing.settings import read_settings

    settings = read_settings()
    with database_url(settings) as url:
        database = Database(url, connections=4)
        try:
            with database.transaction() as tx:
                row = tx.execute("SELECT to_regclass('alembic_version') IS NOT NULL AS made").fetchone()
            if row is None or not row["made"]:
                say(f"Nothing is here yet: a new installation begins{where(settings)}.")
                upgrade(url)
            yield database
        finally:
            database.close()


def where(settings: "Settings") -> str:
    """In which folder an installation lives whose database is the embedded one."""
    return "" if settings.database_url else f" in {settings.data_dir.resolve()}"


def open_catalogue() -> "Catalogue":
    """Councils and processes of this installation, proven."""
    from routing.casework import read_catalogue
    from routing.settings import read_settings

    settings = read_settings()
    return read_catalogue(settings.councils_dir, settings.processes_dir)


def need_file(path: Path) -> str:
    """The text of a file that a person named.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read as UTF-8 text ({type(error).__name__}).") from None
