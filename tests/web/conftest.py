"""A citizen's browser."""

import pytest

from tests.servers import RunningWeb
from tests.web.citizen import Citizen


@pytest.fixture
def citizen(web: RunningWeb) -> Citizen:
    """A browser without JavaScript, at the running web."""
    return Citizen(web.url)
