"""A short campaign; the long one is ``make chaos N=10``."""

import pytest

from tests.chaos.campaign import run_campaign, summary


@pytest.mark.installation
def test_whatever_breaks_nothing_is_lost_or_misrouted_and_each_repeat_has_its_cause():
    done = run_campaign(seed=20261121, reports=500, seconds=45)
    assert done.is_good, f"{done.line()}\n{done.verdict}"
    shown = summary([done])
    assert shown["reports"] == 500
    assert shown["kills"] >= 10
    assert shown["cuts"] >= 10
    assert shown["duplicates"] <= shown["smtp_connections"] * (shown["kills"] + shown["cuts"])
