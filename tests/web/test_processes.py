"""Both processes through the pages, generated from their definitions: each signpost, rule, question and error text."""

import subprocess

import pytest

from routing.casework import wording
from routing.process import PLACE, render
from tests.conftest import PLAIN, ROOT
from tests.web.citizen import Citizen
from tests.web.walking import form_of, pages_of, way_to

pytestmark = pytest.mark.thorough

PROCESSES = sorted(path.parent.name for path in (PLAIN / "processes").glob("*/process.toml"))


def rules(process):
    from routing.process import parse

    path = PLAIN / "processes" / process / "process.toml"
    return [rule.id for rule in parse(path.read_text(), str(path), lists=frozenset({"trunk_roads"})).rule]


CASES = [(process, rule) for process in PROCESSES for rule in rules(process)]


@pytest.mark.parametrize(("process", "rule"), CASES)
def test_the_pages_lead_to_every_rule_and_every_empty_page_says_its_own_words(web, catalogue, process, rule):
    council, definition = catalogue.council("merewold"), catalogue.definition("merewold", process)
    answers, place = way_to(definition, rule)
    citizen = Citizen(web.url)
    citizen.get(f"/report/{process}?council=merewold")
    assert citizen.heading == definition.process.title
    citizen.send()
    for page in pages_of(definition, answers, place):
        assert citizen.path == f"/report/{process}/{page}"
        question = definition.questions.get(page)
        if question is not None:
            assert citizen.heading == render(question.ask, wording(council, definition))
            shown = [node.text().strip() for node in citizen.page.css(".govuk-radios__label")]
            assert shown == [choice.label for choice in question.choices]
        if question is not None or page == PLACE:
            citizen.send(**({page: ""} if question else {"where": ""}))
            expected = question.error if question else "Enter a postcode, or a street name and place"
            assert citizen.errors == [expected]
        citizen.send(**form_of(definition, page, answers, place))
    decided = next(each for each in definition.rule if each.id == rule)
    with web.ctx.database.transaction() as tx:
        stored = tx.execute("SELECT process, answers FROM report").fetchall()
    if decided.signpost is not None:
        title = definition.signposts[decided.signpost].title
        assert citizen.heading == render(title, wording(council, definition))
        assert citizen.path == f"/report/{process}/result"
        assert stored == []
    else:
        assert citizen.heading == "Report sent"
        asked = {page: answers[page] for page in pages_of(definition, answers, place) if page in answers}
        assert stored == [{"process": process, "answers": asked}]


def test_no_python_knows_a_process_of_the_folder_but_for_examples():
    """The second process is data alone: nothing in the code names it."""
    found = subprocess.run(
        ["grep", "-rliE", "overgrown|hedge", "src", "flows", "--include=*.py", "--include=*.html", "--include=*.js"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.stdout == ""
