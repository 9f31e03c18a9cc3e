"""An outbox through a channel: what is committed after each answer, and what follows."""

import contextlib
import json
import threading
from collections import Counter
from dataclasses import replace

import pytest

from routing import casework
from routing.contacts import read_contacts
from routing.database import Database
from routing.delivery import DeliveryContext, MailServer, Sender, SmtpChannel, send_all
from routing.errors import StoreUnavailable
from tests.casework.factory import claim, decide_batch, events_of, know_clerk, state_of, submit
from tests.conftest import until
from tests.samples import code

CLERK = "clerk@parish.example"
ROADS = "road-safety@merewold.example"
REVIEW = "review@merewold.example"


@pytest.fixture
def post(database_url, catalogue, mailbox):
    database = Database(database_url, connections=20)
    channel = SmtpChannel(
        MailServer("127.0.0.1", mailbox.port, "none", timeout_s=5), Sender("waywarden@reports.example")
    )
    yield DeliveryContext(
        database,
        catalogue,
        {channel.name: channel},
        Sender("waywarden@reports.example"),
        (60.0, 300.0),
        "http://reports.example",
    )
    channel.close()
    database.close()


@pytest.fixture
def one(database, catalogue):
    """A report that was decided: to the clerk, a copy to road safety."""
    know_clerk(database, code("parish"), CLERK)
    receipt = submit(database)
    batch = claim(database)
    decide_batch(database, catalogue, batch)
    return receipt, batch


def send(post, batch):
    with post.database.transaction() as tx:
        outbox = casework.read_outbox(tx, batch.id)
    return send_all(post, outbox)


def send_due(post):
    """What is due now, as deliver-due sends it."""
    with post.database.transaction() as tx:
        batch = casework.claim_deliveries(tx, "test", 100, 60)
    if batch is None:
        return {}
    sent = send(post, batch)
    with post.database.transaction() as tx:
        casework.finish(tx, batch.id)
    return sent


def let_time_pass(post):
    with post.database.transaction() as tx:
        tx.execute("UPDATE delivery SET due_at = now() - interval '1 second' WHERE state = 'pending'")


def finish(post, batch):
    with post.database.transaction() as tx:
        casework.finish(tx, batch.id)


def deliveries(post):
    with post.database.transaction() as tx:
        rows = tx.execute("SELECT recipient, role, state, answer FROM delivery ORDER BY sequence, role DESC").fetchall()
    return [(row["recipient"], row["role"], row["state"], row["answer"]) for row in rows]


def test_both_messages_arrive_and_the_report_is_sent(post, one, mailbox):
    receipt, batch = one
    assert send(post, batch) == {"sent": 2}
    assert mailbox.received() == sorted([(receipt.reference, CLERK), (receipt.reference, ROADS)])
    assert state_of(post.database, receipt) == "sent"
    assert sorted(events_of(post.database, receipt)[3:]) == ["copy-sent", "sent"]


def test_the_message_ids_are_those_that_were_recorded_before(post, one, mailbox):
    _, batch = one
    with post.database.transaction() as tx:
        recorded = {each.message_id for each in casework.read_outbox(tx, batch.id)}
    send(post, batch)
    assert {message["message_id"] for message in mailbox.messages} == recorded


def test_a_batch_that_is_not_ours_any_more_sends_nothing(post, one, mailbox):
    _, batch = one
    with post.database.transaction() as tx:
        outbox = casework.read_outbox(tx, batch.id)
        casework.release(tx, batch.id, "crashed", 5)
    assert send_all(post, outbox) == {"lost": 2}
    assert mailbox.messages == []


def test_what_is_greylisted_waits_and_goes_out_at_its_time(post, one, mailbox):
    receipt, batch = one
    mailbox.behave(greylist=True)
    assert send(post, batch) == {"deferred": 2}
    finish(post, batch)
    assert send_due(post) == {}
    with post.database.transaction() as tx:
        waits = tx.execute("SELECT extract(epoch FROM due_at - now()) AS s, attempt FROM delivery").fetchall()
    assert all(50 < row["s"] <= 60 and row["attempt"] == 1 for row in waits)
    let_time_pass(post)
    assert send_due(post) == {"sent": 2}
    assert state_of(post.database, receipt) == "sent"


def test_when_every_try_is_used_up_a_person_is_asked(post, one, mailbox):
    receipt, batch = one
    mailbox.behave(refuse_rcpt={CLERK: 450})
    assert send(post, batch) == {"sent": 1, "deferred": 1}
    finish(post, batch)
    for _ in range(2):
        let_time_pass(post)
        assert send_due(post) == {"deferred": 1}
    assert state_of(post.database, receipt) == "review"
    assert send_due(post) == {"sent": 1}
    assert (receipt.reference, REVIEW) in mailbox.received()
    assert ("parish-clerk", "to", "exhausted", "rcpt-450") in deliveries(post)


@pytest.mark.parametrize(
    ("how", "answer", "state"),
    [
        ({"refuse_rcpt": {CLERK: "550 5.1.1"}}, "rcpt-550-5.1.1", "quarantined"),
        ({"refuse_rcpt": {CLERK: 550}}, "rcpt-550", "fresh"),
        ({"refuse_data": {CLERK: "554 5.1.1"}}, "data-554-5.1.1", "quarantined"),
        ({"refuse_data": {CLERK: 554}}, "data-554", "fresh"),
        ({"refuse_rcpt": {CLERK: "550 5.7.1"}}, "rcpt-550-5.7.1", "fresh"),
    ],
)
def test_a_report_a_clerk_refuses_goes_to_the_team_and_only_a_refused_address_is_quarantined(
    post, one, mailbox, how, answer, state
):
    receipt, batch = one
    mailbox.behave(**how)
    assert send(post, batch) == {"sent": 1, "refused": 1}
    assert state_of(post.database, receipt) == "routing"
    with post.database.transaction() as tx:
        contact = read_contacts(tx, ["merewold"])["merewold", code("parish")]
    is_quarantined = state == "quarantined"
    assert (contact.state, contact.reason) == (state, f"smtp-{answer}" if is_quarantined else None)
    assert send_due(post) == {"sent": 1}
    assert state_of(post.database, receipt) == "sent"
    told = [m for m in mailbox.parsed() if m["To"] == ROADS and "Copy" not in m["Subject"]]
    assert "because the clerk's mail server refused it" in told[0].get_body(("plain",)).get_content()
    with post.database.transaction() as tx:
        changes = tx.execute("SELECT change FROM contact_change ORDER BY id").fetchall()
    assert [row["change"] for row in changes] == ["new", "quarantined"][: 1 + is_quarantined]


def test_a_refusal_of_the_former_address_says_nothing_of_the_new_one(post, one, mailbox, database):
    _, batch = one
    with database.transaction() as tx:
        tx.execute("UPDATE contact SET email = 'new@parish.example'")
    mailbox.behave(refuse_rcpt={CLERK: "550 5.1.1"})
    assert send(post, batch) == {"sent": 1, "refused": 1}
    with post.database.transaction() as tx:
        assert read_contacts(tx, ["merewold"])["merewold", code("parish")].state == "fresh"


def test_a_team_that_refuses_for_good_is_a_case_for_review(post, database, catalogue, mailbox):
    receipt = submit(database, "unparished")
    batch = claim(database)
    decide_batch(database, catalogue, batch)
    mailbox.behave(refuse_rcpt={ROADS: 550})
    assert send(post, batch) == {"refused": 1}
    assert state_of(database, receipt) == "review"
    assert send_due(post) == {"sent": 1}
    assert mailbox.received() == [(receipt.reference, REVIEW)]


def test_a_copy_that_is_refused_is_reviewed_by_itself(post, one, mailbox):
    receipt, batch = one
    mailbox.behave(refuse_rcpt={ROADS: 550})
    assert send(post, batch) == {"sent": 1, "refused": 1}
    assert state_of(post.database, receipt) == "sent"
    assert send_due(post) == {"sent": 1}
    assert mailbox.received() == sorted([(receipt.reference, CLERK), (receipt.reference, REVIEW)])


def test_a_review_mailbox_that_refuses_leaves_the_report_in_review_and_raises_an_alarm(
    post, database, catalogue, mailbox, caplog
):
    receipt = submit(database, "corner of three")
    batch = claim(database)
    decide_batch(database, catalogue, batch)
    mailbox.behave(refuse_rcpt={REVIEW: 550})
    assert send(post, batch) == {"refused": 1}
    assert state_of(database, receipt) == "review"
    assert "Fix the review mailbox of merewold in council.toml" in caplog.text
    assert send_due(post) == {}


def test_a_review_mailbox_that_takes_nothing_for_the_time_being_is_tried_for_ever(
    post, database, catalogue, mailbox, caplog
):
    receipt = submit(database, "corner of three")
    batch = claim(database)
    decide_batch(database, catalogue, batch)
    mailbox.behave(refuse_rcpt={REVIEW: 450})
    assert send(post, batch) == {"deferred": 1}
    finish(post, batch)
    for _ in range(4):
        let_time_pass(post)
        assert send_due(post) == {"deferred": 1}
    assert "does not accept messages (rcpt-450)" in caplog.text
    mailbox.behave()
    let_time_pass(post)
    assert send_due(post) == {"sent": 1}
    assert mailbox.received() == [(receipt.reference, REVIEW)]


def test_a_server_that_refuses_us_stops_sending_and_nothing_is_lost(post, one, mailbox, caplog):
    receipt, batch = one
    mailbox.behave(refuse_mail=550)
    assert send(post, batch) == {"stopped": 2}
    assert "Sending has stopped" in caplog.text
    finish(post, batch)
    mailbox.behave()
    mended = replace(post, channels={"smtp": SmtpChannel(post.channels["smtp"].server, post.sender)})
    assert send_due(mended) == {"sent": 2}
    assert state_of(post.database, receipt) == "sent"
    mended.channels["smtp"].close()


def test_a_lost_answer_repeats_the_message_with_the_same_id(post, one, mailbox):
    receipt, batch = one
    mailbox.behave(lose_answers=2)
    assert send(post, batch) == {"deferred": 2}
    finish(post, batch)
    let_time_pass(post)
    assert send_due(post) == {"sent": 2}
    assert state_of(post.database, receipt) == "sent"
    ids = [message["message_id"] for message in mailbox.messages]
    assert len(ids) == 4
    assert len(set(ids)) == 2


def test_a_message_that_cannot_be_written_holds_up_no_other(post, database, catalogue, mailbox, caplog):
    receipts = [submit(database, "unparished") for _ in range(3)]
    batch = claim(database)
    decide_batch(database, catalogue, batch)
    with database.transaction() as tx:
        poison = {"place": {"state": "uncertain", "candidates": [{"name": "canary"}]}}
        tx.execute(
            "UPDATE decision SET receipt = %s WHERE report = %s",
            (json.dumps(poison), receipts[1].id),
        )
    assert send(post, batch) == {"sent": 2, "deferred": 1}
    assert state_of(database, receipts[1]) == "routing"
    assert "KeyError" in caplog.text
    assert "canary" not in caplog.text


def test_our_own_mail_server_being_away_is_no_try_of_the_recipients(post, one, mailbox):
    receipt, batch = one
    mailbox.stop()
    assert send(post, batch) == {"could not leave": 2}
    finish(post, batch)
    for _ in range(5):
        post.channels["smtp"]._down_until = 0.0
        let_time_pass(post)
        assert send_due(post) == {"could not leave": 2}
    assert state_of(post.database, receipt) == "routing"
    assert events_of(post.database, receipt).count("deferred") == 2  # one for each message, not for each try
    mailbox.start()
    post.channels["smtp"]._down_until = 0.0
    let_time_pass(post)
    assert send_due(post) == {"sent": 2}


def test_a_report_of_a_council_that_is_no_longer_served_is_not_stuck(post, one, mailbox):
    receipt, batch = one
    with post.database.transaction() as tx:
        tx.execute("UPDATE report SET council = 'gone'")
    assert send(post, batch) == {"sent": 2}
    assert state_of(post.database, receipt) == "sent"


class TestTurns:
    """While the notes of acceptances cannot be committed, no more messages leave than the channel has turns."""

    @pytest.fixture
    def held(self, database, catalogue):
        """Two batches that are sent at once, and a lock that keeps every note waiting."""
        know_clerk(database, code("parish"), CLERK)
        batches = []
        for _ in range(2):
            receipts = [submit(database) for _ in range(8)]
            batch = claim(database)
            decide_batch(database, catalogue, batch)
            batches.append((batch, receipts))
        return batches

    @contextlib.contextmanager
    def sending(self, post, held):
        """Both batches being sent while a lock is held that every note of an acceptance needs."""
        counted, failures = [], []

        def work(batch):
            try:
                counted.append(send(post, batch))
            except StoreUnavailable as error:
                failures.append(error)

        with post.database.transaction() as holder:
            holder.execute("LOCK TABLE history IN EXCLUSIVE MODE")
            threads = [threading.Thread(target=work, args=(batch,)) for batch, _ in held]
            for thread in threads:
                thread.start()
            yield holder
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
        self.counted, self.failures = counted, failures

    def test_two_batches_at_once_leave_no_more_in_doubt_than_one(self, post, mailbox, held):
        turns = post.channels["smtp"].slots
        with self.sending(post, held):
            until(lambda: len(mailbox.messages) == turns)
            until(lambda: waiting_for_locks(post) == turns)
            assert len(mailbox.messages) == turns
        assert sum(self.counted, Counter()) == {"sent": 32}
        assert len({message["message_id"] for message in mailbox.messages}) == len(mailbox.messages) == 32

    def test_a_note_that_fails_is_made_again_before_anything_else_leaves(self, post, mailbox, held):
        turns = post.channels["smtp"].slots
        with self.sending(post, held):
            for _ in range(2):
                until(lambda: waiting_for_locks(post) == turns)
                end_waiting(post)
                assert len(mailbox.messages) == turns
            until(lambda: waiting_for_locks(post) == turns)
            assert len(mailbox.messages) == turns
        with post.database.transaction() as tx:
            marked = tx.execute("SELECT count(*) AS n FROM delivery WHERE state = 'sent'").fetchone()["n"]
        assert marked == len(mailbox.messages) == len({message["message_id"] for message in mailbox.messages})


LOCKED = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def waiting_for_locks(post):
    with post.database.transaction() as tx:
        return tx.execute(f"SELECT count(*) AS n {LOCKED}").fetchone()["n"]


def end_waiting(post):
    """Break the connections that wait, as a restart of PostgreSQL does."""
    with post.database.transaction() as tx:
        tx.execute(f"SELECT pg_terminate_backend(pid) {LOCKED}")
