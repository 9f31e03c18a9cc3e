"""A whole installation on this machine: it runs the parts as processes, watches them and restarts any that stop."""

import contextlib
import errno
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NoReturn

from routing.cli.doctor import ADDRESSES
from routing.cli.installation import postgres_dir
from routing.cli.parts import STOPPED_LAST, Part, end_parts
from routing.cli.watching import become
from routing.database import EmbeddedServer, upgrade_as
from routing.errors import ConfigurationError
from routing.private import OTHERS, keep_private, prefect_auth, write_private
from routing.settings import Settings, shipped

START_DEADLINE_S = 120.0
STOP_S = 10.0
WITHOUT_CAPS = {"WAYWARDEN_MAIL_PER_CITIZEN_DAY": "0", "WAYWARDEN_MAIL_PER_RECIPIENT_HOUR": "0"}
"""For programs that send thousands of reports an hour on purpose: the demo, benchmarks, campaigns."""

MOST_FAILURES = 3
"""After this many starts that end at once, we stop waiting for a part."""

PORTS = range(10_240, 32_768)
"""Below the ports that Linux (32768-60999) and macOS (49152-65535) give to outgoing connections."""

PREFECT = [sys.executable, "-m", "prefect"]
WAYWARDEN = [sys.executable, "-m", "routing.cli"]


def free_port() -> int:
    """A free TCP port on loopback, outside the range for outgoing connections.

    Raises:
        OSError: no port on loopback can be used.
    """
    while True:
        port = secrets.choice(PORTS)
        try:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return port


@dataclass
class Addresses:
    """The addresses of the parts of an installation."""

    web: str
    prefect: str
    mailbox: str | None = None
    moderngov: str | None = None

    @property
    def prefect_api(self) -> str:
        return f"{self.prefect}/api"


@dataclass
class Installation:
    """PostgreSQL, Prefect, web, engine, worker and, if wanted, the stand-ins.

    Args:
        data_dir: folder for all its data; logs of the parts are in ``logs``.
        with_standins: send mail to the stand-in mailbox and ask the stand-in Modern.Gov.
        clerks: what the stand-in Modern.Gov publishes; default: the fictional clerks.
        environment: further variables for the parts, such as ``WAYWARDEN_COUNCILS_DIR``.
        engines: number of engines that share the work.
        keeps_addresses: a mail server or Modern.Gov in the settings is used instead of the stand-in.
        mailbox_dir: where the stand-in mailbox keeps its messages; default: in the data directory.
    """

    settings: Settings
    data_dir: Path
    with_standins: bool
    clerks: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)
    with_worker: bool = True
    engines: int = 1
    mailbox_dir: Path | None = None
    keeps_addresses: bool = True
    parts: dict[str, Part] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data_dir = self.data_dir.resolve()
        self.settings = self.settings.model_copy(update={"data_dir": self.data_dir})
        self.mailbox_dir = self.mailbox_dir or self.data_dir / "mailbox"
        self.web_port = self.settings.web_port or free_port()
        self.prefect_port = self.settings.prefect_port or free_port()
        self.smtp_port, self.mailbox_port, self.moderngov_port = free_port(), free_port(), free_port()
        host = self.settings.host
        self.addresses = Addresses(f"http://{host}:{self.web_port}", f"http://127.0.0.1:{self.prefect_port}")
        if self.with_standins:
            self.addresses.mailbox = f"http://127.0.0.1:{self.mailbox_port}"
            self.addresses.moderngov = f"http://127.0.0.1:{self.moderngov_port}"
        self.postgres = EmbeddedServer(postgres_dir(self.settings))
        self.database_url, self.prefect_database_url = "", ""

    @property
    def prefect_credentials(self) -> tuple[str, str]:
        """User and password that open Prefect's API (HTTP Basic)."""
        user, _, password = prefect_auth(self.data_dir).partition(":")
        return user, password

    def start_database(self) -> None:
        """Use the council's servers, or start the embedded one. Upgrade the schema."""
        from routing.database import Database
        from routing.place import active_vintage

        os.umask(OTHERS)  # the parts inherit it: nobody else may read what they write
        keep_private(self.data_dir)
        (self.data_dir / "logs").mkdir(exist_ok=True)
        if not (self.settings.database_url and self.settings.prefect_database_url):
            self.postgres.start("waywarden", "prefect")
        self.database_url = self.settings.database_url or self.postgres.url("waywarden")
        self.prefect_database_url = self.settings.prefect_database_url or self.postgres.url("prefect")
        self.start_prefect()
        upgrade_as(self.settings.database_owner_url or self.database_url, self.database_url)
        database = Database(self.database_url, connections=1)
        with database.transaction() as tx:
            vintage = active_vintage(tx)
        database.close()
        if vintage is None and (self.with_standins or self.settings.councils_dir == shipped("councils")):
            self.load_embedded_district()

    def start_prefect(self) -> None:
        """Start Prefect's server."""
        command = ["server", "start", "--host", "127.0.0.1", "--port", str(self.prefect_port)]
        self.start_part("prefect", [*PREFECT, *command])

    def load_embedded_district(self) -> None:
        """Load the fictional district that comes with Waywarden and use it."""
        from routing import place
        from routing.database import Database
        from routing.place.build import read_areas

        folder = shipped("data/boundaries")
        areas = read_areas(folder / "parishes.geojson", folder / "districts.geojson").areas
        database = Database(self.database_url, connections=1)
        with database.transaction() as tx:
            place.activate(tx, place.load_vintage(tx, place.SHIPPED, "parishes.geojson", areas), "waywarden up")
        database.close()

    def start_parts(self) -> None:
        """Start everything else. Returns when the web takes reports and the flows are registered."""
        if self.with_standins:
            self.start_standins()
        self.start_web()
        for number in range(self.engines):
            self.start_engine(number)
        self.wait_for("web", f"{self.addresses.web}/healthz")
        self.wait_for("prefect", f"{self.addresses.prefect_api}/health")
        self.deploy()
        write_private(self.data_dir / ADDRESSES, json.dumps(vars(self.addresses)))
        if self.with_worker:
            worker = ["worker", "start", "--pool", "waywarden", "--type", "process", "--name", "waywarden-worker"]
            self.start_part("worker", [*PREFECT, *worker])

    def start_standins(self) -> None:
        """Start the stand-in mailbox and Modern.Gov; returns when they answer."""
        command = [*WAYWARDEN, "run", "standins", "--smtp-port", str(self.smtp_port), "--mailbox-port",
                   str(self.mailbox_port), "--moderngov-port", str(self.moderngov_port), "--folder",
                   str(self.mailbox_dir), *(["--clerks", str(self.clerks)] if self.clerks else [])]  # fmt: skip
        self.start_part("standins", command)
        self.wait_for("standins", f"{self.addresses.mailbox}/messages/count")

    def start_web(self) -> None:
        """Start the web, with the number of processes in the settings."""
        self.start_part("web", [*WAYWARDEN, "run", "web"])

    def start_engine(self, number: int = 0) -> None:
        """Start an engine; several share the work."""
        self.start_part(f"engine-{number + 1}" if number else "engine", [*WAYWARDEN, "run", "engine"])

    def deploy(self) -> None:
        """Register the flows with Prefect."""
        command = [sys.executable, "-m", "routing.cli", "deploy"]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ConfigurationError(f"Could not register the flows with Prefect: {done.stderr[-2000:]}")

    def part_environment(self) -> dict[str, str]:
        """Variables for the parts: addresses, ports, Prefect's settings."""
        from routing.engine.environment import prefect_environment

        told = {
            "WAYWARDEN_DATA_DIR": str(self.data_dir),
            "WAYWARDEN_DATABASE_URL": self.database_url,
            "WAYWARDEN_WEB_PORT": str(self.web_port),
            "WAYWARDEN_PUBLIC_URL": self.settings.public_url or self.addresses.web,
            "WAYWARDEN_COUNCILS_DIR": str(self.settings.councils_dir.resolve()),
            "WAYWARDEN_PROCESSES_DIR": str(self.settings.processes_dir.resolve()),
        }
        told |= self._standin_environment() if self.with_standins else {}
        return told | prefect_environment(self.settings, self.addresses.prefect_api, self.prefect_database_url)

    def _standin_environment(self) -> dict[str, str]:
        """Variables with the addresses of the stand-ins."""
        told: dict[str, str] = {}
        given = self.settings.model_fields_set if self.keeps_addresses else set()
        if "smtp_host" not in given:
            told |= {
                "WAYWARDEN_SMTP_HOST": "127.0.0.1",
                "WAYWARDEN_SMTP_PORT": str(self.smtp_port),
                "WAYWARDEN_SMTP_SECURITY": "none",
            }
        if "smtp_from" not in given:
            told["WAYWARDEN_SMTP_FROM"] = "waywarden@reports.example"
        if "moderngov_standin_url" not in given:
            told["WAYWARDEN_MODERNGOV_STANDIN_URL"] = str(self.addresses.moderngov)
            told["WAYWARDEN_MODERNGOV_INTERVAL_S"] = "0"
        return told

    def _environment(self) -> dict[str, str]:
        return os.environ | self.part_environment() | self.environment

    def start_part(self, name: str, command: list[str]) -> None:
        """Start one process; its output goes to ``logs/<name>.log``."""
        log = self.data_dir / "logs" / f"{name}.log"
        self.parts.setdefault(name, Part(name, command, log)).start(self._environment())

    def wait_for(self, name: str, url: str) -> None:
        """Wait until a part answers over HTTP.

        Raises:
            ConfigurationError: it does not answer within two minutes; names its log.
        """
        deadline = time.monotonic() + START_DEADLINE_S
        while not answers(url):
            part = self.parts.get(name)
            is_hopeless = part is not None and part.failures >= MOST_FAILURES
            if is_hopeless or time.monotonic() > deadline:
                why = f" Its last lines:\n{part.last_lines() or part.said}\n" if part is not None else " "
                raise ConfigurationError(f"The {name} did not start.{why}See {self.data_dir}/logs/{name}.log")
            self.restart_dead()
            time.sleep(0.1)

    def restart_dead(self) -> None:
        """Restart every part that has stopped. If it stops at once, wait longer each time."""
        for part in list(self.parts.values()):
            if part.has_ended():
                part.restart(self._environment())

    def stop_part(self, *names: str) -> None:
        """Stop parts gently (``end_parts``)."""
        end_parts([self.parts.pop(name) for name in names if name in self.parts])

    def hand_over(self, lock: IO[bytes]) -> NoReturn:
        """Replace this process with a light program, since watching needs no start-up code.

        Args:
            lock: stays held.
        """
        held = self.postgres.held
        postgres = (self.postgres.root, held) if held is not None else None
        become(list(self.parts.values()), self._environment(), self.data_dir / ADDRESSES, [lock.fileno()], postgres)

    def stop(self) -> None:
        """Stop the engines when their work is done, then the rest, the database last."""
        for last in (STOPPED_LAST, ()):
            self.stop_part(*[name for name in self.parts if name not in last])
        (self.data_dir / ADDRESSES).unlink(missing_ok=True)
        self.postgres.stop(wait_s=STOP_S)


def answers(url: str) -> bool:
    """Whether an address answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextlib.contextmanager
def running(installation: Installation) -> Iterator[Installation]:
    """A whole installation for the duration of a block."""
    try:
        installation.start_database()
        installation.start_parts()
        yield installation
    finally:
        installation.stop()
