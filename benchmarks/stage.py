"""What everything is measured on: PostgreSQL, Prefect and the mailbox, started once for all measurements of a run."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from benchmarks.load import COUNCILS, PROCESSES
from routing.casework import read_catalogue
from routing.cli.demo.drive import Drive
from routing.cli.supervisor import WITHOUT_CAPS, Installation
from routing.cli.up import fill_directory
from routing.database import Database
from routing.settings import Settings, shipped

ROOT = Path(__file__).parent.parent
DEADLINE_S = 1_800.0
QUIET = {
    "WAYWARDEN_UI_POLL_S": "2",
    "WAYWARDEN_LOG_LEVEL": "WARNING",
    "WAYWARDEN_COUNCILS_DIR": str(COUNCILS),
    "WAYWARDEN_PROCESSES_DIR": str(PROCESSES),
} | WITHOUT_CAPS
"""What all measurements run with; the caps on mail go with ``--default-caps``."""

STAGED: dict[str, Any] = {"councils_dir": shipped("councils"), "processes_dir": shipped("processes")}
"""Where the processes with stages are."""


class Stage:
    """An installation without web and engine: each measurement starts the ones it measures."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(data_dir=folder, councils_dir=COUNCILS, processes_dir=PROCESSES)
        self.here = Installation(settings, folder, with_standins=True, with_worker=False, environment=dict(QUIET))
        self.http = requests.Session()
        self.drive = Drive(self.here)

    def start(self) -> None:
        """Start what all measurements share."""
        self.here.start_database()
        # Before Prefect is imported: without an address, its client would start a server of its own in this process.
        told = self.here.part_environment()
        os.environ.update({name: value for name, value in told.items() if name.startswith("PREFECT_")})
        self.here.start_standins()
        self.here.wait_for("prefect", f"{self.here.addresses.prefect_api}/health")
        self.here.deploy()
        self.database = Database(self.here.database_url, connections=4)
        with self.database.transaction() as tx:
            read_catalogue(COUNCILS, PROCESSES).store(tx)
            read_catalogue(**STAGED).store(tx)
        fill_directory(self.here)

    def stop(self) -> None:
        """Stop everything."""
        if hasattr(self, "database"):
            self.database.close()
        self.here.stop()

    @contextlib.contextmanager
    def engines(self, number: int = 1, **settings: object) -> Iterator[list[int]]:
        """Engines for the duration of a block, ready to claim; gives their process ids."""
        self._set(settings)
        for each in range(number):
            self.here.start_engine(each)
        names = [name for name in self.here.parts if name.startswith("engine")]
        pids = [self.here.parts[name].process.pid for name in names]
        until(lambda: self._ready() >= set(pids), "the engine reaches Prefect")
        try:
            yield pids
        finally:
            self.here.stop_part(*names)

    @contextlib.contextmanager
    def web(self, processes: int = 1, **settings: object) -> Iterator[str]:
        """The web for the duration of a block; gives its address."""
        self._set({"web_processes": processes} | settings)
        self.here.start_web()
        self.here.wait_for("web", f"{self.here.addresses.web}/healthz")
        try:
            yield self.here.addresses.web
        finally:
            self.here.stop_part("web")

    @contextlib.contextmanager
    def script(self, module: str, *arguments: str, **settings: object) -> Iterator[subprocess.Popen]:
        """A comparator in a process of its own, in the environment of an engine; it prints a line when it is ready."""
        self._set(settings)
        environment = os.environ | self.here.part_environment() | self.here.environment
        command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
        log = (self.here.data_dir / "logs" / f"{module}.log").open("ab")
        with (
            log,
            subprocess.Popen(
                command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            ) as process,
        ):
            try:
                assert process.stdout.readline().strip() == "ready", f"{module} did not start"
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()

    def database_for(self, name: str) -> str:
        """The address of a database of its own on the same server, which is made where it is missing."""
        self.here.postgres.start(name)
        return self.here.postgres.url(name)

    @contextlib.contextmanager
    def worker(self, **settings: object) -> Iterator[None]:
        """An ordinary Prefect worker of the process pool, for the duration of a block."""
        self._set(settings)
        self.here.start_part("worker", [sys.executable, "-m", "prefect", "worker", "start", "--pool", "waywarden",
                                        "--type", "process", "--name", "bench"])  # fmt: skip
        until(self._worker_is_online, "the worker reaches Prefect", 120)
        try:
            yield
        finally:
            self.here.stop_part("worker")

    def _worker_is_online(self) -> bool:
        workers = self.drive.prefect("work_pools/waywarden/workers/filter", {})
        return any(worker["status"] == "ONLINE" for worker in workers)

    def _set(self, settings: dict[str, object]) -> None:
        own = {
            name: value for name, value in self.here.environment.items() if not name.startswith("WAYWARDEN_")
        } | QUIET
        told = {f"WAYWARDEN_{name.upper()}": str(value) if isinstance(value, str | Path) else json.dumps(value)
                for name, value in settings.items()}  # fmt: skip
        self.here.environment = own | told

    def _ready(self) -> set[int]:
        with self.database.transaction() as tx:
            rows = tx.execute("SELECT engine FROM heartbeat WHERE prefect_reachable").fetchall()
        return {int(row["engine"].rpartition("-")[2]) for row in rows}

    def arrived(self) -> tuple[int, float]:
        """How many messages the mailbox has, and when the last one was accepted."""
        answer = self.http.get(f"{self.here.addresses.mailbox}/messages/count", timeout=30).json()
        return answer["count"], answer["last_at"] or 0.0

    def forget(self) -> None:
        """Take all reports away, and all messages and heartbeats; contacts, definitions and the vintage stay."""
        self.forget_reports()
        with self.database.transaction() as tx:
            tx.execute("TRUNCATE heartbeat")
        self.http.delete(f"{self.here.addresses.mailbox}/messages", timeout=30).raise_for_status()

    def forget_reports(self) -> None:
        """Take all reports away, with whatever hangs on one."""
        with self.database.transaction() as tx:
            tx.execute("SET LOCAL session_replication_role = replica")  # history refuses to be emptied otherwise
            tx.execute("TRUNCATE report, batch, idempotency_key, stray_run CASCADE")


@contextlib.contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """The stage for the duration of a block."""
    made = Stage(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def until(condition, what: str, deadline_s: float = DEADLINE_S, pause_s: float = 0.05) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"Not within {deadline_s} s: {what}")
        time.sleep(pause_s)


def rss_mb(pid: int, field: str = "VmRSS") -> float:
    """Memory of a process; ``VmHWM`` for the most it ever had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return round(int(line.split()[1]) / 1024, 1)
    raise AssertionError(field)


PARTS = {
    "engine": "routing.cli run engine",
    "mailbox": "routing.cli run standins",
    "prefect server": "prefect server",
    "postgres": "postgres",
}


@contextlib.contextmanager
def cpu_share() -> Iterator[dict[str, float]]:
    """How much of a core each part took over the block, as a share of its duration."""
    shares: dict[str, float] = {}
    before, started = _cpu_seconds(), time.perf_counter()
    yield shares
    seconds, after = time.perf_counter() - started, _cpu_seconds()
    for part in PARTS:
        used = sum(value - before.get(key, 0.0) for key, value in after.items() if key[0] == part)
        shares[part] = round(used / seconds, 2)


def _cpu_seconds() -> dict[tuple[str, str], float]:
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        for part, mark in PARTS.items():
            if mark in command:
                found[part, entry.name] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                break
    return found
