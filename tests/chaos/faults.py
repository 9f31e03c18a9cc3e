"""What can go wrong on purpose: processes killed, ended, frozen; connections that fail; a disk that is full."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

import psycopg

from routing.cli.supervisor import Installation
from tests.chaos.checker import Happened
from tests.chaos.proxy import DELAY, DROP, HALF_OPEN, LOSE_ANSWER, TRUNCATE, Proxy

BALLAST = "ballast"
ANOTHER_VINTAGE = "another vintage"


@dataclass
class Faults:
    """Over a running installation; every fault is noted with its time."""

    here: Installation
    draw: Random
    smtp: Proxy
    prefect: Proxy
    connections: int
    small_disk: Path | None
    happened: list[Happened] = field(default_factory=list)

    def kinds(self) -> dict[str, Callable[[], bool]]:
        """Name → what does it. Each takes as long as the fault lasts."""
        kinds: dict[str, Callable[[], bool]] = {
            "kill engine": lambda: self._signal(self._an_engine(), signal.SIGKILL),
            "kill web": lambda: self._signal("web", signal.SIGKILL),
            "kill prefect": lambda: self._signal("prefect", signal.SIGKILL),
            "kill mailbox": lambda: self._signal("standins", signal.SIGKILL),
            "kill postgres": self._kill_postgres,
            "kill a backend": self._kill_backend,
            "end engine": lambda: self._signal(self._an_engine(), signal.SIGTERM),
            "end web": lambda: self._signal("web", signal.SIGTERM),
            "freeze engine": lambda: self._freeze(self._an_engine(), self.draw.uniform(1, 12)),
            "freeze prefect": lambda: self._freeze("prefect", self.draw.uniform(1, 4)),
            "freeze mailbox": lambda: self._freeze("standins", self.draw.uniform(1, 4)),
            ANOTHER_VINTAGE: self._another_vintage,
        }
        for name, proxy in (("mail", self.smtp), ("prefect", self.prefect)):
            for mode in (DROP, DELAY, HALF_OPEN, TRUNCATE, LOSE_ANSWER):
                kinds[f"{name} {mode}"] = partial(self._network, proxy, mode)
        if self.small_disk is not None:
            kinds["disk full"] = self._fill_disk
        return kinds

    def let_happen(self, kind: str) -> None:
        """One fault, noted if it took effect."""
        started = time.time()
        if self.kinds()[kind]():
            is_cut = kind.startswith(("mail", "prefect")) or kind == "disk full"
            self.happened.append(Happened(kind, started, time.time(), is_cut))

    def _an_engine(self) -> str:
        return self.draw.choice([name for name in self.here.parts if name.startswith("engine")])

    def _signal(self, name: str, number: signal.Signals) -> bool:
        process = self.here.parts[name].process
        if process is None or process.poll() is not None:
            return False
        process.send_signal(number)
        return True

    def _freeze(self, name: str, seconds: float) -> bool:
        process = self.here.parts[name].process
        if process is None or process.poll() is not None:
            return False
        process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)
        return True

    def _postmaster(self) -> int | None:
        try:
            return int((self.here.postgres.root / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def _kill_postgres(self) -> bool:
        return _kill(self._postmaster())

    def _kill_backend(self) -> bool:
        """One server process: PostgreSQL then ends all others and recovers."""
        found = subprocess.run(["pgrep", "-P", str(self._postmaster())], capture_output=True, text=True, check=False)
        backends = found.stdout.split()
        return bool(backends) and _kill(int(self.draw.choice(backends)))

    def _network(self, proxy: Proxy, mode: str) -> bool:
        cut = proxy.cut
        with proxy.failing(mode, self.connections):
            time.sleep(self.draw.uniform(0.5, 3))
        return mode == DELAY or proxy.cut > cut

    def _another_vintage(self) -> bool:
        """An operator lets in the other edition of the same boundaries, while reports are decided and sent."""
        idle = "SELECT id FROM vintage WHERE state <> 'active' ORDER BY id LIMIT 1"
        try:
            with psycopg.connect(self.here.database_url, connect_timeout=2) as connection:
                row = connection.execute(idle).fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and self.command("boundaries", "activate", row[0], "--reviewed") == 0

    def command(self, *arguments: str) -> int:
        """Run ``waywarden`` as its operator would; returns its exit code."""
        environment = os.environ | self.here.part_environment() | self.here.environment
        command = [sys.executable, "-m", "routing.cli", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode

    def _fill_disk(self) -> bool:
        assert self.small_disk is not None
        ballast = self.small_disk / BALLAST
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 65536)
        time.sleep(self.draw.uniform(2, 4))
        ballast.unlink()
        return True


def _kill(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path | None]:
    """A disk of its own for a folder, as a tmpfs; None where this user may not mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "waywarden-chaos", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)
