"""Links to answer that are forged, sent again, swapped, of somebody else or too late: none changes another case."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from routing import casework
from routing.casework import Kind, officers
from routing.process.case import NotReached
from tests import staged
from tests.casework.staging import CITIZEN, CLERK, body, link_in
from tests.casework.test_rules import move
from tests.casework.test_stages import BINS, bin_, speeding, withdraw
from tests.present import present
from tests.servers import web_server
from tests.web.citizen import Citizen
from tests.web.test_answering import ANSWER, EVENT, POLICE, asked, events, page_of

pytestmark = pytest.mark.thorough

HEALTH = "environmental-health@merewold.example"
RETENTION = {"reporter_days": 90, "details_days": 365, "place_days": 365, "unclosed_days": 3650}


@pytest.fixture
def longer(office_with, settings, http, tmp_path):
    """An office for requests of information, whose team can take more time once; and its browser."""
    with web_server(settings.model_copy(update=staged.folders(tmp_path / "web", "information-request")), http) as web:
        yield office_with("information-request"), Citizen(web.url)


def post(clerk, token: str, **fields: str) -> int:
    return int(clerk.session.post(f"{clerk.site}/answer/{token}", data=fields, timeout=10).status_code)


def checked(office):
    """A bin of which the citizen is asked whether it is still full."""
    receipt = bin_(office)
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    office.answer(receipt, "collections", {"emptied_on": "2027-02-01"})
    assert office.stage(receipt) == "check"
    return receipt


def token_of(office, receipt) -> str:
    """The token of the citizen of a report."""
    last = [each for each in office.mails(CITIZEN) if receipt.reference in body(each)][-1]
    return present(re.search(r"token=(\S+)", body(last)))[1]


def test_a_link_to_a_stage_that_was_entered_anew_is_dead_and_the_new_one_counts(office, clerk):
    receipt = speeding(office)
    old = link_in(office.mails(CLERK)[-1])
    move(office, receipt, "parish")
    clerk.get(f"/answer/{old}")
    assert clerk.heading == "We no longer need an answer"
    post(clerk, old, **ANSWER)
    office.advance()
    assert (office.stage(receipt), office.codes(receipt, "noted")[0]["why"]) == ("parish", "left")
    asked(office, clerk)
    clerk.send(**ANSWER)
    office.advance()
    assert office.stage(receipt) == "survey"


def test_a_link_asked_for_again_and_the_first_one_count_for_the_same_seat_once(office, clerk):
    receipt = speeding(office)
    with office.database.transaction() as tx:
        officers.ask_again(tx, office.catalogue, receipt.reference, "olive")
    office.advance()
    first, again = (link_in(each) for each in office.mails(CLERK))
    assert [post(clerk, each, **ANSWER) for each in (again, first)] == [200, 200]
    office.advance()
    assert [event["outcome"] for event in events(office) if event["kind"] == "answered"] == ["applied", "left"]
    assert office.stage(receipt) == "survey"


@pytest.mark.parametrize("how", ["withdrawn", "closed"])
def test_a_link_of_a_case_that_has_ended_shows_nothing_of_it_and_its_answer_is_a_note(office, clerk, how):
    receipt = speeding(office)
    token = asked(office, clerk)
    if how == "withdrawn":
        withdraw(office, receipt)
    else:
        with office.database.transaction() as tx:
            officers.close(tx, office.catalogue, receipt.id, "olive", "Solved by phone.")
    clerk.get(f"/answer/{token}")
    assert clerk.heading == "We no longer need an answer"
    assert receipt.reference not in clerk.text
    post(clerk, token, **ANSWER)
    office.advance()
    assert office.state(receipt) == how
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["ended"]


def test_a_link_whose_case_was_forgotten_leads_nowhere(office, clerk):
    receipt = bin_(office)
    token = asked(office, clerk, BINS)
    office.answer(receipt, "collections", {"crew_note": "blocked"})
    office.pass_time(days=700)
    with office.database.transaction() as tx:
        casework.purge(tx, "missed-bin", RETENTION)
    before = len(events(office))
    assert clerk.session.get(f"{clerk.site}/answer/{token}", timeout=10).status_code == 404
    assert post(clerk, token, crew_note="nothing") == 404
    assert len(events(office)) == before


def test_a_link_of_whom_the_fallback_has_replaced_is_dead(office, clerk):
    receipt = office.report("temporary-event", EVENT)
    office.begins()
    token, entry = link_in(office.mails(POLICE)[-1]), office.held(receipt).entry
    office.event(receipt, Kind.BOUNCED, "police", {"why": NotReached.BOUNCED.value}, entry, author="channel")
    clerk.get(f"/answer/{token}")
    assert clerk.heading == "We no longer need an answer"
    post(clerk, token, objection="yes", objection_reason="Noise.")
    office.advance()
    assert (office.stage(receipt), office.codes(receipt, "noted")[0]["why"]) == ("objections", "not-asked")


def test_a_link_answers_for_whom_it_was_sent_to_whatever_else_is_sent_with_it(office, clerk):
    receipt = office.report("temporary-event", EVENT)
    office.begins()
    token = link_in(office.mails(POLICE)[-1])
    more = {"seat": "environmental-health", "entry": "1", "hearing_on": "2027-02-01", "decision": "goes-on"}
    post(clerk, token, objection="no", **more)
    post(clerk, token, objection="no", **more)
    office.advance()
    held = office.held(receipt).case
    assert present(held.entry).answers == {"police": "no-objection"}, "one seat has answered, once"
    assert {"hearing_on", "decision", "seat"}.isdisjoint(held.values)
    post(clerk, link_in(office.mails(HEALTH)[-1]), objection="no")
    office.advance()
    assert office.end(receipt) == "goes-on"


def test_a_citizens_token_is_no_link_to_answer_and_a_link_is_no_citizens_token(office, clerk):
    receipt, other = checked(office), speeding(office)
    link, token = link_in(office.mails(CLERK)[-1]), token_of(office, receipt)
    assert post(clerk, token, still_full="Yes.") == 404
    for reference, wrong in ((receipt.reference, link), (receipt.reference, token_of(office, other))):
        way = f"{clerk.site}/reports/{reference}/answer"
        assert clerk.session.get(way, params={"token": wrong}, timeout=10).status_code == 404
        said = {"token": wrong, "still_full": "Nobody came."}
        assert clerk.session.post(way, data=said, timeout=10).status_code == 404
    office.advance()
    assert (office.stage(receipt), office.stage(other)) == ("check", "parish")


def test_a_citizen_who_sends_the_form_twice_answers_once(office, clerk):
    receipt = checked(office)
    said = {"token": token_of(office, receipt), "still_full": "Nobody came."}
    way = f"{clerk.site}/reports/{receipt.reference}/answer"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: clerk.session.post(way, data=said, timeout=10), range(4)))
    office.advance()
    assert [event["outcome"] for event in events(office) if event["seat"] == "citizen"].count("applied") == 1
    assert office.stage(receipt) == "escalated"
    assert len([each for each in office.subjects("manager@merewold.example") if "Answer by" in each]) == 1


def test_a_scanner_on_the_citizens_page_changes_nothing(office, clerk):
    receipt = checked(office)
    page_of(office, clerk, receipt)
    before, said = office.history(receipt), f"?token={token_of(office, receipt)}"
    ways = [f"/reports/{receipt.reference}{each}{said}" for each in ("", "/answer", "/withdraw", "/add")]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: clerk.session.get(f"{clerk.site}{ways[number % 4]}", timeout=10), range(100)))
    office.advance()
    assert (office.history(receipt), office.stage(receipt)) == (before, "check")


def test_a_citizens_form_that_is_sent_after_silence_counted_is_a_note_and_they_are_told(office, clerk):
    receipt = checked(office)
    page_of(office, clerk, receipt)
    clerk.get(f"/reports/{receipt.reference}/answer?token={token_of(office, receipt)}")
    office.pass_days(3)
    assert office.end(receipt) == "emptied"
    clerk.send(still_full="Nobody came.")
    assert "We could not take your answer, because we no longer wait for it." in clerk.text
    office.advance()
    assert office.end(receipt) == "emptied"
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["ended"]
    assert all("Nobody came." not in str(event) for event in events(office))


def test_a_citizens_form_that_is_sent_twice_says_that_we_have_the_answer(office, clerk):
    receipt = checked(office)
    page_of(office, clerk, receipt)
    clerk.get(f"/reports/{receipt.reference}/answer?token={token_of(office, receipt)}")
    again = clerk.url, clerk.answer
    clerk.send(still_full="Nobody came.")
    office.advance()
    clerk.url, clerk.answer = again
    clerk.send(still_full="Nobody came.")
    assert "We have your answer." in clerk.text
    office.advance()
    assert office.stage(receipt) == "escalated"
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["left"]


@pytest.mark.parametrize("serial", ["", "99", "-1", "1", "x", "1" * 400])
def test_a_citizens_form_for_a_stage_that_never_asked_them_changes_nothing(office, clerk, serial):
    receipt = checked(office)
    token = token_of(office, receipt)
    said = {"token": token, "serial": serial, "still_full": "Nobody came."}
    answer = clerk.session.post(f"{clerk.site}/reports/{receipt.reference}/answer", data=said, timeout=10)
    assert answer.status_code == 200
    office.advance()
    assert office.stage(receipt) == ("escalated" if serial == "" else "check")


def test_a_form_that_is_sent_again_after_more_time_was_taken_is_a_note_and_they_read_that_we_have_it(longer):
    office, clerk = longer
    receipt = office.report("information-request", {})
    office.begins()
    asked(office, clerk, "information@merewold.example")
    again = clerk.url, clerk.answer
    clerk.send(answer="longer", answer_text="We weigh it.")
    assert clerk.heading == "We have your answer"
    office.advance()
    clerk.get(again[0])
    assert clerk.heading.endswith("Ask for information that the council holds"), "they are asked once more"
    clerk.url, clerk.answer = again
    clerk.send(answer="longer", answer_text="We weigh it.")
    office.advance()
    assert (office.stage(receipt), office.held(receipt).case.counts) == ("answer", {"answer/longer": 1})
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["answered-before"]
