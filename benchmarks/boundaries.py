"""All England: look-ups, what a process needs to hold it, cases looked up anew, and bringing it in from a publisher."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from benchmarks.england import (
    COLUMNS,
    FILE,
    VIEW,
    WEST_BERKSHIRE,
    draw_points,
    look_ups,
    read_england,
    timed,
    usual_ways,
)
from benchmarks.load import COUNCILS, PROCESSES, put_cases
from benchmarks.loading import batch_look_ups, loading
from benchmarks.stage import ROOT, Stage, rss_mb, until
from routing import casework
from routing.cli.supervisor import free_port
from routing.place import Boundaries, activate, active_vintage, load_vintage, locate_all

REAL = "WAYWARDEN_REAL_DATA"


def boundaries(on: Stage, points: int, cases: int) -> dict[str, Any]:
    """Figures of the look-up over all England; nothing but a word where its boundaries are not at hand."""
    if REAL not in os.environ:
        return {"left_out": f"{REAL} names no folder with the real boundaries"}
    real = Path(os.environ[REAL])
    edition = read_england(real)
    england = Boundaries("bench", edition.areas)
    at = draw_points(england, points)
    found: dict[str, Any] = {"areas": len(england.areas)}
    found |= look_ups(england, at)
    found |= _ratios(found, usual_ways(england, at))
    with on.database.transaction() as tx:
        before = active_vintage(tx)
        vintage = load_vintage(tx, "england", "bench", edition.areas)
        council = load_vintage(
            tx, "council", "bench", [pair for pair in edition.areas if pair[0].district == WEST_BERKSHIRE]
        )
    found |= _opening(on, vintage, "") | _opening(on, council, "council_")
    found |= _relocating(on, england, cases)
    found |= _bringing_in(on, real)
    found |= loading(on, real)
    with on.database.transaction() as tx:
        activate(tx, vintage)
    found |= batch_look_ups(on, england, points + points // 8)
    with on.database.transaction() as tx:
        activate(tx, before)  # the district that the other measurements are made for
    return found


def _ratios(ours: dict[str, Any], theirs: dict[str, float]) -> dict[str, Any]:
    ratios = {
        f"ratio_{name.removesuffix('_per_s')}": round(
            float(ours[f"containment_{name.removesuffix('_per_s').rpartition('_')[2]}_per_s"]) / seen, 1
        )
        for name, seen in theirs.items()
    }
    return dict(theirs) | ratios


def _opening(on: Stage, vintage: str, prefix: str) -> dict[str, Any]:
    """Load, build and warm in a fresh process; memory over that of the polygons alone. The best of three."""

    def run(what: str) -> dict[str, float]:
        command = [sys.executable, "-m", "benchmarks.holding", what, on.here.database_url, vintage]
        return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)

    alone = run("polygons")
    whole = min((run("all") for _ in range(3)), key=lambda each: each["seconds"])
    return {
        f"{prefix}opening_s": whole["seconds"],
        f"{prefix}memory_mb": whole["mb"],
        f"{prefix}memory_over_polygons_mb": round(whole["mb"] - alone["mb"], 1),
    }


def _relocating(on: Stage, england: Boundaries, cases: int) -> dict[str, Any]:
    """Look all stored cases up anew, as a comparison of two vintages does."""
    on.forget()
    with on.database.transaction() as tx:
        at = draw_points(england, cases)
        put_cases(tx, at.tolist(), locate_all(at, england, VIEW).codes())
    catalogue = casework.read_catalogue(COUNCILS, PROCESSES)
    with on.database.transaction() as tx:
        seconds = timed(lambda: casework.relocate(tx, england, catalogue))
    on.forget()
    return {"relocated": cases, "relocating_s": round(seconds, 2)}


def _bringing_in(on: Stage, real: Path) -> dict[str, Any]:
    """``waywarden boundaries refresh`` of all England from the stand-in, in a process of its own."""
    port = free_port()
    named = ["--code-column", COLUMNS.code, "--name-column", COLUMNS.name, "--district-column", COLUMNS.district]
    cli = [sys.executable, "-m", "routing.cli"]
    serve = [*cli, "standin", "boundaries", str(real / FILE), "--port", str(port), *named]
    portal = f"http://127.0.0.1:{port}/api/search/v1"
    told = os.environ | on.here.part_environment() | {"WAYWARDEN_BOUNDARIES_PORTAL": portal}
    with subprocess.Popen(serve, cwd=ROOT, stderr=subprocess.DEVNULL) as server:
        until(lambda: _answers(f"{portal}/collections/dataset/items"), "the stand-in answers", 120)
        started = time.perf_counter()
        command = [*cli, "boundaries", "refresh", "--json"]
        with subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.PIPE) as refresh:
            most_mb = _most_mb(refresh)
            answer = json.loads(refresh.stdout.read())
        seconds = time.perf_counter() - started
        server.terminate()
    return {"brought_in": answer["areas"], "bringing_in_s": round(seconds, 1), "bringing_in_most_mb": most_mb}


def _most_mb(process: subprocess.Popen) -> float:
    """The most memory that a process had until it ended; wait4 would say its parent's, where that is larger."""
    most = 0.0
    while process.poll() is None:
        with contextlib.suppress(OSError, AssertionError):  # it ends just now
            most = rss_mb(process.pid, "VmHWM")
        time.sleep(0.05)
    return most


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False
