"""All England from a file, and a table of points, each by the command line in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import geopandas

from benchmarks.england import FILE, draw_points
from benchmarks.stage import ROOT, Stage
from routing.place import Boundaries

USUAL = "import sys, geopandas; geopandas.read_file(sys.argv[1]).to_crs(27700).to_file(sys.argv[2], driver='GPKG')"
"""What a data person writes: read, reproject, write; no check of anything."""

NAMES = {"code": "PARNCP21CD", "name": "PARNCP21NM"}
BEST_OF = 3


def loading(on: Stage, real: Path) -> dict[str, Any]:
    """``boundaries load`` of 84 MB of GeoJSON with its checks, beside GeoPandas reading, reprojecting, writing it."""
    with tempfile.TemporaryDirectory(prefix="waywarden-bench-") as folder:
        source, target = Path(folder) / "england.geojson", Path(folder) / "england.gpkg"
        england = geopandas.read_parquet(real / FILE).rename(columns=NAMES)[[*NAMES.values(), "LAD25CD", "geometry"]]
        england.to_crs(4326).to_file(source, driver="GeoJSON")
        del england
        ours, theirs = [], []
        for number in range(BEST_OF):  # in turn, since the machine's minutes differ
            theirs.append(_run(on, [sys.executable, "-W", "ignore", "-c", USUAL, str(source), str(target)]))
            load = ["boundaries", "load", str(source), "--title", f"bench-{number}", "--json"]
            ours.append(_run(on, [sys.executable, "-m", "routing.cli", *load]))
            target.unlink()
        size_mb = source.stat().st_size / 1e6
    best, usual = min(ours), min(theirs)
    return {
        "loaded_mb": round(size_mb, 1),
        "loading_cpu_s": round(best[0], 2),
        "loading_most_mb": round(max(mb for _, mb in ours)),
        "usual_loading_cpu_s": round(usual[0], 2),
        "usual_loading_most_mb": round(max(mb for _, mb in theirs)),
        "ratio_loading_cpu": round(best[0] / usual[0], 2),
        "ratio_loading_memory": round(max(mb for _, mb in ours) / max(mb for _, mb in theirs), 2),
    }


def batch_look_ups(on: Stage, england: Boundaries, count: int) -> dict[str, Any]:
    """``locate --csv`` of a table of points over the active vintage."""
    with tempfile.TemporaryDirectory(prefix="waywarden-bench-") as folder:
        source, target = Path(folder) / "points.csv", Path(folder) / "places.csv"
        points = draw_points(england, count).tolist()
        with source.open("w", encoding="utf-8") as file:
            file.write("id,easting,northing\n")
            file.writelines(f"{number},{x:.1f},{y:.1f}\n" for number, (x, y) in enumerate(points))
        table = ["locate", "--csv", str(source), "--out", str(target), "--json"]
        seconds, most_mb = _run(on, [sys.executable, "-m", "routing.cli", *table])
        alone, alone_mb = _run(on, [sys.executable, "-m", "routing.cli", "locate", "--lat", "51.4", "--lon", "-1.3"])
    return {
        "table_rows": count,
        "table_cpu_s": round(seconds, 1),
        "table_most_mb": round(most_mb),
        "table_opening_cpu_s": round(alone, 1),
        "table_opening_mb": round(alone_mb),
    }


def _run(on: Stage, command: list[str]) -> tuple[float, float]:
    """Seconds of processor and the most memory (MB) of a process, its database's server apart."""
    told = os.environ | on.here.part_environment()
    measure = (
        "import json, resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(json.dumps([done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))"
    )
    whole = [sys.executable, "-c", measure, *command]
    done = subprocess.run(whole, cwd=ROOT, env=told, capture_output=True, text=True, check=True)
    code, seconds, most_mb = json.loads(done.stdout)
    if code not in (0, 3):
        raise RuntimeError(f"{' '.join(command[:6])} ended with {code}: {done.stderr[-500:]}")
    return seconds, most_mb
