"""The light supervisor: ``waywarden up`` becomes this once everything runs, to save memory.

It uses only the standard library and the parts of Waywarden that need nothing else. An open file describes the parts.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from routing.cli.parts import STOPPED_LAST, Part, end_parts
from routing.cli.saying import say

LOOK_S = 0.5
TROUBLE_PAUSE_S = 10.0
STOP_S = 10.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def become(
    parts: list[Part], environment: dict[str, str], addresses: Path, held: list[int], postgres: tuple[Path, int] | None
) -> NoReturn:
    """Turn this process into the light supervisor. It keeps its children.

    Block ``SIGNALS`` first, so that one in between waits for the new program.

    Args:
        environment: of the parts.
        addresses: the file with their addresses, deleted at the end.
        held: open files whose locks stay held.
        postgres: folder of the embedded server, and the open file that marks it as used; None if there is none.
    """
    told = {
        "parts": [part.as_told() for part in parts],
        "addresses": str(addresses),
        "postgres": [str(postgres[0]), postgres[1]] if postgres is not None else None,
    }
    with tempfile.TemporaryFile() as file:  # the pipe may be full, because nobody reads it yet
        file.write(json.dumps(told).encode())
        file.seek(0)
        for each in (file.fileno(), *held, *([postgres[1]] if postgres is not None else [])):
            os.set_inheritable(each, True)
        sys.stdout.flush()
        sys.stderr.flush()
        command = [sys.executable, "-m", "routing.cli.watching", str(file.fileno())]
        os.execve(sys.executable, command, environment)  # noqa: S606  # ourselves


def watch(told: dict[str, Any]) -> None:
    """Restart what stops, until SIGTERM or SIGINT. Then stop everything, the database last."""
    parts = [Part.taken_over(each) for each in told["parts"]]
    stop = threading.Event()
    for number in SIGNALS:
        signal.signal(number, lambda *_: stop.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    try:
        while not stop.wait(LOOK_S):
            for part in parts:
                if part.has_ended():
                    _restart(part)
    finally:
        _say("Stopping after work in progress is finished.")
        end_parts(part for part in parts if part.name not in STOPPED_LAST)
        end_parts(part for part in parts if part.name in STOPPED_LAST)
        Path(told["addresses"]).unlink(missing_ok=True)
        if told["postgres"] is not None:
            _stop_postgres(*told["postgres"])


def _restart(part: Part) -> None:
    """If one part cannot be started, for example because of a full disk, keep watching the others."""
    try:
        part.restart(os.environ, _say)
    except OSError as error:
        part.due_at = time.monotonic() + TROUBLE_PAUSE_S
        _say(f"Could not start the {part.name} ({error.strerror}). Trying again.")


def _say(text: str) -> None:
    """Write a line, even if nobody reads stderr any more."""
    with contextlib.suppress(OSError):
        say(text)


def _stop_postgres(root: str, held: int) -> None:
    command = [sys.executable, "-m", "routing.database.stopping", root, str(held), str(STOP_S)]
    with subprocess.Popen(command, pass_fds=(held,)) as stopping:
        os.close(held)
        stopping.wait()


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[1])) as file:
        given = json.load(file)
    watch(given)
