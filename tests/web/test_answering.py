"""Whoever is asked answers by the link in a message, citizens on the page of their report; in a browser without JavaScript."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.casework.staging import CITIZEN, CLERK, body, link_in
from tests.casework.test_stages import BINS, ROADS, SPEEDING, bin_, speeding
from tests.present import present
from tests.samples import point
from tests.web.citizen import text_of

pytestmark = pytest.mark.thorough

POLICE = "police@merewold.example"
EVENT = {"people": "100", "event_starts": "2027-03-01", "activities": "music", "payment_reference": "R-1"}
ANSWER = {"parish_answer": "survey", "parish_note": "We would like one."}


def main_of(citizen) -> str:
    return " ".join(text_of(citizen.page, "main").split())


def asked(office, clerk, to=CLERK):
    """Open the link in the last message to somebody."""
    token = link_in(office.mails(to)[-1])
    clerk.get(f"/answer/{token}")
    return token


def events(office):
    with office.database.transaction() as tx:
        return tx.execute(
            "SELECT kind, seat, author, outcome FROM case_event WHERE kind <> 'rung' ORDER BY id"
        ).fetchall()


def page_of(office, citizen, receipt):
    """The page of a report, by the link in the last email to its citizen."""
    link = present(re.search(r"/reports/\S+token=\S+", body(office.mails(CITIZEN)[-1])))
    citizen.get(link[0])


def test_the_page_says_what_is_asked_by_when_and_what_was_reported_but_not_by_whom(office, clerk):
    receipt = speeding(office)
    asked(office, clerk)
    said = main_of(clerk)
    for text in (
        receipt.reference, "Report speeding traffic", "Decide whether your council supports a speed survey",
        "Answer by 15 February 2027.", "What is the speed limit there?", "30mph", "Most mornings.",
        "What will the parish council do?", "What should the resident know?", "British National Grid",
    ):  # fmt: skip
        assert text in said
    assert "Ada Reporter" not in clerk.text
    assert CITIZEN not in clerk.text
    assert "This is not ours" not in text_of(clerk.page, "main .govuk-list"), "the form has that choice"


def test_who_agreed_to_be_passed_on_is_named(office, clerk):
    office.report("speeding-traffic", SPEEDING)
    with office.database.transaction() as tx:
        tx.execute("UPDATE reporter SET may_pass_on = true")
    office.begins()
    asked(office, clerk)
    assert "Ada Reporter" in main_of(clerk)


def test_an_answer_by_link_leads_on_and_the_page_then_says_that_we_have_it_and_nothing_else(office, clerk):
    receipt = speeding(office)
    token = asked(office, clerk)
    clerk.send(**ANSWER)
    assert clerk.heading == "We have your answer"
    assert office.stage(receipt) == "parish", "the engine applies it"
    office.advance()
    assert office.stage(receipt) == "survey"
    clerk.get(f"/answer/{token}")
    assert clerk.heading == "We have your answer"
    assert receipt.reference not in clerk.text
    assert "30mph" not in clerk.text


def test_a_form_sent_half_keeps_what_was_typed_and_says_what_to_change(office, clerk):
    receipt = speeding(office)
    asked(office, clerk)
    clerk.send(parish_note="We would like one.")
    assert clerk.errors == ["Select an answer"]
    assert "We would like one." in clerk.text
    assert events(office) == []
    clerk.send(parish_answer="survey")
    office.advance()
    assert office.stage(receipt) == "survey"
    assert office.held(receipt).case.values["parish_note"] == "We would like one."


def test_a_scanner_that_follows_the_link_a_hundred_times_changes_nothing(office, clerk):
    receipt = speeding(office)
    token = asked(office, clerk)
    before = office.history(receipt)
    with ThreadPoolExecutor(4) as pool:
        ways = [f"/answer/{token}", f"/answer/{token}/wrong-address", f"/answer/{token}/not-ours"]
        list(pool.map(lambda number: clerk.session.get(f"{clerk.site}{ways[number % 3]}", timeout=10), range(100)))
        list(pool.map(lambda _: clerk.session.head(f"{clerk.site}/answer/{token}", timeout=10), range(10)))
    office.advance()
    assert (office.history(receipt), events(office)) == (before, [])
    clerk.get(f"/answer/{token}")
    clerk.send(**ANSWER)
    office.advance()
    assert office.stage(receipt) == "survey"


@pytest.mark.parametrize("token", ["A" * 32, "x", "%00", "WW-7K3M-Q2XD"])
def test_a_forged_link_leads_nowhere(office, clerk, token):
    speeding(office)
    answer = clerk.session.get(f"{clerk.site}/answer/{token}", timeout=10)
    assert answer.status_code == 404
    assert clerk.session.post(f"{clerk.site}/answer/{token}", data=ANSWER, timeout=10).status_code == 404
    assert events(office) == []


def test_an_answer_sent_again_is_a_note_in_the_history(office, clerk):
    receipt = speeding(office)
    token = asked(office, clerk)
    for _ in range(2):
        clerk.session.post(f"{clerk.site}/answer/{token}", data=ANSWER, timeout=10)
    office.advance()
    assert [event["outcome"] for event in events(office)] == ["applied", "left"]
    assert office.codes(receipt, "noted")[0]["why"] == "left"
    assert office.stage(receipt) == "survey"


def test_a_link_dies_with_the_stage_and_its_page_shows_nothing_of_the_case(office, clerk):
    receipt = speeding(office)
    token = asked(office, clerk)
    office.pass_days(30)
    assert office.stage(receipt) == "road-safety"
    clerk.get(f"/answer/{token}")
    assert clerk.heading == "We no longer need an answer"
    assert receipt.reference not in clerk.text
    clerk.session.post(f"{clerk.site}/answer/{token}", data=ANSWER, timeout=10)
    office.advance()
    assert office.stage(receipt) == "road-safety"
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["left"]


def test_a_link_of_another_case_changes_only_its_own(office, clerk):
    first, second = speeding(office), bin_(office)
    token = asked(office, clerk, BINS)
    clerk.session.post(f"{clerk.site}/answer/{token}", data=ANSWER, timeout=10)
    office.advance()
    assert (office.stage(first), office.stage(second)) == ("parish", "crew")
    clerk.get(f"/answer/{token}")
    assert clerk.errors == ["Select an answer"]
    clerk.send(crew_note="nothing")
    office.advance()
    assert (office.stage(first), office.stage(second)) == ("parish", "return")


def test_two_who_answer_at_once_count_once(office, clerk):
    receipt = speeding(office)
    token = asked(office, clerk)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: clerk.session.post(f"{clerk.site}/answer/{token}", data=ANSWER, timeout=10), range(8)))
    office.advance()
    outcomes = [event["outcome"] for event in events(office)]
    assert (outcomes.count("applied"), len(outcomes)) == (1, 8)
    assert len([each for each in office.subjects(ROADS) if each.startswith("Answer by")]) == 1
    assert office.stage(receipt) == "survey"


def test_this_is_not_ours_sends_it_to_the_fallback(office, clerk):
    receipt = office.report("temporary-event", EVENT)
    office.begins()
    token = asked(office, clerk, POLICE)
    assert "This is not ours" in main_of(clerk)
    clerk.get(f"/answer/{token}/not-ours")
    assert clerk.heading.endswith("Is this not yours?")
    assert events(office) == [], "a link does nothing"
    clerk.send()
    assert clerk.heading == "We know that this is not for you"
    office.advance()
    assert present(office.held(receipt).case.entry).seats == ("licensing", "environmental-health")
    clerk.get(f"/answer/{token}")
    assert clerk.heading == "We know that this is not for you"
    assert "declined" in office.events(receipt)
    assert office.subjects("licensing@merewold.example")


def test_who_says_twice_that_it_is_not_theirs_says_so_once_and_answers_nothing(office, clerk):
    receipt = bin_(office)
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    token = asked(office, clerk, BINS)
    for _ in range(2):
        clerk.session.post(f"{clerk.site}/answer/{token}/not-ours", timeout=10)
    office.advance()
    assert [(event["kind"], event["outcome"]) for event in events(office)][1:] == [
        ("bounced", "applied"),
        ("answered", "answered-before"),
    ]
    assert (office.stage(receipt), office.state(receipt)) == ("return", "review")


def test_a_wrong_address_moves_this_case_on_and_tells_officers_who_decide_about_the_contact(office, clerk):
    receipt = speeding(office)
    token = asked(office, clerk)
    clerk.get(f"/answer/{token}/wrong-address")
    clerk.send()
    office.advance()
    assert office.stage(receipt) == "road-safety"
    told = body(office.mails("review@merewold.example")[-1])
    assert "waywarden contacts quarantine E04" in told
    with office.database.transaction() as tx:
        row = present(tx.execute("SELECT state FROM contact").fetchone())
    assert row["state"] != "quarantined"


COMPLAINT = {"about": "officer"}
CARE = "complaints@merewold.example"


def test_who_takes_more_time_answers_again_by_the_same_link(office, clerk):
    receipt = office.report("complaint", COMPLAINT)
    office.begins()
    office.answer(receipt, "complaints", {"understood_as": "The hedge."})
    token = asked(office, clerk, CARE)
    clerk.send(answer="longer", answer_text="We wait for the crew.")
    assert clerk.heading == "We have your answer"
    office.advance()
    assert office.stage(receipt) == "stage-1"
    clerk.get(f"/answer/{token}")
    clerk.send(answer="upheld", answer_text="We were wrong.")
    assert clerk.heading == "We have your answer"
    office.advance()
    assert office.stage(receipt) == "stage-2-window"


def test_a_citizen_answers_on_the_page_of_their_report(office, clerk):
    receipt = bin_(office)
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    office.answer(receipt, "collections", {"emptied_on": "2027-02-01"})
    page_of(office, clerk, receipt)
    said = main_of(clerk)
    for text in ("Your bin has been emptied.", "You have until 3 February 2027 to answer.", "Letters to you"):
        assert text in said
    clerk.get(present(next(a for a in clerk.page.css("main a") if a.text() == "Answer now").attributes["href"]))
    clerk.send(still_full="")
    assert clerk.errors == ["Enter an answer"]
    clerk.send(still_full="Nobody came.")
    assert "We have your answer." in main_of(clerk)
    office.advance()
    assert office.stage(receipt) == "escalated"
    assert "Nobody came." in body(office.mails("manager@merewold.example")[-1])


def test_at_the_end_a_citizen_says_how_satisfied_they_were_once_and_no_report_keeps_it(office, clerk):
    receipt = bin_(office)
    office.answer(receipt, "collections", {"crew_note": "blocked"})
    page_of(office, clerk, receipt)
    assert "We are not coming back for this bin." in main_of(clerk)
    assert "The crew noted: The road was blocked." in main_of(clerk)
    clerk.send()
    assert clerk.errors == ["Select how satisfied you were"]
    clerk.send(level="4")
    assert "Thank you for telling us." in main_of(clerk)
    assert "How satisfied" not in main_of(clerk)
    with office.database.transaction() as tx:
        rows = tx.execute("SELECT process, version, ended, level, answers FROM satisfaction").fetchall()
    assert rows == [{"process": "missed-bin", "version": "2027-01-01", "ended": "refused", "level": 4, "answers": 1}]


def test_a_late_deadline_stays_on_the_page_and_says_who_is_late(office, clerk):
    receipt = speeding(office)
    office.pass_days(16)
    page_of(office, clerk, receipt)
    said = main_of(clerk)
    assert "Test Parish Council had until 15 February 2027 to act. They are late." in said


def test_the_api_has_stage_and_letters(office, clerk):
    receipt = bin_(office)
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    link = present(re.search(r"/reports/(\S+)\?token=(\S+)", body(office.mails(CITIZEN)[-1])))
    document = clerk.session.get(f"{clerk.site}/api/reports/{link[1]}?token={link[2]}", timeout=10).json()
    assert document["stage"]["id"] == "return"
    assert document["stage"]["title"] == "We are coming back for your bin"
    assert document["expected_by"] == "2027-02-03"
    assert [each["subject"] for each in document["letters"]] == [
        f"We are coming back for your bin: {receipt.reference}"
    ]
    assert document["state"] == "acknowledged"


def test_what_is_sent_over_the_api_begins_in_its_first_stage(office, clerk, staged_web):
    answers = {"collection_day": "2027-01-29", "bins": ["rubbish"]}
    answer = staged_web.post({"process": "missed-bin", "answers": answers, "place": point("parish")})
    assert answer.status_code == 201, answer.text
    office.begins()
    assert office.subjects(BINS)[-1].startswith("Answer by 2 February 2027 at 9:00am: Report a missed bin")
