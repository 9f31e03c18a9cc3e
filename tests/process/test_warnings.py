"""What a reader should know of a definition that is right: too few examples, units said twice, sources nobody checked."""

from pathlib import Path

import pytest

from routing.process import parse
from routing.process.proof import warnings

EXAMPLES = Path(__file__).parent / "examples"


def warned(name, *changes):
    text = (EXAMPLES / f"{name}.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return list(warnings(parse(text, name)))


NOT_CHECKED = (
    "the source of stage check is not checked: no council was found that says how long it listens after collecting."
)


def without_examples(text, left):
    """The text with only some of its played examples."""
    head, *examples = text.split("[[example]]")
    return head + "".join(f"[[example]]{each}" for each in examples[:left])


def test_every_source_that_nobody_checked_is_named():
    assert warned("missed-bin") == [NOT_CHECKED]


@pytest.mark.parametrize(("left", "said"), [
    (0, ["it has 0 played examples. Write at least 3."]), (2, ["it has 2 played examples. Write at least 3."]), (3, []),
])  # fmt: skip
def test_fewer_than_three_played_examples_are_told(left, said):
    text = without_examples((EXAMPLES / "missed-bin.toml").read_text(), left)
    assert list(warnings(parse(text, "missed-bin"))) == [*said, NOT_CHECKED]


def test_a_rule_whose_source_nobody_checked_is_named_before_stages():
    found = warned("missed-bin", ('source = "merton.gov.uk; sunderland.gov.uk"', 'source = "not checked: a guess"'))
    assert found == ["the source of rule S1 is not checked: a guess.", NOT_CHECKED]


def test_a_source_that_only_says_so_later_is_a_source():
    assert warned("missed-bin", ('source = "merton.gov.uk; sunderland.gov.uk"', 'source = "merton.gov.uk, not checked"')) == [NOT_CHECKED]  # fmt: skip


NUMBER = (
    '[[question]]\nid = "{name}"\nkind = "number"\nask = "How much?"\nunit = "{unit}"\nmost = 50\n\n[[recipient]]\n'
)


@pytest.mark.parametrize(
    ("name", "unit", "text", "said"),
    [
        ("length", "metres", "It is {length} metres long.", "{length} has its unit, metres, already. Remove it from the text."),
        ("length", "metres", "It is £{length} long.", "{length} is in metres. Remove the £ before it."),
        ("length", "metres", "It is £{length} metres.", "{length} is in metres. Remove the £ before it."),
        ("length", "metres", "It is {length}, in metres.", None),
        ("length", "metres", "It is {length} metrestick.", None),
        ("price", "pounds", "It costs £{price}.", "{price} has its unit, £, already. Remove it from the text."),
        ("price", "pounds", "It costs {price} pounds.", "{price} has its unit, £, already. Remove it from the text."),
        ("price", "pounds", "It costs {price}.", None),
    ],
)  # fmt: skip
def test_a_unit_that_the_word_of_a_number_has_already_is_told(name, unit, text, said):
    whole = without_examples((EXAMPLES / "missed-bin.toml").read_text(), 0)
    whole = whole.replace("[[recipient]]\n", NUMBER.format(name=name, unit=unit), 1)
    whole = whole.replace("We empty it by {due}.", f"We empty it by {{due}}. {text}", 1)
    _, *found = warnings(parse(whole, "missed-bin"))
    assert found == [*([f"letter coming-back: {said}"] if said else []), NOT_CHECKED]
