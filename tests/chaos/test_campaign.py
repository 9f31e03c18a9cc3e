"""A short campaign; the long one is ``make chaos N=10``."""

import pytest

from tests.chaos.__main__ import summary
from tests.chaos.campaign import run_campaign
from tests.chaos.faults import small_disk


@pytest.mark.installation
def test_whatever_breaks_nothing_is_lost_or_misrouted_and_each_repeat_has_its_cause():
    done = run_campaign(seed=20261121, reports=500, seconds=45)
    assert done.is_good, f"{done.line()}\n{done.verdict}"
    shown = summary([done])
    assert shown["reports"] == 500
    assert shown["kills"] >= 8
    assert shown["cuts"] >= 5
    assert len({event.kind for event in done.faults.happened}) >= 12
    assert shown["duplicates"] == sum(shown["duplicates_by_cause"].values())
    assert shown["duplicates_by_cause"]["unexplained"] == 0


@pytest.mark.installation
def test_a_full_disk_delays_and_loses_nothing(tmp_path):
    with small_disk(tmp_path / "probe", 1) as disk:
        if disk is None:
            pytest.skip("this user may not mount a small disk to fill")
    done = run_campaign(seed=1, reports=150, seconds=15, only=("disk full",))
    assert done.is_good, f"{done.line()}\n{done.verdict}"
    assert any(event.kind == "disk full" for event in done.faults.happened)
