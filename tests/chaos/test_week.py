"""Two days of answers while things break; the long ones are part of ``make chaos N=5``."""

import pytest

from tests.chaos.__main__ import summary
from tests.chaos.week import live_week

KINDS = ("kill engine", "kill web", "kill postgres", "kill mailbox", "mail drop")


@pytest.mark.installation
def test_while_things_break_every_answer_counts_once_and_every_letter_arrives_once_or_explained():
    week = live_week(seed=20261201, reports=50, days=2, only=KINDS, pause_s=(1.0, 3.0))
    assert week.is_good, f"{week.line()}\n{week.found()}"
    assert week.answers > 10
    assert len({each.kind for each in week.faults.happened}) >= 3
    shown = summary([], [week])
    assert (shown["cases"], shown["answers"], shown["wrong_stage"]) == (50, week.answers, 0)
    assert shown["duplicates"] == sum(shown["duplicates_by_cause"].values())
