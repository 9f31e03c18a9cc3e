"""The settled rules of the language about whom a case asks and where it goes, by their numbers, on the real store.

Rules about time are in test_rules_of_time.py; rules 3, 4, 12, 14 and 17 in test_stages.py. Rule 15 is of ``flow:``, which
no installation runs yet.
"""

import datetime

import pytest

from routing import casework
from routing.casework import Kind, officers
from routing.casework.citizen.additions import join
from routing.errors import InputError
from tests.casework.factory import know_clerk
from tests.casework.recoding import NEW, activate_vintage, another_vintage, divided, recoded
from tests.casework.staging import CITIZEN, CLERK, Office, body, link_in
from tests.casework.test_stages import ROADS, SPEEDING, speeding, withdraw
from tests.present import present

pytestmark = pytest.mark.thorough

ASKS = ('version = "2027-01-01"\n', 'version = "2027-01-01"\nwithdraw = "asks"\n')
SURVEY = {"parish_answer": "survey", "parish_note": "We would like that."}
REVIEW = "review@merewold.example"
COMPLAINTS, ORDERS = "customer-care@merewold.example", "orders@merewold.example"
LONGER = {"answer": "longer", "answer_text": "We wait for a survey."}


def move(office: Office, receipt, to: str, **fields: str) -> None:
    with office.database.transaction() as tx:
        officers.move_to(tx, office.catalogue, receipt.reference, to, "They rang.", fields, "olive")
    office.advance()


def complaint(office: Office):
    """A complaint that has been acknowledged."""
    receipt = office.report("complaint", {"about": "officer"})
    office.begins()
    office.answer(receipt, "complaints", {"understood_as": "The hedge."})
    return receipt


def asked_by(office: Office, to: str) -> int:
    """How often somebody was asked to act, without reminders."""
    return sum(subject.startswith("Answer by") for subject in office.subjects(to))


def test_rule_1_where_a_process_asks_a_citizen_still_withdraws_alone_in_the_first_stage(office_with):
    office = office_with("speeding-traffic", speeding_traffic=ASKS)
    receipt = speeding(office)
    withdraw(office, receipt)
    assert (office.state(receipt), office.stage(receipt)) == ("withdrawn", None)
    assert office.subjects(CLERK)[-1].startswith("Withdrawn: ")


def test_rule_1_later_it_is_a_wish_of_which_officers_and_whoever_has_the_case_hear_once(office_with):
    office = office_with("speeding-traffic", speeding_traffic=ASKS)
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", SURVEY)
    for _ in range(2):
        withdraw(office, receipt)
        office.deliver()
    assert (office.state(receipt), office.stage(receipt)) == ("acknowledged", "survey")
    assert office.events(receipt).count("wished") == 1
    told = [body(each) for to in (REVIEW, ROADS) for each in office.mails(to) if "asks us to withdraw" in body(each)]
    assert len(told) == 2
    assert office.held(receipt).case.values["parish_note"] == "We would like that.", "nothing is forgotten"
    office.answer(receipt, "road-safety", {"speed_85": "28", "result": "below"})
    assert office.end(receipt) == "below-threshold", "nobody has to wait for the officer"


@pytest.mark.parametrize("why", ["bounced", "not-ours"])
def test_rule_1_the_first_stage_of_the_fallback_is_still_the_first(office_with, mailbox, why):
    office = office_with("speeding-traffic", speeding_traffic=ASKS)
    if why == "bounced":
        mailbox.behave(refuse_rcpt={CLERK: 550})
    receipt = speeding(office)
    if why == "not-ours":
        office.event(receipt, Kind.BOUNCED, "parish-clerk", {"why": why}, office.held(receipt).entry)
    assert office.stage(receipt) == "road-safety"
    withdraw(office, receipt)
    assert office.state(receipt) == "withdrawn"


@pytest.mark.parametrize("how", ["silence", "a move"])
def test_rule_1_who_was_silent_and_an_officers_move_count_as_others_too(office_with, how):
    office = office_with("speeding-traffic", speeding_traffic=ASKS)
    receipt = speeding(office)
    if how == "silence":
        office.pass_days(31)
    else:
        move(office, receipt, "road-safety")
    assert office.stage(receipt) == "road-safety"
    withdraw(office, receipt)
    assert office.state(receipt) != "withdrawn"
    assert office.events(receipt).count("wished") == 1
    assert office.stage(receipt) == "road-safety"


def test_rule_1_the_last_of_several_who_reported_it_asks_too_and_the_others_just_leave(office_with):
    office = office_with("speeding-traffic", speeding_traffic=ASKS)
    receipt = speeding(office)
    joined = [office.report("speeding-traffic", SPEEDING, email=f"{name}@citizen.example") for name in ("ben", "cy")]
    with office.database.transaction() as tx:
        for each in joined:
            assert join(tx, office.catalogue, each.id, receipt.id)
    office.answer(receipt, "parish-clerk", SURVEY)
    for who in (receipt, joined[0]):
        withdraw(office, who)
        assert "wished" not in office.events(receipt)
    with office.database.transaction() as tx:
        states = tx.execute("SELECT state FROM report ORDER BY received_at").fetchall()
        can_wish = casework.track(tx, joined[1].id, office.catalogue)["is_last"]
    assert [each["state"] for each in states] == ["acknowledged", "withdrawn", "merged"]
    assert can_wish
    withdraw(office, joined[1])
    assert (office.state(receipt), office.stage(receipt)) == ("acknowledged", "survey")
    assert office.events(receipt).count("wished") == 1


def test_rule_1_an_officer_who_follows_the_wish_closes_the_case(office_with):
    office = office_with("speeding-traffic", speeding_traffic=ASKS)
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", SURVEY)
    withdraw(office, receipt)
    with office.database.transaction() as tx:
        officers.close(tx, office.catalogue, receipt.id, "olive", "They asked for it.")
    office.pass_days(90)
    assert (office.state(receipt), office.end(receipt)) == ("closed", "closed")
    assert not [each for each in office.subjects(ROADS) if each.startswith("Reminder")]


def test_rule_2_a_reminder_goes_to_the_one_successor_of_a_parish_and_the_old_link_counts(office):
    receipt = speeding(office)
    token, entry = link_in(office.mails(CLERK)[0]), office.held(receipt).entry
    know_clerk(office.database, NEW, "successor@parish.example")
    _, vintage = another_vintage(office.database, office.catalogue, recoded)
    activate_vintage(office.database, office.catalogue, vintage)
    office.pass_days(15)
    assert office.subjects("successor@parish.example")[0].startswith("Reminder: answer by 15 February 2027")
    assert len(office.mails(CLERK)) == 1
    with office.database.transaction() as tx:
        found = present(casework.find_link(tx, token))
    assert (found.entry, found.seat, office.stage(receipt)) == (entry, "parish-clerk", "parish")


def test_rule_2_where_a_parish_has_several_successors_the_fallback_is_reminded_for_the_clerk(office):
    receipt = speeding(office)
    _, vintage = another_vintage(office.database, office.catalogue, divided)
    activate_vintage(office.database, office.catalogue, vintage)
    office.pass_days(15)
    assert [each for each in office.subjects(ROADS) if each.startswith("Reminder: answer by 15 February 2027")]
    assert len(office.mails(CLERK)) == 1
    office.answer(receipt, "parish-clerk", SURVEY)
    assert office.stage(receipt) == "survey"


def test_rule_5_a_move_closes_the_entry_opens_another_with_fresh_time_and_keeps_the_reason(office):
    receipt = speeding(office)
    before = office.held(receipt).entry
    office.pass_days(9)  # Wednesday 10 February
    move(office, receipt, "parish")
    assert office.held(receipt).entry != before
    assert office.held(receipt).promised == datetime.date(2027, 2, 24)
    assert asked_by(office, CLERK) == 2
    office.event(receipt, Kind.ANSWERED, "parish-clerk", {"values": SURVEY, "columns": SURVEY}, before)
    assert (office.stage(receipt), office.codes(receipt, "noted")[0]["why"]) == ("parish", "left")
    with office.database.transaction() as tx:
        rows = tx.execute("SELECT because, left_at IS NULL AS is_open FROM case_entry ORDER BY serial").fetchall()
    assert [(row["because"], row["is_open"]) for row in rows] == [(None, False), ("They rang.", True)]


def test_rule_5_a_corrected_answer_decides_from_now_on_and_earlier_outcomes_stand(office):
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", SURVEY)
    move(office, receipt, "parish")
    office.answer(receipt, "parish-clerk", {"parish_answer": "nothing", "parish_note": "No money."})
    assert office.end(receipt) == "answered"
    told = [row["codes"]["outcome"] for row in office.history(receipt) if "outcome" in row["codes"]]
    assert told == ["survey", "answered"]
    assert office.held(receipt).case.values["parish_note"] == "No money."


def test_rule_6_counts_are_for_life_a_move_resets_none_and_otherwise_holds_with_its_own_letters(office):
    receipt = complaint(office)
    office.answer(receipt, "complaints", LONGER)
    assert (office.stage(receipt), office.held(receipt).promised) == ("stage-1", datetime.date(2027, 3, 1))
    move(office, receipt, "stage-1", understood_as="The hedge.")
    assert office.held(receipt).promised == datetime.date(2027, 2, 15), "fresh time"
    office.answer(receipt, "complaints", LONGER)
    assert office.stage(receipt) == "stage-2-window"
    assert office.subjects(CITIZEN)[-1] == f"We have not answered in time: {receipt.reference}"
    assert office.held(receipt).case.counts == {"stage-1/longer": 1}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"go_on": "yes"}, "Add --field notice_on="),
        ({"go_on": "yes", "notice_on": "3027-02-10"}, "must be"),
        ({"go_on": "yes", "notice_on": "soon"}, "Enter a date"),
    ],
    ids=["missing", "a thousand years away", "no date"],
)
def test_rule_7_a_date_that_a_clock_counts_from_is_neither_missing_nor_far_away(office_with, fields, said):
    office = office_with("traffic-order")
    receipt = office.report("traffic-order", {"what_for": "speed"})
    office.begins()
    with pytest.raises(InputError, match=said):
        move(office, receipt, "objections", **fields)
    office.advance()
    assert office.stage(receipt) == "consult"
    move(office, receipt, "objections", go_on="yes", notice_on="2027-02-10")
    assert office.held(receipt).promised == datetime.date(2027, 3, 3), "21 days after the notice, not after the move"


def test_rule_13_a_copy_has_no_seat_what_comes_of_it_is_a_note_and_its_refusal_changes_nothing(office, mailbox):
    receipt = speeding(office)
    (copy,) = office.mails(ROADS)
    assert "/answer/" not in copy.as_string()
    said = {"values": SURVEY, "columns": {"parish_answer": "survey"}}
    office.event(receipt, Kind.ANSWERED, "road-safety", said, office.held(receipt).entry)
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["not-asked"]
    mailbox.behave(refuse_rcpt={ROADS: 550})
    other = speeding(office)
    assert (office.stage(receipt), office.stage(other), office.state(other)) == ("parish", "parish", "sent")


@pytest.mark.parametrize(
    ("at", "seats"),
    [("parish", ("police", "fire", "parish-clerk")), ("unparished", ("police", "fire"))],
)
def test_rule_16_a_parish_in_a_list_is_asked_where_there_is_one(office_with, at, seats):
    office = office_with("traffic-order")
    receipt = office.report("traffic-order", {"what_for": "speed"}, at=at)
    office.begins()
    assert present(office.held(receipt).case.entry).seats == seats
    assert asked_by(office, CLERK) == ("parish-clerk" in seats)
    for seat in seats:
        assert office.stage(receipt) == "consult"
        office.answer(receipt, seat, {"view": "support"})
    assert office.stage(receipt) == "notice", "nobody else is waited for"


def test_rule_16_a_clerk_in_a_list_whom_no_message_reaches_is_replaced_by_the_fallback(office_with):
    office = office_with("traffic-order")
    with office.database.transaction() as tx:
        tx.execute("DELETE FROM contact_change")
        tx.execute("DELETE FROM contact")
    receipt = office.report("traffic-order", {"what_for": "speed"})
    office.begins()
    assert present(office.held(receipt).case.entry).seats == ("police", "fire", "orders")
    assert "It was for the parish council, but" in body(office.mails(ORDERS)[-1])
