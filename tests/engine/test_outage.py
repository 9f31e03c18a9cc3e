"""Which failures of a run are no report's fault."""

import pytest

from routing.engine.failures import failure, is_outage
from routing.errors import StoreUnavailable

PREFECT_SAYS = "Flow run encountered an exception: StepFailed: {}"


def failed(step, error):
    try:
        raise error  # noqa: TRY301  # as a step does
    except Exception as caught:  # noqa: BLE001  # as a step meets it
        return PREFECT_SAYS.format(failure(step, caught))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (failed("send", StoreUnavailable("The database did not answer.")), True),
        (failed("artifact routing", ConnectionError("refused")), True),
        (failed("locate_reports", ZeroDivisionError("poison")), False),
        (failed("gather", KeyError("artifact")), False),
        (None, False),
    ],
)
def test_an_outage_is_no_try(message, expected):
    assert is_outage(message) == expected
