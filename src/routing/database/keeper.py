"""The process that keeps the embedded PostgreSQL server running while somebody uses it.

``embedded.EmbeddedServer`` starts it with only a folder, and it has its own session. Users hold a shared lock on
``users.lock``, which the kernel releases when a process dies. So a killed user never leaves a server running: when the
keeper can get an exclusive lock, it stops the server and ends. It restarts a dead server. If a keeper is killed, the
next one takes over its server.

It only imports the standard library, because it runs as a script, before anything else of Waywarden.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

QUIET = ("log_error_verbosity=terse", "log_min_error_statement=panic", "log_parameter_max_length_on_error=0")
"""A log without rows and statements, which could contain what a citizen typed."""

POLL_S = 0.1
RESTART_PAUSE_S = 0.5
CONNECTIONS = 300
"""Several engines, webs and Prefect servers on one machine need more than PostgreSQL's default of 100."""


def unprivileged(command: list[str]) -> list[str]:
    """Wrap the command in a user namespace without privileges, because PostgreSQL refuses to run as root."""
    return ["unshare", "--user", "--", *command] if os.geteuid() == 0 else command


def lock(path: Path, mode: int) -> IO[bytes] | None:
    """Lock a file and return the open file with the lock; None if ``LOCK_NB`` finds it taken."""
    handle = path.open("ab")
    try:
        fcntl.flock(handle, mode)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def running_server(data: Path) -> int | None:
    """The process id of a postmaster that runs on this folder, or None."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    with contextlib.suppress(OSError):  # a recycled process id, if /proc exists
        if b"postgres" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return None
    return pid


class Server:
    """A postmaster: our child, or one from a killed keeper."""

    def __init__(self, binaries: Path, root: Path, socket_dir: str, options: list[str]) -> None:
        self.data = root / "data"
        self.command = [str(binaries / "postgres"), "-D", str(self.data), "-k", socket_dir, "-c", "listen_addresses="]
        self.command += ["-c", "unix_socket_permissions=0700", "-c", f"max_connections={CONNECTIONS}"]
        self.command += [part for setting in QUIET for part in ("-c", setting)] + options
        self.log = (root / "postgres.log").open("ab")
        self.child: subprocess.Popen[bytes] | None = None
        self.pid = running_server(self.data)

    def alive(self) -> bool:
        if self.child is not None:
            return self.child.poll() is None
        return self.pid is not None and running_server(self.data) == self.pid

    def start(self) -> None:
        self.child = subprocess.Popen(
            unprivileged(self.command), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )
        self.pid = self.child.pid

    def stop(self) -> None:
        """Fast shutdown: roll back open transactions. Everything committed stays."""
        if self.pid is None or not self.alive():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)
        while self.alive():
            time.sleep(POLL_S)


def initialise(binaries: Path, root: Path) -> None:
    """Create the cluster in a temporary folder, then move it, so that an interruption leaves nothing incomplete."""
    if (root / "data" / "PG_VERSION").exists():
        return
    fresh = root / f"data.{os.getpid()}"
    command = [str(binaries / "initdb"), "-D", str(fresh), "-U", "waywarden", "-A", "trust", "-E", "UTF8"]
    with (root / "postgres.log").open("ab") as log:
        subprocess.run(unprivileged([*command, "--locale=C"]), check=True, stdout=log, stderr=log)
    fresh.rename(root / "data")


def keep(binaries: Path, root: Path, socket_dir: str, options: list[str]) -> None:
    """Run the server until nobody uses it."""
    alone = lock(root / "keeper.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
    if alone is None:
        return
    with alone:
        initialise(binaries, root)
        server = Server(binaries, root, socket_dir, options)
        while True:
            unused = lock(root / "users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
            if unused is not None:
                with unused:
                    server.stop()
                return
            if not server.alive():
                if server.pid is not None:
                    time.sleep(RESTART_PAUSE_S)
                server.start()
            time.sleep(POLL_S)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if os.fork():
        os._exit(0)  # the keeper's starter is not its parent: it outlives the starter and never becomes a zombie
    keep(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
