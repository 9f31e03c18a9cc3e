"""Rule 11: a running case under another version of its definition."""

import datetime
from dataclasses import replace

import pytest

from routing.errors import InputError
from routing.process import Definition, parse
from routing.process.kinds import Given
from routing.process.migrating import migrate
from routing.process.play import BEGINS, OFFICE, Played, begin
from routing.process.proof import needed_in
from routing.vocabulary import PlaceState
from tests.present import present
from tests.process.test_advance import BIN, EXAMPLES

TODAY = Given(datetime.date(2027, 2, 10), OFFICE.calendar)
TEXT = (EXAMPLES / "missed-bin.toml").read_text()
WITHOUT_EXAMPLES = TEXT[: TEXT.index("# --- Played")]


def version(*changes: tuple[str, str]) -> Definition:
    text = WITHOUT_EXAMPLES
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse(text, "missed-bin.toml")


def returned() -> Played:
    """A case that waits for the crew to come back."""
    played = begin(version(), BIN, PlaceState.PARISH)
    played.answer("collections", {"crew_note": "nothing"})
    return played


def test_where_nothing_differs_a_case_stays_as_it_is():
    case = present(returned().state)
    found = migrate(case, version(), version(), {}, TODAY)
    assert (found.case, found.missing) == (case, ())


def test_stages_are_named_old_and_new_and_time_and_values_move_along():
    played = returned()
    case, new = (
        present(played.state),
        version(('id = "return"', 'id = "go-back"'), ('next = "return"', 'next = "go-back"')),
    )
    found = migrate(case, played.definition, new, {"return": "go-back"}, TODAY).case
    before, after = present(case.entry), present(found.entry)
    assert (after.stage, after.at, after.serial, found.values) == ("go-back", before.at, before.serial, case.values)


def test_a_stage_that_the_new_version_lacks_must_be_named():
    played = returned()
    new = version(('id = "return"', 'id = "go-back"'), ('next = "return"', 'next = "go-back"'))
    with pytest.raises(InputError, match=r"Name the new stage of 'return', such as return=NEW. Stages: crew, go-back"):
        migrate(present(played.state), played.definition, new, {}, TODAY)


def test_a_recipient_who_is_asked_must_be_there():
    played = returned()
    new = version(("collections", "crews"))
    with pytest.raises(InputError, match="Choose a version that has collections, who is asked in the stage return"):
        migrate(present(played.state), played.definition, new, {}, TODAY)


def test_what_has_another_kind_is_asked_for():
    played = returned()
    typed = 'kind = "text"\nask = "Which bins?"'
    line = next(line for line in WITHOUT_EXAMPLES.splitlines() if 'value = "rubbish"' in line)
    letter = ('We are sorry that it took us two attempts."', 'Bins: {bins}."')
    new = version(('kind = "choices"\nask = "Which bins?"', typed), (f"{line}\n", ""), letter)
    found = migrate(present(played.state), played.definition, new, {}, TODAY)
    assert found.missing == ("bins",)
    assert "bins" not in found.case.values


def test_counts_move_along_by_their_names():
    text = (EXAMPLES / "blue-badge.toml").read_text()
    old = parse(text, "blue-badge.toml")
    played = begin(
        old,
        {
            "for_whom": "me",
            "reason": "walking",
            "born_on": "1950-03-01",
            "portrait": "photo",
            "condition": "I cannot walk far.",
        },
        PlaceState.PARISH,
    )
    case = present(played.state)
    counted = replace(case, counts={"assess/evidence": 2, "gone/away": 1})
    assert migrate(counted, old, old, {}, Given(BEGINS.date(), TODAY.calendar)).case.counts == {"assess/evidence": 2}


def test_what_a_stage_has_on_every_way_is_what_a_move_must_give():
    definition = version()
    assert needed_in(definition, "crew") == ("collection_day", "bins")
    assert needed_in(definition, "check") == ("collection_day", "bins", "emptied_on")
