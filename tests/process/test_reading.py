"""A definition is refused with file, rule or question, its line, and what to change."""

from pathlib import Path

import pytest

from routing.errors import DefinitionError, InputError
from routing.process import check_answers, complete_answers, parse
from tests.samples import GIVEN

TEXT = Path("tests/plain/processes/speeding-traffic/process.toml").read_text()


def line_of(text: str, needle: str) -> int:
    """The line of the table header that stands before a text."""
    before = text[: text.index(needle)].split("\n")
    return max(number for number, line in enumerate(before, start=1) if line.startswith("[["))


COPY_TO_ROADS = next(line for line in TEXT.splitlines() if line.startswith('copy_message = { subject = "Copy,'))
CASES = {
    "no TOML": ("[process]", "[process", "", "this is not TOML"),
    "a number without end": ("reply_within_working_days = ", "reply_within_working_days = 1" + "0" * 4_300 + "\nx = ", "", "more than 4,300 digits"),
    "brackets without end": ("[process]", "x = " + "[" * 5_000 + "\n[process]", "", "nest fewer brackets or keys"),
    "a NUL": ('title = "Report speeding', 'title = "\\u0000Report speeding', "process", "an invisible control character"),
    "unknown key": ('id = "R07"', 'id = "R07"\ncolour = "red"', "rule R07", "colour"),
    "unknown question": ('limit = "50-or-more" }', 'limits = "50-or-more" }', "rule R07", "when.limits is not a question"),
    "unknown choice": ('limit = "50-or-more" }', 'limit = "60" }', "rule R07", "when.limit has '60'. Use one of 20, 30"),
    "outside_served": ('place = "off_map"', 'place = "outside_served"', "rule P02", "when.place has 'outside_served'"),
    "unknown recipient": ('copy = ["road-safety"]', 'copy = ["roads"]', "rule R12", "add a [[recipient]] with the id 'roads'"),
    "unknown signpost": ('signpost = "police-101"', 'signpost = "police-99"', "rule R03", "add a [[signpost]] with the id 'police-99'"),
    "two outcomes": ('signpost = "police-101"', 'signpost = "police-101"\nto = "review"', "rule R03", "either 'signpost'"),
    "no outcome": ('signpost = "police-101"\n', "", "rule R03", "either 'signpost'"),
    "signpost with copies": (
        'signpost = "police-101"',
        'signpost = "police-101"\ncopy = ["road-safety"]',
        "rule R03",
        "A signpost is not a case",
    ),
    "hole": ('time = ["day", "both"], place = "unparished"', 'time = "day", place = "unparished"', "rule", "No rule decides"),
    "unreachable": ('when = { nature = "driver" }', 'when = { nature = ["driver", "racing"] }', "rule R03", "Earlier rules decide everything"),
    "signpost after a case": ('to = "traffic-authority"\ncopy = ["parish-clerk"]', 'signpost = "emergency"', "rule R05", "It comes after the case rule P02"),
    "id twice": ('id = "R08"', 'id = "R07"', "rule R07", "2 tables have this id"),
    "choice twice": ('value = "30", label', 'value = "20", label', "question limit", "remove one of the choices '20'"),
    "no fallback": ('fallback = "road-safety"\n', "", "recipient parish-clerk", "set fallback"),
    "no copy message": (COPY_TO_ROADS, "", "recipient road-safety", "add copy_message"),
    "placeholder": ("We have sent your report to {parish_council}", "We have sent it to {clerk}", "recipient parish-clerk", "{clerk}"),
    "header injection": ('subject = "To review: report', 'subject = "To review:\\r\\nBcc: x', "recipient review", "subject"),
    "half a condition": ('otherwise = "no"\n', "", "question road", "set both only_if_council_lists and otherwise"),
    "no review": ('id = "review"', 'id = "reviews"', "rule P02", "add a [[recipient]] with the id 'review'"),
    "a clerk's mailbox": ('id = "parish-clerk"\n', 'id = "parish-clerk"\nmailbox = "roads"\n', "recipient parish-clerk", "remove mailbox. We send to the address of the parish's clerk."),
    "a team's fallback": ('id = "road-safety"\n', 'id = "road-safety"\nfallback = "review"\n', "recipient road-safety", "remove fallback. A team has none."),
    "empty when": ('place = "off_map" }', "place = [] }", "rule P02", "empty list"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_definition_is_refused_by_name_and_line(name):
    old, new, where, message = CASES[name]
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(DefinitionError) as refused:
        parse(text, "speeding.toml")
    error = refused.value
    assert str(error).startswith("speeding.toml")
    assert error.where.startswith(where)
    assert message in error.message
    if "(line" in error.where:
        kind, identifier = where.split()
        named = f'id = "{identifier}"'
        assert f"(line {line_of(text, named)})" in error.where, kind


def test_a_process_needs_a_team_that_reviews():
    before, _, after = TEXT.partition('[[recipient]]\nid = "review"')
    text = (before + after[after.index("[[") :]).replace('to = "review"', 'to = "road-safety"')
    with pytest.raises(DefinitionError) as refused:
        parse(text, "speeding.toml")
    assert refused.value.where == "recipient review"
    assert refused.value.message == 'add a [[recipient]] with id = "review" and kind = "team".'


def test_an_id_that_is_a_number_without_end_is_refused_by_the_number_of_its_table():
    with pytest.raises(DefinitionError, match=r"rule number 11 \(line \d+\): id: write this text in quotes"):
        parse(TEXT.replace('id = "R07"', "id = 0x" + "f" * 5_000), "speeding.toml")


def test_a_missing_placeholder_would_be_seen_by_the_proof_of_every_text():
    with pytest.raises(DefinitionError, match="there is no placeholder"):
        parse(TEXT.replace("The council cannot deal with a single driver.", "{driver} is not ours."), "x")


@pytest.mark.parametrize(
    ("answers", "field", "text"),
    [
        ({"speed": "30"}, "answers.speed", "no such question"),
        ({"limit": "35"}, "answers.limit", "Select the speed limit"),
        ({"limit": 30}, "answers.limit", "Select the speed limit"),
        ({"limit": ["30"]}, "answers.limit", "Select the speed limit"),
        ({"limit": None}, "answers.limit", "Select the speed limit"),
    ],
)
def test_answers_from_outside_are_taken_only_from_the_list(answers, field, text):
    with pytest.raises(InputError) as refused:
        check_answers(parse(TEXT, "x"), answers, GIVEN)
    assert refused.value.field == field
    assert text in refused.value.what_to_do


def test_answers_from_the_lists_are_taken_and_an_unknown_question_is_told_the_others():
    definition = parse(TEXT, "x")
    assert check_answers(definition, {"limit": "30", "nature": "pattern"}, GIVEN) == {
        "limit": "30",
        "nature": "pattern",
    }
    with pytest.raises(InputError) as refused:
        check_answers(definition, {"s" * 50: "30"}, GIVEN)
    assert refused.value.field == f"answers.{'s' * 40}"
    assert refused.value.what_to_do.startswith("Use one of the questions nature, road, limit, time.")


def test_a_question_that_the_council_does_not_ask_has_its_own_answer():
    definition = parse(TEXT, "x")
    assert complete_answers(definition, {}, {"trunk_roads": False}) == {"road": "no"}
    assert complete_answers(definition, {}, {}) == {"road": "no"}
    assert complete_answers(definition, {"road": "yes"}, {"trunk_roads": True}) == {"road": "yes"}
