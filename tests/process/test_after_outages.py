"""What the clock does, and when it looks again, if nothing ran for a while: by the pure machine."""

import datetime

import pytest

from routing.days import LONDON
from routing.process import parse
from routing.process.case import Lapsed, RenewalDue
from routing.process.play import begin
from routing.process.upcoming import due_by, wakes_at
from routing.vocabulary import PlaceState
from tests.conftest import ROOT
from tests.process.test_advance import case, stage, state

PERMIT = {"weeks": "two", "skip_from": "2027-02-10", "payment_reference": "R-1"}
GRANTED = {"decision": "granted", "permit_number": "S-1", "permit_until": "2027-02-24"}
KERB = {"owner": "yes", "depth": 520, "house": "1 High Street", "payment_reference": "R-1"}


def at(day: int, month: int, hour: int = 8, minute: int = 0) -> datetime.datetime:
    return datetime.datetime(2027, month, day, hour, minute, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("back", "looks", "sends"),
    [
        (at(19, 2, 7, 59), at(19, 2), None),
        (at(19, 2), None, True),
        (at(20, 2, 12), at(22, 2), None),
        (at(21, 2, 3), at(22, 2), None),
        (at(24, 2, 9), None, True),
        (at(25, 2, 9), None, False),
    ],
    ids=["before", "on its day", "a Saturday", "a Sunday night", "its last day", "it has run out"],
)
def test_a_renewal_waits_until_the_council_opens_and_does_not_go_once_the_permission_has_run_out(back, looks, sends):
    """A permit until Wednesday 24 February. Its letter goes three days before, which is a Sunday: on Friday."""
    played = case("skip-permit", PERMIT)
    played.answer("permits", GRANTED)
    due, _ = due_by(played.machine, state(played), back)
    if sends is None:
        assert (due, wakes_at(played.machine, state(played), back)) == (None, looks)
        return
    assert isinstance(due, RenewalDue)
    step = played.machine.advance(state(played), RenewalDue(back))
    assert bool(step.letters) is sends
    assert step.case.is_renewal_settled
    assert played.machine.next_moment(step.case) is None


def test_an_engine_that_is_back_on_a_saturday_looks_again_when_silence_counts_on_the_sunday():
    """The citizen is asked on Saturday 6 February. A reminder was due on Monday 1 March, silence is on Sunday the 7th."""
    shipped = (ROOT / "processes" / "dropped-kerb" / "process.toml").read_text()
    played = begin(parse(shipped, "dropped-kerb"), KERB, PlaceState.PARISH)
    played.pass_days(5)
    played.answer("kerbs", {"decision": "ask", "missing": "A plan."})
    assert stage(played) == "missing"
    saturday, sunday = at(6, 3, 12), at(7, 3)
    assert due_by(played.machine, state(played), saturday) == (None, 0)
    assert wakes_at(played.machine, state(played), saturday) == sunday
    assert isinstance(due_by(played.machine, state(played), sunday)[0], Lapsed)
