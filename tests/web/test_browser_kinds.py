"""Every kind of question in a real browser: by keyboard alone, narrow, with large text, without JavaScript; each error."""

from collections.abc import Iterator

import pytest

from tests.browser import needs_chromium
from tests.running import folders
from tests.servers import RunningWeb, web_server
from tests.web import test_every_kind as party
from tests.web import test_permit as permit
from tests.web.sight import Sight, fill

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture
def web(settings, http, tmp_path) -> Iterator[RunningWeb]:
    """The web of a council that offers processes with every kind of question."""
    with web_server(settings.model_copy(update=folders(tmp_path)), http) as running:
        yield running


ERRORS = {
    "street-party": [(page, typed, says) for page, typed, says, _ in party.ERRORS],
    "parking-permit": [
        ("details", {}, "Enter an answer"),
        ("contact", {"name": "Ada"}, "Enter an email address or a telephone number"),
    ],
}
PAGES = {"street-party": party.PAGES, "parking-permit": permit.PAGES}
WORD = {"street-party": "Report", "parking-permit": "Application"}


def show_errors(sight: Sight, process: str, page: str) -> None:
    """Each error of a page: it is said above and at the field, the title says so, and the keyboard begins there.

    Every one of them on the narrowest screen and without JavaScript; on wider ones, which only lay it out otherwise,
    the first of each page.
    """
    errors = [each for each in ERRORS[process] if each[0] == page]
    is_every_one = sight.screen.width <= 320 or not sight.screen.has_script
    for number, (_, typed, says) in enumerate(errors if is_every_one else errors[:1]):
        fill(sight, typed)
        sight.press()
        sight.look(f"{process}-{page}-error-{number}")
        assert sight.page.title().startswith("Error: ")
        assert sight.page.inner_text(".govuk-error-summary__list a") == says
        if sight.screen.has_script:
            assert sight.page.evaluate("document.activeElement.classList.contains('govuk-error-summary')")
            sight.page.keyboard.press("Tab")
            sight.page.keyboard.press("Enter")
            assert sight.page.evaluate("['INPUT', 'TEXTAREA'].includes(document.activeElement.tagName)")


@pytest.mark.parametrize("process", PAGES)
def test_every_kind_is_answered_by_keyboard_alone_after_each_of_its_errors(sight, process):
    sight.open(f"/report/{process}?council=merewold", f"{process}-start")
    sight.press()
    for page, values in PAGES[process]:
        assert sight.path == f"/report/{process}/{page}"
        sight.look(f"{process}-{page}")
        show_errors(sight, process, page)
        fill(sight, values)
        sight.press()
    sight.look(f"{process}-check")
    sight.press()
    sight.look(f"{process}-sent")
    assert sight.page.inner_text("h1") == f"{WORD[process]} sent"
    sight.click("/reports/")
    sight.look(f"{process}-report")
    assert sight.seen[-1] == f"{process}-report"
