"""The oracle: cases typed by hand, points drawn by the district's script. It shares no code with the engine.

``data/demo/oracle.csv`` has one line for each rule of each process, and for each place state. Which mailbox is a
parish's clerk is read from ``data/moderngov/clerks.csv``, the same list the stand-in Modern.Gov publishes.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import gcd
from pathlib import Path
from typing import Any

CLERK = "clerk"


@dataclass(frozen=True)
class Case:
    """One line of the oracle.

    Attributes:
        outcome: ``signpost``, ``case`` or ``review``.
        state: state of the place of the drawn point; empty without a place.
        recipients: the mailboxes that must get a message, and no others.
    """

    process: str
    name: str
    answers: dict[str, str]
    place: dict[str, float] | None
    outcome: str
    rule: str
    state: str
    recipients: frozenset[str]

    def body(self, number: int, citizen: str | None = None) -> dict[str, Any]:
        """The submission in the format of the API, with the address of a citizen who wants updates."""
        body: dict[str, Any] = {"process": self.process, "answers": self.answers}
        if self.place is not None:
            body["place"] = self.place
        reporter = {"reporter": {"email": citizen}} if citizen else {}
        return body | reporter | {"details": f"Demo report {number}: {self.name}."}


def citizen_of(number: int) -> str | None:
    """The citizen's address on a report. Every second report has none."""
    return f"citizen-{number}@citizens.example" if number % 2 else None


def read_oracle(data: Path) -> list[Case]:
    """Read the oracle and the clerks from the shipped ``data`` folder."""
    with (data / "moderngov" / "clerks.csv").open(encoding="utf-8") as file:
        clerks = {row["parish_code"]: row["email"] for row in csv.DictReader(file)}
    with (data / "demo" / "oracle.csv").open(encoding="utf-8") as file:
        return [_case(row, clerks) for row in csv.DictReader(file)]


def _case(row: dict[str, str], clerks: dict[str, str]) -> Case:
    wanted = [each for each in (row["to"], *row["copies"].split(";")) if each]
    place = {"easting": float(row["easting"]), "northing": float(row["northing"])} if row["easting"] else None
    return Case(
        row["process"],
        row["case"],
        dict(answer.split("=") for answer in row["answers"].split(";")),
        place,
        row["outcome"],
        row["rule"],
        row["state"],
        frozenset(clerks[row["code"]] if each == CLERK else each for each in wanted),
    )


def choose(cases: list[Case], number: int) -> Iterator[Case]:
    """A number of cases. Each is used once before any repeats, in strides so that a few show different outcomes."""
    stride = next(step for step in count(len(cases) * 2 // 3) if gcd(step, len(cases)) == 1)
    return (cases[(position * stride + len(cases) // 2) % len(cases)] for position in range(number))
