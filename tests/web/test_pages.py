"""Templates of the pages."""

from typing import Any

import pytest

from routing.web import from_environment, pages
from tests.present import present


@pytest.fixture
def council(catalogue):
    return catalogue.council("merewold")


QUESTION = {
    "name": "limit",
    "heading": "What is the limit?",
    "items": [{"value": "20", "text": "20mph"}],
    "value": None,
}
TEXT = {"name": "details", "heading": "Tell us more", "value": "", "most": 100}


def test_whoever_asks_a_fresh_process_first_waits_for_no_template(council, database_url, monkeypatch):
    monkeypatch.setenv("WAYWARDEN_DATABASE_URL", database_url)
    pages._templates.cache_clear()
    from_environment()
    known = set(present(pages._templates().cache).keys())
    form: dict[str, Any] = {
        "hidden": {},
        "summary": [{"text": "Enter", "href": "#limit"}],
        "hint": "A hint",
        "button": "Continue",
    }
    for template, given in (("journey/question.html", QUESTION), ("text.html", TEXT)):
        for errors in ({}, {given["name"]: "Enter"}):
            pages.page(template, council, errors=errors, **form, **given)
    assert set(present(pages._templates().cache).keys()) == known
