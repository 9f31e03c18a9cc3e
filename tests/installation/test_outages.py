"""A few of the outages that ``make outages`` makes, in one installation, drawn anew each day."""

import datetime
from random import Random

import pytest

from tests.installation.outages import OUTAGES, Outage, disk_full, is_said, wait_ill, wait_well, world

pytestmark = pytest.mark.installation

NUMBER = 2


def drawn() -> list[Outage]:
    """Some of those that take seconds; which, the day says, so that a failure can be repeated."""
    quick = [each for each in OUTAGES if each.is_quick and each.make is not disk_full]
    return Random(datetime.datetime.now(datetime.UTC).date().toordinal()).sample(quick, NUMBER)


def test_the_doctor_says_what_stands_still_since_when_and_what_to_do(certificate):
    with world(certificate) as made:
        assert wait_well(made)["says"] == "Everything works."
        for outage in drawn():
            with outage.make(made):
                said, answer = wait_ill(made, outage)
            assert is_said(outage, said), (outage.name, said["says"])
            assert answer.status_code == outage.status, (outage.name, answer.text)
            wait_well(made)
