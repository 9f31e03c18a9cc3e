"""A question that no rule reads is asked of every case, after the table has decided; what a definition leaves out."""

import shutil

import pytest

from tests.conftest import PLAIN
from tests.samples import submission
from tests.servers import web_server
from tests.web.citizen import BASE, Citizen, text_of

pytestmark = pytest.mark.thorough

MORE = """
[[question]]
id = "more"
ask = "Do you live there?"
choices = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]

[[recipient]]"""


@pytest.fixture
def changed_web(settings, http, tmp_path):
    """The web with a process that asks more, and asks for no details."""
    folder = tmp_path / "processes"
    shutil.copytree(PLAIN / "processes", folder)
    path = folder / "speeding-traffic" / "process.toml"
    text = path.read_text().replace("[[recipient]]", MORE.lstrip(), 1)
    begin = text.index("[details]")
    path.write_text(text[:begin] + text[text.index("[", begin + 1) :])
    with web_server(settings.model_copy(update={"processes_dir": folder}), http) as running:
        yield running


def test_programs_must_answer_it_for_a_case_and_not_for_a_signpost(changed_web):
    refused = changed_web.post(submission())
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "answers.more"
    assert "Select an answer. Send one of: yes, no." in refused.text
    answers = submission()["answers"]
    assert changed_web.post(submission(answers={**answers, "more": "yes"})).status_code == 201
    assert changed_web.post(submission(answers={"nature": "driver"})).status_code == 200


def test_citizens_are_asked_before_their_contact_and_not_for_details(changed_web):
    citizen = Citizen(changed_web.url)
    citizen.get(f"{BASE}?council=merewold")
    citizen.send()
    for answers in (
        {"nature": "pattern"},
        {"road": "no"},
        {"where": "565513 438806"},
        {"limit": "30"},
        {"time": "day"},
    ):
        citizen.send(**answers)
    assert citizen.path == f"{BASE}/more"
    citizen.send()
    assert "Select an answer" in text_of(citizen.page, ".govuk-error-summary")
    citizen.send(more="yes")
    assert citizen.path == f"{BASE}/contact"
    citizen.send()
    assert "Do you live there?" in text_of(citizen.page, "main")


def test_details_that_a_process_does_not_ask_for_are_refused(changed_web):
    answers = {**submission()["answers"], "more": "no"}
    refused = changed_web.post(submission(answers=answers, details="Every morning."))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "details")


def test_the_privacy_page_says_how_long_everything_is_kept(changed_web):
    citizen = Citizen(changed_web.url)
    said = text_of(citizen.get("/privacy"), "main")
    assert "None" not in said
    assert "your answers and the exact place for 1095 days" in said
