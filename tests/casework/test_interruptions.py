"""Cases in stages while engines overlap, die or fail, and what they leave is taken up again."""

import datetime

import pytest

from routing import casework
from routing.casework import officers
from routing.days import LONDON
from routing.health import look
from routing.present import now
from tests.casework.factory import claim, decide_batch
from tests.casework.staging import CLERK
from tests.casework.test_stages import ROADS, SPEEDING, speeding
from tests.present import present

pytestmark = pytest.mark.thorough


def test_two_engines_never_apply_the_same_silence_twice(office):
    receipt = speeding(office)
    office.set_time(datetime.datetime(2027, 3, 2, 9, tzinfo=LONDON))
    with office.database.transaction() as tx:
        held = casework.load_cases(tx, office.catalogue, [receipt.id])
    real = datetime.datetime.now(datetime.UTC)
    twice = [casework.advance_cases(held, office.catalogue, {}, real, now()) for _ in range(2)]
    with office.database.transaction() as tx:
        first = casework.record_changes(tx, office.catalogue, twice[0], None, "reports.example")
        second = casework.record_changes(tx, office.catalogue, twice[1], None, "reports.example")
    assert (len(first), len(second)) == (1, 0)
    office.deliver()
    assert len([each for each in office.subjects(ROADS) if each.startswith("Answer by")]) == 1


def test_an_acceptance_while_an_engine_looks_at_the_case_is_seen_so_silence_still_counts(office):
    receipt = office.report("speeding-traffic", SPEEDING)
    batch = claim(office.database)
    decide_batch(office.database, office.catalogue, batch)
    with office.database.transaction() as tx:
        held = casework.load_cases(tx, office.catalogue, [receipt.id])
    change = casework.advance_cases(held, office.catalogue, {}, datetime.datetime.now(datetime.UTC), now())
    office.send(batch.id)
    with office.database.transaction() as tx:
        casework.record_changes(tx, office.catalogue, change, None, "reports.example")
    office.pass_days(30)
    assert office.stage(receipt) == "road-safety"


def test_nobody_is_late_in_a_stage_that_began_with_an_answer_from_before_an_outage(office):
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", {"parish_answer": "survey", "parish_note": "Yes."}, apply=False)
    office.set_time(datetime.datetime(2027, 6, 7, 10, tzinfo=LONDON))
    office.advance()
    assert office.stage(receipt) == "survey"
    assert [each for each in office.subjects(ROADS) if "nswer by" in each] == [
        f"Answer by 2 August 2027: Report speeding traffic, {receipt.reference}"
    ]


@pytest.mark.parametrize("answer", ["nothing", "survey"])
def test_whom_an_officer_has_asked_again_hears_nothing_if_they_have_just_answered(office, answer):
    receipt = speeding(office)
    with office.database.transaction() as tx:
        officers.ask_again(tx, office.catalogue, receipt.reference, "olive")
    office.answer(receipt, "parish-clerk", {"parish_answer": answer, "parish_note": "Yes."})
    assert len(office.mails(CLERK)) == 1


def test_histories_of_cases_in_stages_hold(office):
    receipt = speeding(office)
    office.pass_days(30)
    office.answer(receipt, "road-safety", {"road_safety_answer": "explain", "road_safety_note": "Done."})
    with office.database.transaction() as tx:
        _, broken = casework.verify(tx)
    assert broken == []


@pytest.mark.parametrize("counts", [True, False])
def test_what_a_dead_engine_held_is_claimed_again(office, counts):
    receipt = speeding(office)
    office.set_time(datetime.datetime(2027, 3, 2, 9, tzinfo=LONDON))
    with office.database.transaction() as tx:
        batch = present(casework.claim_cases(tx, "dead", 10, 60))
        assert casework.claim_cases(tx, "other", 10, 60) is None
    with office.database.transaction() as tx:
        casework.release(tx, batch.id, "crashed", 5, counts=counts)
    office.advance()
    assert office.stage(receipt) == "road-safety"


def test_an_engine_that_dies_with_a_case_whose_message_waits_does_not_have_it_routed_again(office, mailbox):
    mailbox.stop()
    receipt = office.report("speeding-traffic", SPEEDING)
    office.route()
    with office.database.transaction() as tx:
        officers.ask_again(tx, office.catalogue, receipt.reference, "olive")
        batch = present(casework.claim_cases(tx, "dead", 10, 60))
    with office.database.transaction() as tx:
        casework.release(tx, batch.id, "crashed", 5)
    mailbox.start()
    assert (office.state(receipt), office.events(receipt).count("decided")) == ("routing", 1)


def test_a_case_that_makes_its_run_fail_too_often_is_for_officers(office):
    receipt = speeding(office)
    office.set_time(datetime.datetime(2027, 3, 2, 9, tzinfo=LONDON))
    for _ in range(5):
        with office.database.transaction() as tx:
            batch = present(casework.claim_cases(tx, "test", 10, 60))
            released = present(casework.release(tx, batch.id, "failed", 5))
            casework.exhaust(tx, [report for report, _ in released.exhausted], "It failed.")
    assert office.state(receipt) == "review"
    with office.database.transaction() as tx:
        assert casework.claim_cases(tx, "test", 10, 60) is None
    office.pass_days(30)
    assert (office.state(receipt), office.end(receipt)) == ("review", None), "20 working days end on 1 April"
    office.pass_days(1)
    assert (office.state(receipt), office.end(receipt)) == ("closed", "unanswered")


def test_what_silence_leads_to_is_in_the_history_also_while_officers_have_the_report(office):
    receipt = speeding(office)
    office.set_time(datetime.datetime(2027, 3, 2, 9, tzinfo=LONDON))
    with office.database.transaction() as tx:
        casework.move(tx, [receipt.id], casework.Event.OFFICER_NEEDED, "test")
    office.advance()
    assert (office.stage(receipt), office.state(receipt)) == ("road-safety", "review")
    assert [codes["outcome"] for codes in office.codes(receipt, "late")] == ["no-answer"]


def test_a_case_at_which_nobody_will_look_again_is_named_and_one_that_waits_for_mail_is_not(office, mailbox):
    mailbox.behave(refuse_rcpt={CLERK: 451})
    receipt = speeding(office)
    with office.database.transaction() as tx:
        tx.execute("UPDATE case_stage SET wakes_at = NULL")
    assert stranded(office) == ()
    mailbox.behave()
    with office.database.transaction() as tx:
        tx.execute("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
    office.deliver()
    assert stranded(office) == (), "the acceptance lets an engine look at it"
    with office.database.transaction() as tx:
        tx.execute("UPDATE case_stage SET wakes_at = NULL")
    assert stranded(office) == (receipt.reference,)
    office.answer(receipt, "parish-clerk", {"parish_answer": "done", "parish_note": "Signs."}, apply=False)
    assert stranded(office) == ()


def stranded(office) -> tuple[str, ...]:
    return look(office.database, [], None).cases.stranded
