"""What citizens hear of their report by e-mail, and what recipients hear that comes after it; over a real mail server."""

import re
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from routing import casework
from routing.casework import Event, Reporter, new_message, officers, read_catalogue, tell_review
from routing.casework.citizen.additions import join as join_case
from routing.contacts import read_contacts
from routing.delivery import DeliveryContext, MailServer, Sender, SmtpChannel, send_all
from routing.errors import InputError, TransitionError
from routing.vocabulary import SMTP, Destination, Role
from tests.casework.factory import (
    NOW,
    claim,
    claim_if_any,
    decide_batch,
    events_of,
    know_clerk,
    new_report,
    state_of,
    submit,
)
from tests.conftest import PLAIN, until
from tests.present import present
from tests.samples import code, point

pytestmark = pytest.mark.thorough

CATALOGUE = read_catalogue(PLAIN / "councils", PLAIN / "processes")
CLERK = "clerk@parish.example"
ROADS = "road-safety@merewold.example"
REVIEW = "review@merewold.example"
ADA = "ada@citizen.example"
BEN = "ben@citizen.example"
WITH_ADDRESS = Reporter("Ada Reporter", ADA, None, False)


@pytest.fixture
def post(database, catalogue, mailbox):
    sender = Sender("waywarden@reports.example")
    channel = SmtpChannel(MailServer("127.0.0.1", mailbox.port, "none", timeout_s=5), sender)
    yield DeliveryContext(
        database, catalogue, {channel.name: channel}, sender, (60.0, 300.0), "https://reports.example"
    )
    channel.close()


@pytest.fixture
def reported(database, catalogue):
    """Reports as the web takes them and the engine decides them, up to what is to be sent."""
    know_clerk(database, code("parish"), CLERK)

    def report(at="parish", reporter=WITH_ADDRESS, **changes):
        return submit(database, at, reporter=reporter, **changes)

    return report


def route(post, catalogue):
    """Everything that waits is decided and sent, as the engine does it."""
    batch = claim(post.database)
    decide_batch(post.database, catalogue, batch)
    return _send(post, batch)


def send_due(post):
    with post.database.transaction() as tx:
        batch = casework.claim_deliveries(tx, "test", 100, 60)
    return _send(post, batch) if batch is not None else {}


def _send(post, batch):
    with post.database.transaction() as tx:
        outbox = casework.read_outbox(tx, batch.id)
    sent = send_all(post, outbox)
    with post.database.transaction() as tx:
        casework.finish(tx, batch.id)
    return sent


def to(mailbox, address):
    """What somebody got: subject and text of each message, in the order in which they came."""
    got = [message for message in mailbox.parsed() if message["To"] == address]
    return [(message["Subject"], message.get_body(("plain",)).get_content()) for message in got]


def join(database, receipt, **changes):
    """Somebody else reports the same and joins it."""
    with database.transaction() as tx:
        other = casework.submit(tx, new_report(**changes))
        assert join_case(tx, CATALOGUE, other.id, receipt.id)
    return other


def is_handed_over(database):
    """Whether all that the citizen's message says has been read: the last statement before it leaves is answered."""
    with database.transaction() as tx:
        found = tx.execute(
            "SELECT FROM pg_stat_activity a JOIN delivery d ON a.query_start > d.written_at"
            " WHERE a.datname = current_database() AND a.state = 'idle'"
            " AND a.query LIKE 'SELECT event, at, codes FROM history%'"
        ).fetchone()
    return found is not None


def accept_again(database, receipt):
    """Another engine tries the deferred message of a report to its clerk again, and it is taken."""
    with database.transaction() as tx:
        tx.execute("UPDATE delivery SET due_at = now() WHERE report = %s AND role = 'to'", (receipt.id,))
        batch = present(casework.claim_deliveries(tx, "another", 100, 60))
        (delivery,) = casework.read_outbox(tx, batch.id)
        casework.mark_sent(tx, delivery, "data-250")
        casework.finish(tx, batch.id)


class TestAcknowledgement:
    def test_a_citizen_with_an_address_hears_who_has_it_by_when_and_where_to_look(
        self, post, catalogue, mailbox, reported
    ):
        receipt = reported()
        assert route(post, catalogue) == {"sent": 3}
        ((subject, text),) = to(mailbox, ADA)
        assert subject == f"We have sent your report {receipt.reference}"
        assert "We have sent your report to Test Parish Council." in text
        assert "They do not know who you are, so they cannot write to you. They have until " in text
        assert "You can expect to hear" not in text  # from a clerk who does not know of whom
        assert "Report speeding traffic" in text
        link = present(re.search(rf"https://reports\.example/reports/{receipt.reference}\?token=(\S+)", text))
        with post.database.transaction() as tx:
            assert casework.find_tracked(tx, receipt.reference, link[1]) == receipt.id
            assert casework.find_tracked(tx, receipt.reference, link[1][:-1]) is None
            assert casework.find_tracked(tx, submit(post.database).reference, link[1]) is None

    def test_who_lets_the_clerk_know_hears_from_the_clerk(self, post, catalogue, mailbox, reported):
        reported(reporter=Reporter("Ada Reporter", ADA, None, True))
        route(post, catalogue)
        ((_, text),) = to(mailbox, ADA)
        assert "You can expect to hear from Test Parish Council by " in text

    def test_without_an_address_nothing_goes_to_anybody_but_the_recipients(self, post, catalogue, mailbox, reported):
        reported(reporter=Reporter("Ada Reporter", None, "01632 960123", True))
        assert route(post, catalogue) == {"sent": 2}
        assert {message["To"] for message in mailbox.parsed()} == {CLERK, ROADS}

    def test_nothing_that_anybody_typed_is_in_it(self, post, catalogue, mailbox, reported):
        reported(
            details="Buy at http://spam.example", reporter=Reporter("Cheap http://pills.example", ADA, "0800", True)
        )
        route(post, catalogue)
        (message,) = [message for message in mailbox.parsed() if message["To"] == ADA]
        for part in ("plain", "html"):
            text = message.get_body((part,)).get_content()
            assert not re.search("spam|pills|0800|Cheap", text)
        assert not re.search("spam|pills|Cheap", str(message.items()))

    def test_a_report_for_a_person_is_acknowledged_once_and_says_so(self, post, catalogue, mailbox, reported):
        reported("corner of three")
        assert route(post, catalogue) == {"sent": 2}
        ((subject, text),) = to(mailbox, ADA)
        assert subject.startswith("One of our officers will look at your report")
        assert "One of our officers will look at your report" in text

    def test_who_is_being_told_that_it_is_on_its_way_hears_that_it_got_there(self, post, catalogue, mailbox, reported):
        receipt = reported()
        mailbox.behave(refuse_rcpt={CLERK: 450, ROADS: 450})
        with ThreadPoolExecutor(1) as other_engine:
            with mailbox.mailbox.lock:  # the mail server takes its time over the citizen's message
                routed = other_engine.submit(route, post, catalogue)
                until(lambda: is_handed_over(post.database))
                accept_again(post.database, receipt)
            assert routed.result(30) == {"deferred": 2, "sent": 1}
        assert state_of(post.database, receipt) == "sent"
        assert send_due(post)["sent"] == 1
        assert [subject for subject, _ in to(mailbox, ADA)] == [
            f"We have your report {receipt.reference}",
            f"We have sent your report {receipt.reference}",
        ]

    def test_an_address_that_is_refused_is_nobodys_case(self, post, catalogue, mailbox, reported):
        receipt = reported()
        mailbox.behave(refuse_rcpt={ADA: "550 5.1.1"})
        assert route(post, catalogue) == {"sent": 2, "refused": 1}
        assert state_of(post.database, receipt) == "sent"
        assert send_due(post) == {}

    def test_an_address_that_takes_nothing_is_given_up_without_a_word_to_the_officers(
        self, post, catalogue, mailbox, reported
    ):
        receipt = reported()
        mailbox.behave(refuse_rcpt={ADA: 450})
        assert route(post, catalogue) == {"sent": 2, "deferred": 1}
        for _ in range(2):
            with post.database.transaction() as tx:
                tx.execute("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
            assert send_due(post) == {"deferred": 1}
        assert send_due(post) == {}
        assert state_of(post.database, receipt) == "sent"

    def test_each_try_has_a_link_that_works(self, post, catalogue, mailbox, reported):
        """The answer of the first was lost: both arrived, with one Message-ID."""
        receipt = reported("unparished")
        mailbox.behave(lose_answers=2)
        route(post, catalogue)
        with post.database.transaction() as tx:
            tx.execute("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
        send_due(post)
        got = [message for message in mailbox.parsed() if message["To"] == ADA]
        assert len({message["Message-ID"] for message in got}) == 1
        tokens = {present(re.search(r"token=(\S+)", text))[1] for _, text in to(mailbox, ADA)}
        assert len(tokens) == len(got) == 2
        with post.database.transaction() as tx:
            assert {casework.find_tracked(tx, receipt.reference, token) for token in tokens} == {receipt.id}

    def test_a_citizen_whose_data_was_taken_away_meanwhile_gets_nothing(self, post, catalogue, mailbox, reported):
        reported("unparished")
        with post.database.transaction() as tx:
            tx.execute("DELETE FROM reporter")
        route(post, catalogue)
        assert {message["To"] for message in mailbox.parsed()} == {ROADS}


@pytest.mark.parametrize(
    ("events", "subject"),
    [
        ([Event.ACKNOWLEDGED], "is being looked at"),
        ([Event.DECLINED], "We are finding out who can deal with"),
        ([Event.ESCALATED], "We have asked again about"),
        ([Event.REVIEWED], "One of our officers will look at"),
        ([Event.CLOSED], "is closed"),
        ([Event.ESCALATED, Event.ACKNOWLEDGED, Event.CLOSED], "is closed"),
    ],
)
def test_a_change_is_told_and_several_before_it_could_be_sent_are_one(
    post, catalogue, mailbox, reported, events, subject
):
    receipt = reported()
    route(post, catalogue)
    for event in events:
        with post.database.transaction() as tx:
            assert casework.move(tx, [receipt.id], event, "test")
    assert send_due(post) == {"sent": 1}
    assert [told for told, _ in to(mailbox, ADA)][1:] != []
    assert subject in to(mailbox, ADA)[1][0]
    assert len(to(mailbox, ADA)) == 2


def test_news_that_is_outdone_before_it_leaves_is_not_sent(post, catalogue, mailbox, reported):
    receipt = reported()
    route(post, catalogue)
    with post.database.transaction() as tx:
        casework.move(tx, [receipt.id], Event.ACKNOWLEDGED, "test")
        held = casework.claim_deliveries(tx, "test", 100, 60)
    with post.database.transaction() as tx:
        casework.move(tx, [receipt.id], Event.CLOSED, "test")
    assert _send(post, held) == {"dropped": 1}
    assert send_due(post) == {"sent": 1}
    assert [subject[-9:] for subject, _ in to(mailbox, ADA)] == [receipt.reference[-9:], "is closed"]


def test_news_that_was_deferred_is_not_sent_after_newer_news(post, catalogue, mailbox, reported):
    receipt = reported()
    mailbox.behave(refuse_rcpt={ADA: 450})
    route(post, catalogue)
    mailbox.behave()
    with post.database.transaction() as tx:
        casework.move(tx, [receipt.id], Event.CLOSED, "test")
    with post.database.transaction() as tx:
        tx.execute("UPDATE delivery SET due_at = now()")
    send_due(post)
    send_due(post)
    assert len(to(mailbox, ADA)) == 1


def test_a_change_waits_for_an_engine_that_is_taking_the_news_and_is_told(post, catalogue, mailbox, reported):
    """The row is claimed by another transaction while the change is made: so there is another row for it."""
    receipt = reported()
    route(post, catalogue)
    with post.database.transaction() as tx:
        casework.move(tx, [receipt.id], Event.ACKNOWLEDGED, "test")
    with ThreadPoolExecutor(1) as pool:
        with post.database.transaction() as tx:
            held = casework.claim_deliveries(tx, "test", 100, 60)
            changing = pool.submit(_close, post, receipt)
            until(lambda: _is_waiting(post))
        changing.result(timeout=30)
    _send(post, held)
    while send_due(post):
        pass
    assert to(mailbox, ADA)[-1][0] == f"Your report {receipt.reference} is closed"


def _close(post, receipt):
    with post.database.transaction() as tx:
        casework.move(tx, [receipt.id], Event.CLOSED, "test")


def _is_waiting(post):
    with post.database.transaction() as tx:
        return tx.execute("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1").fetchone()


def test_addresses_that_citizens_typed_do_not_stop_the_channel(post, catalogue, mailbox, reported):
    addresses = [f"nobody-{number}@citizen.example" for number in range(8)]
    mailbox.behave(refuse_rcpt=dict.fromkeys(addresses, 550))
    for address in addresses:
        withdraw(post, reported(reporter=Reporter(None, address, None, False)))
    assert send_due(post) == {"refused": 8}
    assert post.channels["smtp"].health.stopped is None


def test_no_token_is_kept_of_a_message_that_did_not_leave(post, catalogue, mailbox, reported):
    reported()
    mailbox.behave(refuse_rcpt={ADA: 450})
    route(post, catalogue)
    with post.database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM tracking_token").fetchone()["n"] == 0


def test_the_street_that_was_chosen_stands_in_every_message(post, catalogue, mailbox, reported):
    receipt = reported(place_name="Church Lane, Flaxholme")
    route(post, catalogue)
    join(post.database, receipt, reporter=Reporter("Ben", BEN, None, False), place_name="Station Road, Flaxholme")
    send_due(post)
    for address in (CLERK, ROADS, ADA):
        assert "Church Lane, Flaxholme" in to(mailbox, address)[0][1]
    assert "TA 6615 4475 (easting 566154, northing 444759)" in to(mailbox, CLERK)[0][1]
    assert "Station Road, Flaxholme" in to(mailbox, CLERK)[1][1]
    assert "Station Road, Flaxholme" in to(mailbox, BEN)[0][1]


class TestAddedInformation:
    def test_it_follows_the_case_to_whoever_has_it(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        add(post, receipt, "A lorry too.\nEach Monday.")
        assert send_due(post) == {"sent": 2}
        first, second = [message for message in mailbox.parsed() if message["To"] == CLERK]
        assert second["Subject"] == f"Re: {first['Subject']}"
        assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
        assert second["X-Waywarden-Reference"] == receipt.reference
        text = second.get_body(("plain",)).get_content()
        assert "A person who reported this has added information." in text
        assert "> A lorry too.\n> Each Monday." in text.replace("\r\n", "\n")
        assert "WHAT YOU CAN DO" not in text
        assert "added" in events_of(post.database, receipt)

    def test_who_got_a_copy_gets_it_too(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        add(post, receipt, "A lorry too.")
        send_due(post)
        (copied, _), (subject, text) = to(mailbox, ROADS)
        assert copied.startswith("Copy, ")
        assert subject == f"Re: {copied}"
        assert "> A lorry too." in text

    def test_a_clerk_with_a_copy_who_cannot_be_written_to_any_more_makes_no_work_for_the_officers(
        self, post, catalogue, mailbox, reported
    ):
        receipt = reported(answers={"nature": "change", "road": "no"})
        route(post, catalogue)
        assert len(to(mailbox, CLERK)) == 1
        with post.database.transaction() as tx:
            tx.execute("UPDATE contact SET state = 'vacant'")
        add(post, receipt, "A lorry too.")
        assert send_due(post) == {"sent": 1}
        assert (len(to(mailbox, CLERK)), to(mailbox, REVIEW)) == (1, [])

    def test_before_the_decision_it_goes_with_the_case(self, post, catalogue, mailbox, reported):
        receipt = reported("unparished")
        add(post, receipt, "A lorry too.")
        route(post, catalogue)
        ((_, text),) = to(mailbox, ROADS)
        assert "> A lorry too." in text
        assert "> Most mornings." in text
        assert send_due(post) == {}

    def test_it_waits_until_the_case_itself_has_left(self, post, catalogue, mailbox, reported):
        receipt = reported("unparished")
        mailbox.behave(refuse_rcpt={ROADS: 450})
        route(post, catalogue)
        add(post, receipt, "A lorry too.")
        assert send_due(post) == {}
        with post.database.transaction() as tx:
            assert casework.waiting(tx).deliveries == 0
            tx.execute("UPDATE delivery SET due_at = now()")
        mailbox.behave()
        assert send_due(post) == {"sent": 1}
        assert send_due(post) == {"sent": 2}
        assert [subject[:4] == "Re: " for subject, _ in to(mailbox, ROADS)] == [False, True]
        first, second = (text for _, text in to(mailbox, ADA))
        assert "We are sending your report" in first
        assert "We have sent your report to our road safety team." in second

    def test_sending_the_form_twice_adds_it_once(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        once = uuid4()
        for _ in range(2):
            with post.database.transaction() as tx:
                casework.add_information(tx, CATALOGUE, receipt.id, once, "A lorry too.")
        assert send_due(post) == {"sent": 2}
        assert events_of(post.database, receipt).count("added") == 1

    def test_a_clerk_who_came_since_gets_it(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        with post.database.transaction() as tx:
            tx.execute("UPDATE contact SET email = 'new@parish.example'")
        add(post, receipt, "A lorry too.")
        send_due(post)
        assert len(to(mailbox, "new@parish.example")) == 1

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE contact SET state = 'vacant'",
            "UPDATE contact SET state = 'quarantined', reason = 'smtp-rcpt-550-5.1.1'",
        ],
    )
    def test_where_the_clerk_cannot_be_written_to_any_more_the_officers_get_it(
        self, post, catalogue, mailbox, reported, change
    ):
        receipt = reported()
        route(post, catalogue)
        with post.database.transaction() as tx:
            tx.execute(change)
        add(post, receipt, "A lorry too.")
        send_due(post)
        ((_, text),) = to(mailbox, REVIEW)
        assert "We cannot email the clerk. Your team must act on this." in text
        assert "> A lorry too." in text
        assert len(to(mailbox, CLERK)) == 1

    def test_a_copy_that_failed_takes_nothing_from_the_clerk_who_has_the_case(self, post, catalogue, mailbox, reported):
        receipt = reported()
        mailbox.behave(refuse_rcpt={ROADS: 550})
        route(post, catalogue)
        send_due(post)
        assert len(to(mailbox, REVIEW)) == 1
        for number in (2, 3):
            add(post, receipt, f"Lorry {number}.")
            send_due(post)
            assert len(to(mailbox, CLERK)) == number
        withdraw(post, receipt)
        send_due(post)
        assert "has withdrawn it" in to(mailbox, CLERK)[-1][1]
        assert len(to(mailbox, REVIEW)) == 1

    def test_what_follows_a_message_that_nobody_will_get_goes_with_the_one_that_replaces_it(
        self, post, catalogue, mailbox, reported
    ):
        receipt = reported()
        mailbox.behave(refuse_rcpt={CLERK: 450})
        route(post, catalogue)
        add(post, receipt, "A lorry too.")
        mailbox.behave(refuse_rcpt={CLERK: 550})
        with post.database.transaction() as tx:
            tx.execute("UPDATE delivery SET due_at = now()")
        assert send_due(post)["refused"] == 1
        while send_due(post):
            pass
        assert to(mailbox, CLERK) == []
        subject, text = to(mailbox, ROADS)[-1]
        assert not subject.startswith("Re: ")
        assert "> A lorry too." in text
        assert "We have sent your report to our road safety team." in to(mailbox, ADA)[-1][1]

    def test_a_closed_case_is_still_told_what_was_added_before(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        add(post, receipt, "A lorry too.")
        with post.database.transaction() as tx:
            officers.close(tx, catalogue, receipt.id, "officer:ada")
        send_due(post)
        assert "> A lorry too." in to(mailbox, CLERK)[-1][1]

    def test_the_same_form_with_other_words_is_another_addition_on_the_page(self, post, reported):
        """Its id is made of both (web.tracking), so that going back and writing more loses nothing."""
        from routing.web.tracking import addition_id

        one = uuid4()
        ids = {addition_id(one, "form", text) for text in ("A lorry too.", "A lorry too. Each Monday.")}
        assert len(ids) == 2
        assert addition_id(one, "form", "A lorry too.") in ids

    def test_what_the_recipient_refuses_the_officers_get_with_all_that_was_added(
        self, post, catalogue, mailbox, reported
    ):
        receipt = reported()
        route(post, catalogue)
        add(post, receipt, "A lorry too.")
        mailbox.behave(refuse_rcpt={CLERK: 550})
        assert send_due(post) == {"refused": 1, "sent": 1}
        assert send_due(post) == {"sent": 1}
        ((_, text),) = to(mailbox, REVIEW)
        assert "> A lorry too." in text
        with post.database.transaction() as tx:
            assert read_contacts(tx, ["merewold"])["merewold", code("parish")].state == "fresh"

    def test_a_report_that_has_ended_takes_nothing_more(self, post, reported):
        receipt = reported()
        with post.database.transaction() as tx:
            casework.withdraw(tx, CATALOGUE, receipt.id)
        with pytest.raises(TransitionError, match="has ended"):
            add(post, receipt, "A lorry too.")

    def test_there_is_an_end_to_it(self, post, reported):
        receipt = reported()
        for number in range(20):
            add(post, receipt, f"Lorry {number}")
        with pytest.raises(InputError, match="20 times"):
            add(post, receipt, "One more")


def add(post, receipt, text):
    with post.database.transaction() as tx:
        casework.add_information(tx, CATALOGUE, receipt.id, uuid4(), text)


def withdraw(post, receipt):
    with post.database.transaction() as tx:
        casework.withdraw(tx, CATALOGUE, receipt.id)


class TestWithdrawing:
    def test_what_has_not_left_stays_and_the_citizen_is_told(self, post, catalogue, mailbox, reported):
        receipt = reported()
        batch = claim(post.database)
        decide_batch(post.database, catalogue, batch)
        withdraw(post, receipt)
        assert _send(post, batch) == {"dropped": 1}  # the acknowledgement: there is newer news
        assert send_due(post) == {"sent": 1}
        assert [message["To"] for message in mailbox.parsed()] == [ADA]
        assert to(mailbox, ADA)[0][0] == f"You have withdrawn your report {receipt.reference}"
        assert state_of(post.database, receipt) == "withdrawn"

    def test_a_report_that_waits_is_not_routed(self, post, mailbox, reported):
        receipt = reported()
        withdraw(post, receipt)
        assert claim_if_any(post.database) is None
        assert send_due(post) == {"sent": 1}
        assert [message["To"] for message in mailbox.parsed()] == [ADA]

    def test_whoever_has_it_hears_so(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        withdraw(post, receipt)
        assert send_due(post) == {"sent": 3}
        for address in (CLERK, ROADS):  # who has it, and who got a copy
            subject, text = to(mailbox, address)[1]
            assert subject.startswith("Withdrawn: ")
            assert "The person who reported this has withdrawn it." in text

    def test_a_copy_that_was_being_handed_over_is_followed_by_the_same_word(self, post, catalogue, mailbox, reported):
        receipt = reported(reporter=Reporter())
        batch = claim(post.database)
        decide_batch(post.database, catalogue, batch)
        with post.database.transaction() as tx:
            (copy,) = [each for each in casework.read_outbox(tx, batch.id) if each.role is Role.COPY]
            assert casework.holds_lease(tx, copy)
        withdraw(post, receipt)
        with post.database.statements() as tx:
            casework.mark_sent(tx, copy, "data-250")
        assert send_due(post) == {"sent": 1}
        assert "has withdrawn it" in to(mailbox, ROADS)[0][1]

    def test_a_message_that_was_being_handed_over_is_followed_by_the_word_that_it_was_withdrawn(
        self, post, catalogue, mailbox, reported
    ):
        receipt = reported("unparished", reporter=Reporter())
        batch = claim(post.database)
        decide_batch(post.database, catalogue, batch)
        with post.database.transaction() as tx:
            (message,) = casework.read_outbox(tx, batch.id)
            assert casework.holds_lease(tx, message)
        withdraw(post, receipt)  # and now the mail server says that it has taken it
        with post.database.statements() as tx:
            casework.mark_sent(tx, message, "data-250")
        assert send_due(post) == {"sent": 1}
        assert "has withdrawn it" in to(mailbox, ROADS)[0][1]
        assert state_of(post.database, receipt) == "withdrawn"

    def test_the_clerk_whom_the_directory_names_now_hears_it(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        with post.database.transaction() as tx:
            tx.execute("UPDATE contact SET email = 'new@parish.example'")
        withdraw(post, receipt)
        send_due(post)
        assert "has withdrawn it" in to(mailbox, "new@parish.example")[0][1]

    def test_who_had_it_before_the_officers_hears_it_too(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        with post.database.transaction() as tx:
            casework.enter_review(tx, [receipt.id], "It has to be looked at.", "test")
            tell_review(tx, catalogue, "reports.example", [(receipt.id, "merewold")], "It has to be looked at.")
        send_due(post)
        withdraw(post, receipt)
        send_due(post)
        for address in (CLERK, REVIEW):
            assert "has withdrawn it" in to(mailbox, address)[-1][1]

    @pytest.mark.parametrize("how", ["decided again", "routed anew"])
    def test_who_has_it_hears_it_between_two_decisions_too(self, post, catalogue, mailbox, reported, how):
        receipt = reported()
        route(post, catalogue)
        with post.database.transaction() as tx:
            casework.enter_review(tx, [receipt.id], "It has to be looked at.", "test")
            if how == "routed anew":
                officers.retry(tx, receipt.id, "officer:ada")
            else:
                again = new_message(
                    receipt.id, 9, "parish-clerk", Role.TO, Destination(SMTP, CLERK), "r.example", "Because."
                )
                officers.decide_by_officer(tx, receipt.id, [again], "Because.", "officer:ada")
        withdraw(post, receipt)
        while send_due(post):
            pass
        subjects = [subject for subject, _ in to(mailbox, CLERK)]
        assert len(subjects) == 2
        assert subjects[1].startswith("Withdrawn: ")

    def test_an_addition_that_waited_for_the_withdrawal_is_not_taken(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        other = join(post.database, receipt, reporter=Reporter())
        with ThreadPoolExecutor(1) as pool:
            with post.database.transaction() as tx:
                casework.withdraw(tx, CATALOGUE, other.id)
                adding = pool.submit(add, post, other, "A lorry too.")
                until(lambda: _is_waiting(post))
            with pytest.raises(TransitionError):
                adding.result(timeout=30)

    def test_it_cannot_be_done_twice(self, post, reported):
        receipt = reported()
        withdraw(post, receipt)
        with pytest.raises(TransitionError):
            withdraw(post, receipt)


class TestJoining:
    def test_whoever_has_the_case_hears_that_one_more_person_reported_it(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        other = join(
            post.database,
            receipt,
            reporter=Reporter("Ben", BEN, None, True),
            details="In the evenings.",
            answers={"nature": "pattern", "road": "no", "limit": "20", "time": "both"},
        )
        assert send_due(post) == {"sent": 3}
        text = to(mailbox, CLERK)[1][1]
        for words in ("One more person has reported this.", "20mph", "> In the evenings.", "Ben", BEN):
            assert words in text
        assert (state_of(post.database, other), state_of(post.database, receipt)) == ("merged", "sent")
        ((subject, text),) = to(mailbox, BEN)
        assert subject == f"We have your report {other.reference}"
        assert "We have added your report to another about the same place." in text
        assert f"/reports/{other.reference}?token=" in text
        assert receipt.reference not in text

    def test_nobody_sees_anothers_words_or_name(self, post, catalogue, mailbox, reported):
        receipt = reported()
        join(post.database, receipt, reporter=Reporter("Ben", BEN, None, True), details="In the evenings.")
        route(post, catalogue)
        send_due(post)
        for address, others in ((ADA, "Ben|evenings"), (BEN, "Ada|mornings")):
            assert to(mailbox, address)
            words = re.compile(rf"\b({others})\b")  # whole words: some random token has three letters of a name
            assert not any(words.search(text) for _, text in to(mailbox, address))

    def test_who_joined_before_the_decision_hears_of_it_with_the_first(self, post, catalogue, mailbox, reported):
        receipt = reported()
        join(post.database, receipt, reporter=Reporter("Ben", BEN, None, False))
        route(post, catalogue)
        assert send_due(post) == {}
        assert [subject.split(" WW")[0] for subject, _ in to(mailbox, BEN)] == ["We have sent your report"]

    def test_who_did_not_agree_is_not_named_to_the_clerk(self, post, catalogue, mailbox, reported):
        receipt = reported()
        other = join(post.database, receipt, reporter=Reporter("Ben", BEN, None, False))
        route(post, catalogue)
        assert f"ONE MORE PERSON HAS REPORTED THIS ({other.reference})" in to(mailbox, CLERK)[0][1]
        assert not re.search("Ben|Ada", to(mailbox, CLERK)[0][1])

    def test_news_of_the_case_goes_to_all_who_reported_it(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        other = join(post.database, receipt, reporter=Reporter("Ben", BEN, None, False))
        send_due(post)
        with post.database.transaction() as tx:
            casework.move(tx, [receipt.id], Event.ACKNOWLEDGED, "test")
        assert send_due(post) == {"sent": 2}
        assert to(mailbox, ADA)[-1][0] == f"Your report {receipt.reference} is being looked at"
        assert to(mailbox, BEN)[-1][0] == f"Your report {other.reference} is being looked at"

    def test_a_case_that_ended_is_joined_by_nobody(self, post, reported):
        receipt = reported()
        withdraw(post, receipt)
        with post.database.transaction() as tx:
            other = casework.submit(tx, new_report())
            assert not join_case(tx, CATALOGUE, other.id, receipt.id)

    def test_the_first_may_leave_and_the_case_goes_on(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        other = join(post.database, receipt, reporter=Reporter("Ben", BEN, None, False))
        send_due(post)
        withdraw(post, receipt)
        assert state_of(post.database, receipt) == "sent"
        assert send_due(post) == {}
        with post.database.transaction() as tx:
            assert (
                tx.execute("SELECT count(*) AS n FROM reporter WHERE report = %s", (receipt.id,)).fetchone()["n"] == 0
            )
            casework.move(tx, [receipt.id], Event.CLOSED, "test")
        assert send_due(post) == {"sent": 1}
        assert to(mailbox, BEN)[-1][0] == f"Your report {other.reference} is closed"

    def test_whoever_left_is_told_so_and_nothing_of_what_comes_after(self, post, catalogue, reported):
        receipt = reported()
        route(post, catalogue)
        other = join(post.database, receipt, reporter=Reporter())
        for each in (receipt, other):
            withdraw(post, each)
        with post.database.transaction() as tx:
            row = casework.track(tx, receipt.id, catalogue)
        council = catalogue.council("merewold")
        told = casework.public_status(row, council, catalogue.definition("merewold", "speeding-traffic"), NOW)
        assert told.paragraphs == ("You withdrew it. Other people reported the same, so we are still dealing with it.",)
        assert told.expected_by is None
        assert [text for _, text in told.happened][-1] == told.paragraphs[0]
        assert not told.is_open

    @pytest.mark.parametrize("who", ["first", "joined"])
    def test_nothing_more_of_whoever_left_is_told_to_anybody(self, post, catalogue, mailbox, reported, who):
        receipt = reported(details="Of the first.")
        other = join(post.database, receipt, reporter=Reporter("Ben", BEN, None, True), details="Of the other.")
        leaver, words = (receipt, "Of the first") if who == "first" else (other, "Of the other")
        add(post, leaver, f"{words}, later.")
        withdraw(post, leaver)
        route(post, catalogue)
        send_due(post)
        assert to(mailbox, CLERK)
        assert not any(words in text for _, text in to(mailbox, CLERK))

    def test_who_joins_and_leaves_before_the_clerk_heard_of_it_is_not_told_of(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        withdraw(post, join(post.database, receipt, reporter=Reporter()))
        assert send_due(post) == {}
        assert len(to(mailbox, CLERK)) == 1

    def test_the_place_that_somebody_who_joined_gave_is_told(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        join(post.database, receipt, reporter=Reporter(), easting=566200.0, northing=444800.0)
        send_due(post)
        assert "easting 566200, northing 444800" in to(mailbox, CLERK)[-1][1]

    def test_when_all_have_left_it_is_withdrawn(self, post, catalogue, mailbox, reported):
        receipt = reported()
        route(post, catalogue)
        others = [join(post.database, receipt, reporter=Reporter()) for _ in range(2)]
        send_due(post)
        for each in (others[0], receipt, others[1]):
            assert state_of(post.database, receipt) == "sent"
            withdraw(post, each)
        assert state_of(post.database, receipt) == "withdrawn"
        send_due(post)
        assert "has withdrawn it" in to(mailbox, CLERK)[-1][1]

    def test_one_who_joined_and_left_is_not_told_of_to_the_clerk(self, post, catalogue, mailbox, reported):
        receipt = reported()
        other = join(post.database, receipt, details="In the evenings.")
        withdraw(post, other)
        route(post, catalogue)
        assert "evenings" not in to(mailbox, CLERK)[0][1]


class TestSimilar:
    @pytest.mark.parametrize(
        ("metres", "days", "state", "is_found"),
        [
            (0, 0, "received", True),
            (199, 29, "sent", True),
            (201, 0, "sent", False),
            (0, 31, "sent", False),
            (0, 0, "closed", False),
            (0, 0, "withdrawn", False),
        ],
    )
    def test_the_same_near_by_and_not_long_ago_is_found(self, database, metres, days, state, is_found):
        receipt = submit(database)
        with database.transaction() as tx:
            tx.execute("UPDATE report SET state = %s, received_at = now() - make_interval(days => %s)", (state, days))
            where = point("parish")
            found = casework.find_similar(
                tx, "merewold", "speeding-traffic", where["easting"] + metres * 0.6, where["northing"] + metres * 0.8
            )
            assert casework.find_similar(tx, "merewold", "overgrown-hedge", where["easting"], where["northing"]) == []
        assert [each.id for each in found] == ([receipt.id] if is_found else [])

    @pytest.mark.parametrize(("metres", "told"), [(0, 50), (49, 50), (51, 100), (199, 200)])
    def test_distances_are_told_in_steps(self, database, metres, told):
        submit(database)
        where = point("parish")
        with database.transaction() as tx:
            (found,) = casework.find_similar(
                tx, "merewold", "speeding-traffic", where["easting"] + metres, where["northing"]
            )
        assert found.within_m == told

    def test_the_nearest_come_first_and_no_more_than_five(self, database):
        where = point("parish")
        for metres in (150, 20, 90, 60, 10, 190, 120):
            submit(database, easting=where["easting"] + metres)
        with database.transaction() as tx:
            found = casework.find_similar(tx, "merewold", "speeding-traffic", where["easting"], where["northing"])
        assert [each.within_m for each in found] == [50, 50, 100, 100, 150]


def test_what_joined_is_purged_when_the_case_has_ended_long_ago(post, catalogue, reported):
    receipt = reported()
    other = join(post.database, receipt, reporter=Reporter("Ben", BEN, None, False))
    add(post, other, "A lorry too.")
    days = {"reporter_days": 10, "details_days": 10, "unclosed_days": 100, "place_days": 1095}
    with post.database.transaction() as tx:
        tx.execute("UPDATE report SET changed_at = now() - interval '20 days'")
        assert casework.purge(tx, "speeding-traffic", days) == casework.Purged(0, 0, 0, 0)
        tx.execute("UPDATE report SET state = 'closed' WHERE id = %s", (receipt.id,))
        assert casework.purge(tx, "speeding-traffic", days) == casework.Purged(2, 2, 0, 0)
        assert tx.execute("SELECT count(*) AS n FROM addition WHERE text IS NOT NULL").fetchone()["n"] == 0
        for each in (receipt, other):
            assert casework.find_tracked(tx, each.reference, each.token) is None


def test_what_was_added_to_a_report_without_details_is_purged_too(post, catalogue, reported):
    receipt = reported(details=None)
    add(post, receipt, "My name is Ada.")
    with post.database.transaction() as tx:
        tx.execute("UPDATE report SET changed_at = now() - interval '900 days', state = 'closed'")
        casework.purge(
            tx, "speeding-traffic", {"reporter_days": 1, "details_days": 10, "unclosed_days": 100, "place_days": 1095}
        )
        assert tx.execute("SELECT count(*) AS n FROM addition WHERE text IS NOT NULL").fetchone()["n"] == 0


def test_the_review_message_to_officers_leaves_no_news_of_a_copy(post, catalogue, mailbox, reported):
    """That a copy was refused is nothing to the citizen."""
    receipt = reported()
    route(post, catalogue)
    with post.database.transaction() as tx:
        tell_review(tx, catalogue, "reports.example", [(receipt.id, "merewold")], "The mailbox of a copy is full.")
    assert send_due(post) == {"sent": 1}
    assert len(to(mailbox, ADA)) == 1
