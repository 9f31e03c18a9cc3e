"""On what a figure was seen: figures of two machines are not compared."""

import os
import platform
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks.stage import ROOT
from routing.database.embedded import find_binaries

PACKAGES = ("prefect", "fastapi", "psycopg", "aiosmtpd", "shapely", "uvloop")


def machine() -> dict[str, object]:
    """Processor, cores, memory, system, versions, commit, and how busy the machine was before."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "platform": platform.platform(terse=True),
        "python": platform.python_version(),
        "postgresql": _run([str(find_binaries() / "postgres"), "--version"]).split()[-1],
        "packages": {name: version(name) for name in PACKAGES},
        "commit": _run(["git", "describe", "--always", "--dirty", "--abbrev=10"]),
        "date": time.strftime("%Y-%m-%d"),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _run(command: list[str]) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
