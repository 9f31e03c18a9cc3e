"""The settled rules of the language about clocks and versions, by their numbers, on the real store.

Every day that is expected was counted by hand: 1 February 2027 is a Monday, and no weekday before 17 March is a bank
holiday anywhere in the United Kingdom.
"""

import datetime

import pytest

from routing import casework
from routing.days import LONDON
from tests.casework.staging import CITIZEN, CLERK, Office
from tests.casework.test_rules import complaint
from tests.casework.test_stages import speeding
from tests.present import present
from tests.staged import catalogue_of

pytestmark = pytest.mark.thorough

INFORMATION, LICENSING = "information@merewold.example", "licensing@merewold.example"
UNCLEAR = {"answer": "unclear", "answer_text": "Which road do you mean?"}
OTHER = 'version = "2027-02-01"'


def at(day: int, month: int = 2, hour: int = 10, minute: int = 0) -> datetime.datetime:
    return datetime.datetime(2027, month, day, hour, minute, tzinfo=LONDON)


def until_day(office: Office, day: int, month: int = 2, hour: int = 10) -> None:
    """To a moment, looking at everything that is due then."""
    office.set_time(at(day, month, hour))
    office.advance()


def promised(office: Office, receipt) -> str:
    return present(office.held(receipt).promised).isoformat()


def request(office: Office):
    """A request for information, whose time counts from the day on which we got it."""
    receipt = office.report("information-request", {})
    office.begins()
    return receipt


def reminders(office: Office) -> int:
    """How often the complaints team was reminded."""
    return sum(subject.startswith("Reminder") for subject in office.subjects("complaints@merewold.example"))


def proclaim(office: Office, folder, day: str) -> int:
    """A day is proclaimed a holiday, and the engine starts with the new calendar; returns how many cases it looks at."""
    office.catalogue = catalogue_of(folder / day, about=f"added_holidays = [{day}]")
    with office.database.transaction() as tx:
        found = casework.reckon_anew(tx, office.catalogue)
    office.advance()
    return found


def event(office: Office, starts: str, police_object_on: int):
    """A temporary event that the police object to on a day of February."""
    answers = {"people": "100", "event_starts": starts, "activities": "music", "payment_reference": "R-1"}
    receipt = office.report("temporary-event", answers)
    office.begins()
    until_day(office, police_object_on)
    office.answer(receipt, "police", {"objection": "yes", "objection_reason": "Noise."})
    assert office.stage(receipt) == "hearing"
    return receipt


def test_rule_8_a_time_already_past_at_entry_is_late_at_once_and_nobody_is_asked(office):
    receipt = event(office, "2027-02-16", police_object_on=3)
    asked = len(office.mails(LICENSING))
    until_day(office, 15, hour=7)
    assert office.stage(receipt) == "hearing"
    until_day(office, 15, hour=9)  # 24 hours before the event were over at midnight
    assert (office.end(receipt), office.stage(receipt)) == ("goes-on", None)
    outcomes = [row["codes"]["outcome"] for row in office.history(receipt) if "outcome" in row["codes"]]
    assert outcomes == ["objected", "not-held", "no-decision"]
    reminders = [each for each in office.subjects(LICENSING)[asked:] if not each.startswith("Reminder")]
    assert reminders == [], "nobody was asked to decide"
    assert office.subjects(CITIZEN)[-1] == f"Your event may go on: {receipt.reference}"
    with office.database.transaction() as tx:
        rows = tx.execute("SELECT stage FROM case_entry WHERE report = %s", (receipt.id,)).fetchall()
    assert {row["stage"] for row in rows} == {"objections", "hearing"}


def test_rule_8_where_some_time_is_left_they_are_asked_and_not_reminded_in_the_same_moment(office):
    receipt = event(office, "2027-02-17", police_object_on=3)
    until_day(office, 12, hour=20)
    before = len(office.mails(LICENSING))
    until_day(office, 15, hour=9)  # the reminder, 48 hours before the event, would have gone at midnight
    assert office.stage(receipt) == "decision"
    (subject,) = office.subjects(LICENSING)[before:]
    assert subject.startswith("Answer by 15 February 2027")
    until_day(office, 16, hour=1)
    assert office.end(receipt) == "goes-on"


def test_rule_9_time_that_stood_does_not_count_and_back_keeps_the_day_from_which_it_counts(office_with):
    office = office_with("information-request")
    receipt = request(office)
    entry = office.held(receipt).entry
    assert promised(office, receipt) == "2027-03-01"
    until_day(office, 10)
    office.answer(receipt, "information", UNCLEAR)
    assert office.stage(receipt) == "clarify"
    until_day(office, 17)
    assert [each for each in office.subjects(INFORMATION) if each.startswith("Reminder")] == [], "their time stood"
    office.answer(receipt, "citizen", {"meant": "The High Street."})
    assert (office.stage(receipt), office.held(receipt).entry) == ("answer", entry)
    assert promised(office, receipt) == "2027-03-08", "five working days stood"
    until_day(office, 22, hour=20)
    assert [each for each in office.subjects(INFORMATION) if each.startswith("Reminder")] == []
    until_day(office, 23)
    assert office.subjects(INFORMATION)[-1].startswith("Reminder: answer by 8 March 2027")
    until_day(office, 9, 3, hour=7)
    assert office.stage(receipt) == "answer"
    until_day(office, 9, 3, hour=9)
    assert office.stage(receipt) == "review-window"


def test_rule_9_reminders_that_have_not_gone_move_with_an_extension(office):
    receipt = complaint(office)
    until_day(office, 9)
    assert reminders(office) == 1
    until_day(office, 10)
    office.answer(receipt, "complaints", {"answer": "longer", "answer_text": "We wait for a survey."})
    assert promised(office, receipt) == "2027-03-01"
    until_day(office, 25)
    assert reminders(office) == 1
    until_day(office, 26)
    assert reminders(office) == 2


def test_rule_10_a_holiday_proclaimed_later_moves_a_running_case_and_the_history_has_both_days(office, tmp_path):
    receipt = speeding(office)
    letters = len(office.mails(CITIZEN))
    assert proclaim(office, tmp_path, "2027-02-12") == 1
    assert promised(office, receipt) == "2027-02-16"
    assert office.codes(receipt, "reckoned") == [{"before": "2027-02-15", "after": "2027-02-16", "stage": "parish"}]
    assert (len(office.mails(CITIZEN)), len(office.mails(CLERK))) == (letters, 1), "no letter goes again"
    until_day(office, 16)
    assert len(office.mails(CLERK)) == 1
    until_day(office, 17)
    assert office.subjects(CLERK)[-1].startswith("Reminder: answer by 16 February 2027")


def test_rule_10_what_has_fired_stays_and_only_what_is_to_come_moves(office, tmp_path):
    receipt = speeding(office)
    until_day(office, 16)
    assert len(office.mails(CLERK)) == 2
    proclaim(office, tmp_path, "2027-02-12")
    until_day(office, 23)  # without the holiday, the second reminder would go today
    assert len(office.mails(CLERK)) == 2
    until_day(office, 24)
    assert len(office.mails(CLERK)) == 3
    assert len(office.codes(receipt, "reckoned")) == 1


def test_rule_10_nothing_is_late_before_the_morning_after_also_if_that_morning_is_proclaimed(office, tmp_path):
    receipt = speeding(office)
    until_day(office, 1, 3)
    proclaim(office, tmp_path, "2027-03-02")
    until_day(office, 2, 3)
    assert office.stage(receipt) == "parish"
    assert office.codes(receipt, "reckoned") == [], "the last day has not changed"
    until_day(office, 3, 3)
    assert office.stage(receipt) == "road-safety"


def test_rule_10_a_case_whose_time_was_over_before_stays_as_it_is(office, tmp_path):
    receipt, ended = speeding(office), speeding(office)
    office.answer(ended, "parish-clerk", {"parish_answer": "nothing", "parish_note": "No money."})
    until_day(office, 2, 3)
    assert (office.stage(receipt), promised(office, receipt)) == ("road-safety", "2027-03-16")
    told, mails = len(office.history(ended)), len(office.inbox.parsed())
    proclaim(office, tmp_path, "2027-02-12")
    assert (office.stage(receipt), promised(office, receipt)) == ("road-safety", "2027-03-16")
    assert office.codes(receipt, "reckoned") == []
    assert (office.end(ended), len(office.history(ended)), len(office.inbox.parsed())) == ("answered", told, mails)


def test_rule_10_a_holiday_proclaimed_in_the_next_year_is_told_too(office, tmp_path):
    office.set_time(datetime.datetime(2027, 12, 20, 9, tzinfo=LONDON))
    receipt = speeding(office)
    assert promised(office, receipt) == "2028-01-06"
    office.set_time(datetime.datetime(2028, 1, 4, 10, tzinfo=LONDON))
    office.advance()
    proclaim(office, tmp_path, "2028-01-05")
    assert promised(office, receipt) == "2028-01-07"
    assert office.codes(receipt, "reckoned") == [{"before": "2028-01-06", "after": "2028-01-07", "stage": "parish"}]


def test_rule_10_a_new_year_alone_changes_nothing(office):
    office.set_time(datetime.datetime(2027, 12, 20, 9, tzinfo=LONDON))
    receipt = speeding(office)
    office.set_time(datetime.datetime(2028, 1, 4, 10, tzinfo=LONDON))
    with office.database.transaction() as tx:
        casework.reckon_anew(tx, office.catalogue)
    office.advance()
    assert (promised(office, receipt), office.codes(receipt, "reckoned")) == ("2028-01-06", [])
