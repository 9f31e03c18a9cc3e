"""What is wrong with Prefect, told from what its client raises."""

import asyncio

import pytest

from routing.cli.supervisor import free_port
from routing.engine import deploy
from routing.engine.heartbeat import Reach
from routing.engine.prefect_client import EngineClient
from routing.engine.prefect_gateway import UNREACHABLE, PrefectGateway, trouble_of
from routing.errors import ConfigurationError
from tests.servers import http_server


def answering(status: int):
    """An API that answers everything alike."""

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})

    return app


def trouble(api: str) -> str:
    async def ask() -> str:
        async with EngineClient(api) as client:
            try:
                await PrefectGateway(client).load()
            except UNREACHABLE as error:
                return trouble_of(error)
        return "none"

    return asyncio.run(ask())


@pytest.mark.parametrize(("status", "code"), [(401, "refused"), (403, "refused"), (404, "not-deployed"), (500, "away")])
def test_an_answer_of_prefect_says_what_is_wrong(status, code):
    with http_server(answering(status), lifespan="off") as url:
        assert trouble(f"{url}/api") == code


@pytest.mark.thorough
def test_no_answer_of_prefect_says_that_it_is_away():
    assert trouble(f"http://127.0.0.1:{free_port()}/api") == "away"


def test_flows_are_not_registered_with_a_wrong_string_and_it_is_said_at_once():
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with (
        http_server(answering(401), lifespan="off") as url,
        temporary_settings({PREFECT_API_URL: f"{url}/api"}),
        pytest.raises(ConfigurationError, match="PREFECT_API_AUTH_STRING"),
    ):
        deploy(deadline_s=60)


def test_an_outage_begins_when_it_began_also_where_its_reason_changes():
    reach = Reach()
    reach.lost("away")
    began = reach.since
    reach.lost("refused")
    assert (reach.is_there, reach.trouble, reach.since) == (False, "refused", began)
    reach.found()
    assert (reach.is_there, reach.trouble, reach.since) == (True, None, None)
