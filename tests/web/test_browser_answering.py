"""The page to answer, in Chromium without a mouse: desktop, 320 px, large text, no JavaScript; every error looked at."""

from collections.abc import Iterator

import pytest

from tests.browser import needs_chromium
from tests.casework.staging import CLERK, link_in
from tests.casework.test_stages import bin_, speeding
from tests.web.sight import SCREENS, Sight, looking
from tests.web.test_answering import EVENT, POLICE, page_of

pytestmark = [pytest.mark.browser, needs_chromium]


TWO_SCREENS = [pytest.param(name, id=name) for name in ("phone of 320 px", "no script")]
"""The screens that differ most. All of them look at the first page."""


@pytest.fixture(params=SCREENS)
def at_desk(request, chromium, staged_web) -> Iterator[Sight]:
    with looking(chromium, SCREENS[request.param], staged_web.url, folder="answering") as made:
        yield made


def heading(sight: Sight) -> str:
    return sight.page.locator("h1").inner_text()


def test_a_clerk_answers_with_the_keyboard_and_sees_what_to_change(office, at_desk):
    receipt = speeding(office)
    at_desk.open(f"/answer/{link_in(office.mails(CLERK)[-1])}", "answer")
    at_desk.press()
    at_desk.look("answer-not-complete")
    assert at_desk.page.locator(".govuk-error-summary a").all_inner_texts() == ["Select an answer", "Enter an answer"]
    at_desk.choose("parish_answer", "survey")
    at_desk.write("parish_note", "We would like one.")
    at_desk.press()
    at_desk.look("answered")
    assert heading(at_desk) == "We have your answer"
    office.advance()
    assert office.stage(receipt) == "survey"


@pytest.mark.parametrize("at_desk", TWO_SCREENS, indirect=True)
def test_whoever_was_asked_by_mistake_says_so(office, at_desk):
    office.report("temporary-event", EVENT)
    office.begins()
    at_desk.open(f"/answer/{link_in(office.mails(POLICE)[-1])}", "answer-of-one-of-several")
    at_desk.click(f"{at_desk.path}/not-ours")
    at_desk.look("not-ours")
    at_desk.press()
    assert heading(at_desk) == "We know that this is not for you"


@pytest.mark.parametrize("at_desk", TWO_SCREENS, indirect=True)
def test_a_citizen_answers_and_says_how_satisfied_they_were(office, at_desk):
    receipt = bin_(office)
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    office.answer(receipt, "collections", {"emptied_on": "2027-02-01"})

    class Browser:
        def get(self, path: str) -> None:
            at_desk.open(path, "report-that-asks")

    page_of(office, Browser(), receipt)
    at_desk.click(f"/reports/{receipt.reference}/answer")
    at_desk.look("citizen-answer")
    at_desk.write("still_full", "Nobody came.")
    at_desk.press()
    office.advance()
    office.answer(receipt, "manager", {"emptied_at_last_on": "2027-02-01"})
    page_of(office, Browser(), receipt)
    at_desk.choose("level", "2")
    at_desk.press()
    at_desk.look("report-at-its-end")
    assert "Thank you for telling us." in at_desk.page.locator("main").inner_text()
