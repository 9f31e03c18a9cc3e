"""Kinds of questions: what each reads, shows and offers; an answer that is not offered any more is never left out."""

import typing

import pytest

from routing.errors import AnswerNotOffered
from routing.process import Refused, answer_in_words, answers_in_words
from routing.process.kinds import Question
from routing.process.kinds.bands import Band
from routing.process.kinds.date import DateQuestion
from routing.process.kinds.photo import PhotoQuestion
from routing.process.kinds.question import BaseQuestion
from tests.conftest import ROOT
from tests.samples import GIVEN

pytestmark = pytest.mark.fast

KINDS = tuple(typing.get_args(each)[0] for each in typing.get_args(typing.get_args(Question)[0]))


@pytest.fixture
def definition(catalogue):
    return catalogue.definition("merewold", "speeding-traffic")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_says_what_it_is_and_has_a_page(kind):
    assert issubclass(kind, BaseQuestion)
    assert kind.__abstractmethods__ == frozenset()
    assert kind.template in (f"{typing.get_args(kind.model_fields['kind'].annotation)[0]}.html", "")
    assert kind is PhotoQuestion or (ROOT / "src/routing/web/templates/journey/kinds" / kind.template).is_file()


@pytest.mark.parametrize(
    ("said", "read"),
    [("pattern", "pattern"), ("Pattern", None), ("", None), (None, None), (3, None), (["pattern"], None)],
    ids=str,
)
def test_a_choice_takes_one_of_its_values_and_nothing_else(definition, said, read):
    found = definition.questions["nature"].read(said, GIVEN)
    assert (None if isinstance(found, Refused) else found) == read


def test_a_choice_shows_labels_and_offers_them_to_programs(definition):
    nature = definition.questions["nature"]
    assert nature.display("pattern") == "Vehicles often go too fast"
    assert {"const": "pattern", "title": "Vehicles often go too fast"} in nature.to_schema()["oneOf"]
    assert nature.expects == f"Send one of: {', '.join(nature.partitions)}."
    with pytest.raises(AnswerNotOffered) as caught:
        nature.display("gone")
    assert (caught.value.question, caught.value.value) == ("nature", "gone")


@pytest.mark.parametrize("answers", [{"nature": "gone"}, {"no_question": "gone"}], ids=["a value", "a question"])
def test_what_a_definition_does_not_know_is_shown_and_logged_by_code(definition, answers, caplog):
    shown = [said for _question, said in answers_in_words(definition, {"time": "day"} | answers)]
    assert sorted(shown) == ["Daytime", "This answer is no longer offered: gone"]
    assert f"answer-not-offered: {next(iter(answers))} of speeding-traffic" in caplog.text
    assert "gone" not in caplog.text  # an answer says something of a person, perhaps


def test_it_is_said_in_the_language_of_whoever_reads(definition):
    assert answer_in_words(definition, "nature", {"nature": "gone"}, "Nicht mehr: {value}") == "Nicht mehr: gone"


@pytest.mark.parametrize(
    ("unit", "limits", "most", "empty"),
    [
        ("calendar_days_ahead", (0, 28), 400, []),
        ("calendar_days_ahead", (0, 28), 27, ["c"]),
        ("calendar_days_ahead", (0, 28), 28, []),
        ("working_days_ahead", (3, 80), 90, ["c"]),
        ("working_days_ahead", (3, 60), 90, []),
        ("clear_working_days_ahead", (1, 5), 7, []),
        ("clear_working_days_ahead", (1, 6), 7, ["c"]),
        ("working_days_ago", (0, 3), 0, ["a"]),
        ("working_days_ago", (1, 3), 0, []),
        ("working_days_ago", (0, 3), 1, []),
        ("working_days_ago", (-6, 3), 7, ["a"]),
        ("working_days_ago", (-4, 3), 7, []),
        ("calendar_days_ago", (-20, -10), 15, ["a"]),
    ],
)
def test_a_band_in_which_no_date_can_be_is_told(unit, limits, most, empty):
    names = ("a", "b", "c")
    bands = tuple(Band(value=name, below=below) for name, below in zip(names, (*limits, None), strict=True))
    question = DateQuestion(id="day", ask="When?", kind="date", bands=bands, bands_in=unit, most_days_ahead=most)
    said = [each for each in question.complaints() if "No date is in it" in each]
    assert [name for name in names if any(f"'{name}'" in each for each in said)] == empty
