"""What an installation takes that does nothing: memory (PSS) and processor by part, over a minute, with stand-ins."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.stage import ROOT

SETTLED_S = 20.0
"""After the start there is still something to do: the first look at everything."""

PARTS = {
    "engine": "routing.cli run engine",
    "web": "routing.cli run web",
    "stand-ins": "routing.cli run standins",
    "Prefect server": "prefect server",
    "Prefect worker": "prefect worker",
    "PostgreSQL": "postgres",
}
"""Part → what its command line holds; the first that fits."""


def idle(seconds: float) -> dict[str, object]:
    """Start ``waywarden up --standins`` in a folder of its own, let it settle, and look at it for a while."""
    with tempfile.TemporaryDirectory(prefix="ww-idle-") as folder:
        environment = os.environ | {"WAYWARDEN_DATA_DIR": folder}
        command = [sys.executable, "-m", "routing.cli", "up", "--standins", "--json"]
        with subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as up:
            try:
                assert json.loads(up.stdout.readline())["web"]
                time.sleep(SETTLED_S)
                return _look(up.pid, folder, seconds)
            finally:
                up.send_signal(signal.SIGINT)
                up.wait(120)


def _look(top: int, folder: str, seconds: float) -> dict[str, object]:
    begun, started = _ticks(top, folder), time.perf_counter()
    time.sleep(seconds)
    took = time.perf_counter() - started
    ended = _ticks(top, folder)
    parts: dict[str, dict[str, float]] = {}
    for pid, (part, ticks) in ended.items():
        mine = parts.setdefault(part, {"pss_mb": 0.0, "cpu_percent": 0.0})
        mine["pss_mb"] += _pss_mb(pid)
        used = (ticks - begun.get(pid, (part, ticks))[1]) / os.sysconf("SC_CLK_TCK")
        mine["cpu_percent"] += 100 * used / took
    rounded = {part: {name: round(value, 1) for name, value in of.items()} for part, of in sorted(parts.items())}
    return {
        "pss_mb": round(sum(of["pss_mb"] for of in parts.values())),
        "cpu_percent": round(sum(of["cpu_percent"] for of in parts.values()), 1),
        "parts": rounded,
    }


def _ticks(top: int, folder: str) -> dict[int, tuple[str, int]]:
    """Process → its part and the processor time that it has used, of all that an installation has started."""
    parents, found = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(entry.name)
        parents[pid] = int(fields[1])
        found[pid] = (command, int(fields[11]) + int(fields[12]))
    # The database and its keeper have sessions of their own; they name the folder.
    roots = {top, *(pid for pid, (command, _) in found.items() if f"{folder}/postgres" in command)}
    ours = [pid for pid in found if any(_is_under(pid, root, parents) for root in roots)]
    return {pid: (_part(found[pid][0], is_top=pid == top), found[pid][1]) for pid in ours}


def _is_under(pid: int, top: int, parents: dict[int, int]) -> bool:
    while pid > 1 and pid != top:
        pid = parents.get(pid, 0)
    return pid == top


def _part(command: str, *, is_top: bool) -> str:
    if is_top:
        return "supervisor"
    return next(
        (part for part, mark in PARTS.items() if mark in command), "PostgreSQL" if "keeper" in command else "other"
    )


def _pss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
