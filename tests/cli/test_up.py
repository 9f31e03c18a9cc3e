"""What ``waywarden up`` tells its parts."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from routing.cli import supervisor
from routing.cli.supervisor import Installation, free_port
from routing.settings import Settings, shipped


def told(tmp_path, **settings) -> dict[str, str]:
    made = Settings(data_dir=tmp_path, councils_dir=shipped("councils"), processes_dir=shipped("processes"), **settings)
    return Installation(made, tmp_path, with_standins=True).part_environment()


def test_the_stand_ins_are_used_where_nothing_was_set(tmp_path):
    environment = told(tmp_path)
    assert environment["WAYWARDEN_SMTP_HOST"] == "127.0.0.1"
    assert environment["WAYWARDEN_SMTP_SECURITY"] == "none"
    assert environment["WAYWARDEN_MODERNGOV_STANDIN_URL"].startswith("http://127.0.0.1:")


def test_they_never_take_the_place_of_an_address_that_was_set(tmp_path):
    environment = told(tmp_path, smtp_host="mail.council.example", moderngov_standin_url="http://127.0.0.1:9")
    assert not {name for name in environment if name.startswith(("WAYWARDEN_SMTP_HOST", "WAYWARDEN_SMTP_PORT"))}
    assert "WAYWARDEN_SMTP_SECURITY" not in environment
    assert "WAYWARDEN_MODERNGOV_STANDIN_URL" not in environment


def test_mail_to_an_address_is_stopped_and_allowed_by_command(waywarden):
    assert waywarden("mail", "allow", "ada@citizen.example").returncode == 2, "nothing was stopped"
    stopped: subprocess.CompletedProcess[str] = waywarden("mail", "stop", "Ada+x@Citizen.example")
    assert "are stopped" in stopped.stdout
    assert waywarden("mail", "allow", "ada@citizen.example", "--json").returncode == 0
    wrong = waywarden("mail", "stop", "nobody")
    assert wrong.returncode == 2
    assert "Enter one email address" in wrong.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which ports the system gives away")
def test_a_part_gets_no_port_that_an_outgoing_connection_could_get_before_it_listens():
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    assert not set(range(first, last + 1)) & {free_port() for _ in range(50)}


def test_a_port_on_which_something_listens_is_not_given(monkeypatch):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", free_port()))
        monkeypatch.setattr(supervisor, "PORTS", [busy.getsockname()[1]] * 20 + [free_port()])
        assert {free_port() for _ in range(20)} == {supervisor.PORTS[-1]}
