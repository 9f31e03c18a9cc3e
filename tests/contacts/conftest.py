"""A refresh of the fictional council against the stand-in, as flow and command do it."""

import pytest

from routing import place
from routing.contacts.moderngov import ModernGov, Throttle, Transport, finish, gather

SLUG = "merewold"


@pytest.fixture
def council(catalogue):
    return catalogue.councils[SLUG]


@pytest.fixture
def refresh(database, catalogue, council, moderngov):
    """Refresh as the flow does; gives the outcome."""

    def run(links=None):
        with database.transaction() as tx:
            parishes = place.parishes_of(tx, council.gss)
        wanted = catalogue.folders[SLUG].links if links is None else links
        transport = Transport(f"{moderngov}/{SLUG}", Throttle(0), timeout_s=(2, 0.3, 1))
        opened = gather(database, SLUG, ModernGov(transport), wanted, "test", sleep=lambda _: None)
        transport.close()
        return finish(database, council, opened.id, parishes)

    return run


@pytest.fixture
def links(catalogue):
    return catalogue.folders[SLUG].links
