"""Points and submissions of the embedded district, from its oracle."""

import csv
import datetime
from pathlib import Path
from typing import Any

from routing.process import Given
from routing.working_days import Calendar

PLAIN = Path(__file__).parent / "plain" / "processes"
ORACLE = Path(__file__).parent.parent / "data" / "demo" / "oracle.csv"


def oracle() -> list[dict[str, str]]:
    """The cases of the processes of tests/plain, which decide like those that are shipped."""
    with ORACLE.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if (PLAIN / row["process"]).exists()]


def answers(row: dict[str, str]) -> dict[str, str]:
    """The answers of a case of the oracle."""
    return dict(each.split("=") for each in row["answers"].split(";"))


def point(name: str) -> dict[str, float]:
    """Where the district's script put a point, such as ``parish`` or ``near a border``."""
    row = next(row for row in oracle() if row["point"] == name)
    return {"easting": float(row["easting"]), "northing": float(row["northing"])}


def code(name: str) -> str:
    """The code of the area in which a point was drawn."""
    return next(row["code"] for row in oracle() if row["point"] == name)


def newest() -> str:
    """The newest revision of the schema, by the numbers of its files."""
    versions = Path(__file__).parent.parent / "src/routing/database/migrations/versions"
    return max(path.name[:4] for path in versions.glob("[0-9]*.py"))


def version(path: str = "tests/plain/processes/speeding-traffic/process.toml") -> str:
    """The version that a definition file says it is."""
    text = (Path(__file__).parent.parent / path).read_text(encoding="utf-8")
    return next(line.split('"')[1] for line in text.splitlines() if line.startswith("version = "))


VERSION = version()
"""Of the process *report speeding traffic*."""

ANSWERS = {"nature": "pattern", "road": "no", "limit": "30", "time": "day"}
"""Answers of rule R10, R11 or R12, as the place decides."""


GIVEN = Given(datetime.date(2026, 11, 30), Calendar())
"""A Monday on which answers are given."""


def submission(at: str = "parish", **changes: Any) -> dict[str, Any]:
    return {"process": "speeding-traffic", "answers": dict(ANSWERS), "place": point(at)} | changes
