"""A clerk says by link, in a real browser, that a case is not theirs: the next who must act has it; operators see the run."""

import logging
import time

import pytest

from tests.browser import needs_chromium
from tests.casework.staging import link_in
from tests.conftest import until
from tests.flows.test_stages import CLERK, ROADS, engine, report, where
from tests.flows.test_ui import elsewhere, keep, page, shown
from tests.servers import web_server

__all__ = ["engine", "page", "where"]

LOG = logging.getLogger(__name__)
pytestmark = [pytest.mark.prefect, pytest.mark.browser, needs_chromium]


def subjects(mailbox, to):
    return [str(each["Subject"]) for each in mailbox.parsed() if each["To"] == to]


def test_a_clerk_declines_by_link_and_the_next_who_must_act_has_the_case(
    database, engine, engine_settings, where, mailbox, http, prefect_server, page
):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    with engine() as running, web_server(engine_settings.model_copy(update=where), http) as web:
        receipt = report(database, running.ctx.catalogue)
        until(lambda: subjects(mailbox, CLERK))
        (message,) = [each for each in mailbox.parsed() if each["To"] == CLERK]
        page.goto(f"{web.url}/answer/{link_in(message)}")
        page.get_by_label("This is not ours").check()
        page.get_by_label("What should the resident know?").fill("It is a county road.")
        page.get_by_role("button").click()
        page.get_by_role("heading", name="We have your answer").wait_for()
        sent = time.monotonic()
        until(lambda: [each for each in subjects(mailbox, ROADS) if each.startswith("Answer by")])
        LOG.info("%.0f ms from the page to the next mailbox", (time.monotonic() - sent) * 1000)

        (run, *_) = until_ended(prefect_server, receipt.reference)
        page.goto(f"{prefect_server.ui}/runs/flow-run/{run['id']}")
        page.get_by_text("Artifacts", exact=True).locator("visible=true").last.click()
        page.get_by_text("stages").locator("visible=true").first.wait_for()
        keep(page, "prefect-advance-run.png")
        (artifact,) = prefect_server.post("artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
        page.goto(f"{prefect_server.ui}/artifacts/artifact/{artifact['id']}")
        for text in (receipt.reference, "declined", "road-safety"):
            shown(page, text)
        keep(page, "prefect-advance-artifact.png")
    assert elsewhere([url for url in asked if not url.startswith(web.url)], prefect_server) == []


def until_ended(prefect_server, reference):
    """The runs that took a case further, once they have ended."""

    def ended():
        return [run for run in prefect_server.runs("advance-cases", name=reference) if run["end_time"]]

    until(ended)
    return ended()
