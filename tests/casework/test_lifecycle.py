"""One registry of states and events: it is total, and nothing beside it says the same."""

import re
from pathlib import Path

import pytest

from routing.casework import EVENTS, STATES, Event, State, allowed
from routing.casework.cases.lifecycle import ALL, NOT_OPEN_SQL, OPEN, OPEN_VALUES, TOLD, TOLD_TO_JOINERS

pytestmark = pytest.mark.fast

SOURCES = Path(__file__).parent.parent.parent / "src" / "routing"
LISTS = re.compile(r"\(((?:'[a-z]+'(?:, ?)?){2,})\)")


def test_every_state_and_every_event_has_all_that_hangs_on_it():
    assert set(STATES) == set(State)
    assert set(EVENTS) == set(Event)
    for facts in STATES.values():
        assert facts.text.endswith(".")
        assert "{reference}" in facts.subject
        assert not (facts.is_open and facts.has_ended)


@pytest.mark.parametrize("event", Event)
def test_what_a_citizen_is_written_of_can_be_read_on_the_page_too(event):
    """An e-mail says where the report stands: so the event leads to a state, or the list of what happened has it."""
    facts = EVENTS[event]
    if facts.is_news and event is not Event.DECIDED:  # the acknowledgement: that it was received is in the list already
        assert facts.after is not None
        assert facts.text is not None
    assert (event.value in TOLD) == (facts.text is not None)
    assert set(TOLD_TO_JOINERS) <= set(TOLD)


def test_only_the_event_that_begins_a_report_comes_before_every_state():
    assert [event for event, facts in EVENTS.items() if not facts.before] == [Event.RECEIVED]


def test_what_is_open_is_one_list_in_python_and_in_sql():
    assert sorted(OPEN) == OPEN_VALUES
    assert f"({NOT_OPEN_SQL})" == str(tuple(sorted(state.value for state in ALL - OPEN)))


@pytest.mark.parametrize(
    ("event", "before", "after"),
    [(Event.RECEIVED, [], "received"), (Event.LEFT, OPEN_VALUES, None), (Event.CLOSED, ["acknowledged", "declined", "escalated", "review", "sent"], "closed")],
)  # fmt: skip
def test_the_database_gets_from_which_states_an_event_leads_to_which(event, before, after):
    assert allowed(event) == (before, after)


def test_no_statement_lists_states_of_a_report_by_itself():
    """A list of states in a statement would have to be found and changed by whoever adds one."""
    states = {state.value for state in State}
    found = [
        (path.relative_to(SOURCES).as_posix(), listed)
        for path in SOURCES.rglob("*")
        if path.suffix in {".py", ".sql"} and "versions" not in path.parts
        for listed in LISTS.findall(path.read_text())
        if set(re.findall(r"[a-z]+", listed)) <= states
    ]
    assert found == []
