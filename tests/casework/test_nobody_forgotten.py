"""Nobody whom a case concerns is forgotten: whose message never left, whose place somebody takes, who need not act any more."""

import datetime
import re
import shutil
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from routing import casework
from routing.casework import Kind, officers, read_catalogue
from routing.days import LONDON
from routing.engine.batches import give_back
from routing.errors import InputError
from routing.settings import Settings
from tests.casework.staging import CITIZEN, CLERK, Office, body
from tests.casework.test_asking_citizens import retry
from tests.casework.test_rules import move
from tests.casework.test_rules_of_time import promised, request, until_day
from tests.casework.test_stages import BIN, BINS, ROADS, SPEEDING, bin_, speeding, withdraw
from tests.conftest import PLAIN
from tests.present import present

pytestmark = pytest.mark.thorough

KERBS = "crossings@merewold.example"
KERB = {"owner": "yes", "depth": "520", "house": "1 High Street", "payment_reference": "R-1"}
MISSING = {"decision": "ask", "missing": "A plan of the garden."}
EVENT = {"people": "100", "event_starts": "2027-03-01", "activities": "music", "payment_reference": "R-1"}


def kerb(office: Office):
    receipt = office.report("dropped-kerb", KERB)
    office.begins()
    return receipt


def asks(office: Office, to: str) -> list[str]:
    return [each for each in office.subjects(to) if each.startswith("Answer by")]


@pytest.mark.parametrize("how", ["answered by phone", "moved by an officer"])
def test_whoever_asked_the_citizen_before_their_own_message_left_is_asked_afterwards_and_can_be_late(
    shipped_office, mailbox, how
):
    office = shipped_office
    mailbox.behave(refuse_rcpt={KERBS: 451})
    receipt = kerb(office)
    if how == "answered by phone":
        office.answer(receipt, "kerbs", MISSING)
    else:
        move(office, receipt, "missing", **MISSING)
    assert office.stage(receipt) == "missing"
    mailbox.behave()
    retry(office)
    assert office.mails(KERBS) == [], "nobody is asked in a stage whose time stands"
    office.answer(receipt, "citizen", {"supplied": "Here it is."})
    assert office.stage(receipt) == "visit"
    retry(office)
    assert len(asks(office, KERBS)) == 1
    office.set_time(datetime.datetime(2027, 6, 1, 10, tzinfo=LONDON))
    office.advance()
    assert office.stage(receipt) == "manager", "they were silent"


def test_rule_3_who_takes_the_seat_of_another_has_what_is_left_of_the_time(office):
    receipt = office.report("temporary-event", EVENT)
    office.begins()
    before = promised(office, receipt)
    until_day(office, 3)
    entry = office.held(receipt).entry
    office.event(receipt, Kind.BOUNCED, "police", {"why": "wrong-address"}, entry)
    assert present(office.held(receipt).case.entry).seats == ("licensing", "environmental-health")
    assert promised(office, receipt) == before
    office.deliver()
    office.advance()
    assert promised(office, receipt) == before
    until_day(office, 5)
    assert office.end(receipt) == "goes-on"


def test_rule_1_a_team_whose_time_stands_hears_of_a_withdrawal_too(shipped_office):
    office = shipped_office
    receipt = kerb(office)
    office.answer(receipt, "kerbs", MISSING)
    withdraw(office, receipt)
    assert office.subjects(KERBS)[-1].startswith("Withdrawn: ")
    with office.database.transaction() as tx:
        rows = tx.execute("SELECT recipient FROM delivery WHERE role = 'follow-up'").fetchall()
    assert [row["recipient"] for row in rows] == ["kerbs"]


def test_whoever_is_asked_hears_that_an_officer_has_closed_the_case(office):
    receipt = speeding(office)
    with office.database.transaction() as tx:
        officers.close(tx, office.catalogue, receipt.id, "olive", "They rang.")
    office.deliver()
    assert "You no longer need to answer." in body(office.mails(CLERK)[-1])
    assert len(office.mails(CLERK)) == 2


@pytest.mark.parametrize(("to", "told"), [("road-safety", 2), ("parish", 1)])
def test_whoever_was_asked_hears_that_an_officer_has_sent_it_elsewhere_unless_they_are_asked_again(office, to, told):
    receipt = speeding(office)
    move(office, receipt, to)
    office.deliver()
    said = [each for each in office.mails(CLERK) if "sent it to somebody else" in body(each)]
    assert (len(said), len(office.mails(CLERK))) == (told - 1, 2)


def test_a_letter_to_a_team_that_is_refused_waits_to_be_printed_and_officers_hear_where(office_with, mailbox):
    office = office_with("traffic-order")
    receipt = office.report("traffic-order", {"what_for": "speed"})
    office.begins()
    fields = {"go_on": "yes", "made_on": "2027-02-01", "notice_on": "2027-01-04", "order_decision": "make"}
    move(office, receipt, "tell", **fields)
    mailbox.behave(refuse_rcpt={"orders@merewold.example": 550})
    office.set_time(datetime.datetime(2027, 2, 17, 10, tzinfo=LONDON))
    office.advance()
    with office.database.transaction() as tx:
        (letter,) = [each for each in officers.letters_to_print(tx) if each.letter == "not-told"]
    assert (letter.to, letter.recipient) == (("orders",), "orders")
    mailbox.behave()
    retry(office)
    told = [body(each) for each in office.mails("review@merewold.example")]
    assert any(f"waywarden reports letters {receipt.reference}" in each for each in told)


def test_nothing_is_said_to_be_sent_before_it_was(office, mailbox):
    mailbox.behave(refuse_rcpt={CLERK: 451})
    receipt = speeding(office)
    with office.database.transaction() as tx:
        officers.ask_again(tx, office.catalogue, receipt.reference, "olive")
    office.advance()
    assert (office.state(receipt), "sent" in office.events(receipt)) == ("routing", False)


def test_the_same_form_sent_twice_counts_once_also_where_it_asks_for_more_time(office_with):
    office = office_with("information-request")
    receipt = request(office)
    said = {
        "values": {"answer": "longer", "answer_text": "We weigh it."},
        "columns": {"answer": "longer"},
        "answered": 0,
    }
    entry = office.held(receipt).entry
    for _ in range(2):
        office.event(receipt, Kind.ANSWERED, "information", said, entry, apply=False)
    office.advance()
    assert (office.stage(receipt), office.held(receipt).case.counts) == ("answer", {"answer/longer": 1})
    office.event(receipt, Kind.ANSWERED, "information", said, entry)
    assert office.stage(receipt) == "answer"
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["answered-before"] * 2
    office.event(receipt, Kind.ANSWERED, "information", said | {"answered": 1}, entry)
    assert office.stage(receipt) == "review-window", "they were asked once more, and answered"


@pytest.mark.parametrize("process", ["information-request", "speeding-traffic"])
def test_a_bank_holiday_proclaimed_later_counts_in_every_calendar_and_a_closed_office_only_in_the_councils(
    office_with, process, tmp_path
):
    from tests.staged import catalogue_of

    office = office_with(process)
    receipt = request(office) if process == "information-request" else speeding(office)
    before = promised(office, receipt)
    moved = []
    for key in ("added_holidays", "proclaimed_holidays"):
        office.catalogue = catalogue_of(tmp_path / key, process, about=f"{key} = [2027-02-10]")
        with office.database.transaction() as tx:
            casework.reckon_anew(tx, office.catalogue)
        office.advance()
        moved.append(promised(office, receipt) > before)
    assert moved == [process == "speeding-traffic", True]


def test_a_message_that_cannot_be_put_into_words_holds_up_no_other(office, mailbox):
    mailbox.behave(refuse_rcpt={CLERK: 451, BINS: 451})
    receipt = office.report("speeding-traffic", SPEEDING)
    office.report("missed-bin", BIN)
    office.begins()
    with office.database.transaction() as tx:  # as no engine would leave it
        tx.execute("UPDATE case_entry SET stage = 'gone' WHERE report = %s", (receipt.id,))
        tx.execute("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
    mailbox.behave()
    office.deliver()
    assert (office.mails(CLERK), len(asks(office, BINS))) == ([], 1)
    with office.database.transaction() as tx:
        row = present(tx.execute("SELECT state, answer FROM delivery WHERE address = %s", (CLERK,)).fetchone())
    assert row == {"state": "pending", "answer": "failed-KeyError"}


def test_information_of_a_citizen_goes_to_the_team_whose_time_stands(shipped_office):
    from uuid import uuid4

    office = shipped_office
    receipt = kerb(office)
    office.answer(receipt, "kerbs", MISSING)
    with office.database.transaction() as tx:
        casework.add_information(tx, office.catalogue, receipt.id, uuid4(), "It is the left house.")
    office.deliver()
    assert "It is the left house." in body(office.mails(KERBS)[-1])


def test_officers_decide_a_report_whose_run_failed_before_it_was_decided_and_rule_17_has_its_clock(office):
    receipt = office.report("speeding-traffic", {"nature": "pattern", "limit": "30", "time": "day", "road": "no"})
    with office.database.transaction() as tx:
        batch = present(casework.claim_reports(tx, "test", 10, 60))
        engine: Any = SimpleNamespace(
            settings=Settings(attempts=1), catalogue=office.catalogue, sender=office.post.sender
        )
        give_back(tx, engine, batch.id, "failed")
    office.advance()
    assert (office.state(receipt), office.stage(receipt)) == ("review", None)
    until_day(office, 9)
    assert any("still waits for you" in body(each) for each in office.mails("review@merewold.example"))
    with office.database.transaction() as tx:
        officers.decide_report(
            tx, office.catalogue, receipt.reference, "road-safety", "It is theirs.", "ada", "reports.example"
        )
    office.advance()
    assert (office.stage(receipt), len(asks(office, ROADS))) == ("road-safety", 1)
    office.answer(receipt, "road-safety", {"road_safety_answer": "explain", "road_safety_note": "Done."})
    assert office.end(receipt) == "answered"


def test_a_citizen_who_joined_another_report_is_not_told_to_answer(office):
    from routing.casework.citizen.additions import join

    receipt = bin_(office)
    joined = office.report(
        "missed-bin", {"collection_day": "2027-01-29", "bins": "rubbish"}, email="ben@citizen.example"
    )
    with office.database.transaction() as tx:
        assert join(tx, office.catalogue, joined.id, receipt.id)
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    office.answer(receipt, "collections", {"emptied_on": "2027-02-01"})
    definition = office.catalogue.definition("merewold", "missed-bin")
    council = office.catalogue.council("merewold")
    now = datetime.datetime(2027, 2, 1, 10, tzinfo=LONDON)
    asked = []
    for each in (receipt, joined):
        with office.database.transaction() as tx:
            row = casework.track(tx, each.id, office.catalogue)
        told = present(casework.public_status(row, council, definition, now).staged)
        asked.append((told.asks, bool(told.task), told.promise is not None))
    assert asked == [(True, True, True), (False, False, False)]
    withdraw(office, receipt)
    with office.database.transaction() as tx:
        texts = tx.execute("SELECT text FROM letter WHERE recipient = 'citizen'").fetchall()
    assert {each["text"] for each in texts} == {None}
    assert CITIZEN not in str(office.held(receipt))


def test_officers_decide_a_report_of_the_version_before_the_process_had_stages(office, staged_catalogue, tmp_path):
    shutil.copytree(PLAIN / "councils", tmp_path / "before")
    for path in (tmp_path / "before").glob("*/council.toml"):
        path.write_text(re.sub(r'(?m)^version = ".*"$', 'version = "2026-01-01"', path.read_text(), count=1))
    plain = read_catalogue(tmp_path / "before", PLAIN / "processes")
    with office.database.transaction() as tx:
        plain.store(tx)
    office.catalogue, office.post = plain, replace(office.post, catalogue=plain)
    receipt = office.report("speeding-traffic", {"nature": "pattern", "limit": "unknown", "time": "day", "road": "no"})
    office.route()
    office.catalogue, office.post = staged_catalogue, replace(office.post, catalogue=staged_catalogue)
    with office.database.transaction() as tx:
        row = present(tx.execute("SELECT state FROM report").fetchone())
        assert row["state"] == "review"
        officers.decide_report(
            tx, office.catalogue, receipt.reference, "road-safety", "It is 30mph.", "ada", "reports.example"
        )
    office.deliver()
    (told,) = office.mails(ROADS)
    assert "It is 30mph." in body(told)
    with office.database.transaction() as tx:
        row = present(tx.execute("SELECT state FROM report").fetchone())
    assert row["state"] == "sent"


def test_an_officer_cannot_choose_whom_the_version_of_the_case_does_not_know(office):
    receipt = office.report("speeding-traffic", {"nature": "pattern", "limit": "unknown", "time": "day", "road": "no"})
    office.begins()
    with office.database.transaction() as tx, pytest.raises(InputError, match="Use one of: "):
        officers.decide_report(tx, office.catalogue, receipt.reference, "member", "No.", "ada", "reports.example")
    assert office.state(receipt) == "review"


@pytest.mark.parametrize("to", ["member", "nobody-we-know"])
def test_a_choice_that_the_version_of_the_case_cannot_take_any_more_is_a_note(office, to):
    receipt = office.report("speeding-traffic", {"nature": "pattern", "limit": "unknown", "time": "day", "road": "no"})
    office.begins()
    office.event(receipt, Kind.CHOSEN, None, {"to": to}, None, author="olive")
    assert (office.stage(receipt), office.state(receipt)) == (None, "review")
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["does-not-fit"]


@pytest.mark.parametrize("to", ["check", "escalated"])
def test_a_citizen_hears_that_an_officer_has_moved_the_case_and_is_asked_where_it_is_their_turn(office, to):
    receipt = bin_(office)
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    before = len(office.mails(CITIZEN))
    move(office, receipt, to, emptied_on="2027-02-01")
    office.deliver()
    office.advance()
    (told,) = office.mails(CITIZEN)[before:]
    titles = {"check": "Your bin has been emptied", "escalated": "The manager for collections is dealing with it"}
    assert titles[to] in body(told)
    assert ("You have until 3 February 2027 to answer." in body(told)) is (to == "check")


def test_officers_read_only_of_those_with_whom_a_case_can_begin(office):
    office.report("speeding-traffic", {"nature": "pattern", "limit": "unknown", "time": "day", "road": "no"})
    office.begins()
    (told,) = office.mails("review@merewold.example")
    assert "--to road-safety" in body(told)
    assert "--to member" not in body(told)


def test_a_team_whose_time_stands_is_not_told_that_it_need_not_act(shipped_office):
    office = shipped_office
    receipt = kerb(office)
    move(office, receipt, "missing", **MISSING)
    office.deliver()
    assert [each for each in office.mails(KERBS) if "sent it to somebody else" in body(each)] == []
    assert len(office.mails(KERBS)) == 1
