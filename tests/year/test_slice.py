"""Five days over Easter, in which the clock changes too; the whole quarter is ``make year``."""

from datetime import date

import pytest

from tests.year.__main__ import say
from tests.year.checker import check
from tests.year.quarter import live

GOOD_FRIDAY = date(2027, 3, 26)


@pytest.mark.installation
def test_over_easter_every_case_goes_its_way_on_its_days():
    facts = live(seed=5, days=5, reports=35, first=GOOD_FRIDAY, say=say)
    verdict = check(facts)
    assert verdict.is_good, verdict.faults
    assert len(facts.reports) == 35
    assert verdict.ended > 0
    assert {each.process for each in facts.reports} == set(facts.processes)
    assert {each.council for each in facts.reports} == set(facts.councils)
    assert any(each.by_form for each in facts.reports)
    assert any(step.endswith("in silence") for step in verdict.ways)
