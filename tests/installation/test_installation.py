"""Real processes, killed for real."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests

from routing.cli.installation import alone
from routing.cli.supervisor import Installation
from tests.conftest import until
from tests.present import present
from tests.samples import submission

pytestmark = pytest.mark.installation


def waywarden(*arguments: str, data_dir: Path, timeout: int = 200) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"WAYWARDEN_DATA_DIR": str(data_dir)}
    command = [sys.executable, "-m", "routing.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout, check=False)


def test_the_demo_takes_a_report_of_each_rule_to_its_end_and_every_message_is_right(tmp_path):
    done = waywarden("demo", "--json", data_dir=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["submitted"] == 71
    assert summary["delivered"] == 56
    assert summary["signposted"] == 15
    assert summary["review"] == 15
    assert (summary["lost"], summary["misrouted"], summary["duplicates"]) == (0, 0, 0)
    assert (summary["ended"], summary["wrong_end"], summary["answers"]) == (56, 0, 69)
    assert summary["rules_covered"] == 34
    assert summary["place_states_covered"] == 7
    assert summary["flow_runs"] >= 10
    assert summary["prefect_ui"].startswith("http://127.0.0.1:")
    until(lambda: not (tmp_path / "demo/postgres/data/postmaster.pid").exists())


def messages(here: Installation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{here.addresses.mailbox}/messages", timeout=10).json()
    return found


def kill(here: Installation, name: str) -> None:
    process = here.parts[name].process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_killing_the_engine_with_forty_reports_in_work_loses_none(install):
    connections = 4
    with install() as here:
        references = set()
        for number in range(40):
            answer = requests.post(
                f"{here.addresses.web}/api/reports", json=submission(details=f"{number}"), timeout=10
            )
            references.add(answer.json()["reference"])
            if number == 25:
                kill(here, "engine")
        here.restart_dead()
        until(lambda: len({(m["reference"], *m["envelope_to"]) for m in messages(here)}) == 80, 90)
        kill(here, "engine")
        here.restart_dead()
        counted = Counter(m["message_id"] for m in messages(here))
        assert {m["reference"] for m in messages(here)} == references
        assert len(counted) == 80
        assert sum(times - 1 for times in counted.values()) <= connections


def test_intake_goes_on_with_the_mailbox_down_and_everything_arrives_afterwards(install):
    with install() as here:
        kill(here, "standins")
        answers = [
            requests.post(f"{here.addresses.web}/api/reports", json=submission(details=f"{n}"), timeout=10)
            for n in range(5)
        ]
        assert {answer.status_code for answer in answers} == {201}
        here.restart_dead()
        here.wait_for("standins", f"{here.addresses.mailbox}/messages")
        until(lambda: len(messages(here)) >= 10, 60)
        assert {m["reference"] for m in messages(here)} == {answer.json()["reference"] for answer in answers}


HEAVY = ("pandas", "geopandas", "matplotlib", "pyarrow", "pyogrio", "sqlalchemy")
"""Packages with libraries of their own, which files of boundaries, maps of them and upgrades need."""


def test_engine_and_web_hold_no_package_that_only_files_maps_and_upgrades_need(install):
    with install() as here:
        requests.post(f"{here.addresses.web}/api/reports", json=submission(), timeout=10).raise_for_status()
        until(lambda: len(messages(here)) == 2, 60)
        mapped = {name: here.parts[name].process.pid for name in ("engine", "web")}
        for name, pid in mapped.items():
            text = Path(f"/proc/{pid}/maps").read_text()
            assert "/site-packages/shapely" in text, name  # else nothing would be seen of the others either
            assert [each for each in HEAVY if f"/site-packages/{each}" in text] == [], name


def test_an_installation_whose_supervisor_is_killed_leaves_nothing_running(tmp_path):
    environment = os.environ | {"WAYWARDEN_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "routing.cli", "up", "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as up:
        try:
            assert "web" in json.loads(present(up.stdout).readline())
            second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
            assert second.returncode == 1
            assert "Another waywarden up runs in" in second.stderr
        finally:
            up.kill()
    with alone(tmp_path / "up.lock", "waywarden up"):
        pass  # nothing that lives on holds it
    until(lambda: not belonging_to(tmp_path), 60)


def belonging_to(folder: Path) -> list[str]:
    """Processes that have the folder in their environment or on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in text:
                found.append(entry.name)
    return found


REAL = os.environ.get("WAYWARDEN_REAL_DATA")


@pytest.mark.real_data
@pytest.mark.skipif(not REAL, reason="WAYWARDEN_REAL_DATA names no folder with real boundaries and postcodes")
def test_real_postcodes_of_west_berkshire_go_to_their_parishes(install, tmp_path):
    from tests.installation.real import Fixture

    fixture = Fixture(Path(str(REAL)), tmp_path)
    environment = {"WAYWARDEN_COUNCILS_DIR": str(fixture.councils)}
    with install(clerks=fixture.clerks, environment=environment, settings={"councils_dir": fixture.councils}) as here:
        fixture.load(here)
        from tests.installation.conftest import refresh

        refresh(here)
        expected = {}
        for postcode, easting, northing in fixture.postcodes(every=120):
            place = {"easting": easting, "northing": northing}
            answers = {"nature": "pattern", "limit": "30", "time": "day"}
            body = {"process": "speeding-traffic", "answers": answers, "place": place, "details": postcode}
            answer = requests.post(f"{here.addresses.web}/api/reports", json=body, timeout=10)
            assert answer.status_code == 201, answer.text
            expected[answer.json()["reference"]] = fixture.expected(easting, northing)
        wanted = {(reference, address) for reference, addresses in expected.items() for address in addresses}
        assert len(wanted) > 60
        until(lambda: {(m["reference"], to) for m in messages(here) for to in m["envelope_to"]} >= wanted, 90)
        got = {(m["reference"], to) for m in messages(here) for to in m["envelope_to"]}
        assert got == wanted
        assert len({address for _, address in wanted}) > 20, "the postcodes lie in many parishes"
