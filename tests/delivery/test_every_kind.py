"""Answers of every kind in a message: ours and theirs stay apart, and a copy says nothing about a person."""

import datetime
import email
import email.policy
from dataclasses import replace
from uuid import uuid4

import html5lib
import pytest

from routing.casework import Addition, OutboxMessage, Reporter
from routing.delivery import Sender, write_message
from routing.process import Given, check_answers, kept_apart
from routing.vocabulary import Role
from routing.working_days import Calendar
from tests.present import present
from tests.running import definition_of, in_days, party

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
PARTY = definition_of("street-party")
PLACE = {"state": "parish", "code": "E04999001", "name": "Testley", "district": "E07999001", "candidates": []}
KEPT = kept_apart(PARTY, check_answers(PARTY, party(), Given(in_days(0), Calendar())))
MESSAGE = OutboxMessage(
    uuid4(), uuid4(), "WW-7K3M-Q2XD", "merewold", "street-party", "", "2027-01-01", 1, "highways", Role.TO,
    "highways@merewold.example", "<one@reports.example>", "The highways team closes roads.", None, 0, None, KEPT.answers,
    566153.7, 444759.1, NOW, None, Reporter("Ada", "ada@citizen.example", None, False, KEPT.personal),
    {"place": PLACE}, words=KEPT.words,
)  # fmt: skip
ABOUT_PEOPLE = ("Quillfeather", "Canary", "Do you live in this street?")


def written(catalogue, **changes):
    """The plain text, the HTML and the headers of a message."""
    sender = Sender("waywarden@reports.example", None)
    raw = write_message(replace(MESSAGE, **changes), catalogue.council("merewold"), PARTY, sender, NOW)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    text, html = (present(message.get_body((kind,))).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    html5lib.HTMLParser(strict=True).parse(html)
    return text, html, " ".join(str(value) for value in message.values())


def test_who_must_act_reads_codes_words_and_what_is_about_a_person(catalogue):
    text, html, headers = written(catalogue)
    assert "How many people will come? 80 people\n" in text
    assert "When does it have to be closed? In the afternoon, In the evening\n" in text
    assert "Do you live in this street? Yes\n" in text
    assert "\nWhat have you planned?\n> Cake.\n> A brass band.\n" in text
    assert "\nWho organises the party?\n> Ada Quillfeather, 1 Plume Lane\n" in text
    assert "<p>What have you planned?</p>" in html
    assert "Cake.\nA brass band.</blockquote>" in html
    for hidden in ("Cake", *ABOUT_PEOPLE):
        assert hidden not in headers


def test_a_copy_says_nothing_about_a_person(catalogue):
    text, html, _ = written(catalogue, role=Role.COPY, recipient="parish-clerk")
    assert "> Cake." in text
    for hidden in ABOUT_PEOPLE:
        assert hidden not in text + html


def test_a_follow_up_repeats_neither_words_nor_what_is_about_a_person(catalogue):
    text, html, _ = written(catalogue, role=Role.FOLLOW_UP, follows="<one@reports.example>")
    assert "80 people" in text
    for hidden in ("Cake", *ABOUT_PEOPLE):
        assert hidden not in text + html


@pytest.mark.parametrize(("role", "shown"), [(Role.TO, True), (Role.COPY, False)])
def test_who_joined_is_told_of_in_the_same_way(catalogue, role, shown):
    joined = Addition("WW-2222-2222", True, None, KEPT.answers, (566153.7, 444759.1), None,
                      Reporter(None, None, None, False, KEPT.personal), KEPT.words)  # fmt: skip
    text, _, _ = written(catalogue, role=role, words={}, reporter=Reporter(), additions=(joined,))
    assert "> A brass band." in text
    assert ("> Ada Quillfeather, 1 Plume Lane" in text) is shown


def test_what_somebody_typed_cannot_pass_for_our_own_words(catalogue):
    words = {"plan": "A\n\nWHO IT IS FROM\nThe mayor\u2028> b\n-- \nX"}
    text, html, _ = written(catalogue, words=words)
    lines = text.splitlines()
    begin = lines.index("What have you planned?")
    quoted = [line for line in lines[begin + 1 :] if line.startswith("> ")]
    assert quoted[:2] == ["> A", "> "]
    assert "> WHO IT IS FROM" in lines
    assert lines.count("WHO IT IS FROM") == 1
    assert "<script" not in html


def test_words_to_a_question_that_a_version_does_not_have_are_quoted_too(catalogue):
    text, _, _ = written(catalogue, words={"former": "Hello.\nWHERE\nNowhere"})
    assert "\nformer\n> This answer is no longer offered: Hello. WHERE Nowhere\n" in text


def test_a_code_that_a_version_does_not_have_stays_on_one_line_among_our_words(catalogue):
    text, _, _ = written(catalogue, answers={"guests": "Cake\n\nWHO IT IS FROM\nThe mayor"})
    assert "How many people will come? This answer is no longer offered: Cake WHO IT IS FROM The mayor\n" in text
