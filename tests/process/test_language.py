"""The language of processes: real processes are proved, and each rule, broken once, says where and what to change."""

import tomllib
from pathlib import Path

import pytest

from routing.errors import DefinitionError
from routing.process import parse, read_stored
from routing.process.positions import positions
from routing.process.proof import longest_silence

HERE = Path(__file__).parent
SHIPPED = sorted((HERE.parent.parent / "processes").glob("*/process.toml"))
EXAMPLES = sorted((HERE / "examples").glob("*.toml"))
BROKEN = {each["name"]: each for each in tomllib.loads((HERE / "broken.toml").read_text())["broken"]}


@pytest.mark.parametrize("path", [*EXAMPLES, *SHIPPED], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_real_process_is_proved(path):
    definition = parse(path.read_text(), path.name)
    assert definition.has_stages
    assert len(definition.example) >= (8 if path in SHIPPED else 3)


@pytest.mark.parametrize("path", [*EXAMPLES, *SHIPPED], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_reason_and_deadline_of_a_real_process_says_where_it_is_from(path):
    definition = parse(path.read_text(), path.name)
    named = {part.id: part.source for part in definition.rule} | {part.id: part.source for part in definition.stage}
    assert [part for part, source in named.items() if not source] == []


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_of_the_language_broken_once_says_where_and_what_to_change(name):
    case = BROKEN[name]
    text = (HERE / "examples" / f"{case['file']}.toml").read_text()
    for old, new in case["changes"]:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(DefinitionError) as refused:
        parse(text, f"{case['file']}.toml")
    assert str(refused.value) == case["says"]
    assert list(refused.value.others) == case.get("also", [])


def test_every_complaint_of_the_table_says_what_to_do_in_a_sentence():
    for case in BROKEN.values():
        for said in (case["says"], *case.get("also", [])):
            assert said.endswith("."), said
            assert "(line " in said or ": rule: " in said, said


MISSED_BIN = (HERE / "examples" / "missed-bin.toml").read_text()
HUGE = {
    "5 MB of questions": lambda text: text + '[[signpost]]\nid = "x"\ntitle = "t"\ntext = "x"\n' * 100_000,
    "10,000 rules": lambda text: text + '[[rule]]\nid = "R2"\nwhen = {}\nto = "collections"\nbecause = "b"\nsource = "s"\n' * 10_000,
    "1,000 nested tables": lambda text: text.replace("when = {}", "when = " + "{ a = " * 1_000 + "1" + " }" * 1_000, 1),
    "a number of 400 digits": lambda text: text.replace("below = 3", "below = " + "9" * 400, 1),
    "a date as a number": lambda text: text.replace("most_days_ahead = 0", "most_days_ahead = 2027-02-31", 1),
    "a key twice": lambda text: text.replace("[retention]\n", "[retention]\nreporter_days = 3\n", 1),
    "text where a table belongs": lambda text: text.replace("[retention]\nreporter_days = 90\ndetails_days = 365\n", "", 1).replace("[process]", 'retention = "long"\n[process]', 1),
}  # fmt: skip


@pytest.mark.parametrize("name", HUGE)
def test_a_file_that_no_editor_would_make_is_refused_at_once(name):
    text = HUGE[name]((HERE / "examples" / "missed-bin.toml").read_text())
    with pytest.raises(DefinitionError) as refused:
        parse(text, "x.toml")
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(
    "hidden", ['# a comment with """\n', 'x = 1 # """\n', "# it's\n", "y = \"a # \\\" b\" # '''\n"]
)
def test_what_looks_like_a_long_text_hides_no_line(hidden):
    text = f'{hidden}[[stage]]\nid = "a"\n[[stage.outcome]]\nid = "b"\n'
    found = positions(tomllib.loads(text), text)
    assert found.named() == {"stage a": 2, "stage a, outcome b": 4}


def test_a_header_within_a_long_text_is_no_table():
    text = '[[stage]]\nid = "a"\ntitle = """\n[[stage]]\n"""\n[[stage]]\nid = "b"\n'
    assert positions(tomllib.loads(text), text).named() == {"stage a": 1, "stage b": 6}


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("missed-bin", 5),  # 24 hours, 2 working days, 1 working day
        ("complaint", 52),  # 5 and 10 working days, 1 month
        ("skip-permit", 7),  # 5 working days
        ("temporary-event", 4),  # 3 working days
        ("pothole", 14),  # 10 working days
        ("dropped-kerb", 53),  # 28 and 10 working days
    ],
)
def test_the_longest_way_on_which_nobody_acts_is_counted_in_days(name, days):
    assert longest_silence(parse((HERE / "examples" / f"{name}.toml").read_text(), name)) == days


def test_a_process_without_stages_has_no_such_way():
    text = (HERE.parent / "plain" / "processes" / "speeding-traffic" / "process.toml").read_text()
    assert longest_silence(parse(text, "x")) is None


@pytest.mark.parametrize(
    ("old", "new"), [("reporter_days = 180", 'reporter_days = "180"'), ("details_days = 730", "details_days = 730.0")]
)
def test_a_file_that_was_stored_with_a_number_in_quotes_is_read_on_and_a_new_one_is_refused(old, new):
    text = (HERE.parent / "plain" / "processes" / "speeding-traffic" / "process.toml").read_text()
    assert old in text
    changed = text.replace(old, new, 1)
    assert read_stored(changed, "speeding-traffic").kept_days == parse(text, "x").kept_days
    with pytest.raises(DefinitionError, match="write a whole number, without quotes"):
        parse(changed, "x")


def test_what_happens_to_a_report_in_no_stage_is_no_part_of_an_example():
    text = (HERE / "examples" / "missed-bin.toml").read_text()
    old = 'answers = { collection_day = "2027-02-02" }\nplace = "parish"\n'
    assert old in text
    with pytest.raises(DefinitionError, match=r"example not-collected-yet .*step 1: The report is in no stage"):
        parse(text.replace(old, old + 'steps = [{ bounce = "collections" }]\n', 1), "x")


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("only_if = {", "when = {", "when: write only_if, or use one of these keys: id, "),
        ('when = { crew_note = "nothing" }', 'only_if = { crew_note = "nothing" }', "only_if: write when, or "),
        ("due = { hours = 24", "deadline = { hours = 24", "deadline: write due, or "),
        ('task = "', 'description = "', "description: write task, or "),
        ('text = "', 'body = "', "body: write text, or "),
        ('title = "', 'name = "', "name: write title, or "),
        ("letter = ", "colour = ", "colour: use one of these keys: "),
    ],
)  # fmt: skip
def test_a_key_of_another_name_is_told_the_one_that_is_meant(old, new, meant):
    text = (HERE / "examples" / "blue-badge.toml").read_text() if old.startswith("only_if") else MISSED_BIN
    at = text.index(old, text.index("[[stage"))
    with pytest.raises(DefinitionError) as refused:
        parse(text[:at] + new + text[at + len(old) :], "x.toml")
    assert any(meant in said for said in (str(refused.value), *refused.value.others))
