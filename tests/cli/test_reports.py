"""What officers do with reports by the command line: find, look, move, close; and who hears of it."""

import datetime
import json
from uuid import uuid4

import pytest

from routing import casework
from routing.casework import Reporter
from routing.days import today
from routing.delivery import send_all
from tests.casework.factory import events_of, know_clerk, state_of, submit
from tests.posting import posting, send_reports
from tests.present import present
from tests.samples import code

pytestmark = pytest.mark.thorough

CLERK, ROADS, TRAFFIC = "clerk@parish.example", "road-safety@merewold.example", "traffic@merewold.example"
ADA = "ada@citizen.example"
REPORTER = Reporter("Ada Reporter", ADA, "01632 960123", False)


@pytest.fixture
def post(database, catalogue, mailbox):
    with posting(database, catalogue, mailbox) as post:
        yield post


@pytest.fixture
def sent(post, database):
    """A report that a clerk has, with a copy at the road safety team."""
    know_clerk(database, code("parish"), CLERK)
    receipt = submit(database, reporter=REPORTER, place_name="High Street, Netherby")
    send_reports(post)
    assert state_of(database, receipt) == "sent"
    return receipt


def send_due(post):
    with post.database.transaction() as tx:
        batch = present(casework.claim_deliveries(tx, "test", 100, 60))
        outbox = casework.read_outbox(tx, batch.id)
    sent = send_all(post, outbox)
    with post.database.transaction() as tx:
        casework.finish(tx, batch.id)
    return sent


def got(mailbox, address):
    messages = [message for message in mailbox.parsed() if message["To"] == address]
    return [(message["Subject"], message.get_body(("plain",)).get_content()) for message in messages]


def listed(waywarden, *command_words):
    done = waywarden("reports", "list", *command_words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class TestListing:
    def test_a_row_says_where_it_is_and_by_when_an_answer_is_due(self, waywarden, sent):
        (row,) = listed(waywarden)
        assert row["street"] == "High Street, Netherby"
        assert row["parish"] == "Flaxholme"
        assert row["due"] > today().isoformat()
        assert row["is_late"] is False

    @pytest.mark.parametrize(
        ("command_words", "is_found"),
        [
            (["--street", "high street"], True), (["--street", "NETHERBY"], True), (["--street", "Low Street"], False),
            (["--street", "%"], False), (["--parish", "flaxh"], True), (["--parish", code("parish")], True),
            (["--parish", "Otherby"], False), (["--process", "speeding-traffic"], True),
            (["--process", "overgrown-hedge"], False), (["--due", "2099-01-01"], True), (["--due", "2020-01-01"], False),
            (["--late"], False), (["--state", "sent", "--street", "high", "--due", "2099-01-01"], True),
        ],
    )  # fmt: skip
    def test_it_is_found_by_what_is_known_of_it(self, waywarden, sent, command_words, is_found):
        assert bool(listed(waywarden, *command_words)) == is_found

    def test_what_is_late_is_found_until_it_is_closed(self, waywarden, database, sent):
        with database.transaction() as tx:
            tx.execute("UPDATE report SET received_at = received_at - interval '60 days'")
        (row,) = listed(waywarden, "--late")
        assert row["is_late"]
        assert f"{row['due']} late" in waywarden("reports", "list", "--late").stdout
        waywarden("reports", "close", sent.reference)
        assert listed(waywarden, "--late") == []
        assert listed(waywarden)[0]["due"] is None

    def test_the_limit_counts_what_is_wanted(self, waywarden, database):
        for days in (0, 60, 61, 0, 62):
            receipt = submit(database)
            with database.transaction() as tx:
                tx.execute(
                    "UPDATE report SET received_at = received_at - make_interval(days => %s) WHERE id = %s",
                    (days, receipt.id),
                )
        assert len(listed(waywarden, "--late")) == 3
        assert len(listed(waywarden, "--late", "--limit", "2")) == 2

    @pytest.mark.parametrize(
        ("command_words", "text"), [(["--due", "soon"], "soon"), (["--state", "lost"], "Use one of")]
    )
    def test_what_cannot_be_looked_for_is_said(self, waywarden, command_words, text):
        done = waywarden("reports", "list", *command_words)
        assert done.returncode == 2
        assert text in done.stderr

    def test_people_read_the_clock_of_london_and_programs_the_offset(self, waywarden, database, sent):
        with database.transaction() as tx:
            tx.execute("UPDATE report SET received_at = '2026-06-30 23:30+00'")
        assert "2026-07-01 00:30" in waywarden("reports", "list").stdout
        shown = waywarden("reports", "show", sent.reference).stdout
        assert "received: 1 July 2026 at 12:30am" in shown
        assert "+00:00" not in shown
        assert json.loads(waywarden("reports", "show", sent.reference, "--json").stdout)["received_at"].endswith(
            "+00:00"
        )

    def test_a_process_or_council_that_there_is_not_is_said(self, waywarden):
        for option in ("--process", "--council"):
            done = waywarden("reports", "list", option, "nothing")
            assert (done.returncode, "Use one of: " in done.stderr) == (2, True)

    def test_by_day_those_come_first_that_have_waited_longest(self, waywarden, database):
        for days in (60, 90, 75):
            receipt = submit(database)
            with database.transaction() as tx:
                tx.execute(
                    "UPDATE report SET received_at = received_at - make_interval(days => %s) WHERE id = %s",
                    (days, receipt.id),
                )
        found = [row["received_at"] for row in listed(waywarden, "--late", "--limit", "2")]
        assert found == sorted(found)
        assert len(listed(waywarden, "--late")) == 3
        assert found[0] == min(row["received_at"] for row in listed(waywarden))


class TestLooking:
    def test_street_parish_and_details_are_shown_and_nobody_who_reported_it(self, waywarden, sent):
        shown = waywarden("reports", "show", sent.reference).stdout
        for command_words in ("High Street, Netherby", f"({code('parish')})", "> Most mornings."):
            assert command_words in shown
        assert "Ada" not in shown
        assert "reporter" not in json.loads(waywarden("reports", "show", sent.reference, "--json").stdout)

    def test_who_reported_it_is_shown_for_a_reason_and_the_look_is_in_the_history(self, waywarden, database, sent):
        command_words = (
            "reports",
            "show",
            sent.reference,
            "--reporter",
            "--because",
            "They called us back.",
            "--by",
            "grace",
        )
        shown = waywarden(*command_words)
        assert (
            "reporter: name Ada Reporter, email ada@citizen.example, phone 01632 960123; does not agree to share their details"
            in (shown.stdout)
        )
        assert events_of(database, sent)[-1] == "looked"
        found = json.loads(waywarden(*command_words, "--json").stdout)
        assert found["reporter"] == {
            "name": "Ada Reporter", "email": ADA, "phone": "01632 960123", "may_pass_on": False, "answers": {},
        }  # fmt: skip
        assert [each["actor"] for each in found["history"] if each["event"] == "looked"] == ["officer:grace"] * 2
        with database.transaction() as tx:
            looks = tx.execute("SELECT author, because FROM reporter_look").fetchall()
            codes = tx.execute("SELECT codes::text AS codes FROM history").fetchall()
        assert looks == [{"author": "officer:grace", "because": "They called us back."}] * 2
        assert not any("called" in row["codes"] for row in codes)
        assert json.loads(waywarden("reports", "verify", "--json").stdout)["broken"] == []

    @pytest.mark.parametrize("command_words", [[], ["--because", " "], ["--because", "x" * 501]])
    def test_without_a_reason_nobody_looks(self, waywarden, database, sent, command_words):
        done = waywarden("reports", "show", sent.reference, "--reporter", *command_words)
        assert done.returncode == 2
        assert "Enter why you need to know who reported it" in done.stderr
        assert "looked" not in events_of(database, sent)

    def test_the_reason_goes_with_the_reporter(self, waywarden, database, sent):
        waywarden("reports", "show", sent.reference, "--reporter", "--because", "They called.")
        waywarden("reports", "close", sent.reference, "--because", "Mended.")
        with database.transaction() as tx:
            tx.execute("UPDATE report SET changed_at = now() - interval '900 days'")
            days = {"reporter_days": 180, "details_days": 730, "unclosed_days": 365, "place_days": 1095}
            purged = casework.purge(tx, "speeding-traffic", days)
            left = tx.execute("SELECT (SELECT count(*) FROM reporter_look) AS looks, closed_because FROM report")
            assert left.fetchone() == {"looks": 0, "closed_because": None}
        assert purged.reporters == 1
        shown = waywarden("reports", "show", sent.reference, "--reporter", "--because", "Again.").stdout
        assert "reporter: no details kept" in shown


class TestMoving:
    def move(self, waywarden, sent, *command_words):
        return waywarden(
            "reports", "decide", sent.reference, "--because", "It is a request to change the limit.", *command_words
        )

    def test_a_report_that_was_sent_goes_to_somebody_else_and_who_had_it_hears_so(
        self, waywarden, database, post, mailbox, sent
    ):
        done = self.move(waywarden, sent, "--to", "traffic-authority", "--by", "grace")
        assert done.returncode == 0, done.stderr
        assert state_of(database, sent) == "routing"
        send_due(post)
        assert state_of(database, sent) == "sent"
        ((subject, text),) = got(mailbox, TRAFFIC)
        assert subject == f"Request to change a speed limit or road layout: report {sent.reference}"
        assert "It is a request to change the limit." in text
        subject, text = got(mailbox, CLERK)[-1]
        assert subject.startswith("Moved: ")
        assert "You do not need to do anything more about this." in text
        assert events_of(database, sent).count("officer-decided") == 1
        assert "traffic team" in got(mailbox, ADA)[-1][1]

    def test_who_gets_the_new_message_is_not_told_that_somebody_else_has_it(self, waywarden, post, mailbox, sent):
        self.move(waywarden, sent, "--to", "road-safety")
        send_due(post)
        assert [subject.partition(":")[0] for subject, _ in got(mailbox, ROADS)][-1] == "Speeding traffic"
        assert [subject.partition(":")[0] for subject, _ in got(mailbox, CLERK)][-1] == "Moved"

    def test_what_is_added_later_goes_to_who_has_it_now(self, waywarden, database, catalogue, post, mailbox, sent):
        self.move(waywarden, sent, "--to", "traffic-authority")
        send_due(post)
        before = {address: len(got(mailbox, address)) for address in (CLERK, ROADS, TRAFFIC)}
        with database.transaction() as tx:
            casework.add_information(tx, catalogue, sent.id, uuid4(), "A lorry too.")
        send_due(post)
        assert {address: len(got(mailbox, address)) - before[address] for address in before} == {
            CLERK: 0, ROADS: 0, TRAFFIC: 1,
        }  # fmt: skip

    def test_a_withdrawal_after_a_move_is_told_once_to_each(self, waywarden, database, catalogue, post, mailbox, sent):
        self.move(waywarden, sent, "--to", "road-safety")  # which had a copy
        send_due(post)
        before = {address: len(got(mailbox, address)) for address in (CLERK, ROADS)}
        with database.transaction() as tx:
            casework.withdraw(tx, catalogue, sent.id)
        send_due(post)
        assert {address: len(got(mailbox, address)) - before[address] for address in before} == {CLERK: 0, ROADS: 1}

    def test_a_clerk_who_cannot_be_written_to_any_more_makes_no_work_for_the_officers(
        self, waywarden, database, post, mailbox, sent
    ):
        with database.transaction() as tx:
            tx.execute("UPDATE contact SET state = 'vacant'")
        self.move(waywarden, sent, "--to", "traffic-authority")
        send_due(post)
        assert got(mailbox, "review@merewold.example") == []

    def test_a_clerk_of_two_parishes_can_get_it_for_the_other_one(self, waywarden, database, post, sent):
        know_clerk(database, "E04999027", CLERK)
        done = self.move(waywarden, sent, "--to", "parish-clerk", "--parish", "Holmsea")
        assert done.returncode == 0, done.stderr
        assert state_of(database, sent) == "routing"

    def test_to_whom_it_was_sent_already_it_is_not_sent_again(self, waywarden, database, sent):
        done = self.move(waywarden, sent, "--to", "parish-clerk")
        assert done.returncode == 2
        assert f"Choose another recipient. We have already sent it to {CLERK}." in done.stderr
        assert state_of(database, sent) == "sent"

    @pytest.mark.thorough
    def test_without_a_reason_it_is_not_moved(self, waywarden, database, sent):
        done = waywarden("reports", "decide", sent.reference, "--to", "traffic-authority", "--because", " ")
        assert done.returncode == 2
        assert state_of(database, sent) == "sent"


class TestClosing:
    def test_the_citizen_is_told_why(self, waywarden, web, post, mailbox, sent):
        why = "The speed indicator device stands there from Monday."
        waywarden("reports", "close", sent.reference, "--because", why)
        send_due(post)
        subject, text = got(mailbox, ADA)[-1]
        assert subject == f"Your report {sent.reference} is closed"
        assert f"Merewold District Council says: {why}" in text
        page = web.get(f"/reports/{sent.reference}", token=sent.token).text
        assert f"Merewold District Council says: {why}" in page
        told = web.get(f"/api/reports/{sent.reference}", token=sent.token).json()
        assert told["because"] == why

    def test_nobody_has_to_say_why(self, waywarden, web, sent):
        waywarden("reports", "close", sent.reference)
        assert "This report is closed." in web.get(f"/reports/{sent.reference}", token=sent.token).text
        assert web.get(f"/api/reports/{sent.reference}", token=sent.token).json()["because"] is None

    def test_a_reason_that_is_too_long_closes_nothing(self, waywarden, database, sent):
        done = waywarden("reports", "close", sent.reference, "--because", "x" * 501)
        assert done.returncode == 2
        assert state_of(database, sent) == "sent"


def test_due_days_are_those_that_the_citizen_is_told(waywarden, web, sent):
    (row,) = listed(waywarden)
    told = web.get(f"/api/reports/{sent.reference}", token=sent.token).json()
    assert row["due"] == told["expected_by"]
    assert datetime.date.fromisoformat(row["due"]) > today()
