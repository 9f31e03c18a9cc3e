"""The oracle: cases typed by hand, points drawn by the district's script. It shares no code with the engine.

``data/demo/oracle.csv`` has one line for each rule of each process, and for each place state. Which mailbox is a
parish's clerk is read from ``data/moderngov/clerks.csv``, the same list the stand-in Modern.Gov publishes.
"""

import csv
import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from math import gcd
from pathlib import Path
from typing import Any

CLERK = "clerk"
CITIZEN = "citizen"
LATE = "late"


@dataclass(frozen=True)
class Act:
    """What happens next in a case in stages.

    Attributes:
        by: address of the mailbox whose owner answers by link; ``citizen``; or ``late`` if nobody answers in time.
        fields: name of the form's field → what is typed; ``today`` is that day.
    """

    by: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Case:
    """One line of the oracle.

    Attributes:
        outcome: ``signpost``, ``case`` or ``review``.
        state: state of the place of the drawn point; empty without a place.
        recipients: the mailboxes that must get a message first, and no others.
        needs_contact: the reporter must give an email address.
        acts: how the case goes on, to its end.
        outcomes: ``stage/outcome`` of each act.
        later: further mailboxes that must get a message by then, and no others.
    """

    process: str
    name: str
    answers: dict[str, str]
    place: dict[str, float] | None
    outcome: str
    rule: str
    state: str
    recipients: frozenset[str]
    needs_contact: bool = False
    acts: tuple[Act, ...] = ()
    outcomes: tuple[str, ...] = ()
    end: str = ""
    later: frozenset[str] = frozenset()

    def body(self, number: int, citizen: str | None = None) -> dict[str, Any]:
        """The submission in the format of the API, with the address of a citizen who wants updates."""
        answers = {name: _answer(text) for name, text in self.answers.items()}
        body: dict[str, Any] = {"process": self.process, "answers": answers}
        if self.place is not None:
            body["place"] = self.place
        reporter = {"reporter": {"email": citizen}} if citizen else {}
        return body | reporter | {"details": f"Demo report {number}: {self.name}."}


def _answer(text: str) -> str | list[str]:
    """An answer as the API takes it: ``[one|two]`` is a list, ``today-30`` a day."""
    if text.startswith("["):
        return text[1:-1].split("|")
    day = re.fullmatch(r"today([+-]\d+)?", text)
    if day is None:
        return text
    return (datetime.date.today() + datetime.timedelta(days=int(day[1] or 0))).isoformat()  # noqa: DTZ011


def citizen_of(number: int, case: Case) -> str | None:
    """The citizen's address on a report. Every second report has none, if its process needs none."""
    return f"citizen-{number}@citizens.example" if number % 2 or case.needs_contact else None


def read_oracle(data: Path) -> list[Case]:
    """Read the oracle and the clerks from the shipped ``data`` folder."""
    with (data / "moderngov" / "clerks.csv").open(encoding="utf-8") as file:
        clerks = {row["parish_code"]: row["email"] for row in csv.DictReader(file)}
    with (data / "demo" / "oracle.csv").open(encoding="utf-8") as file:
        return [_case(row, clerks) for row in csv.DictReader(file)]


def _case(row: dict[str, str], clerks: dict[str, str]) -> Case:

    def boxes(*names: str) -> frozenset[str]:
        return frozenset(clerks[row["code"]] if name == CLERK else name for name in names if name)

    place = {"easting": float(row["easting"]), "northing": float(row["northing"])} if row["easting"] else None
    return Case(
        row["process"],
        row["case"],
        dict(answer.split("=") for answer in row["answers"].split(";")),
        place,
        row["outcome"],
        row["rule"],
        row["state"],
        boxes(row["to"], *row["copies"].split(";")),
        row["contact"] == "needed",
        tuple(_act(each, boxes) for each in row["acts"].split(";") if each),
        tuple(each for each in row["outcomes"].split(";") if each),
        row["end"],
        boxes(*row["later"].split(";")),
    )


def _act(text: str, boxes: Callable[[str], frozenset[str]]) -> Act:
    by, _, said = text.partition(":")
    (who,) = boxes(by)
    return Act(who, dict(each.split("=", 1) for each in said.split(",") if each))


def choose(cases: list[Case], number: int) -> Iterator[Case]:
    """A number of cases. Each is used once before any repeats, in strides so that a few show different outcomes."""
    stride = next(step for step in count(len(cases) * 2 // 3) if gcd(step, len(cases)) == 1)
    return (cases[(position * stride + len(cases) // 2) % len(cases)] for position in range(number))
