"""Intake, claims, leases, outbox and history in a real PostgreSQL."""

import datetime
import hashlib
import threading
from dataclasses import replace

import psycopg
import pytest

from routing import casework
from routing.casework import EVENTS, Event, IdempotencyKey, RetrySubmission, State, allowed, officers
from routing.database import Database
from routing.errors import InputError, StoreUnavailable, TransitionError, UnknownError
from routing.vocabulary import token_hash
from tests.casework.factory import claim, claim_if_any, decide_batch, decided, events_of, state_of, submit
from tests.conftest import until
from tests.present import present


def test_a_report_is_stored_with_a_hashed_token_and_the_first_link_of_its_history(database):
    receipt = submit(database)
    with database.transaction() as tx:
        row = tx.execute("SELECT * FROM report").fetchone()
        assert row["state"] == "received"
        assert bytes(row["token_sha256"]) == token_hash(receipt.token)
        assert receipt.token not in str(row)
        assert tx.execute("SELECT count(*) AS n FROM reporter").fetchone()["n"] == 1
    assert events_of(database, receipt) == ["received"]


def test_an_anonymous_report_stores_no_reporter(database):
    submit(database, reporter=casework.Reporter())
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM reporter").fetchone()["n"] == 0


def key(value="a-key", body=b"body"):
    return IdempotencyKey(value, hashlib.sha256(body).digest())


def test_the_same_key_gives_the_same_reference_and_token(database):
    one, two = submit(database, key=key()), submit(database, key=key())
    assert (one.reference, one.token, one.is_repeat, two.is_repeat) == (two.reference, two.token, False, True)
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM report").fetchone()["n"] == 1


def test_the_same_key_with_another_body_is_refused_and_stores_nothing(database):
    submit(database, key=key())
    with pytest.raises(InputError, match="another body"):
        submit(database, key=key(body=b"other"))
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM report").fetchone()["n"] == 1


def test_two_requests_with_one_key_at_once_store_one_report(database):
    receipts, barrier = [], threading.Barrier(6)

    def send():
        barrier.wait()
        while True:
            try:
                receipts.append(submit(database, key=key()))
                return
            except RetrySubmission:
                continue

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({receipt.reference for receipt in receipts}) == 1
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM report").fetchone()["n"] == 1


def test_two_engines_never_claim_the_same_report(database):
    for _ in range(40):
        submit(database)
    claimed: list[str] = []
    barrier = threading.Barrier(4)

    def work():
        barrier.wait()
        while batch := claim_if_any(database, size=3):
            claimed.extend(batch.references)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = claim_if_any(database)
    claimed += left.references if left else []
    assert len(claimed) == len(set(claimed)) == 40


def test_a_report_that_breaks_its_run_stands_alone_by_the_fourth_try_and_ends_in_review(database):
    receipts = [submit(database) for _ in range(20)]
    poison = receipts[7]
    sizes = []
    for _ in range(200):
        batch = claim_if_any(database, size=500)
        if batch is None:
            break
        with database.transaction() as tx:
            if poison.reference in batch.references:
                sizes.append(len(batch.references))
                released = present(casework.release(tx, batch.id, "failed", attempts=5))
                casework.exhaust(tx, [report for report, _ in released.exhausted], "It broke each time.")
            else:
                casework.move(tx, [r.id for r in receipts if r.reference in batch.references], Event.SENT, "test")
                casework.finish(tx, batch.id)
    assert sizes[0] == 20
    assert sizes[3:] == [1, 1]
    assert len(sizes) == 5
    assert {state_of(database, receipt) for receipt in receipts if receipt != poison} == {"sent"}
    assert state_of(database, poison) == "review"


def test_what_was_not_a_try_is_not_counted(database):
    receipt = submit(database)
    with database.transaction() as tx:
        casework.release(tx, present(casework.claim_reports(tx, "e", 1, 60)).id, "unstarted", 5, counts=False)
        assert tx.execute("SELECT attempt FROM report").fetchone()["attempt"] == 0
    assert state_of(database, receipt) == "received"


def test_a_lease_lapses_by_the_databases_clock_and_not_before(database):
    submit(database)
    batch = claim(database, lease_s=3600)
    with database.transaction() as tx:
        assert casework.lapsed(tx) == []
        assert casework.release(tx, batch.id, "crashed", 5, only_lapsed=True) is None
        tx.execute("UPDATE batch SET lease_until = now() - interval '1 second'")
        assert [each.batch for each in casework.lapsed(tx)] == [batch.id]
        assert casework.waiting(tx).lapsed == 1
        assert present(casework.release(tx, batch.id, "crashed", 5, only_lapsed=True)).reports == 1
        assert casework.release(tx, batch.id, "crashed", 5, only_lapsed=True) is None


def test_decisions_and_outbox_are_recorded_together_and_once(database, catalogue):
    receipt, batch = decided(database, catalogue)
    with database.transaction() as tx:
        rows = tx.execute("SELECT recipient, role, state, batch FROM delivery ORDER BY role DESC").fetchall()
        assert [(row["recipient"], row["role"], row["state"]) for row in rows] == [
            ("parish-clerk", "to", "pending"),
            ("road-safety", "copy", "pending"),
        ]
        assert {row["batch"] for row in rows} == {batch.id}
    assert events_of(database, receipt) == ["received", "claimed", "decided"]


def test_a_batch_that_lost_its_reports_records_nothing(database, catalogue):
    submit(database)
    first = claim(database)
    with database.transaction() as tx:
        casework.release(tx, first.id, "crashed", 5)
    claim(database)
    with database.transaction() as tx:
        tx.execute("UPDATE batch SET finished_at = NULL WHERE id = %s", (first.id,))
    assert decide_batch(database, catalogue, first) == []
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM decision").fetchone()["n"] == 0


def test_after_a_crash_a_decided_report_is_not_decided_again_but_only_sent(database, catalogue):
    receipt, first = decided(database, catalogue)
    with database.transaction() as tx:
        to = next(each for each in casework.read_outbox(tx, first.id) if each.role == "to")
        casework.mark_sent(tx, to, "data-250")
    with database.transaction() as tx:
        casework.release(tx, first.id, "crashed", 5)
    assert state_of(database, receipt) == "sent"
    with database.transaction() as tx:
        due = present(casework.claim_deliveries(tx, "other", 10, 60))
        assert [each.role for each in casework.read_outbox(tx, due.id)] == ["copy"]


def test_a_crash_between_record_and_send_gives_the_outbox_to_the_next_batch(database, catalogue):
    submit(database)
    first = claim(database)
    decide_batch(database, catalogue, first)
    with database.transaction() as tx:
        before = {each.message_id for each in casework.read_outbox(tx, first.id)}
        casework.release(tx, first.id, "crashed", 5)
        assert casework.claim_deliveries(tx, "other", 10, 60) is None
    second = claim(database)
    with database.transaction() as tx:
        (case,) = casework.gather(tx, second.id, catalogue)
        assert case.decision == 1
        assert {each.message_id for each in casework.read_outbox(tx, second.id)} == before
        ours = casework.read_outbox(tx, second.id)[0]
        assert not casework.holds_lease(tx, replace(ours, batch=first.id))
        assert casework.holds_lease(tx, ours)


def test_a_report_that_enters_review_sends_one_message_with_reason_and_reference(database, catalogue):
    receipt = submit(database, "corner of three")
    decide_batch(database, catalogue, claim(database))
    assert state_of(database, receipt) == "review"
    with database.transaction() as tx:
        (row,) = tx.execute("SELECT recipient, role, address, reason FROM delivery").fetchall()
    assert (row["recipient"], row["role"], row["address"]) == ("review", "review", "review@merewold.example")
    assert "too near a boundary" in row["reason"]


def test_the_place_decides_the_council_of_the_row(database, catalogue):
    receipt = submit(database, "served neighbour")
    decide_batch(database, catalogue, claim(database))
    with database.transaction() as tx:
        row = tx.execute("SELECT council FROM report WHERE id = %s", (receipt.id,)).fetchone()
    assert row["council"] == "saltby"


def test_a_batch_is_worked_on_by_one_run_only(database):
    from uuid import uuid4

    submit(database)
    batch = claim(database)
    first, copy = uuid4(), uuid4()
    with database.transaction() as tx:
        assert casework.name_run(tx, batch.id, first, "route")
        assert casework.name_run(tx, batch.id, first, "route")
        assert not casework.name_run(tx, batch.id, copy, "route")
        assert not casework.name_run(tx, batch.id, first, "deliver")


def test_an_answer_that_comes_after_a_message_was_cancelled_is_on_record_and_moves_nothing(database, catalogue):
    receipt, batch = decided(database, catalogue)
    with database.transaction() as tx:
        to = next(each for each in casework.read_outbox(tx, batch.id) if each.role == "to")
        tx.execute("UPDATE delivery SET state = 'cancelled'")
        before = casework.verify(tx)[0]
        assert not casework.mark_refused(tx, to, "rcpt-550")
        assert not casework.mark_deferred(tx, to, "rcpt-450", 60)
        assert casework.verify(tx)[0] == before
        for _ in range(2):
            casework.mark_sent(tx, to, "data-250")
        count, broken = casework.verify(tx)
        assert (count, broken) == (before + 1, [])
        row = tx.execute("SELECT state, answer, sent_at FROM delivery WHERE id = %s", (to.id,)).fetchone()
        assert (row["state"], row["answer"]) == ("cancelled", "data-250")
        assert row["sent_at"] is not None
    assert state_of(database, receipt) == "routing"
    assert events_of(database, receipt)[-1] == "copy-sent"


def test_an_acceptance_that_comes_after_the_report_was_taken_back_makes_it_sent(database, catalogue):
    receipt, batch = decided(database, catalogue, "unparished")
    with database.transaction() as tx:
        (to,) = casework.read_outbox(tx, batch.id)
        casework.release(tx, batch.id, "crashed", 5)
        casework.mark_sent(tx, to, "data-250")
    assert state_of(database, receipt) == "sent"


class TestHistory:
    def test_an_unbroken_chain_verifies(self, database, catalogue):
        for at in ("parish", "unparished", "near a border"):
            submit(database, at)
        decide_batch(database, catalogue, claim(database))
        with database.transaction() as tx:
            count, broken = casework.verify(tx)
        assert count >= 9
        assert broken == []

    @pytest.mark.parametrize(
        ("tamper", "problem"),
        [
            ("UPDATE history SET to_state = 'closed' WHERE sequence = 2", "content was changed"),
            ('UPDATE history SET codes = \'{"batch": "x"}\' WHERE sequence = 2', "content was changed"),
            ("UPDATE history SET actor = 'somebody' WHERE sequence = 1", "content was changed"),
            ("DELETE FROM history WHERE sequence = 2", "row before it is missing"),
            ("UPDATE history SET previous = sha256('x') WHERE sequence = 2", "does not follow"),
        ],
    )
    def test_any_change_is_found(self, database, catalogue, tamper, problem):
        receipt = submit(database)
        decide_batch(database, catalogue, claim(database))
        with database.transaction() as tx:
            tx.execute("ALTER TABLE history DISABLE TRIGGER ALL")
            tx.execute(tamper)
            tx.execute("ALTER TABLE history ENABLE TRIGGER ALL")
        with database.transaction() as tx:
            _, broken = casework.verify(tx)
        assert any(problem in each.problem for each in broken)
        assert {each.reference for each in broken} == {receipt.reference}

    @pytest.mark.parametrize("statement", ["UPDATE history SET actor = 'x'", "DELETE FROM history", "TRUNCATE history"])
    def test_the_database_refuses_to_change_it(self, database, statement):
        submit(database)
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"), database.transaction() as tx:
            tx.execute(statement)


class TestStates:
    @pytest.mark.parametrize("event", sorted(set(Event) - {Event.RECEIVED}))  # the first has no state before it
    def test_every_event_moves_only_from_the_states_of_the_table(self, database, event):
        before, after = allowed(event)
        for state in State:
            receipt = submit(database)
            with database.transaction() as tx:
                tx.execute("UPDATE report SET state = %s WHERE id = %s", (state.value, receipt.id))
                moved = casework.move(tx, [receipt.id], event, "test")
            assert bool(moved) == (state.value in before)
            expected = (after or state.value) if moved else state.value
            assert state_of(database, receipt) == expected

    def test_every_state_is_reached_and_only_the_ends_have_no_way_on(self):
        reached = {facts.after for facts in EVENTS.values() if facts.after}
        assert reached == set(State)
        moving = {state for facts in EVENTS.values() if facts.after for state in facts.before}
        assert set(State) - moving == {State.CLOSED, State.WITHDRAWN}


class TestDesk:
    def test_an_officers_decision_takes_a_report_out_of_review(self, database, catalogue):
        from routing.casework import new_message
        from routing.vocabulary import SMTP, Destination, Role

        receipt = submit(database, "corner of three")
        decide_batch(database, catalogue, claim(database))
        with database.transaction() as tx:
            row = officers.lock_report(tx, receipt.reference.lower())
            sequence = casework.next_sequence(tx, row["id"])
            to = Destination(SMTP, "r@x.example")
            message = new_message(row["id"], sequence, "road-safety", Role.TO, to, "d.example", "Because.")
            officers.decide_by_officer(tx, row["id"], [message], "Because.", "officer:ada")
        assert state_of(database, receipt) == "routing"
        with database.transaction() as tx:
            states = {
                r["recipient"]: r["state"] for r in tx.execute("SELECT recipient, state FROM delivery").fetchall()
            }
        assert states == {"review": "cancelled", "road-safety": "pending"}
        assert events_of(database, receipt)[-1] == "officer-decided"
        with pytest.raises(TransitionError), database.transaction() as tx:
            officers.decide_by_officer(tx, row["id"], [message], "Again.", "officer:ada")

    def test_closing_is_for_reports_that_were_sent_or_are_in_review(self, database, catalogue):
        receipt = submit(database)
        with pytest.raises(TransitionError), database.transaction() as tx:
            officers.close(tx, catalogue, receipt.id, "officer:ada")

    def test_a_report_in_review_is_routed_anew_and_decided_anew(self, database, catalogue):
        receipt = submit(database, "corner of three")
        decide_batch(database, catalogue, claim(database))
        with database.transaction() as tx:
            assert officers.retry(tx, receipt.id, "officer:ada") == "routed"
            tx.execute("UPDATE report SET easting = easting + 1500 WHERE id = %s", (receipt.id,))
        (decision,) = present(decide_batch(database, catalogue, claim(database)))
        assert decision.sequence == 2

    def test_what_does_not_exist_is_said_so(self, database):
        with database.transaction() as tx:
            for reference in ("WW-2222-2222", "nonsense"):
                with pytest.raises(UnknownError):
                    officers.lock_report(tx, reference)


DAYS = {"reporter_days": 180, "details_days": 730, "unclosed_days": 365, "place_days": 1095}


def test_purging_takes_personal_data_and_leaves_the_chain(database, catalogue):
    receipt, batch = decided(database, catalogue)
    with database.transaction() as tx:
        for each in casework.read_outbox(tx, batch.id):
            casework.mark_sent(tx, each, "data-250")
        officers.close(tx, catalogue, receipt.id, "officer:ada")
        tx.execute("UPDATE report SET changed_at = now() - interval '200 days'")
        first = casework.purge(tx, "speeding-traffic", DAYS)
        assert (first.reporters, first.details, first.addresses) == (1, 0, 0)
        tx.execute("UPDATE report SET changed_at = now() - interval '800 days'")
        second = casework.purge(tx, "speeding-traffic", DAYS)
        assert (second.reporters, second.details, second.addresses) == (0, 1, 1)
        assert tx.execute("SELECT count(*) AS n FROM reporter").fetchone()["n"] == 0
        assert tx.execute("SELECT details FROM report").fetchone()["details"] is None
        addresses = {row["address"] for row in tx.execute("SELECT address FROM delivery").fetchall()}
        assert addresses == {"", "road-safety@merewold.example"}
        count, broken = casework.verify(tx)
        assert count
        assert broken == []


@pytest.mark.parametrize(("age_days", "reporters", "details"), [(180, 0, 0), (544, 0, 0), (546, 1, 0), (1096, 1, 1)])
def test_a_report_that_nobody_closes_counts_as_ended_after_its_time(database, age_days, reporters, details):
    submit(database)
    with database.transaction() as tx:
        tx.execute("UPDATE report SET changed_at = now() - make_interval(days => %s)", (age_days,))
        purged = casework.purge(tx, "speeding-traffic", DAYS)
    assert (purged.reporters, purged.details) == (reporters, details)


def test_old_keys_are_forgotten(database):
    submit(database, key=key())
    now = datetime.datetime.now(datetime.UTC)
    with database.transaction() as tx:
        assert casework.forget_keys(tx, now - datetime.timedelta(days=1)) == 0
        assert casework.forget_keys(tx, now + datetime.timedelta(days=1)) == 1


def test_a_database_that_is_away_is_named_as_such():
    away = Database("postgresql://nobody@127.0.0.1:9/none", connections=1)
    away._pool.timeout = 0.3
    with pytest.raises(StoreUnavailable), away.transaction():
        pass
    away.close()


@pytest.mark.parametrize("late", ["deferred", "refused"])
def test_an_answer_noted_late_does_not_take_a_message_from_the_engine_that_has_it_now(database, catalogue, late):
    """Found by the search in tests/protocol: a third engine would have sent it beside the second."""
    _, first = decided(database, catalogue, "unparished")
    with database.transaction() as tx:
        (stale,) = casework.read_outbox(tx, first.id)
        casework.release(tx, first.id, "crashed", 5)
    second = claim(database)
    with database.transaction() as tx:
        if late == "deferred":
            assert not casework.mark_deferred(tx, stale, "rcpt-451", 0.0)
        else:
            assert not casework.mark_refused(tx, stale, "rcpt-550")
        (held,) = casework.read_outbox(tx, second.id)
        assert casework.holds_lease(tx, held)


def test_a_store_that_can_only_be_read_lets_no_message_leave(database, catalogue):
    _, batch = decided(database, catalogue, "unparished")
    with database.transaction() as tx:
        (delivery,) = casework.read_outbox(tx, batch.id)

    def ask_while_read_only():
        with database.transaction() as tx:
            tx.execute("SET TRANSACTION READ ONLY")
            casework.holds_lease(tx, delivery)

    with pytest.raises(StoreUnavailable):
        ask_while_read_only()


def test_whether_the_next_message_is_still_ours_is_asked_after_the_wait_for_this_ones_locks(database, catalogue):
    """The officer who holds the report cancels its copy while the acceptance of its first message is being noted."""
    receipt, batch = decided(database, catalogue)
    with database.transaction() as tx:
        first, following = casework.read_outbox(tx, batch.id)
    answers = []

    def mark():
        with database.statements() as tx:
            answers.append(casework.mark_sent(tx, first, "data-250", following))

    with database.transaction() as officer:
        officer.execute("SELECT 1 FROM report WHERE id = %s FOR UPDATE", (receipt.id,))
        marking = threading.Thread(target=mark)
        marking.start()
        until(lambda: waits_for_a_lock(database))
        officer.execute("UPDATE delivery SET state = 'cancelled' WHERE id = %s", (following.id,))
    marking.join()
    assert answers == [False]


def waits_for_a_lock(database):
    with database.transaction() as tx:
        query = (
            "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return tx.execute(query).fetchone()["n"]


def test_mending_leaves_a_report_to_the_batch_that_takes_it_meanwhile(database, catalogue):
    submit(database, "unparished")
    ended = claim(database)
    with database.transaction() as tx:
        casework.finish(tx, ended.id)
        assert casework.count_stranded(tx) == 1
        assert len(casework.release_orphaned_work(tx)) == 1
    taken = claim(database)
    with database.transaction() as tx:
        assert casework.count_stranded(tx) == 0
        assert casework.release_orphaned_work(tx) == []
        assert [case.id for case in casework.gather(tx, taken.id, catalogue)]
