"""An office that takes cases in stages to their end."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from routing.casework import Catalogue, read_catalogue
from routing.days import LONDON
from routing.present import VARIABLE
from tests import staged
from tests.casework.factory import know_clerk
from tests.casework.staging import CLERK, Office, office_of
from tests.conftest import ROOT
from tests.samples import code
from tests.servers import MailServer

MONDAY = datetime.datetime(2027, 2, 1, 9, tzinfo=LONDON)


@pytest.fixture(scope="session")
def staged_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return staged.catalogue_of(tmp_path_factory.mktemp("staged"))


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of cases can be set ahead; without it, it is the real time."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "clock"))


@pytest.fixture
def office(
    database_url: str, staged_catalogue: Catalogue, mailbox: MailServer, tmp_path: Path, clock: None
) -> Iterator[Office]:
    """One whose time is Monday 1 February 2027 at 9am, and whose clerk is known."""
    yield from _opened(database_url, staged_catalogue, mailbox, tmp_path)


@pytest.fixture
def shipped_office(database_url: str, mailbox: MailServer, tmp_path: Path, clock: None) -> Iterator[Office]:
    """The same, with the processes that are shipped."""
    yield from _opened(database_url, read_catalogue(ROOT / "councils", ROOT / "processes"), mailbox, tmp_path)


def _opened(database_url: str, catalogue: Catalogue, mailbox: MailServer, folder: Path) -> Iterator[Office]:
    made = office_of(database_url, catalogue, mailbox, folder)
    made.set_time(MONDAY)
    know_clerk(made.database, code("parish"), CLERK)
    yield made
    for channel in made.post.channels.values():
        channel.close()
    made.database.close()
