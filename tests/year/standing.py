"""A whole installation for a simulated quarter, whose clock is set ahead by a file."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import requests

from routing.cli.supervisor import WITHOUT_CAPS, Installation, running
from routing.settings import Settings
from tests.year.councils import write_councils, write_processes
from tests.year.district import District
from tests.year.facts import Place

QUIET_S = 180.0
POLL_S = 0.05
ENVIRONMENT = {
    "WAYWARDEN_RUNS_PER_MINUTE": "6000",
    "WAYWARDEN_BATCHES": "1",
    "WAYWARDEN_UI_POLL_S": "10",
    "WAYWARDEN_REPORTS_PER_HOUR": "0",
    "WAYWARDEN_LOG_LEVEL": "WARNING",
} | WITHOUT_CAPS

BUSY = """
SELECT CASE WHEN EXISTS (SELECT FROM batch WHERE finished_at IS NULL) THEN 'a batch is open'
    WHEN EXISTS (SELECT FROM case_event WHERE applied_at IS NULL) THEN 'an event is not applied'
    WHEN EXISTS (SELECT FROM case_stage WHERE wakes_at <= now() + make_interval(secs => %s)) THEN 'a case is due'
    WHEN EXISTS (SELECT FROM report WHERE state IN ('received', 'routing')) THEN 'a report is on its way'
    WHEN EXISTS (SELECT FROM delivery WHERE state = 'pending') THEN 'a message waits' ELSE '' END
"""
"""What is due or on its way at the time of cases. It is asked all the time, so what is cheap comes first."""


class TimedOut(AssertionError):
    """The engine did not come to rest."""


@dataclass
class FourCouncils(Installation):
    """An installation of the four councils, with boundaries of their own."""

    boundaries: tuple[Path, Path] = field(kw_only=True)

    def load_embedded_district(self) -> None:
        """Load the four districts instead."""
        from routing import place
        from routing.database import Database
        from routing.place.build import read_areas

        areas = read_areas(*self.boundaries).areas
        database = Database(self.database_url, connections=1)
        with database.transaction() as tx:
            place.activate(tx, place.load_vintage(tx, "Four districts", "parishes.geojson", areas), "tests.year")
        database.close()


@dataclass
class Clock:
    """The time of cases, set ahead of the real time."""

    file: Path
    ahead_s: float = 0.0

    def set(self, moment: datetime) -> None:
        """From now on it is this moment, and time goes on."""
        ahead_s = (moment - datetime.now(UTC)).total_seconds()
        if ahead_s < self.ahead_s:
            raise ValueError(f"The clock can only be set ahead, and it is after {moment} already.")
        self.ahead_s = ahead_s
        new = self.file.with_suffix(".new")
        new.write_text(str(ahead_s), encoding="ascii")
        new.replace(self.file)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead_s)

    def of(self, real_s: float) -> datetime:
        """The time of cases at a real moment, in seconds since the epoch, since the clock was set."""
        return datetime.fromtimestamp(real_s, UTC) + timedelta(seconds=self.ahead_s)


@dataclass
class Standing:
    """The installation that runs, and what it was made of."""

    here: FourCouncils
    clock: Clock
    folder: Path
    district: District
    places: dict[str, list[Place]]
    _connection: "psycopg.Connection[tuple[str]] | None" = None

    def wait_until_quiet(self) -> None:
        """Until nothing is due at the time of cases, and nothing on its way.

        Raises:
            TimedOut: that takes too long.
        """
        deadline = time.monotonic() + QUIET_S
        while self.busy():
            if time.monotonic() > deadline:
                raise TimedOut(f"At {self.clock.now()}, {self.busy()}.")
            self.tend()
            time.sleep(POLL_S)

    def tend(self) -> None:
        """Start again what has died."""
        self.here.restart_dead()

    def busy(self) -> str:
        """What is due or on its way, or nothing; only reads."""
        if self._connection is None:
            self._connection = psycopg.connect(self.here.database_url, autocommit=True)
            self._connection.read_only = True
        row = self._connection.execute(BUSY, (self.clock.ahead_s,)).fetchone()
        assert row is not None
        return row[0]

    def proclaim(self, councils: frozenset[str], day: date) -> None:
        """A holiday more: the councils' files get a new version, and web and engine are started again."""
        self.here.stop_part("engine", "web")
        write_councils(
            self.folder / "councils", self.folder / "processes", self.district, "2", dict.fromkeys(councils, day)
        )
        self.here.start_web()
        self.here.start_engine()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Until the web says that every part is well."""
        self.here.wait_for("web", f"{self.here.addresses.web}/healthz")
        deadline = time.monotonic() + QUIET_S
        while not self._is_ready():
            if time.monotonic() > deadline:
                raise TimedOut("The installation is not ready.")
            time.sleep(POLL_S)

    def _is_ready(self) -> bool:
        address = f"{self.here.addresses.web}/readyz"
        return requests.get(address, auth=self.here.prefect_credentials, timeout=30).status_code == 200

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


@contextlib.contextmanager
def standing(first: datetime) -> Iterator[Standing]:
    """An installation with clerks and boundaries, at a moment that lies ahead."""
    with tempfile.TemporaryDirectory(prefix="ww-year-") as name:
        found = prepare(Path(name), first)
        with running(found.here), contextlib.closing(found):
            refresh_contacts(found.here)
            found.wait_until_ready()
            yield found


def prepare(
    folder: Path,
    first: datetime,
    environment: Mapping[str, str] | None = None,
    make: type[Standing] = Standing,
    **options: Any,
) -> Standing:
    """The files of an installation that is still to be started.

    Args:
        environment: further settings.
        options: of the installation, such as ``engines``.
    """
    district, clock = District(), Clock(folder / "clock")
    councils, processes = folder / "councils", folder / "processes"
    write_processes(processes)
    write_councils(councils, processes, district, "1")
    district.write_clerks(folder / "clerks.csv")
    clock.set(first)
    files = {
        "WAYWARDEN_COUNCILS_DIR": str(councils),
        "WAYWARDEN_PROCESSES_DIR": str(processes),
        "WAYWARDEN_CLOCK_FILE": str(clock.file),
    }
    here = FourCouncils(
        Settings(data_dir=folder / "data", councils_dir=councils, processes_dir=processes),
        folder / "data",
        with_standins=True,
        with_worker=False,
        clerks=folder / "clerks.csv",
        environment=ENVIRONMENT | dict(environment or {}) | files,
        boundaries=district.write(folder),
        **options,
    )
    return make(here, clock, folder, district, district.places())


def refresh_contacts(here: Installation) -> None:
    """Fetch the clerks from the stand-in Modern.Gov."""
    command = [sys.executable, "-m", "routing.cli", "contacts", "refresh", "--json"]
    environment = os.environ | here.part_environment() | here.environment
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
