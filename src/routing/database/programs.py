"""PostgreSQL's own programs for backups: of a version that fits the server."""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from routing.database.embedded import find_binaries
from routing.errors import BackupError, ConfigurationError

FILLS_ANY_SINCE = 17
"""From this version on, pg_restore sets ``transaction_timeout``, which no older server knows (tried: 18 into 15)."""

ELSEWHERE = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
"""Where Debian and Red Hat keep every version; what Debian has on the path picks one of them by rules of its own."""


def fits(program: int, server: int) -> bool:
    """Whether programs of one major version can both dump and fill a server of another."""
    return program == server or program > server >= FILLS_ANY_SINCE


@dataclass(frozen=True, slots=True)
class Programs:
    """pg_dump, pg_restore and psql of one major version."""

    folder: Path
    major: int

    def run(self, name: str, *words: str, environment: dict[str, str] | None = None, held: tuple[int, ...] = ()) -> str:
        """Run one of them; returns what it printed.

        Args:
            held: descriptors of files whose locks it holds too.

        Raises:
            BackupError: it failed, or was killed.
        """
        done = subprocess.run(
            [str(self.folder / name), *words],
            env=environment or (os.environ | {"LC_ALL": "C"}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=held,
            check=False,
        )
        if done.returncode < 0:
            raise BackupError(f"{name} was ended by signal {-done.returncode}.")
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
            raise BackupError(said.partition("\n")[0])  # the lines after it can show rows
        return done.stdout.decode(errors="replace")


def find_programs(server: int) -> Programs:
    """The programs whose version is nearest to a server's: those beside the embedded server, or of this machine.

    Args:
        server: the server's major version.

    Raises:
        ConfigurationError: none fit; says what to install.
    """
    found = list(_installed())
    fitting = [each for each in found if fits(each.major, server)]
    if fitting:
        return min(fitting, key=lambda each: each.major)
    known = ", ".join(sorted({str(each.major) for each in found})) or "none"
    wanted = f"{server} or newer" if server >= FILLS_ANY_SINCE else str(server)
    raise ConfigurationError(
        f"The server is PostgreSQL {server}, and no pg_dump and pg_restore here fit it (found: {known}). Install those "
        f"of version {wanted}, on Debian and Ubuntu with: apt install postgresql-client-{server}"
    )


def _installed() -> Iterator[Programs]:
    folders: list[Path] = []
    with contextlib.suppress(ConfigurationError):
        folders.append(find_binaries())
    for pattern in ELSEWHERE:
        folders += sorted(Path("/").glob(pattern.lstrip("/")))
    folders += [Path(each) for each in os.environ.get("PATH", os.defpath).split(os.pathsep) if each]
    for folder in folders:
        if all(shutil.which(name, path=str(folder)) for name in ("pg_dump", "pg_restore", "psql")):
            said = subprocess.run([str(folder / "pg_dump"), "--version"], capture_output=True, text=True, check=False)
            if version := re.search(r"\) (\d+)", said.stdout):
                yield Programs(folder, int(version[1]))


def environment_for(url: str, database: str | None = None) -> dict[str, str]:
    """The environment with libpq's variables for an address: what stands on a command line, anybody may read.

    Args:
        database: another one than the address names.
    """
    options = psycopg.pq.Conninfo.parse(url.encode())
    told = {each.envvar.decode(): each.val.decode() for each in options if each.envvar and each.val is not None}
    other = {"PGDATABASE": database} if database else {}
    return os.environ | told | other | {"LC_ALL": "C"}
