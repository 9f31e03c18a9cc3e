"""An installation that is lost with everything it kept, and comes back from a backup."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from routing.cli.installation import postgres_dir
from routing.cli.supervisor import Installation
from routing.database import EmbeddedServer
from routing.settings import Settings
from tests.conftest import until
from tests.samples import submission

pytestmark = pytest.mark.installation

REPORTER = {"name": "Ada Reporter", "email": "ada@citizen.example"}
SUBMISSIONS = [
    submission(details="one", reporter=REPORTER),
    submission("corner of three", details="two"),
    submission("near a border", details="three"),
]


def waywarden(*arguments: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"WAYWARDEN_DATA_DIR": str(data_dir)}
    command = [sys.executable, "-m", "routing.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200, check=False)


def report(here: Installation, body: dict[str, Any]) -> dict[str, str]:
    answer = requests.post(f"{here.addresses.web}/api/reports", json=body, timeout=10)
    assert answer.status_code == 201, answer.text
    taken: dict[str, str] = answer.json()
    return taken


def look(here: Installation, taken: dict[str, str]) -> dict[str, Any]:
    """A report's page, with the token it was given, wherever the web listens today."""
    path = "/" + taken["tracking_url"].split("/", 3)[3]
    answer = requests.get(here.addresses.web + path, timeout=10)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def explain(taken: dict[str, str], data_dir: Path) -> list[str]:
    """Who got it and why; messages that were written at the same moment come in any order."""
    done = waywarden("reports", "explain", taken["reference"], data_dir=data_dir)
    assert "Reason:" in done.stdout, done.stderr
    return sorted(done.stdout.splitlines())


def messages(here: Installation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{here.addresses.mailbox}/messages", timeout=10).json()
    return found


def mails(here: Installation) -> list[str]:
    return sorted(message["message_id"] for message in messages(here))


def all_sent(here: Installation, count: int) -> bool:
    """Every report has got where it goes, and nothing waits to be sent."""
    import psycopg

    with psycopg.connect(here.database_url) as connection:
        messages = connection.execute(
            "SELECT count(*) FILTER (WHERE state = 'pending'), count(DISTINCT report) FILTER (WHERE state = 'sent')"
            " FROM delivery"
        ).fetchone()
        waiting = connection.execute("SELECT count(*) FROM report WHERE state IN ('received', 'routing')").fetchone()
    return messages == (0, count) and waiting == (0,)


def test_an_installation_goes_back_to_its_backup_and_comes_back_from_it_when_it_is_lost(
    install, tmp_path, tmp_path_factory
):
    kept = tmp_path_factory.mktemp("kept")  # on another disk, so to say
    file = str(kept / "waywarden.dump")
    with install(mailbox_dir=kept / "mailbox") as here:
        taken = [report(here, body) for body in SUBMISSIONS]
        until(lambda: all_sent(here, len(taken)), 60)
        before = [look(here, each) for each in taken]
        done = waywarden("backup", file, "--json", data_dir=tmp_path)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["reports"] == len(taken)
        explained = explain(taken[0], tmp_path)
        refused = waywarden("restore", file, "--replace", data_dir=tmp_path)
        assert refused.returncode == 1
        assert "An engine used this database" in refused.stderr
        later = report(here, submission(details="reported after the backup"))
        until(lambda: all_sent(here, len(taken) + 1), 60)
        sent = mails(here)
    until(lambda: waywarden("restore", file, "--replace", data_dir=tmp_path).returncode == 0, 60)
    listed = json.loads(waywarden("reports", "list", "--json", data_dir=tmp_path).stdout)
    assert {each["reference"] for each in listed} == {each["reference"] for each in taken}, "back to what it was then"
    EmbeddedServer(postgres_dir(Settings(data_dir=tmp_path))).stop(wait_s=30)  # a command does not wait for its end
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()

    done = waywarden("restore", file, "--json", data_dir=tmp_path)
    assert done.returncode == 0, done.stderr
    restored = json.loads(done.stdout)
    assert (restored["reports"], restored["broken"], restored["kept"]) == (len(taken), [], None)
    assert restored["rows"] > len(taken)

    with install(mailbox_dir=kept / "mailbox") as here:
        assert [look(here, each) for each in taken] == before
        assert explain(taken[0], tmp_path) == explained
        path = "/" + later["tracking_url"].split("/", 3)[3]
        assert requests.get(here.addresses.web + path, timeout=10).status_code == 404
        verified = waywarden("reports", "verify", "--json", data_dir=tmp_path)
        assert json.loads(verified.stdout) == {"rows": restored["rows"], "broken": [], "anchors_file_to": None}
        new = report(here, submission(details="four"))
        until(lambda: all_sent(here, len(taken) + 1), 60)
        assert {m["reference"] for m in messages(here) if m["message_id"] not in sent} == {new["reference"]}
        assert len(mails(here)) == len(sent) + 2, "the clerk's and the team's copy of the new one"
