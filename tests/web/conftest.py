"""A citizen's browser."""

import pytest

from tests.servers import RunningWeb
from tests.web.citizen import Citizen
from tests.web.sight import chromium, sight

__all__ = ["chromium", "sight"]


@pytest.fixture
def citizen(web: RunningWeb) -> Citizen:
    """A browser without JavaScript, at the running web."""
    return Citizen(web.url)
