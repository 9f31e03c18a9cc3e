"""The table of a stage: which outcome an answer leads to, what is still needed to say so, and when nobody can read it."""

from pathlib import Path

import pytest

from routing.errors import DefinitionError
from routing.process import Needs, parse
from routing.process.table import evaluate_stage
from tests.process.test_decision_tree import tangled

EXAMPLES = Path(__file__).parent / "examples"


def outcome_of(name, stage, known):
    definition = parse((EXAMPLES / f"{name}.toml").read_text(), name)
    return evaluate_stage(definition, definition.stages[stage], known)


@pytest.mark.parametrize(
    ("name", "stage", "known", "outcome"),
    [
        ("missed-bin", "crew", {"crew_note": "nothing"}, "missed"),
        ("missed-bin", "crew", {"crew_note": "blocked"}, "refused"),
        ("missed-bin", "return", {}, "emptied"),  # one that matches everything; silence has none
        ("speeding-traffic", "parish", {"parish_answer": "not-ours", "nature": "pattern"}, "declined"),
    ],
)
def test_the_first_outcome_whose_conditions_hold_is_found(name, stage, known, outcome):
    found = outcome_of(name, stage, known)
    assert not isinstance(found, Needs)
    assert found.id == outcome


@pytest.mark.parametrize(("known", "needs"), [({}, "crew_note"), ({"bins": "food"}, "crew_note")])
def test_what_is_still_needed_is_said(known, needs):
    assert outcome_of("missed-bin", "crew", known) == Needs(needs)


def test_what_is_needed_is_asked_in_the_order_of_the_file():
    text = (EXAMPLES / "missed-bin.toml").read_text()
    more = '[[stage.field]]\nid = "weather"\nask = "How was the weather?"\nchoices = [{ value = "fair", label = "Fair" }, { value = "snow", label = "Snow" }]\n'
    text = text.replace('[[stage.outcome]]\nid = "missed"', f'{more}[[stage.outcome]]\nid = "missed"', 1)
    text = text.replace(
        'when = { crew_note = "nothing" }', 'when = { weather = ["fair", "snow"], crew_note = "nothing" }', 1
    )
    text = text[: text.index("[[example]]")]
    definition = parse(text, "missed-bin")
    stage = definition.stages["crew"]
    assert evaluate_stage(definition, stage, {}) == Needs("crew_note")
    assert evaluate_stage(definition, stage, {"crew_note": "nothing"}) == Needs("weather")
    found = evaluate_stage(definition, stage, {"crew_note": "not-out"})
    assert not isinstance(found, Needs)
    assert found.id == "refused", "without the weather, which no longer matters"


def large_form():
    """Fields, and outcomes in their tangled table, as the text of a stage."""
    table, columns = tangled(0, 16, 6, 30, 8)
    letters = {name: f"q_{chr(97 + number)}" for number, name in enumerate(columns)}
    fields = "".join(
        f'[[stage.field]]\nid = "{letters[name]}"\nask = "Q"\nchoices = ['
        + ", ".join(f'{{ value = "{value}", label = "{value}" }}' for value in values) + "]\n"
        for name, values in columns.items()
    )  # fmt: skip
    rows = [
        ", ".join(f"{letters[name]} = {list(values)}" for name, values in row.items()).replace("'", '"')
        for row in table
    ]
    return fields, rows


SPLIT = "split the table. It has more than 20,000 different remainders. It grows most with q_"


def test_a_form_that_nobody_can_read_is_refused_with_what_to_do():
    fields, rows = large_form()
    text = (EXAMPLES / "missed-bin.toml").read_text()
    head, tail = text.split('[[stage.field]]\nid = "crew_note"', 1)
    outcomes = "".join(
        f'[[stage.outcome]]\nid = "o-{n}"\nwhen = {{ {row} }}\nnext = "return"\n' for n, row in enumerate(rows)
    )
    broken = f'{head}{fields}{outcomes}[[stage.field]]\nid = "crew_note"{tail}'
    with pytest.raises(DefinitionError) as refused:
        parse(broken[: broken.index("[[example]]")], "x")
    assert refused.value.where == "stage crew (line 71)"
    assert refused.value.message.startswith(SPLIT)


def test_deadlines_that_nobody_can_read_are_refused_with_what_to_do():
    fields, rows = large_form()
    text = (EXAMPLES / "missed-bin.toml").read_text()
    head, tail = text.split('[[stage.field]]\nid = "crew_note"', 1)
    text = f'{head}{fields}[[stage.field]]\nid = "crew_note"{tail}'
    dues = ", ".join(f'{{ when = {{ {row} }}, working_days = 2, late = "not-done" }}' for row in rows)
    text = text.replace(
        'due = { working_days = 2, late = "not-done" }', f'due = [{dues}, {{ working_days = 3, late = "not-done" }}]', 1
    )
    with pytest.raises(DefinitionError) as refused:
        parse(text[: text.index("[[example]]")], "x")
    said = [refused.value.message, *refused.value.others]
    assert any(f"due: {SPLIT}" in each for each in said), said
