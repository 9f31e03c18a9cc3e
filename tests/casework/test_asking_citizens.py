"""When a citizen's time to answer begins: with the letter that asks, or with their page if no letter can leave."""

import datetime

import pytest

from routing import casework
from routing.casework import officers
from routing.days import LONDON, day_of
from routing.delivery import DeliveryContext
from routing.present import now
from tests.casework.staging import CITIZEN, Office, body
from tests.casework.test_stages import BINS, bin_
from tests.present import present
from tests.servers import MailServer

pytestmark = pytest.mark.thorough

EMPTIED = {"emptied_on": "2027-02-01"}


def emptied(office: Office, **more):
    """A bin of which the crew says that it is empty. The citizen has two working days to say that it is not."""
    receipt = bin_(office, **more)
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    return receipt


def retry(office: Office) -> None:
    with office.database.transaction() as tx:
        tx.execute("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
    office.deliver()
    office.advance()


def promised(office: Office, receipt) -> datetime.date:
    held = office.held(receipt)
    definition = present(office.catalogue.version(*held.version))
    return held.case.deadlines(definition, office.catalogue.council("merewold").office).day


def test_a_citizens_time_begins_when_the_letter_that_asks_them_was_accepted(office: Office, mailbox: MailServer):
    receipt = emptied(office)
    mailbox.behave(refuse_rcpt={CITIZEN: 451})
    office.answer(receipt, "collections", EMPTIED)
    office.pass_days(7)
    assert office.stage(receipt) == "check", "nobody is late who was not asked"
    assert present(office.held(receipt).case.entry).waiting == ("citizen",)
    mailbox.behave()
    retry(office)
    assert promised(office, receipt) == datetime.date(2027, 2, 10), "two working days from Monday 8 February"
    office.pass_days(2)
    assert office.stage(receipt) == "check"
    office.pass_days(1)
    assert office.end(receipt) == "emptied"


@pytest.mark.parametrize(("after_days", "last_day"), [(0, datetime.date(2027, 2, 3)), (3, datetime.date(2027, 2, 8))])
def test_where_the_letter_is_refused_their_page_asks_from_then_on(
    office: Office, mailbox: MailServer, after_days: int, last_day: datetime.date
):
    receipt = emptied(office)
    mailbox.behave(refuse_rcpt={CITIZEN: 451})
    office.answer(receipt, "collections", EMPTIED)
    office.pass_days(after_days)
    mailbox.behave(refuse_rcpt={CITIZEN: 550})
    retry(office)
    with office.database.transaction() as tx:
        letters = tx.execute("SELECT needs_print FROM letter WHERE letter = 'emptied'").fetchall()
    assert letters == [{"needs_print": True}]
    assert promised(office, receipt) == last_day
    office.pass_days((last_day - day_of(now())).days)
    assert office.stage(receipt) == "check"
    office.pass_days(1)
    assert office.end(receipt) == "emptied"


def test_where_no_more_mail_may_go_to_them_today_their_page_asks_at_once(office: Office):
    receipt = emptied(office)
    ctx = office.post
    office.post = DeliveryContext(
        ctx.database, ctx.catalogue, ctx.channels, ctx.sender, ctx.retry_after_s, ctx.public_url, per_citizen_day=1
    )
    office.answer(receipt, "collections", EMPTIED)
    assert [each for each in office.subjects(CITIZEN) if "emptied" in each] == []
    with office.database.transaction() as tx:
        assert [each.letter for each in officers.letters_to_print(tx)] == ["emptied"]
    office.pass_days(3)
    assert office.end(receipt) == "emptied"


def test_without_email_their_page_asks_and_time_runs_alike(office: Office):
    receipt = emptied(office, email=None)
    office.answer(receipt, "collections", EMPTIED)
    assert promised(office, receipt) == datetime.date(2027, 2, 3)
    office.pass_days(2)
    assert office.stage(receipt) == "check"
    office.pass_days(1)
    assert office.end(receipt) == "emptied"


@pytest.mark.parametrize("email", [CITIZEN, None])
def test_a_citizen_is_not_late_because_an_engine_was_away_when_they_should_have_been_asked(office: Office, email):
    receipt = emptied(office, email=email)
    office.answer(receipt, "collections", EMPTIED, apply=False)
    office.set_time(datetime.datetime(2027, 2, 15, 10, tzinfo=LONDON))
    office.advance()
    assert office.stage(receipt) == "check"
    assert promised(office, receipt) == datetime.date(2027, 2, 17)
    if email:
        assert "17 February 2027" in body(office.mails(CITIZEN)[-1])
    office.pass_days(3)
    assert office.end(receipt) == "emptied"


def test_a_letter_still_goes_when_an_officer_closes_the_case_before_it_could_leave(office: Office, mailbox: MailServer):
    receipt = emptied(office)
    mailbox.behave(refuse_rcpt={CITIZEN: 451})
    office.answer(receipt, "collections", EMPTIED)
    with office.database.transaction() as tx:
        officers.close(tx, office.catalogue, receipt.id, "olive", "They rang.")
    mailbox.behave()
    retry(office)
    assert f"Your bin has been emptied: {receipt.reference}" in office.subjects(CITIZEN)


def test_a_case_that_goes_to_officers_because_its_run_fails_still_asks_whoever_has_it(
    office: Office, mailbox: MailServer
):
    mailbox.behave(refuse_rcpt={BINS: 451})
    receipt = office.report("missed-bin", {"collection_day": "2027-01-29", "bins": "rubbish"})
    office.begins()
    with office.database.transaction() as tx:
        casework.exhaust(tx, [receipt.id], "It failed.")
    mailbox.behave()
    retry(office)
    assert [each for each in office.subjects(BINS) if each.startswith("Answer by")]
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    assert (office.stage(receipt), office.held(receipt).case.review) == ("return", None)


def test_when_a_citizen_was_asked_stays_known_after_they_have_answered(office: Office):
    receipt = emptied(office, email=None)
    office.answer(receipt, "collections", EMPTIED)
    office.pass_days(1)
    office.answer(receipt, "citizen", {"still_full": "Nobody came."})
    with office.database.transaction() as tx:
        row = present(tx.execute("SELECT asked_at, answered_at FROM case_seat WHERE seat = 'citizen'").fetchone())
    assert (row["answered_at"].date() - row["asked_at"].date()).days == 1
