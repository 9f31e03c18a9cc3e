"""Processes that look up while the vintage changes under them: each answer is of one vintage, whole."""

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from routing.place import activate, active_vintage, load_vintage, rollback
from tests.conftest import ROOT, until
from tests.place.squares import pairs, parish, square
from tests.present import present

pytestmark = pytest.mark.thorough

SWITCHES = 20
POINTS = [(1_000 * number + 500, 500) for number in range(10)]
PROCESSES = 2


def next_version(first: int):
    """Ten squares in a row, whose codes tell the edition."""
    return pairs(*((parish(first + number), square(number, 0)) for number in range(len(POINTS))))


def test_two_processes_look_up_while_20_activations_and_rollbacks_happen(database, database_url, tmp_path):
    with database.transaction() as tx:
        one, other = (load_vintage(tx, title, "test", next_version(first)) for title, first in (("a", 100), ("b", 200)))
        activate(tx, one)
    expected = {
        vintage: [parish(first + n).code for n in range(len(POINTS))] for vintage, first in ((one, 100), (other, 200))
    }
    logs = [tmp_path / f"{number}.jsonl" for number in range(PROCESSES)]
    command = [sys.executable, "-W", "error", "-m", "tests.place.looker", database_url, json.dumps(POINTS)]
    running: list[subprocess.Popen[bytes]] = []
    for log in logs:
        with log.open("w") as out, log.with_suffix(".err").open("w") as err:
            running.append(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=out, stderr=err))

    def seen(log: Path) -> list[Any]:
        return [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]

    for number in range(SWITCHES):
        with database.transaction() as tx:
            activate(tx, other) if number % 2 == 0 else rollback(tx, "test")
            now = active_vintage(tx)
        until(lambda: all(answers and answers[-1][0] == [now] for answers in map(seen, logs)))  # noqa: B023
    for process in running:
        present(process.stdin).close()
        assert process.wait(20) == 0
    for log in logs:
        assert log.with_suffix(".err").read_text() == ""
        answers = seen(log)
        assert all(codes == expected[vintage] for (vintage,), codes in answers)
        turns = Counter(before[0] != after[0] for before, after in pairwise(answers))
        assert turns[True] >= SWITCHES - 1
