"""From a command to the moment it is of use. Files are in the machine's cache after the first time."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.stage import Stage

WAYWARDEN = [sys.executable, "-m", "routing.cli"]


def cold_start(stage: Stage, times: int) -> dict[str, object]:
    """Seconds for help, for an engine that is ready to claim, and for a whole installation."""
    helps = [_timed(lambda: subprocess.run([*WAYWARDEN, "--help"], capture_output=True, check=True)) for _ in range(7)]
    stage.forget()
    engines = []
    for _ in range(times):
        started = time.perf_counter()
        with stage.engines():
            engines.append(time.perf_counter() - started)
    with tempfile.TemporaryDirectory(prefix="ww-cold-") as folder:
        first = _up(folder)
        again = _up(folder)
    return {
        "help_s": round(statistics.median(helps), 2),
        "engine_s": round(statistics.median(engines), 2),
        "up_first_s": round(first, 1),
        "up_again_s": round(again, 1),
    }


def _up(folder: str) -> float:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("WAYWARDEN_", "PREFECT_"))}
    environment = own | {"WAYWARDEN_DATA_DIR": folder}
    started = time.perf_counter()
    with subprocess.Popen([*WAYWARDEN, "up", "--json"], env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as process:  # fmt: skip
        json.loads(process.stdout.readline())
        seconds = time.perf_counter() - started
        process.terminate()
        process.wait(120)
    return seconds


def _timed(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
