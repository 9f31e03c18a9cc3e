"""Cases in stages on the real store: from a report to its end, by the settled rules of the language."""

import contextlib
import datetime

import pytest

from routing import casework
from routing.casework import Kind, officers
from routing.days import LONDON, day_of
from routing.delivery import ChannelDown
from routing.present import now
from tests.casework.factory import know_clerk
from tests.casework.staging import CITIZEN, CLERK, Office, body, link_in
from tests.conftest import until
from tests.present import present
from tests.samples import code

pytestmark = pytest.mark.thorough

SPEEDING = {"nature": "pattern", "limit": "30", "time": "day", "road": "no"}
BIN = {"collection_day": "2027-01-29", "bins": "rubbish"}
ROADS = "road-safety@merewold.example"
BINS = "collections@merewold.example"


def is_up(office: Office) -> bool:
    with contextlib.suppress(ChannelDown):
        office.post.channels["smtp"].probe()
        return True
    return False


def speeding(office: Office, **more):
    receipt = office.report("speeding-traffic", SPEEDING, **more)
    office.begins()
    return receipt


def bin_(office: Office, **more):
    receipt = office.report("missed-bin", BIN, **more)
    office.begins()
    return receipt


def test_a_case_enters_its_first_stage_and_asks_whoever_acts_there(office):
    receipt = speeding(office)
    assert (office.stage(receipt), office.state(receipt)) == ("parish", "sent")
    (asked,) = office.mails(CLERK)
    assert str(asked["Subject"]) == f"Answer by 15 February 2027: Report speeding traffic, {receipt.reference}"
    assert "Decide whether your council supports a speed survey on this road" in body(asked)
    assert link_in(asked)
    assert office.events(receipt)[:3] == ["received", "claimed", "decided"]
    assert "entered" in office.events(receipt)


def test_an_answer_leads_on_tells_the_citizen_and_asks_the_next(office):
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", {"parish_answer": "survey", "parish_note": "We would like that."})
    assert (office.stage(receipt), office.state(receipt)) == ("survey", "acknowledged")
    assert [each for each in office.subjects(ROADS) if each.startswith("Answer by")]
    assert any("survey" in subject.lower() for subject in office.subjects(CITIZEN))
    assert office.codes(receipt, "acknowledged")[0]["outcome"] == "survey"
    assert "We would like that." in body(office.mails(ROADS)[-1]), "the team reads what the parish said"


def test_a_case_goes_to_its_end_and_the_report_is_closed(office):
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", {"parish_answer": "nothing", "parish_note": "No money."})
    assert (office.end(receipt), office.state(receipt)) == ("answered", "closed")
    assert (
        office.codes(receipt, "ended")
        == [{"end": "answered", "kind": "answered", "what": "answered", "seat": "parish-clerk", "event": 1}]
        or office.codes(receipt, "ended")[0]["end"] == "answered"
    )
    with office.database.transaction() as tx:
        row = tx.execute("SELECT wakes_at, end_kind FROM case_stage WHERE report = %s", (receipt.id,)).fetchone()
    assert row == {"wakes_at": None, "end_kind": "answered"}


def test_reminders_go_on_working_days_and_silence_leads_on_when_the_council_opens(office):
    receipt = speeding(office)
    office.pass_days(14)
    assert len(office.mails(CLERK)) == 1
    office.pass_days(1)  # Tuesday 16, after the tenth working day
    assert office.subjects(CLERK)[-1].startswith("Reminder: answer by 15 February 2027")
    office.pass_days(7)
    assert len(office.mails(CLERK)) == 3
    office.pass_days(6)  # Monday 1 March is the twentieth working day
    assert office.stage(receipt) == "parish"
    office.pass_days(1)
    assert (office.stage(receipt), office.state(receipt)) == ("road-safety", "escalated")
    assert [codes["outcome"] for codes in office.codes(receipt, "escalated")] == ["no-answer"]


def test_nothing_is_late_a_minute_before_the_council_opens(office):
    receipt = speeding(office)
    office.set_time(datetime.datetime(2027, 3, 2, 7, 59, tzinfo=LONDON))
    office.advance()
    assert office.stage(receipt) == "parish"
    office.set_time(datetime.datetime(2027, 3, 2, 8, 0, 1, tzinfo=LONDON))
    office.advance()
    assert office.stage(receipt) == "road-safety"


def test_after_an_outage_one_reminder_goes_and_the_history_says_how_many_were_overtaken(office):
    receipt = speeding(office)
    office.set_time(datetime.datetime(2027, 2, 24, 10, tzinfo=LONDON))
    office.advance()
    assert len(office.mails(CLERK)) == 2
    assert office.codes(receipt, "reminded") == [{"stage": "parish", "overtaken": 1}]


@pytest.mark.parametrize(
    ("back", "opens"),
    [
        (
            datetime.datetime(2027, 2, 20, 10, tzinfo=LONDON),
            datetime.datetime(2027, 2, 22, 8, tzinfo=LONDON),
        ),  # a Saturday
        (
            datetime.datetime(2027, 2, 17, 3, tzinfo=LONDON),
            datetime.datetime(2027, 2, 17, 8, tzinfo=LONDON),
        ),  # by night
    ],
)
def test_after_an_outage_a_reminder_waits_until_the_council_opens(office, back, opens):
    receipt = speeding(office)
    office.set_time(back)
    office.advance()
    assert len(office.mails(CLERK)) == 1
    with office.database.transaction() as tx:
        row = present(tx.execute("SELECT wakes_at FROM case_stage WHERE report = %s", (receipt.id,)).fetchone())
    assert row["wakes_at"] == opens
    office.set_time(opens.replace(second=1))
    office.advance()
    assert len(office.mails(CLERK)) == 2


def test_after_an_outage_silence_in_working_days_waits_until_the_council_opens(office):
    receipt = speeding(office)
    office.set_time(datetime.datetime(2027, 3, 6, 10, tzinfo=LONDON))  # a Saturday; it was due on Tuesday
    office.advance()
    assert office.stage(receipt) == "parish"
    office.set_time(datetime.datetime(2027, 3, 8, 8, 0, 1, tzinfo=LONDON))
    office.advance()
    assert office.stage(receipt) == "road-safety"


def test_rule_4_an_answer_and_the_late_outcome_in_the_same_second_the_answer_wins(office):
    receipt = speeding(office)
    office.set_time(datetime.datetime(2027, 3, 2, 8, 0, 1, tzinfo=LONDON))
    office.answer(receipt, "parish-clerk", {"parish_answer": "survey", "parish_note": "Yes."})
    assert office.stage(receipt) == "survey"
    assert office.codes(receipt, "escalated") == []


def test_rule_4_two_clerks_at_once_the_first_counts_and_the_second_is_a_note(office):
    receipt = speeding(office)
    entry = office.held(receipt).entry
    office.answer(receipt, "parish-clerk", {"parish_answer": "survey", "parish_note": "A"}, apply=False)
    office.answer(receipt, "parish-clerk", {"parish_answer": "nothing", "parish_note": "B"}, entry=entry)
    assert office.stage(receipt) == "survey"
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["left"]


def test_an_answer_after_the_end_is_a_note(office):
    receipt = speeding(office)
    entry = office.held(receipt).entry
    office.answer(receipt, "parish-clerk", {"parish_answer": "nothing", "parish_note": "No."})
    said = {"values": {"parish_answer": "survey", "parish_note": "Yes."}, "columns": {"parish_answer": "survey"}}
    office.event(receipt, Kind.ANSWERED, "parish-clerk", said, entry)
    assert (office.end(receipt), office.state(receipt)) == ("answered", "closed")
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["ended"]


def test_time_runs_from_the_day_on_which_the_channel_accepted_the_message(office, mailbox):
    mailbox.stop()
    receipt = office.report("speeding-traffic", SPEEDING)
    office.begins()
    assert present(office.held(receipt).case.entry).waiting == ("parish-clerk",)
    office.set_time(datetime.datetime(2027, 3, 10, 10, tzinfo=LONDON))
    office.advance()
    assert office.stage(receipt) == "parish", "nobody is late who was not asked"
    mailbox.start()
    until(lambda: is_up(office))
    with office.database.transaction() as tx:
        tx.execute("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
    office.deliver()
    office.advance()
    held = office.held(receipt)
    day = held.case.deadlines(
        present(office.catalogue.version(*held.version)), office.catalogue.council("merewold").office
    ).day
    assert day == datetime.date(2027, 3, 24)
    assert office.subjects(CLERK) == [f"Answer by 24 March 2027: Report speeding traffic, {receipt.reference}"]


def test_rule_3_a_refused_first_message_goes_to_the_fallback_with_fresh_time(office, mailbox):
    mailbox.behave(refuse_rcpt={CLERK: 550})
    receipt = speeding(office)
    office.advance()
    assert office.stage(receipt) == "road-safety"
    assert office.subjects(ROADS)
    assert office.codes(receipt, "bounced")[0]["seat"] == "parish-clerk"


def test_rule_3_a_team_that_no_message_reaches_is_for_officers_and_never_late(office, mailbox):
    mailbox.behave(refuse_rcpt={BINS: 550})
    receipt = bin_(office)
    assert (office.stage(receipt), office.state(receipt)) == ("crew", "review")
    office.pass_days(4)
    assert office.stage(receipt) == "crew"
    assert "Decide who must act: Report a missed bin" in office.subjects("review@merewold.example")[0]


def test_rule_17_officers_are_reminded_and_a_case_that_they_leave_alone_ends_unanswered(office):
    receipt = office.report("speeding-traffic", SPEEDING | {"limit": "unknown"})
    office.begins()
    assert (office.stage(receipt), office.state(receipt)) == (None, "review")
    office.pass_days(40)
    assert (office.end(receipt), office.state(receipt)) == ("unanswered", "closed")
    assert len(office.subjects("review@merewold.example")) == 4


def test_rule_12_where_there_is_no_contact_the_fallback_is_asked_from_the_start(office):
    with office.database.transaction() as tx:
        tx.execute("DELETE FROM contact_change")
        tx.execute("DELETE FROM contact")
    receipt = speeding(office)
    assert office.stage(receipt) == "road-safety"
    assert office.mails(CLERK) == []


def test_rule_2_a_reminder_goes_to_the_contact_of_today_and_the_old_link_still_counts(office):
    receipt = speeding(office)
    token = link_in(office.mails(CLERK)[0])
    with office.database.transaction() as tx:
        tx.execute("DELETE FROM contact_change")
        tx.execute("DELETE FROM contact")
    know_clerk(office.database, code("parish"), "new@parish.example")
    office.pass_days(15)
    assert office.subjects("new@parish.example")[0].startswith("Reminder")
    with office.database.transaction() as tx:
        found = present(casework.find_link(tx, token))
    assert (found.seat, found.entry) == ("parish-clerk", office.held(receipt).entry)


def test_rule_14_a_citizen_without_email_has_letters_to_print(office):
    receipt = bin_(office, email=None)
    office.answer(receipt, "collections", {"crew_note": "blocked"})
    assert office.mails(CITIZEN) == []
    with office.database.transaction() as tx:
        rows = tx.execute(
            "SELECT letter, recipient, needs_print, text FROM letter WHERE report = %s", (receipt.id,)
        ).fetchall()
    assert [(row["letter"], row["recipient"], row["needs_print"]) for row in rows] == [("refused", "citizen", True)]
    assert "The crew noted: The road was blocked." in rows[0]["text"]


def test_a_letter_is_not_doubled_by_news_of_the_same(office):
    receipt = bin_(office)
    before = len(office.mails(CITIZEN))
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    assert len(office.mails(CITIZEN)) == before + 1
    assert office.subjects(CITIZEN)[-1] == f"We are coming back for your bin: {receipt.reference}"


def test_hours_go_by_the_clock_on_the_wall(office):
    receipt = bin_(office)
    office.pass_time(hours=23)
    assert office.stage(receipt) == "crew"
    office.pass_time(hours=1, minutes=5)
    assert office.stage(receipt) == "return"


def test_the_citizen_is_asked_and_their_silence_can_be_a_good_end(office):
    receipt = bin_(office)
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    office.answer(receipt, "collections", {"emptied_on": "2027-02-01"})
    assert office.stage(receipt) == "check"
    assert "Answer on the page of your report" in body(office.mails(CITIZEN)[-1])
    office.pass_days(3)
    assert (office.end(receipt), office.state(receipt)) == ("emptied", "closed")


def test_whoever_asked_the_citizen_hears_the_answer_and_has_what_was_left_of_the_time(shipped_office):
    office, kerbs = shipped_office, "crossings@merewold.example"
    receipt = office.report(
        "dropped-kerb", {"owner": "yes", "depth": "520", "house": "1 High Street", "payment_reference": "R-1"}
    )
    office.begins()
    assert office.held(receipt).promised == datetime.date(2027, 3, 11)  # 28 working days from 1 February
    office.answer(receipt, "kerbs", {"decision": "ask", "missing": "A plan of the garden."})
    office.pass_days(2)
    office.answer(receipt, "citizen", {"supplied": "Here it is."})
    assert office.stage(receipt) == "visit"
    told = office.mails(kerbs)[-1]
    assert str(told["Subject"]) == f"Answer by 12 March 2027: Apply for a dropped kerb, {receipt.reference}"
    assert "You asked for something, and now have an answer. Your time goes on." in body(told)
    assert "Here it is." in body(told)
    assert link_in(told)


def test_several_are_asked_at_once_and_the_first_objection_settles(office):
    answers = {"people": "100", "event_starts": "2027-03-01", "activities": "music", "payment_reference": "R-1"}
    receipt = office.report("temporary-event", answers)
    office.begins()
    assert office.stage(receipt) == "objections"
    assert office.subjects("police@merewold.example")
    office.answer(receipt, "police", {"objection": "no"})
    assert (office.stage(receipt), office.state(receipt)) == ("objections", "acknowledged")
    office.answer(receipt, "environmental-health", {"objection": "yes", "objection_reason": "Noise."})
    assert office.stage(receipt) != "objections"


def test_what_everybody_answered_is_kept_by_its_kind(office):
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", {"parish_answer": "survey", "parish_note": "Ada wrote this."})
    with office.database.transaction() as tx:
        row = tx.execute("SELECT fields, words FROM case_stage WHERE report = %s", (receipt.id,)).fetchone()
        events = tx.execute("SELECT said FROM case_event").fetchall()
        history = tx.execute("SELECT codes::text AS codes FROM history").fetchall()
    assert row == {"fields": {"parish_answer": "survey"}, "words": {"parish_note": "Ada wrote this."}}
    assert all("values" not in each["said"] for each in events), "events keep no words once they are applied"
    assert not any("Ada wrote" in each["codes"] for each in history)


def test_today_of_cases_is_what_the_clock_file_says(office):
    assert day_of(now()) == datetime.date(2027, 2, 1)
    with office.database.transaction() as tx:
        row = present(tx.execute("SELECT casework_now() - now() > interval '30 days' AS is_ahead").fetchone())
    assert row["is_ahead"]


def withdraw(office: Office, receipt) -> None:
    with office.database.transaction() as tx:
        casework.withdraw(tx, office.catalogue, receipt.id)
    office.advance()


def test_rule_1_a_withdrawal_closes_the_stage_and_whoever_was_asked_hears_that_it_is_no_longer_needed(office):
    receipt = speeding(office)
    entry = office.held(receipt).entry
    withdraw(office, receipt)
    assert office.state(receipt) == "withdrawn"
    assert office.stage(receipt) is None
    told = office.mails(CLERK)[-1]
    assert str(told["Subject"]).startswith("Withdrawn: ")
    assert "You no longer need to answer." in body(told)
    said = {"values": {"parish_answer": "survey", "parish_note": "Yes."}, "columns": {"parish_answer": "survey"}}
    office.event(receipt, Kind.ANSWERED, "parish-clerk", said, entry)
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["ended"]
    office.pass_days(40)
    assert len(office.mails(CLERK)) == 2, "nobody is reminded of what was withdrawn"


def test_rule_1_answers_of_others_stay_and_what_is_about_people_goes(office):
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", {"parish_answer": "survey", "parish_note": "Ada asked for it."})
    withdraw(office, receipt)
    with office.database.transaction() as tx:
        row = tx.execute("SELECT fields, words, personal, columns FROM case_stage").fetchone()
        letters = tx.execute("SELECT text FROM letter").fetchall()
    assert row == {"fields": {"parish_answer": "survey"}, "words": {}, "personal": {}, "columns": {}}
    assert {each["text"] for each in letters} == {None}


def test_an_officer_closes_a_case_and_its_stage_is_left(office):
    receipt = speeding(office)
    with office.database.transaction() as tx:
        officers.close(tx, office.catalogue, receipt.id, "ada", "Solved by phone.")
    office.pass_days(40)
    assert (office.state(receipt), office.end(receipt), office.stage(receipt)) == ("closed", "closed", None)
    assert not [each for each in office.subjects(CLERK) if each.startswith("Reminder")]


def test_an_officer_chooses_who_must_act_and_they_are_asked(office):
    receipt = office.report("speeding-traffic", SPEEDING | {"limit": "unknown"})
    office.begins()
    with office.database.transaction() as tx:
        officers.decide_report(
            tx, office.catalogue, receipt.reference, "road-safety", "It is 30mph.", "ada", "reports.example"
        )
    office.advance()
    assert (office.stage(receipt), office.state(receipt)) == ("road-safety", "sent")
    (asked,) = office.mails(ROADS)
    assert "It is 30mph." in body(asked)
    office.pass_days(40)
    assert office.end(receipt) == "unanswered"


def test_information_that_a_citizen_adds_goes_to_whoever_is_asked_now(office):
    from uuid import uuid4

    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", {"parish_answer": "survey", "parish_note": "Yes."})
    with office.database.transaction() as tx:
        casework.add_information(tx, office.catalogue, receipt.id, uuid4(), "Also at night.")
    office.deliver()
    assert "Also at night." in body(office.mails(ROADS)[-1])
    assert len(office.mails(CLERK)) == 1


def test_retention_counts_from_the_end_and_takes_letters_and_answers(office):
    receipt = bin_(office)
    office.answer(receipt, "collections", {"crew_note": "blocked"})
    days = {"reporter_days": 90, "details_days": 365, "place_days": 365, "unclosed_days": 3650}
    office.set_time(datetime.datetime(2027, 5, 1, tzinfo=LONDON))
    with office.database.transaction() as tx:
        casework.purge(tx, "missed-bin", days)
        assert tx.execute("SELECT columns FROM case_stage").fetchone() != {"columns": {}}
    office.set_time(datetime.datetime(2028, 3, 1, tzinfo=LONDON))
    with office.database.transaction() as tx:
        casework.purge(tx, "missed-bin", days)
        row = tx.execute("SELECT fields, words, personal, columns FROM case_stage").fetchone()
        letters = tx.execute("SELECT text FROM letter").fetchall()
        links = tx.execute("SELECT count(*) AS n FROM answer_link").fetchone()
    assert row == {"fields": {}, "words": {}, "personal": {}, "columns": {}}
    assert ([each["text"] for each in letters], links) == ([None], {"n": 0})
