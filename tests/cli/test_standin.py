"""``waywarden standin``: a stand-in as a process of its own, told what goes wrong over HTTP."""

import json
import signal
import subprocess
import sys

import pytest
import requests

from routing.cli.supervisor import free_port
from tests.conftest import until
from tests.place.publisher import PARISHES
from tests.place.squares import row

pytestmark = pytest.mark.thorough


@pytest.fixture
def standin():
    """Start one, and stop it at the end; it has to end as it was told to."""
    started = []

    def start(*arguments: str) -> str:
        port = free_port()
        command = [sys.executable, "-m", "routing.cli", "standin", *arguments, "--port", str(port)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stderr is not None
        assert process.stderr.readline().startswith(f"WAYWARDEN_BOUNDARIES_PORTAL=http://127.0.0.1:{port}/")
        address = f"http://127.0.0.1:{port}"
        until(lambda: is_up(address))
        return address

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        with process:
            assert process.wait(10) == 0


def is_up(address: str) -> bool:
    try:
        return requests.get(f"{address}/api/search/v1/collections/dataset/items", timeout=5).ok
    except requests.ConnectionError:
        return False


def test_a_refresh_asks_the_standin_and_sees_what_goes_wrong(waywarden, standin):
    address = standin("boundaries")
    told = {"WAYWARDEN_BOUNDARIES_PORTAL": f"{address}/api/search/v1"}
    requests.put(f"{address}/switches/{PARISHES}", json={"keeps_share": 0.03}, timeout=5).raise_for_status()
    assert waywarden("boundaries", "refresh", **told).stderr.startswith("waywarden: count: ")
    requests.put(f"{address}/switches/{PARISHES}", json={}, timeout=5).raise_for_status()
    assert json.loads(waywarden("boundaries", "refresh", "--json", **told).stdout)["areas"] == 63


def test_any_file_can_be_served_and_its_districts_are_made_of_its_parishes(waywarden, standin, tmp_path):
    from tests.cli.test_boundaries import squares

    address = standin("boundaries", squares(tmp_path / "squares.geojson", row(12)))
    told = {"WAYWARDEN_BOUNDARIES_PORTAL": f"{address}/api/search/v1"}
    brought = json.loads(waywarden("boundaries", "refresh", "--json", **told).stdout)
    assert (brought["areas"], brought["state"]) == (12, "loaded")


def test_a_switch_that_is_not_there_is_refused(standin):
    address = standin("boundaries")
    assert requests.put(f"{address}/switches/{PARISHES}", json={"bodi": "html"}, timeout=5).status_code == 422
    assert requests.put(f"{address}/switches/nobody", json={}, timeout=5).status_code == 404


def test_a_port_in_use_is_said_so(waywarden, standin):
    port = standin("boundaries").rpartition(":")[2]
    done = waywarden("standin", "boundaries", "--port", port)
    assert (done.returncode, done.stderr.startswith("waywarden: --port: ")) == (2, True)


def test_what_can_go_wrong_with_a_moderngov_is_listed(waywarden):
    assert "drip" in waywarden("standin", "moderngov", "--faults").stdout
    assert waywarden("standin", "moderngov", "--fault", "weather").returncode == 2
    assert "an unsigned certificate" in waywarden("standin", "moderngov", "--fault", "untrusted").stderr


@pytest.mark.parametrize("text", [None, "name,id\nx,1\n", "council,moderngov_id\nx,y\n"], ids=["none", "columns", "id"])
def test_a_table_of_clerks_that_cannot_be_read_is_said_so(waywarden, tmp_path, text):
    table = tmp_path / "clerks.csv"
    if text is not None:
        table.write_text(text)
    done = waywarden("standin", "moderngov", str(table))
    assert done.returncode == 2
    assert "Choose a CSV with the columns council,moderngov_id" in done.stderr
