"""One process of an installation: its log, why it ended, and when it may be started again."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routing.cli.saying import say

PR_SET_PDEATHSIG = 1
DRAIN_S = 60.0
POLL_S = 0.05
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
"""Pause between two starts of a part that ends at once; it doubles each time."""

SHORT_LIFE_S = 10.0
LAST_LINES = 6
"""Number of lines of a log to show when a process ends."""

MOST_READ = 20_000


class Adopted:
    """A child process that this process started before it became another program; works like ``subprocess.Popen``."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        if self.returncode is None:
            try:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else has read its exit code
                self.returncode = 0
            else:
                self.returncode = os.waitstatus_to_exitcode(status) if ended else None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Does nothing if it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not by then.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(POLL_S)
        return code

    def kill(self) -> None:
        """Kill it without letting it finish."""
        self.send_signal(signal.SIGKILL)


@dataclass
class Part:
    """A process that is watched.

    Attributes:
        starts: how often it was started.
        failures: how often in a row it ended shortly after its start.
        said: the last reported reason for its end.
    """

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | Adopted | None = None
    starts: int = 0
    failures: int = 0
    due_at: float = 0.0
    said: str = ""
    _begun_at: float = 0.0
    _log_from: int = 0

    def start(self, environment: Mapping[str, str]) -> None:
        """Start it; its output goes to its log."""
        with self.log.open("ab") as log:
            self._log_from = log.tell()
            self.process = subprocess.Popen(
                self.command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent(),  # noqa: PLW1509  # this process has one thread when it starts parts
            )
        self.starts += 1
        self._begun_at = time.monotonic()

    def as_told(self) -> dict[str, Any]:
        """Everything another program needs to take it over (``taken_over``)."""
        kept = {name: value for name, value in vars(self).items() if name not in ("process", "log")}
        return kept | {"log": str(self.log), "pid": self.process.pid if self.process is not None else None}

    @staticmethod
    def taken_over(told: dict[str, Any]) -> "Part":
        """A part whose process is a child already."""
        pid = told.pop("pid")
        part = Part(told.pop("name"), told.pop("command"), Path(told.pop("log")))
        vars(part).update(told, process=Adopted(pid) if pid is not None else None)
        return part

    def has_ended(self) -> bool:
        """Whether it was started and has ended."""
        return self.process is not None and self.process.poll() is not None

    def restart(self, environment: Mapping[str, str], tell: Callable[[str], None] = say) -> None:
        """Say once why it ended, and start it again after its pause."""
        if time.monotonic() < self.due_at:
            return
        is_short = time.monotonic() - self._begun_at < SHORT_LIFE_S
        self.failures = self.failures + 1 if is_short else 0
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** max(0, self.failures - 1))
        self.due_at = time.monotonic() + pause_s
        why = self.last_lines()
        if why != self.said or not why:
            told = f":\n{why}\n" if why else ". "
            tell(f"The {self.name} stopped. Starting it again{told}Its log: {self.log}")
            self.said = why
        self.start(environment)

    def last_lines(self) -> str:
        """The last lines it wrote since its start, indented."""
        try:
            with self.log.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_from, size - MOST_READ))
                lines = log.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return "\n".join(f"    {line}" for line in [line for line in lines if line.strip()][-LAST_LINES:])

    def end(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait_or_kill(self) -> None:
        """Until it has ended; one that does not in a minute is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(DRAIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def end_parts(parts: Iterable[Part]) -> None:
    """Stop parts gently: an engine finishes its work. A part that does not stop within a minute is killed."""
    ending = list(parts)
    for part in ending:
        part.end()
    for part in ending:
        part.wait_or_kill()


STOPPED_LAST = ("prefect", "standins")
"""An engine still needs these while it finishes its work."""


def _die_with_parent() -> Callable[[], Any] | None:
    """On Linux: send a part SIGTERM when its supervisor dies for any reason."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
