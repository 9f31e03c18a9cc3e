"""``make bench``: look-up, latency, memory; a table on stdout, JSON in docs/benchmarks."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import requests

from routing.cli.demo.drive import Drive, percentile
from routing.cli.demo.oracle import read_oracle
from routing.cli.supervisor import Installation, running
from routing.cli.up import fill_directory
from routing.place import Boundaries, View, locate
from routing.place.build import read_areas
from routing.settings import Settings, shipped

ROOT = Path(__file__).parent.parent
HOME = "E07999001"


def look_up(points: int) -> dict[str, float]:
    """Containment and full answers over the home district, one thread, points drawn evenly over its bounds."""
    folder = ROOT / "data" / "boundaries"
    boundaries = Boundaries("bench", read_areas(folder / "parishes.geojson", folder / "districts.geojson"))
    number = next(i for i, area in enumerate(boundaries.areas) if area.code == HOME)
    west, south, east, north = boundaries.polygons[number].bounds
    draw = np.random.default_rng(1)
    at = np.column_stack([draw.uniform(west, east, points), draw.uniform(south, north, points)])
    view = View(HOME, frozenset({HOME}), 25.0)
    scalar = at[: points // 5].tolist()

    def rate(count: int, work) -> float:
        best = min(_timed(work) for _ in range(3))
        return round(count / best)

    return {
        "containment_scalar_per_s": rate(len(scalar), lambda: [boundaries.covering_index(x, y) for x, y in scalar]),
        "containment_bulk_per_s": rate(points, lambda: boundaries.covering(at)),
        "full_answer_bulk_per_s": rate(points, lambda: locate(at, boundaries, view)),
    }


def _timed(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def latency(here: Installation, reports: int) -> dict[str, float | None]:
    """From the 201 to the message being accepted, one report at a time; memory of the engine afterwards."""
    drive = Drive(here.addresses)
    drive.wait_for_worker()
    cases = {case.name: case for case in read_oracle(shipped("data"))}
    names = ["the usual one", "no parish council", "limit not known"]
    seen = []
    for number in range(reports):
        one = drive.submit(cases[names[number % len(names)]], number)
        drive.wait([one])
        arrived = [m["received_at"] for m in drive.messages() if m["reference"] == one.reference]
        seen.append((min(arrived) - one.at) * 1000)
    return {
        "reports": reports,
        "p50_ms": percentile(seen, 0.5),
        "p95_ms": percentile(seen, 0.95),
        "engine_rss_mb": rss_mb(here.parts["engine"].process.pid),
    }


def surge(here: Installation, reports: int) -> dict[str, float | None]:
    """Reports submitted over four connections at once, until the last message is in the mailbox."""
    from concurrent.futures import ThreadPoolExecutor

    drive = Drive(here.addresses)
    case = next(case for case in read_oracle(shipped("data")) if case.name == "the usual one")
    before = len(drive.messages())
    started = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: drive.submit(case, number), range(reports)))
    taken = time.perf_counter() - started
    while len(drive.messages()) - before < 2 * reports:
        time.sleep(0.1)
    whole = time.perf_counter() - started
    return {
        "reports": reports,
        "intake_per_s": round(reports / taken),
        "messages_per_s": round(2 * reports / whole),
        "engine_rss_mb": rss_mb(here.parts["engine"].process.pid),
    }


def rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return round(int(line.split()[1]) / 1024, 1)
    raise AssertionError("no VmRSS")


def start_of_help() -> dict[str, float]:
    command = [sys.executable, "-m", "routing.cli", "--help"]
    times = [_timed(lambda: subprocess.run(command, capture_output=True, check=True)) for _ in range(7)]
    return {"median_s": round(statistics.median(times), 3)}


def machine() -> dict[str, str | int | None]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "cores": os.cpu_count(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "commit": commit.stdout.strip(),
        "date": time.strftime("%Y-%m-%d"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    quick = parser.parse_args().quick
    found: dict[str, dict] = {"machine": machine(), "look_up": look_up(5_000 if quick else 200_000)}
    found["help"] = start_of_help()
    with tempfile.TemporaryDirectory(prefix="ww-bench-") as folder:
        here = Installation(Settings(data_dir=Path(folder)), Path(folder), with_standins=True)
        with running(here):
            fill_directory(here)
            found["latency"] = latency(here, 5 if quick else 60)
            found["surge"] = surge(here, 50 if quick else 2_000)
            assert requests.get(f"{here.addresses.web}/readyz", timeout=5).status_code == 200
    for name, figures in found.items():
        print(name, ", ".join(f"{key} {value}" for key, value in figures.items()))
    if not quick:
        (ROOT / "docs" / "benchmarks" / "latest.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
