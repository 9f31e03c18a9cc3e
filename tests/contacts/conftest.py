"""A refresh of the fictional council against the stand-in, as flow and command do it."""

from collections.abc import Callable, Mapping

import pytest

from routing import place
from routing.casework import Catalogue
from routing.contacts.moderngov import ModernGov, Outcome, Throttle, Transport, finish, gather
from routing.council import Council
from routing.database import Database
from tests.present import present

SLUG = "merewold"


@pytest.fixture
def council(catalogue: Catalogue) -> Council:
    return catalogue.councils[SLUG]


@pytest.fixture
def refresh(database: Database, catalogue: Catalogue, council: Council, moderngov: str) -> Callable[..., Outcome]:
    """Refresh as the flow does; gives the outcome."""

    def run(links: Mapping[str, int] | None = None) -> Outcome:
        with database.transaction() as tx:
            parishes = place.parishes_of(tx, council.gss)
        wanted = catalogue.folders[SLUG].links if links is None else links
        transport = Transport(f"{moderngov}/{SLUG}", Throttle(0), timeout_s=(2, 0.3, 1))
        opened = gather(database, SLUG, ModernGov(transport), wanted, "test", sleep=lambda _: None)
        transport.close()
        return finish(database, council, opened.id, parishes)

    return run


@pytest.fixture
def links(catalogue: Catalogue) -> dict[str, int]:
    return present(catalogue.folders[SLUG].links)
