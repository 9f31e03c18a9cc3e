import contextlib

import pytest

from routing.standins import Switches, feature_server_app
from tests.place.publisher import Publisher, make_services
from tests.servers import http_server


@contextlib.contextmanager
def running():
    services = make_services()
    with http_server(feature_server_app(services)) as url:
        yield Publisher(url, {service.name: service for service in services})


@pytest.fixture(scope="session")
def one_publisher():
    with running() as publisher:
        yield publisher


@pytest.fixture
def own_publisher():
    """One that no other test asks: requests that were given up may still be answered later."""
    with running() as publisher:
        yield publisher


@pytest.fixture
def publisher(one_publisher):
    """The publisher with every switch as it is on a good day."""
    for service in one_publisher.services.values():
        service.switches = Switches()
    return one_publisher
