"""Answers of each kind are kept with what they are: codes, what somebody typed, what is about a person."""

import pytest

from routing.i18n import choose_language
from routing.process import Given, asked_after, check_answers, in_language, kept_apart, only_asked, parse
from routing.process.kinds import Keeping
from routing.working_days import Calendar
from tests.running import definition_of, in_days, party

GIVEN = Given(in_days(0), Calendar())
PARTY = definition_of("street-party")


def test_each_answer_is_kept_with_what_it_is():
    checked = check_answers(PARTY, party(helpers=3), GIVEN)
    kept = kept_apart(PARTY, checked)
    assert set(kept.answers) == {"party_on", "guests", "closing", "closed_at", "helpers"}
    assert kept.words == {"plan": "Cake.\nA brass band."}
    assert set(kept.personal) == {"own_street", "access", "organiser"}
    assert {**kept.answers, **kept.words, **kept.personal} == checked


def test_what_is_about_a_person_stands_in_no_repr():
    kept = kept_apart(PARTY, check_answers(PARTY, party(), GIVEN))
    assert "Canary" not in repr(kept)
    assert "Quillfeather" not in repr(kept)
    assert "Cake" not in repr(kept)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("party_on", Keeping.ANSWERS),
        ("closed_at", Keeping.ANSWERS),
        ("own_street", Keeping.REPORTER),
        ("plan", Keeping.WORDS),
        ("access", Keeping.REPORTER),
        ("organiser", Keeping.REPORTER),
    ],
)
def test_a_question_says_with_what_its_answers_are_kept(name, kept):
    assert PARTY.questions[name].kept_with is kept


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({}, ["closing", "plan", "helpers", "access", "organiser"]),
        ({"closing": "no"}, ["closing", "plan", "helpers", "access", "organiser"]),
        ({"closing": "yes"}, ["closing", "closed_at", "plan", "helpers", "access", "organiser"]),
    ],
)
def test_a_question_can_depend_on_one_that_no_rule_reads_either(answers, asked):
    assert [each.id for each in asked_after(PARTY, answers, GIVEN)] == asked


def test_answers_that_come_while_the_questions_are_asked_count():
    answers = dict[str, str]()
    asked = []
    for question in asked_after(PARTY, answers, GIVEN):
        asked.append(question.id)
        answers[question.id] = "yes" if question.id == "closing" else "1"
    assert "closed_at" in asked


YES_NO = 'choices = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]'
CHAIN = parse(
    f"""
[process]
slug = "lights"
title = "Report a street light"
version = "1"
reply_within_working_days = 10
start = "Tell us about a light."
place = "none"

[retention]
reporter_days = 90
details_days = 90
unclosed_days = 90

[[question]]
id = "broken"
ask = "Is it broken?"
{YES_NO}

[[question]]
id = "sparks"
ask = "Are there sparks?"
only_if = {{ broken = "yes" }}
{YES_NO}

[[question]]
id = "flames"
ask = "Are there flames?"
only_if = {{ sparks = "yes" }}
{YES_NO}

[[question]]
id = "smoke"
ask = "Is there smoke?"
only_if = {{ sparks = "yes" }}
{YES_NO}

[[recipient]]
id = "review"
kind = "team"
title = "the lights team"
confirmation = "We look at it."
message = {{ subject = "A light", opening = "A report." }}

[[rule]]
id = "R1"
when = {{ flames = "yes" }}
to = "review"
because = "It burns."
source = "policy"

[[rule]]
id = "R2"
to = "review"
because = "The team looks after lights."
source = "policy"
""",
    "lights.toml",
)


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({}, {"broken", "sparks", "flames", "smoke"}),
        ({"sparks": "no"}, {"broken", "sparks"}),
        ({"broken": "no"}, {"broken"}),
    ],
)
def test_an_answer_changed_later_takes_away_all_that_was_only_asked_because_of_it(changed, kept):
    answers = {"broken": "yes", "sparks": "yes", "flames": "no", "smoke": "no", **changed}
    asked = [each.id for each in asked_after(CHAIN, answers, GIVEN)]
    assert asked == (["smoke"] if "smoke" in kept else [])
    assert only_asked(CHAIN, answers, GIVEN, {}).keys() == kept


@pytest.fixture
def in_welsh(tmp_path):
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    catalogue = Catalog(locale="cy", domain="waywarden")
    catalogue.add("report", "adroddiad")
    catalogue.add("application", "cais")
    (tmp_path / "cy" / "LC_MESSAGES").mkdir(parents=True)
    with (tmp_path / "cy" / "LC_MESSAGES" / "waywarden.mo").open("wb") as file:
        write_mo(file, catalogue)
    choose_language("cy", tmp_path)
    yield
    choose_language("en-GB", None)


@pytest.mark.parametrize(
    ("slug", "noun", "is_report"), [("street-party", "adroddiad", True), ("parking-permit", "cais", False)]
)
def test_the_word_for_a_case_is_translated_also_where_the_file_has_none(in_welsh, slug, noun, is_report):
    translated = in_language(definition_of(slug))
    assert (translated.noun, translated.is_report) == (noun, is_report)
