"""Outages made for real on a whole installation, and what the doctor and /readyz say of each.

``python -m tests.installation.outages`` makes all of them and prints a table; ``make outages`` does so too.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import requests

from routing.cli.saying import say
from routing.cli.supervisor import WITHOUT_CAPS, Installation, free_port, running
from routing.settings import Settings, shipped
from routing.standins import Guard
from tests.chaos.faults import small_disk
from tests.samples import submission
from tests.servers import mail_server

DEADLINE_S = 90.0
DISK_MB = 1_500
FULL_MB = 1_200
WELL = {"ok": True}
BEGINS = "The engine is starting"
"""What is said for a moment of an engine that was started for an outage."""

Said = dict[str, Any]
"""What ``doctor --json`` says."""


@dataclass
class World:
    """The installation, and what an outage needs besides."""

    here: Installation
    folder: Path
    processes: Path
    certificate: tuple[Path, Path]
    has_disk: bool

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | self.here.part_environment() | self.here.environment
        environment |= {"WAYWARDEN_DATA_DIR": str(self.here.data_dir), "WAYWARDEN_WEB_PORT": str(self.here.web_port)}
        command = [sys.executable, "-m", "routing.cli", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    def doctor(self) -> Said:
        done = self.command("doctor", "--json")
        assert done.returncode in (0, 1), done.stderr
        found: Said = json.loads(done.stdout)
        assert found["ok"] == (done.returncode == 0)
        return found

    def ready(self) -> requests.Response:
        return requests.get(f"{self.here.addresses.web}/readyz", auth=self.here.prefect_credentials, timeout=30)

    def report(self) -> None:
        assert requests.post(f"{self.here.addresses.web}/api/reports", json=submission(), timeout=30).status_code == 201

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.here.postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def store(self, statement: str) -> None:
        with psycopg.connect(self.here.database_url, autocommit=True) as connection:
            connection.execute(statement)

    def restart_engine(self, **settings: str) -> None:
        self.here.stop_part("engine")
        self.here.environment |= settings
        self.here.start_engine()

    @contextlib.contextmanager
    def engine_with(self, **settings: str) -> Iterator[None]:
        """An engine that is told other things, for the duration of a block."""
        before = dict(self.here.environment)
        self.restart_engine(**settings)
        try:
            yield
        finally:
            self.here.environment = before
            self.restart_engine()


Block = Callable[[World], contextlib.AbstractContextManager[None]]


@dataclass(frozen=True)
class Outage:
    """Something that goes wrong.

    Attributes:
        check: the part that is not well then.
        says: words of the doctor's first sentences.
        status: of /readyz; None where the web itself is what is away.
    """

    name: str
    make: Block
    check: str
    says: tuple[str, ...]
    status: int = 503
    is_quick: bool = True


@contextlib.contextmanager
def mail_refuses(world: World) -> Iterator[None]:
    behaviour = f"{world.here.addresses.mailbox}/behaviour"
    requests.put(behaviour, json={"refuse_mail": "550 5.7.1"}, timeout=10).raise_for_status()
    world.report()
    try:
        yield
    finally:
        requests.put(behaviour, json={}, timeout=10).raise_for_status()
        world.restart_engine()


@contextlib.contextmanager
def nothing_listens(world: World) -> Iterator[None]:
    with world.engine_with(WAYWARDEN_SMTP_PORT=str(free_port())):
        yield


@contextlib.contextmanager
def guarded(world: World, *without: str, **settings: str) -> Iterator[None]:
    password = world.folder / "password"
    password.write_text("pass£word\n", encoding="utf-8")
    with mail_server(Guard(*world.certificate, "waywarden", "pass£word")) as server:
        told = {
            "WAYWARDEN_SMTP_HOST": "localhost", "WAYWARDEN_SMTP_PORT": str(server.port),
            "WAYWARDEN_SMTP_SECURITY": "starttls", "WAYWARDEN_SMTP_USER": "waywarden",
            "WAYWARDEN_SMTP_PASSWORD_FILE": str(password), "WAYWARDEN_SMTP_CA_FILE": str(world.certificate[0]),
        }  # fmt: skip
        with world.engine_with(**{name: value for name, value in (told | settings).items() if name not in without}):
            yield


@contextlib.contextmanager
def sign_in_refused(world: World) -> Iterator[None]:
    with guarded(world, WAYWARDEN_SMTP_USER="somebody-else"):
        yield


@contextlib.contextmanager
def wrong_certificate(world: World) -> Iterator[None]:
    with guarded(world, "WAYWARDEN_SMTP_CA_FILE"):
        yield


@contextlib.contextmanager
def prefect_down(world: World) -> Iterator[None]:
    world.here.stop_part("prefect")
    try:
        yield
    finally:
        world.here.start_prefect()


@contextlib.contextmanager
def prefect_refuses(world: World) -> Iterator[None]:
    with world.engine_with(PREFECT_API_AUTH_STRING="waywarden:another"):
        yield


@contextlib.contextmanager
def engine_dead(world: World) -> Iterator[None]:
    process = world.here.parts.pop("engine").process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    try:
        yield
    finally:
        world.here.start_engine()


@contextlib.contextmanager
def read_only(world: World) -> Iterator[None]:
    world.sql("ALTER DATABASE waywarden SET default_transaction_read_only = on")
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'waywarden'"
    world.sql(end)
    try:
        yield
    finally:
        world.sql("ALTER DATABASE waywarden RESET default_transaction_read_only")
        world.sql(end)


@contextlib.contextmanager
def disk_full(world: World) -> Iterator[None]:
    ballast = world.here.data_dir / "ballast"
    with ballast.open("wb") as file:
        for _ in range(FULL_MB):
            try:
                file.write(b"\0" * 1_000_000)
            except OSError:
                break
    try:
        yield
    finally:
        ballast.unlink()


@contextlib.contextmanager
def changed_definition(world: World) -> Iterator[None]:
    path = world.processes / "speeding-traffic" / "process.toml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace('title = "Report speeding', 'title = "Report fast', 1), encoding="utf-8")
    checked = world.command("process", "check")
    assert checked.returncode == 1
    assert "Give the changed file a new version" in checked.stderr
    world.here.stop_part("web")
    world.here.start_web()
    world.here.wait_for("web", f"{world.here.addresses.web}/healthz")
    try:
        world.report()
        yield
    finally:
        path.write_text(before, encoding="utf-8")
        world.here.stop_part("web")
        world.here.start_web()
        world.here.wait_for("web", f"{world.here.addresses.web}/healthz")


@contextlib.contextmanager
def old_boundaries(world: World) -> Iterator[None]:
    world.store("UPDATE vintage SET loaded_at = now() - interval '500 days', title = 'parishes-2025'")
    try:
        yield
    finally:
        world.store("UPDATE vintage SET loaded_at = now(), title = 'embedded'")


@contextlib.contextmanager
def moderngov_away(world: World) -> Iterator[None]:
    before = dict(world.here.environment)
    world.here.environment["WAYWARDEN_MODERNGOV_STANDIN_URL"] = f"http://127.0.0.1:{free_port()}"
    try:
        world.command("contacts", "refresh", "--council", "merewold")
        world.here.environment = before
        yield
    finally:
        world.here.environment = before
        world.command("contacts", "refresh", "--council", "merewold")


@contextlib.contextmanager
def contacts_held(world: World) -> Iterator[None]:
    faults = f"{world.here.addresses.moderngov}/faults"
    requests.put(faults, json=[{"fault": "no-email"}], timeout=10).raise_for_status()
    try:
        world.command("contacts", "refresh", "--council", "merewold")
        yield
    finally:
        requests.put(faults, json=[], timeout=10).raise_for_status()
        world.command("contacts", "review", "--council", "merewold", "--discard")
        world.command("contacts", "refresh", "--council", "merewold")


OUTAGES = (
    Outage("mail refuses our address", mail_refuses, "mail", ("We cannot send email", "since ", "WAYWARDEN_SMTP_FROM", "restart")),
    Outage("no mail server listens", nothing_listens, "mail", ("We cannot send email", "since ", "WAYWARDEN_SMTP_HOST")),
    Outage("the mail server refuses the sign-in", sign_in_refused, "mail", ("WAYWARDEN_SMTP_PASSWORD_FILE", "restart")),
    Outage("the mail server's certificate is wrong", wrong_certificate, "mail", ("do not trust", "WAYWARDEN_SMTP_CA_FILE")),
    Outage("Prefect is down", prefect_down, "prefect", ("Prefect does not answer", "since ", "waywarden run prefect")),
    Outage("Prefect refuses the auth string", prefect_refuses, "prefect", ("refuses the engine's sign-in", "since ", "PREFECT_API_AUTH_STRING")),
    Outage("the engine is dead", engine_dead, "engine", ("No engine runs", "since ", "waywarden run engine"), is_quick=False),
    Outage("the database is read-only", read_only, "database", ("The database is read-only", "since ", "end its read-only mode")),
    Outage("the disk is full", disk_full, "disk", ("disk is nearly full", "since ", "Free some space")),
    Outage("a definition was changed without a version", changed_definition, "definitions", ("speeding-traffic", "since ", "new version"), 200),
    Outage("the boundaries are old", old_boundaries, "boundaries", ("boundaries are old", "since ", "boundaries refresh"), 200),
    Outage("Modern.Gov is away", moderngov_away, "contacts", ("We cannot read the Modern.Gov", "since ", "contacts probe"), 200),
    Outage("a refresh of contacts is held", contacts_held, "contacts", ("needs a decision", "since ", "contacts held"), 200),
)  # fmt: skip


@contextlib.contextmanager
def world(certificate: tuple[Path, Path]) -> Iterator[World]:
    """An installation on a disk of its own, where this user may mount one."""
    with tempfile.TemporaryDirectory(prefix="ww-outages-") as name, small_disk(Path(name) / "data", DISK_MB) as disk:
        folder = Path(name)
        processes = folder / "processes"
        shutil.copytree(shipped("processes"), processes)
        settings = Settings(data_dir=folder / "data", councils_dir=shipped("councils"), processes_dir=processes)
        environment = {
            "WAYWARDEN_PROCESSES_DIR": str(processes), "WAYWARDEN_SCAN_S": "1", "WAYWARDEN_LEASE_S": "10",
            "WAYWARDEN_RETRY_AFTER_S": "[1,1,1,1,1,1]",
        } | WITHOUT_CAPS  # fmt: skip
        here = Installation(settings, folder / "data", with_standins=True, with_worker=False, environment=environment)
        with running(here):
            made = World(here, folder, processes, certificate, disk is not None)
            assert made.command("contacts", "refresh").returncode in (0, 3)
            made.report()
            yield made


def wait_well(made: World) -> Said:
    """Until nothing stands still; what the doctor says then."""
    return _until(made, lambda said: said["says"] == "Everything works.")


def is_said(outage: Outage, said: Said) -> bool:
    """Whether the doctor says what it should, and knows since when."""
    return all(words in said["says"] for words in outage.says) and "we do not know since when" not in said["says"]


def wait_ill(made: World, outage: Outage) -> tuple[Said, requests.Response]:
    """Until the doctor and /readyz have noticed; what they say then."""
    said = _until(made, lambda said: not said["checks"].get(outage.check, WELL)["ok"] and BEGINS not in said["says"])
    deadline = time.monotonic() + DEADLINE_S
    while (answer := made.ready()).status_code != outage.status or answer.json()["checks"].get(outage.check) == "ok":
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    return said, answer


def _until(made: World, condition: Callable[[Said], bool]) -> Said:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        made.here.restart_dead()
        said = made.doctor()
        if condition(said):
            return said
        assert time.monotonic() < deadline, said
        time.sleep(0.5)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        failed, only = 0, " ".join(sys.argv[1:])
        with world((certificate, key)) as made:
            for outage in [each for each in OUTAGES if not only or only in each.name]:
                if outage.make is disk_full and not made.has_disk:
                    say(f"-- {outage.name}: left out, this user may not mount a disk")
                    continue
                wait_well(made)
                with outage.make(made):
                    said, answer = wait_ill(made, outage)
                is_right = is_said(outage, said) and answer.status_code == outage.status
                failed += not is_right
                verdict = "ok" if is_right else "WRONG"
                say(f"{verdict} {outage.name}: /readyz {answer.status_code}\n   {said['says']}")
            wait_well(made)
    sys.exit(failed)


if __name__ == "__main__":
    main()
