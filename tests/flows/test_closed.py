"""Prefect's API runs commands: it is open to whoever holds the auth string, and to nobody else on this machine."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from routing.private import PREFECT_AUTH
from tests.conftest import until
from tests.present import present

pytestmark = pytest.mark.prefect

OPEN = {("GET", "/api/health"), ("GET", "/api/ready")}
SOCKETS = [
    "/events/in",
    "/events/out",
    "/logs/out",
    "/task_runs/subscriptions/scheduled",
    "/work_pools/waywarden/workers/connect",
]

NOBODY = 65534

# What another local user can do: ask. It is run under that user's id where we may become it.
ASK = """
import json, sys, urllib.error, urllib.request
for method, url, headers in json.load(sys.stdin):
    asked = urllib.request.Request(url, method=method, headers=headers, data=b"{}" if method != "GET" else None)
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            print(answer.status)
    except urllib.error.HTTPError as error:
        print(error.code)
"""


def as_somebody_else(asked: list[tuple[str, str, dict[str, str]]]) -> list[int]:
    """The statuses that another user of this machine gets."""
    user: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(
        ["/usr/bin/python3" if user else sys.executable, "-c", ASK], input=json.dumps(asked), capture_output=True,
        text=True, timeout=120, env={}, cwd="/", check=True, **user,
    )  # fmt: skip
    return [int(line) for line in done.stdout.split()]


def routes(prefect_server) -> list[tuple[str, str]]:
    found = requests.get(f"{prefect_server.api}/openapi.json", auth=prefect_server.auth, timeout=20).json()["paths"]
    return [
        (method.upper(), path if path.startswith("/api") else f"/api{path}")
        for path, methods in found.items()
        for method in methods
    ]


def test_another_local_user_is_refused_on_every_route_but_health_and_ready(prefect_server):
    known = routes(prefect_server)
    assert len(known) > 150, "the API's own list of its routes"
    asked = [
        (method, prefect_server.ui + path.replace("{", "").replace("}", ""), {"Content-Type": "application/json"})
        for method, path in known
    ]
    answered = dict(zip(known, as_somebody_else(asked), strict=True))
    assert {route for route, status in answered.items() if status not in {401, 403}} == OPEN
    assert {answered[route] for route in OPEN} == {200}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Authorization": "Basic d2F5d2FyZGVuOndyb25n"},
        {"Authorization": "Bearer anything"},
    ],
    ids=["host", "origin", "both", "a wrong string", "another scheme"],
)
def test_a_web_page_or_a_guess_creates_no_work_pool(prefect_server, headers):
    body = {"name": "evil", "type": "process", "base_job_template": {"job_configuration": {"command": "id"}}}
    answer = requests.post(f"{prefect_server.api}/work_pools/", json=body, headers=headers, timeout=20)
    assert answer.status_code in {401, 403}
    assert "evil" not in {each["name"] for each in prefect_server.post("work_pools/filter", {})}


@pytest.mark.parametrize("path", SOCKETS)
def test_a_socket_is_closed_to_whoever_has_no_auth_string(prefect_server, path):
    address = prefect_server.api.replace("http", "ws", 1) + path
    with pytest.raises(InvalidStatus) as refused:
        connect(address, origin=Origin("http://evil.example"))
    assert refused.value.response.status_code == 403
    with connect(address, subprotocols=[Subprotocol("prefect")]) as socket:
        socket.send(json.dumps({"type": "auth", "token": "guessed:guessed"}))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(20)
    assert present(closed.value.rcvd).code == 1008


def test_whoever_holds_the_string_is_let_in(prefect_server):
    assert requests.get(f"{prefect_server.api}/admin/version", auth=prefect_server.auth, timeout=20).ok


@pytest.fixture
def told_by_its_folder(prefect_server, database_url, tmp_path):
    """The environment of a program that knows Prefect's string from its data directory alone, as units do."""
    (tmp_path / PREFECT_AUTH).write_text(os.environ["PREFECT_API_AUTH_STRING"])
    (tmp_path / PREFECT_AUTH).chmod(0o600)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "WAYWARDEN_"))}
    return kept | {
        "PREFECT_API_URL": prefect_server.api,
        "WAYWARDEN_DATA_DIR": str(tmp_path),
        "WAYWARDEN_DATABASE_URL": database_url,
        "WAYWARDEN_SMTP_HOST": "127.0.0.1",
    }


def test_flows_are_registered_with_the_string_of_the_data_directory(told_by_its_folder):
    done = subprocess.run([sys.executable, "-m", "routing.cli", "deploy"], env=told_by_its_folder,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (
        0,
        "The flows are registered. To see them, open Deployments in Prefect's UI.\n",
    )


def test_an_engine_reaches_prefect_with_the_string_of_the_data_directory(told_by_its_folder, database):
    def seen():
        with database.transaction() as tx:
            return tx.execute("SELECT prefect_trouble FROM heartbeat WHERE prefect_reachable").fetchall()

    with subprocess.Popen([sys.executable, "-m", "routing.cli", "run", "engine"], env=told_by_its_folder) as engine:
        try:
            until(seen, 60)
            assert [row["prefect_trouble"] for row in seen()] == [None]
        finally:
            engine.terminate()
            engine.wait(60)


def test_requests_that_begin_together_share_one_token_and_get_through_also_once_it_is_replaced(prefect_server):
    import asyncio

    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    from routing.engine.prefect_client import EngineClient

    async def ask() -> list[int]:
        async with EngineClient(prefect_server.api, auth_string=os.environ["PREFECT_API_AUTH_STRING"]) as client:
            together = [client.request("POST", "/flow_runs/count", json={}) for _ in range(20)]
            first = await asyncio.gather(*together)
            replaced = {"client": str(client._http.csrf_client_id)}
            await asyncio.to_thread(
                requests.get, f"{prefect_server.api}/csrf-token", params=replaced, auth=prefect_server.auth, timeout=20
            )
            again = [client.request("POST", "/flow_runs/count", json={}) for _ in range(20)]
            return [answer.status_code for answer in (*first, *await asyncio.gather(*again))]

    with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 1}):  # as an engine has it
        assert asyncio.run(ask()) == [200] * 40
