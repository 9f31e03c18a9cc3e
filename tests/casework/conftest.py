"""An office that takes cases in stages to their end."""

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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


def _open(made: Office) -> Office:
    """An office whose time is Monday 1 February 2027 at 9am, and whose clerk is known."""
    made.set_time(MONDAY)
    know_clerk(made.database, code("parish"), CLERK)
    return made


def _close(made: Office) -> None:
    for channel in made.post.channels.values():
        channel.close()
    made.database.close()


@pytest.fixture
def office(
    database_url: str, staged_catalogue: Catalogue, mailbox: MailServer, tmp_path: Path, clock: None
) -> Iterator[Office]:
    """One of the usual processes."""
    made = _open(office_of(database_url, staged_catalogue, mailbox, tmp_path))
    yield made
    _close(made)


@pytest.fixture
def shipped_office(database_url: str, mailbox: MailServer, tmp_path: Path, clock: None) -> Iterator[Office]:
    """One of the processes that are shipped."""
    catalogue = read_catalogue(ROOT / "councils", ROOT / "processes")
    made = _open(office_of(database_url, catalogue, mailbox, tmp_path))
    yield made
    _close(made)


@pytest.fixture
def office_with(database_url: str, mailbox: MailServer, tmp_path: Path, clock: None) -> Iterator[Callable[..., Office]]:
    """Opens one with other processes, or with a changed part of one (``staged.catalogue_of``)."""
    made = list[Office]()

    def make(*slugs: str, **changes: Any) -> Office:
        catalogue = staged.catalogue_of(tmp_path / f"settings-{len(made)}", *slugs, **changes)
        made.append(_open(office_of(database_url, catalogue, mailbox, tmp_path)))
        return made[-1]

    yield make
    for each in made:
        _close(each)
