"""``waywarden contacts refresh`` is killed at ten points, each time with the directory whole."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from random import Random

import pytest

from routing import contacts
from routing.standins import Rule
from tests.conftest import ROOT, until
from tests.contacts.conftest import SLUG


@pytest.fixture
def told(database_url, moderngov):
    return os.environ | {
        "WAYWARDEN_DATABASE_URL": database_url,
        "WAYWARDEN_MODERNGOV_STANDIN_URL": moderngov,
        "WAYWARDEN_MODERNGOV_INTERVAL_S": "0",
        "WAYWARDEN_COUNCILS_DIR": str(ROOT / "councils"),
        "WAYWARDEN_PROCESSES_DIR": str(ROOT / "processes"),
    }


@pytest.mark.thorough
def test_the_directory_is_of_one_refresh_each_time_and_the_next_start_finishes(database, told, faulty, links):
    command = [sys.executable, "-m", "routing.cli", "contacts", "refresh", "--council", SLUG, "--json"]
    faulty.slow_s = 0.05
    pages = len(set(links.values()))
    for turn, at in enumerate(_points(pages)):
        editions = {f"edition-{turn}@x.example", f"edition-{turn - 1}@x.example"}
        whole = list(faulty.entries)
        faulty.entries[:] = [replace(entry, email=f"edition-{turn}@x.example", clerk="A clerk") for entry in whole]
        faulty.rules, faulty.asked = [Rule("slow")], []
        with subprocess.Popen(command, env=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            until(lambda: len(faulty.asked) >= at or process.poll() is not None)  # noqa: B023
            process.send_signal(signal.SIGKILL)
        seen = {each.published.email for each in held(database).values()}
        assert len(seen) <= 1, "a directory of two refreshes"
        assert seen <= editions
        faulty.rules = []
        finished = subprocess.run(command, env=told, capture_output=True, text=True, check=True)
        assert json.loads(finished.stdout)[0]["outcome"] in {"applied", "held"}
        assert {each.published.email for each in held(database).values()} == {f"edition-{turn}@x.example"}
        faulty.entries[:] = whole


def held(database):
    with database.transaction() as tx:
        return contacts.read_source(tx, SLUG)


def _points(pages: int) -> list[int]:
    """Ten points from the first request to the last, in no order; the last ones are at the end of the refresh."""
    return Random(20261122).sample([1, 2, 3, pages // 3, pages // 2, pages - 2, pages - 1, pages, pages + 1, 7], 10)
