"""The client that all runs of an engine share: what it asks of Prefect, and when."""

import asyncio
import contextlib
import json
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus, StateAcceptDetails
from prefect.states import Completed, Pending, Running

from routing.engine.prefect_client import EngineClient
from tests.servers import http_server


class Server:
    """Prefect's API as far as these tests need it: knows one run, accepts its states, and notes what it was asked."""

    def __init__(self, flow_run: FlowRun, *, update_status: int = 200) -> None:
        self.flow_run, self.update_status = flow_run, update_status
        self.asked: list[str] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        if "/flow_runs/" in scope["path"]:  # and not what the client asks for itself
            self.asked.append(scope["method"])
        status = 404 if scope["path"].endswith("/csrf-token") else 200  # 404: it asks for no token
        if scope["method"] == "PATCH":
            status = self.update_status
            self.bodies.append((await receive())["body"])
        accepted: OrchestrationResult[None] = OrchestrationResult(
            state=self.flow_run.state, status=SetStateStatus.ACCEPT, details=StateAcceptDetails()
        )
        body = accepted if scope["path"].endswith("/set_state") else self.flow_run
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body.model_dump_json().encode()})


def made(state: State | None = None) -> FlowRun:
    state = Running() if state is None else state
    return FlowRun(id=uuid4(), flow_id=uuid4(), deployment_id=uuid4(), name="EX-1", state=state, run_count=1)


@contextlib.asynccontextmanager
async def client_of(server: Server):
    with http_server(server, lifespan="off") as url:
        client = EngineClient(f"{url}/api")
        async with client:
            yield client
            await client.finish()


def test_a_run_that_begins_is_read_from_what_the_engine_has_and_later_from_the_server():
    async def read() -> None:
        flow_run = made()
        server = Server(flow_run)
        async with client_of(server) as client, client.begin(flow_run) as begun:
            begun.name = "as the engine has it"
            first = await client.read_flow_run(flow_run.id)
            assert (server.asked, first.deployment_id, first.name) == ([], flow_run.deployment_id, begun.name)
            await client.read_flow_run(flow_run.id)
            await client.read_flow_run(uuid4())
            assert server.asked == ["GET", "GET"]

    asyncio.run(read())


def test_prefect_gets_the_run_without_the_deployment_by_which_it_would_open_a_websocket():
    async def begin() -> None:
        flow_run = made()
        async with client_of(Server(flow_run)) as client, client.begin(flow_run) as begun:
            assert (begun.id, begun.deployment_id) == (flow_run.id, None)

    asyncio.run(begin())


def test_a_run_that_was_created_as_running_is_not_set_to_it_again():
    async def begin() -> None:
        flow_run = made()
        server = Server(flow_run)
        async with client_of(server) as client, client.begin(flow_run):
            answer = await client.set_flow_run_state(flow_run.id, Running())
            assert (server.asked, answer.status.value, answer.state) == ([], "ACCEPT", flow_run.state)
            await client.set_flow_run_state(flow_run.id, Running())  # as after a retry
            await client.set_flow_run_state(flow_run.id, Completed())
            assert server.asked == ["POST", "POST"]

    asyncio.run(begin())


def test_of_a_run_that_a_person_has_started_the_server_is_asked_everything_as_it_is():
    async def begin() -> None:
        flow_run = made(Pending())
        server = Server(flow_run.model_copy(update={"run_count": 7}))
        async with client_of(server) as client, client.begin(flow_run) as begun:
            assert begun.deployment_id is None
            await client.update_flow_run(flow_run.id, flow_version="1")
            await client.set_flow_run_state(flow_run.id, Running())
            assert (await client.read_flow_run(flow_run.id)).run_count == 7
            assert server.asked == ["PATCH", "POST", "GET"]

    asyncio.run(begin())


def test_what_is_written_into_a_run_that_goes_on_is_sent_when_it_has_ended():
    async def update() -> None:
        flow_run = made()
        server = Server(flow_run)
        async with client_of(server) as client, client.begin(flow_run):
            answer = await client.update_flow_run(flow_run.id, flow_version="1")
            await client.update_flow_run(flow_run.id, name="EX-2")
            assert (server.asked, answer.status_code) == ([], 202)
        assert server.asked == ["PATCH"]
        assert json.loads(server.bodies[0]) == {"flow_version": "1", "name": "EX-2"}

    asyncio.run(update())


def test_nothing_is_written_into_a_run_that_ended_with_an_error_and_it_stays_that_error():
    async def update() -> None:
        flow_run = made()
        server = Server(flow_run)
        async with client_of(server) as client, client.begin(flow_run):
            await client.update_flow_run(flow_run.id, flow_version="1")
            asked.append(server.asked)
            raise KeyError

    asked: list[list[str]] = []
    with pytest.raises(KeyError):
        asyncio.run(update())
    assert asked == [[]]


def test_an_update_that_prefect_refuses_is_logged_by_its_kind_and_the_run_goes_on(caplog):
    async def update() -> None:
        flow_run = made()
        async with client_of(Server(flow_run, update_status=404)) as client, client.begin(flow_run):
            await client.update_flow_run(flow_run.id, flow_version="1")

    asyncio.run(update())
    assert "Could not send the version of run" in caplog.text
    assert "PrefectHTTPStatusError" in caplog.text
