"""The life of a vintage in the real store: judged, let in by a person, taken back; what answers is never half of one."""

import datetime

import pytest

from routing.errors import BoundaryError, UnknownError
from routing.place import (
    activate,
    active_vintage,
    judge,
    list_vintages,
    load_vintage,
    read_boundaries,
    read_vintage,
    rollback,
)
from routing.place.build import Level, NewVintage, assess, read_mapping, store_vintage
from tests.place.squares import pairs, parish, row, square

HUNDRED = row(100)


def store(database, areas, title="edition", **how):
    with database.transaction() as tx:
        return store_vintage(tx, NewVintage(pairs(*areas), how.pop("repaired", [])), title, "test", **how)


def activate_vintage(database, vintage, **how):
    with database.transaction() as tx:
        activate(tx, vintage, "test", **how)


def assessed(database, vintage, mapped=None):
    with database.transaction() as tx:
        return assess(tx, vintage, mapped)


def state(database, vintage):
    with database.transaction() as tx:
        return read_vintage(tx, vintage).state


@pytest.fixture
def hundred(database):
    vintage = store(database, HUNDRED)
    activate_vintage(database, vintage)
    return vintage


def test_the_fictional_district_is_no_predecessor(database):
    found = assessed(database, store(database, HUNDRED))
    assert found.comparison is None
    assert found.level is Level.NOTED


def test_a_vintage_that_waits_is_let_in_by_a_person_only(database, hundred):
    fewer = store(database, HUNDRED[:90])
    assert assessed(database, fewer).level is Level.WAITS
    assert state(database, fewer) == "waiting"
    with pytest.raises(BoundaryError, match=r"^waits: .*--reviewed"):
        activate_vintage(database, fewer)
    assert state(database, hundred) == "active"
    activate_vintage(database, fewer, reviewed=True)
    assert (state(database, fewer), state(database, hundred)) == ("active", "retired")


def test_a_refused_vintage_is_let_in_by_nobody(database, hundred):
    refused = store(database, HUNDRED[:99])
    with database.transaction() as tx:
        judge(tx, refused, [], "refused")
    with pytest.raises(BoundaryError, match=r"^refused: "):
        activate_vintage(database, refused, reviewed=True)
    assert state(database, hundred) == "active"


def test_the_findings_stay_with_the_vintage(database, hundred):
    fewer = store(database, HUNDRED[:90], repaired=["E04999001"])
    assessed(database, fewer)
    with database.transaction() as tx:
        findings = {each["check"]: each for each in read_vintage(tx, fewer).findings}
    assert (findings["count-change"]["level"], findings["count-change"]["figure"]) == ("waits", 0.1)
    assert findings["repaired"]["codes"] == ["E04999001"]


def test_rolling_back_goes_back_step_by_step_and_never_to_what_was_taken_back(database, hundred):
    second, third = store(database, HUNDRED[:99]), store(database, HUNDRED[:98])
    activate_vintage(database, second)
    activate_vintage(database, third)
    for expected in ((third, second), (second, hundred)):
        with database.transaction() as tx:
            assert rollback(tx, "test") == expected
            assert active_vintage(tx) == expected[1]
    assert (state(database, second), state(database, third)) == ("withdrawn", "withdrawn")
    with database.transaction() as tx:
        _, first = rollback(tx, "test")
    assert first.startswith("embedded-")
    with pytest.raises(BoundaryError, match=r"^rollback: "), database.transaction() as tx:
        rollback(tx, "test")


def test_what_was_taken_back_can_be_let_in_again(database, hundred):
    second = store(database, HUNDRED[:99])
    activate_vintage(database, second)
    with database.transaction() as tx:
        rollback(tx, "test")
    activate_vintage(database, second)
    assert state(database, second) == "active"


def test_a_vintage_of_a_day_to_come_does_not_answer_before(database, hundred):
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=2)
    later = store(database, HUNDRED[:99], valid_from=tomorrow)
    with pytest.raises(BoundaryError, match=r"^valid-from: "):
        activate_vintage(database, later)
    assert state(database, hundred) == "active"


def test_dates_say_from_when_to_when_a_vintage_was_the_law(database, hundred):
    law = datetime.date(2026, 4, 1)
    second = store(database, HUNDRED[:99], valid_from=law)
    activate_vintage(database, second)
    with database.transaction() as tx:
        first, now = read_vintage(tx, hundred), read_vintage(tx, second)
    assert (first.valid_to, now.valid_from, now.valid_to) == (law, law, None)


def test_every_activation_is_on_record_with_its_author(database, hundred):
    with database.transaction() as tx:
        rows = tx.execute("SELECT vintage, author FROM activation ORDER BY id").fetchall()
    assert (rows[-1]["vintage"], rows[-1]["author"]) == (hundred, "test")


def test_lineage_is_kept_with_the_vintage(database, hundred):
    recoded = [(parish(501), square(0, 0)), *HUNDRED[1:98]]  # the first recoded, the last two gone
    second = store(database, recoded)
    assessed(database, second)
    assessed(database, second)
    with database.transaction() as tx:
        rows = tx.execute("SELECT old_code, new_code, is_sole, reason FROM code_change ORDER BY old_code").fetchall()
    assert [tuple(each.values()) for each in rows] == [
        ("E04999001", "E04999501", True, "overlap"),
        ("E04999099", "", False, "gone"),
        ("E04999100", "", False, "gone"),
    ]


def lineage(database):
    with database.transaction() as tx:
        rows = tx.execute("SELECT old_code, new_code, reason FROM code_change ORDER BY old_code").fetchall()
    return [tuple(row.values()) for row in rows]


def test_a_mapping_stays_with_its_vintage_when_that_is_checked_again(database, hundred):
    second = store(database, [(parish(501), square(0, 3_000)), *HUNDRED[1:]])
    said = [("E04999001", "E04999501", "the order of 2026")]
    assessed(database, second, {"E04999001": [("E04999501", "the order of 2026")]})
    assert lineage(database) == said
    assessed(database, second)
    assert lineage(database) == said
    assessed(database, second, {"E04999001": [("E04999002", "the order, corrected")]})
    assert lineage(database) == [("E04999001", "E04999002", "the order, corrected")]


def test_what_answers_is_not_judged_again(database, hundred):
    second = store(database, HUNDRED[:98])
    assessed(database, second)
    with database.transaction() as tx:
        activate(tx, second, "test", reviewed=True)
        before = read_vintage(tx, second)
    assert assessed(database, second).findings == ()
    with database.transaction() as tx:
        assert read_vintage(tx, second) == before


def test_the_same_boundaries_again_keep_what_is_newly_known_of_them(database):
    first = store(database, HUNDRED, manifest={"mark": {"edited_ms": 1}, "mapped": {}})
    assert store(database, HUNDRED, manifest={"mark": {"edited_ms": 2}}) == first
    with database.transaction() as tx:
        assert read_vintage(tx, first).manifest["mark"] == {"edited_ms": 2}
        assert "mapped" in read_vintage(tx, first).manifest


def test_a_vintage_that_is_not_there_is_named(database):
    with database.transaction() as tx:
        for ask in (read_vintage, assess):
            with pytest.raises(UnknownError, match="boundaries list"):
                ask(tx, "nowhere")


def test_the_list_counts_areas_and_shows_the_newest_first(database, hundred):
    with database.transaction() as tx:
        newest = list_vintages(tx)[0]
        assert (newest.id, newest.areas, newest.state) == (hundred, 100, "active")
        assert len(read_boundaries(tx, newest.id).areas) == 100
        assert load_vintage(tx, "edition", "again", pairs(*HUNDRED)) == hundred


MAPPINGS = {
    "no header": ("E04000001,E04000002,x\n", "line 1: add the columns old_code, new_code, reason"),
    "too few cells": ("old_code,new_code,reason\nE04000001,E04000002\n", "line 2"),
    "no new code": ("old_code,new_code,reason\nE04000001,,gone\n", "line 2"),
    "nothing": ("", "line 1: add the columns"),
}


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_mapping_file_that_is_not_right_names_the_line(tmp_path, name):
    text, said = MAPPINGS[name]
    path = tmp_path / "mapping.csv"
    path.write_text(text)
    with pytest.raises(BoundaryError, match=f"^lineage: .*{said}"):
        read_mapping(path)


def test_a_mapping_file_may_come_from_a_spreadsheet(tmp_path):
    path = tmp_path / "mapping.csv"
    path.write_bytes(
        "\ufeffold_code,new_code,reason\r\nE04000001,E04000002,order\r\n\r\nE04000001,E04000003,\r\n".encode()
    )
    assert read_mapping(path) == {"E04000001": [("E04000002", "order"), ("E04000003", "mapping")]}


def test_what_answered_once_is_judged_by_what_it_would_change_now(database, hundred):
    fewer = store(database, HUNDRED[:60])
    assessed(database, fewer)
    activate_vintage(database, fewer, reviewed=True)
    assert assessed(database, hundred).level is Level.WAITS
    with pytest.raises(BoundaryError, match=r"^waits: "):
        activate_vintage(database, hundred)
    activate_vintage(database, hundred, reviewed=True)
    assert state(database, hundred) == "active"


def test_the_day_of_boundaries_that_are_stored_already_can_be_set_until_they_answer(database):
    later, other = datetime.date(2030, 1, 1), datetime.date(2031, 1, 1)
    vintage = store(database, HUNDRED)
    assert store(database, HUNDRED, valid_from=later) == vintage
    with database.transaction() as tx:
        assert read_vintage(tx, vintage).valid_from == later
        tx.execute("UPDATE vintage SET valid_from = current_date WHERE id = %s", (vintage,))
        activate(tx, vintage, "test")
    with pytest.raises(BoundaryError, match=r"^valid-from: .*--title"):
        store(database, HUNDRED, valid_from=other)
    store(database, HUNDRED)
