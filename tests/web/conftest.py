"""A citizen's browser, and the web of councils whose processes have stages."""

import pytest

from tests import staged
from tests.casework.conftest import clock, office, office_with, shipped_office, staged_catalogue
from tests.casework.staging import Office
from tests.servers import OneServer, RunningWeb, web_server
from tests.web.citizen import Citizen
from tests.web.sight import chromium, sight

__all__ = ["chromium", "clock", "office", "office_with", "shipped_office", "sight", "staged_catalogue"]


@pytest.fixture
def citizen(web: RunningWeb) -> Citizen:
    """A browser without JavaScript, at the running web."""
    return Citizen(web.url)


@pytest.fixture
def staged_web(office: Office, settings, http: OneServer, tmp_path):
    """The web over the store of an office, whose time it shares."""
    where = staged.folders(tmp_path / "staged")
    with web_server(settings.model_copy(update=where), http) as running:
        yield running


@pytest.fixture
def clerk(staged_web: RunningWeb) -> Citizen:
    """The browser of somebody who got a link."""
    return Citizen(staged_web.url)
