"""``waywarden contacts refresh`` is killed at ten points, each time with the directory whole."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from random import Random

import pytest

from routing import contacts
from routing.contacts.directory import hold_directory
from routing.standins import Rule
from tests.conftest import PLAIN, until
from tests.contacts.conftest import SLUG


@pytest.fixture
def told(database_url, moderngov, tmp_path):
    """What the command is told: of a council that lets a refresh change every address at once."""
    councils = tmp_path / "councils"
    shutil.copytree(PLAIN / "councils", councils)
    with (councils / SLUG / "council.toml").open("a") as file:
        file.write("\n[contacts]\nmost_changed = 1.0\n")
    return os.environ | {
        "WAYWARDEN_DATABASE_URL": database_url,
        "WAYWARDEN_MODERNGOV_STANDIN_URL": moderngov,
        "WAYWARDEN_MODERNGOV_INTERVAL_S": "0",
        "WAYWARDEN_COUNCILS_DIR": str(councils),
        "WAYWARDEN_PROCESSES_DIR": str(PLAIN / "processes"),
    }


@pytest.mark.thorough
def test_the_directory_is_of_one_refresh_each_time_and_the_next_start_finishes(database, told, faulty, links):
    command = [sys.executable, "-m", "routing.cli", "contacts", "refresh", "--council", SLUG, "--json"]
    faulty.slow_s = 0.05
    pages = len(set(links.values()))
    for turn, at in enumerate(_points(pages)):
        editions = {f"edition-{turn}@clerks.merewold.example", f"edition-{turn - 1}@clerks.merewold.example"}
        whole = list(faulty.entries)
        faulty.entries[:] = [
            replace(entry, email=f"edition-{turn}@clerks.merewold.example", clerk="A clerk") for entry in whole
        ]
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
        assert {each.published.email for each in held(database).values()} == {f"edition-{turn}@clerks.merewold.example"}
        faulty.entries[:] = whole


def held(database):
    with database.transaction() as tx:
        return contacts.read_source(tx, SLUG)


def _points(pages: int) -> list[int]:
    """Ten points from the first request to the last."""
    return Random(20261122).sample(range(1, pages + 2), 10)


@pytest.mark.thorough
def test_killed_while_everything_is_about_to_count_nothing_has_counted(database, told, links):
    """Another transaction holds the directory, so that the refresh stands where it lets everything count."""
    command = [sys.executable, "-m", "routing.cli", "contacts", "refresh", "--council", SLUG, "--json"]
    waits = "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with database.transaction() as holder:
        hold_directory(holder, SLUG)
        with subprocess.Popen(command, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            with database.statements() as tx:
                until(lambda: tx.execute(waits).fetchone()["n"] == 1)
            process.send_signal(signal.SIGKILL)
    assert held(database) == {}
    finished = subprocess.run(command, env=told, capture_output=True, text=True, check=True)
    assert json.loads(finished.stdout)[0]["outcome"] == "applied"
    assert set(held(database)) == set(links)
    with database.transaction() as tx:
        rows = tx.execute("SELECT outcome FROM contact_round").fetchall()
    assert [row["outcome"] for row in rows] == ["applied"]
