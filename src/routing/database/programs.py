"""PostgreSQL's own programs for backups, in a version that fits the server."""

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
"""From this version, pg_restore sets ``transaction_timeout``, which older servers do not know (tested: 18 into 15)."""

ELSEWHERE = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
"""Folders of all versions on Debian and Red Hat. Debian's programs on the path choose one by their own rules."""


def fits(program: int, server: int) -> bool:
    """Whether programs of one major version can dump and restore a server of another."""
    return program == server or program > server >= FILLS_ANY_SINCE


@dataclass(frozen=True, slots=True)
class Programs:
    """pg_dump, pg_restore and psql of one major version."""

    folder: Path
    major: int

    def run(
        self, name: str, *arguments: str, environment: dict[str, str] | None = None, held: tuple[int, ...] = ()
    ) -> str:
        """Run one of them; returns its output.

        Args:
            held: descriptors of files whose locks it also holds.

        Raises:
            BackupError: it failed, or was killed.
        """
        done = subprocess.run(
            [str(self.folder / name), *arguments],
            env=environment or (os.environ | {"LC_ALL": "C"}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=held,
            check=False,
        )
        if done.returncode < 0:
            raise BackupError(f"{name} was stopped by signal {-done.returncode}.")
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
            raise BackupError(said.partition("\n")[0])  # later lines can show rows
        return done.stdout.decode(errors="replace")


def find_programs(server: int) -> Programs:
    """The programs with the version nearest to a server's: from the embedded server, or on this machine.

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
        f"Install pg_dump and pg_restore of version {wanted}, on Debian and Ubuntu with: apt install "
        f"postgresql-client-{server}. The server is PostgreSQL {server}, and those here do not fit (found: {known})."
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
    """The environment with libpq's variables for an address, because everybody can read a command line.

    Args:
        database: a different database than in the address.
    """
    options = psycopg.pq.Conninfo.parse(url.encode())
    told = {each.envvar.decode(): each.val.decode() for each in options if each.envvar and each.val is not None}
    other = {"PGDATABASE": database} if database else {}
    return os.environ | told | other | {"LC_ALL": "C"}
