"""``make bench``: run all benchmarks, and write a table, JSON and a picture to docs/benchmarks."""

import argparse
import faulthandler
import json
import sys
import tempfile
from pathlib import Path

from benchmarks import contacts
from benchmarks.boundaries import boundaries
from benchmarks.cases import cases
from benchmarks.cold_start import cold_start
from benchmarks.definitions import definitions
from benchmarks.growth import growth
from benchmarks.idle import idle
from benchmarks.intake import CONNECTIONS, bare, intake
from benchmarks.latency import latency
from benchmarks.look_up import look_up
from benchmarks.machine import machine
from benchmarks.pages import pages
from benchmarks.picture import draw
from benchmarks.stage import QUIET, ROOT, Stage, stage
from benchmarks.surge import surge, two_engines
from benchmarks.table import lines
from routing.cli.supervisor import WITHOUT_CAPS

FOLDER = ROOT / "docs" / "benchmarks"
WEB_PROCESSES = 2
QUICK_ENDS_S = 1_500.0
"""A smoke run that takes this long stands still somewhere: it ends, and says where."""

AT = 16
"""The number of connections for which the target of intake is set."""

IDLE = "idle"
"""Measured before the stage is there, which would share memory with what is measured."""


def _latency(on: Stage, how: argparse.Namespace) -> dict:
    return latency(on, 5, 1, 8, 0) if how.quick else latency(on, 60, 6, 180, 3)


def _surge(on: Stage, how: argparse.Namespace) -> dict:
    return surge(on, 120, 10, 2, 40) if how.quick else surge(on, 10_000, 100, 20, 1_000)


def _intake(on: Stage, how: argparse.Namespace) -> dict:
    on.forget()
    connections = (1, AT) if how.quick else CONNECTIONS
    seconds = 0.5 if how.quick else 4.0
    found = intake(on, seconds, WEB_PROCESSES, connections)
    limit = bare(on, seconds, WEB_PROCESSES, AT)
    return {
        "connections": AT,
        "per_s": found[AT],
        "bare_per_s": limit,
        "ratio_bare": round(found[AT] / limit, 2),
        "web_processes": WEB_PROCESSES,
        "by_connections": found,
    }


def _growth(on: Stage, how: argparse.Namespace) -> dict:
    if how.quick:
        return growth(on, (30, 60, 300), 1_000, 60, to_the_end=True)
    return growth(on, (1_000, 10_000, 100_000), 1_000_000, 10_000, to_the_end=how.full)


def _two_engines(on: Stage, how: argparse.Namespace) -> dict:
    return two_engines(on, 120 if how.quick else 10_000)


def _cold_start(on: Stage, how: argparse.Namespace) -> dict:
    return cold_start(on, 1 if how.quick else 3)


def _look_up(_: Stage, how: argparse.Namespace) -> dict:
    return look_up(5_000 if how.quick else 200_000)


def _boundaries(on: Stage, how: argparse.Namespace) -> dict:
    return boundaries(on, 10_000 if how.quick else 200_000, 2_000 if how.quick else 200_000)


def _contacts(on: Stage, _: argparse.Namespace) -> dict:
    return contacts.measure(on)


def _pages(on: Stage, how: argparse.Namespace) -> dict:
    return pages(on, WEB_PROCESSES, 5, 1) if how.quick else pages(on, WEB_PROCESSES)


def _cases(on: Stage, how: argparse.Namespace) -> dict:
    return cases(on, 2_000, 2_000, 200, 3, 5) if how.quick else cases(on, 100_000, 1_000_000, 3_000, 30, 50)


def _definitions(_: Stage, how: argparse.Namespace) -> dict:
    return definitions(1, 1) if how.quick else definitions(15, 10)


PARTS = {
    "latency": _latency,
    "surge": _surge,
    "intake": _intake,
    "growth": _growth,
    "two_engines": _two_engines,
    "cold_start": _cold_start,
    "look_up": _look_up,
    "boundaries": _boundaries,
    "contacts": _contacts,
    "pages": _pages,
    "cases": _cases,
    "definitions": _definitions,
}


def _on_stage(wanted: list[str], how: argparse.Namespace, found: dict[str, dict]) -> None:
    with tempfile.TemporaryDirectory(prefix="ww-bench-") as folder, stage(Path(folder)) as on:
        for name in (part for part in PARTS if part in wanted):
            print(f"Measuring {name.replace('_', ' ')}.", file=sys.stderr, flush=True)
            found[name] = PARTS[name](on, how)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--only", default=",".join((*PARTS, IDLE)), help=f"benchmarks to run, from: {','.join((*PARTS, IDLE))}"
    )
    parser.add_argument("--quick", action="store_true", help="a short smoke run of everything, which writes nothing")
    parser.add_argument(
        "--full", action="store_true", help="also send all of the 100,000 reports, which takes ten more minutes"
    )
    parser.add_argument(
        "--default-caps",
        action="store_true",
        help="limit emails as an installation does; use with --quick --only latency",
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON to stdout at the end")
    how = parser.parse_args()
    if how.default_caps:
        for name in WITHOUT_CAPS:
            QUIET.pop(name)
    wanted = how.only.split(",")
    if not set(wanted) <= {*PARTS, IDLE}:
        parser.error(f"--only takes some of: {','.join((*PARTS, IDLE))}")
    if how.quick:
        faulthandler.dump_traceback_later(QUICK_ENDS_S, exit=True)
    found: dict[str, dict] = {"machine": machine()}
    if IDLE in wanted:
        print("Measuring idle.", file=sys.stderr, flush=True)
        found[IDLE] = idle(5.0 if how.quick else 60.0)
    if wanted != [IDLE]:
        _on_stage(wanted, how, found)
    for line in lines(found, judged=not how.quick):
        print(line)
    if not how.quick and len(wanted) == len(PARTS) + 1:
        (FOLDER / "latest.json").write_text(json.dumps(found, indent=2) + "\n")
        (FOLDER / "latest.md").write_text("\n".join(lines(found)) + "\n")
        draw(found, FOLDER / "latest.png")
    if how.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
