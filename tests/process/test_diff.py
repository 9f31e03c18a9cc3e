"""What two versions decide differently: exactly what trying every combination says."""

import itertools

import pytest

from routing.process import parse, read_stored
from routing.process.diff import NOT_ASKED, differences, outcome_of
from tests.conftest import PLAIN, ROOT

TEXT = (PLAIN / "processes" / "speeding-traffic" / "process.toml").read_text()
BEFORE = parse(TEXT, "before")
CHANGES = {
    "nothing": [],
    "a rule leads elsewhere": [('to = "road-safety"\nbecause = "This area has no parish council', 'to = "review"\nbecause = "This area has no parish council')],
    "a rule matches less": [('limit = ["20", "30", "40"], time = ["day", "both"], place = "unparished"', 'limit = ["20", "30"], time = ["day", "both"], place = "unparished"'), ('time = ["day", "both"], place = "parish" }', 'time = ["day", "both"] }')],
    "a copy goes": [('copy = ["road-safety"]\nbecause = "The parish council can borrow', 'because = "The parish council can borrow')],
    "two rules are swapped": [('when = { nature = "driver" }', 'when = { nature = "x" }'), ('when = { nature = "racing" }', 'when = { nature = "driver" }'), ('when = { nature = "x" }', 'when = { nature = "racing" }')],
}  # fmt: skip


def decided(definition, values):
    rows = zip(definition.conditions, definition.rule, strict=True)
    return next(outcome_of(rule) for row, rule in rows if all(values[name] in row[name] for name in row))


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_is_what_trying_every_combination_says(name):
    text = TEXT
    for old, new in CHANGES[name]:
        assert old in text
        text = text.replace(old, new, 1)
    after = BEFORE.model_copy() if not CHANGES[name] else unproven(text)
    found = differences(BEFORE, after)
    told = 0
    for values in itertools.product(*BEFORE.columns.values()):
        each = dict(zip(BEFORE.columns, values, strict=True))
        holding = [one for one in found if all(each[column] in allowed for column, allowed in one.when.items())]
        pair = (decided(BEFORE, each), decided(after, each))
        assert [(one.before, one.after) for one in holding] == ([pair] if pair[0] != pair[1] else [])
        told += len(holding)
    assert (told > 0) == bool(CHANGES[name])


def unproven(text):
    return read_stored(text, "after")


def test_a_choice_that_goes_or_comes_is_told_by_its_value_where_it_is_asked_for():
    text = TEXT.replace('  { value = "40", label = "40mph" },\n', "", 1)
    assert text != TEXT
    after = unproven(text.replace('["20", "30", "40"]', '["20", "30"]'))
    for found, which in ((differences(BEFORE, after), "after"), (differences(after, BEFORE), "before")):
        assert found
        for each in found:
            assert getattr(each, which) == NOT_ASKED
            assert each.when["limit"] == ("40",)
            assert each.when["nature"] == ("pattern",), "nobody else is asked for the limit"


def test_limits_of_bands_that_move_change_what_lies_between_them():
    text = (ROOT / "tests" / "process" / "examples" / "missed-bin.toml").read_text()
    before, after = unproven(text), unproven(text.replace("below = 3 }", "below = 6 }", 1))
    found = [(dict(each.when), each.before, each.after) for each in differences(before, after)]
    assert found == [({"collection_day": ("below 6",)}, "signpost next-time", "to collections")]
    assert differences(before, before) == []
