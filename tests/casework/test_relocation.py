"""Contacts and open cases follow retired codes; what is ambiguous is a person's; taking back undoes it."""

import threading

import pytest

from routing import casework, contacts
from routing.casework import officers
from routing.errors import BoundaryError
from routing.place import Area, active_vintage, load_vintage, read_boundaries
from routing.place.build import assess
from routing.vocabulary import SMTP, Destination, Role
from tests.casework.factory import claim, decide_batch, decided, events_of, know_clerk, state_of, submit
from tests.casework.recoding import (
    EAST,
    NEW,
    OLD,
    WEST,
    activate_vintage,
    another_vintage,
    changed,
    divided,
    recoded,
    rollback_vintage,
)
from tests.conftest import until
from tests.present import present
from tests.samples import code

pytestmark = pytest.mark.thorough


def area_of(database, receipt):
    with database.transaction() as tx:
        return tx.execute("SELECT area_code FROM report WHERE id = %s", (receipt.id,)).fetchone()["area_code"]


def send(database, batch):
    with database.transaction() as tx:
        for each in casework.read_outbox(tx, batch.id):
            casework.mark_sent(tx, each, "data-250")
        casework.finish(tx, batch.id)


def test_contacts_links_and_open_cases_follow_a_code_that_was_only_recoded(database, catalogue):
    receipt, batch = decided(database, catalogue)
    send(database, batch)
    with database.transaction() as tx:
        contacts.store_links(tx, "merewold", {OLD: 77})
    _, vintage = another_vintage(database, catalogue, recoded)
    followed = activate_vintage(database, catalogue, vintage)
    assert (followed.contacts, followed.cases, followed.review) == (1, 1, ())
    assert (area_of(database, receipt), state_of(database, receipt)) == (NEW, "sent")
    assert events_of(database, receipt)[-1] == "recoded"
    with database.transaction() as tx:
        known = contacts.read_contacts(tx, ["merewold"])
        assert known["merewold", NEW].published == known["merewold", OLD].published
        assert contacts.read_links(tx, "merewold")[NEW] == 77
        assert casework.verify(tx)[1] == []
        receipt_of_decision = tx.execute("SELECT receipt FROM decision").fetchone()["receipt"]
    assert receipt_of_decision["place"]["code"] == OLD  # it was sent under the old one, and says so


def test_what_is_known_of_the_new_code_already_stays(database, catalogue):
    know_clerk(database, OLD, "old@x.example")
    know_clerk(database, NEW, "new@x.example")
    _, vintage = another_vintage(database, catalogue, recoded)
    assert activate_vintage(database, catalogue, vintage).contacts == 0
    with database.transaction() as tx:
        assert contacts.read_contacts(tx, ["merewold"])["merewold", NEW].published.email == "new@x.example"


def test_open_cases_of_a_divided_parish_are_a_persons_with_one_message_each(database, catalogue):
    receipt, batch = decided(database, catalogue)
    send(database, batch)
    _, vintage = another_vintage(database, catalogue, divided)
    followed = activate_vintage(database, catalogue, vintage)
    assert (followed.contacts, followed.cases, [council for _, council in followed.review]) == (0, 0, ["merewold"])
    assert (state_of(database, receipt), area_of(database, receipt)) == ("review", OLD)
    with database.transaction() as tx:
        (row,) = tx.execute("SELECT recipient, address, reason FROM delivery WHERE state = 'pending'").fetchall()
        reason = tx.execute("SELECT review_reason FROM report").fetchone()["review_reason"]
    assert (row["recipient"], row["address"]) == ("review", "review@merewold.example")
    assert row["reason"] == reason == casework.AMBIGUOUS


@pytest.mark.parametrize("change", [recoded, divided])
def test_a_closed_case_keeps_its_code(database, catalogue, change):
    receipt, batch = decided(database, catalogue)
    send(database, batch)
    with database.transaction() as tx:
        officers.close(tx, catalogue, receipt.id, "officer:ada")
    _, vintage = another_vintage(database, catalogue, change)
    assert activate_vintage(database, catalogue, vintage).cases == 0
    assert (area_of(database, receipt), state_of(database, receipt)) == (OLD, "closed")


def test_taking_a_vintage_back_gives_open_cases_their_former_code(database, catalogue):
    receipt, batch = decided(database, catalogue)
    send(database, batch)
    first, vintage = another_vintage(database, catalogue, recoded)
    activate_vintage(database, catalogue, vintage)
    assert rollback_vintage(database, catalogue) == (first, 1, [])
    assert area_of(database, receipt) == OLD
    assert activate_vintage(database, catalogue, vintage).cases == 1
    assert area_of(database, receipt) == NEW


def test_what_was_checked_against_another_vintage_is_checked_again_first(database, catalogue):
    first, recoding = another_vintage(database, catalogue, recoded)
    with database.transaction() as tx:
        dividing = load_vintage(tx, "third", "test", changed(read_boundaries(tx, first), divided))
        assess(tx, dividing)
    activate_vintage(database, catalogue, recoding)
    with pytest.raises(
        BoundaryError, match=rf"^stale: .* boundaries check {dividing}`. {dividing} was not checked against {recoding}"
    ):
        activate_vintage(database, catalogue, dividing)
    with database.transaction() as tx:
        assert active_vintage(tx) == recoding
        assess(tx, dividing)
    assert activate_vintage(database, catalogue, dividing).contacts == 0


def test_a_case_that_an_officer_gave_to_a_parish_follows_that_parish_and_is_not_looked_up_anew(database, catalogue):
    receipt = submit(database, "corner of three")
    decide_batch(database, catalogue, claim(database))
    contact = know_clerk(database, OLD)
    with database.transaction() as tx:
        message = casework.new_message(
            receipt.id, casework.next_sequence(tx, receipt.id), "clerk", Role.TO,
            Destination(SMTP, present(contact.published.email)), "d.example", "Theirs.", contact.id,
        )  # fmt: skip
        officers.decide_by_officer(tx, receipt.id, [message], "Theirs.", "officer:ada", {"place": {"code": OLD}})
    _, vintage = another_vintage(database, catalogue, recoded)
    with database.transaction() as tx:
        assert casework.relocate(tx, read_boundaries(tx, vintage), catalogue).cases == 0
    assert activate_vintage(database, catalogue, vintage).cases == 1
    assert area_of(database, receipt) == NEW


def test_going_back_twice_leads_to_codes_of_the_vintage_that_answers(database, catalogue):
    receipt, batch = decided(database, catalogue)
    send(database, batch)
    first, recoding = another_vintage(database, catalogue, recoded)
    activate_vintage(database, catalogue, recoding)
    assert rollback_vintage(database, catalogue) == (first, 1, [])
    vintage, cases, review = rollback_vintage(database, catalogue)
    assert vintage.startswith("embedded-")
    assert (cases, review, area_of(database, receipt)) == (0, [], OLD)


@pytest.mark.parametrize("change", [recoded, divided])
def test_a_case_that_was_decided_under_a_vintage_gets_the_code_its_own_came_from_when_that_is_taken_back(
    database, catalogue, change
):
    first, vintage = another_vintage(database, catalogue, change)
    activate_vintage(database, catalogue, vintage)
    receipt, _ = decided(database, catalogue)
    assert area_of(database, receipt) in {NEW, WEST, EAST}
    assert rollback_vintage(database, catalogue) == (first, 1, [])
    assert area_of(database, receipt) == OLD


def test_a_case_whose_area_is_nobodys_after_going_back_is_a_persons_with_one_message(database, catalogue):
    first, vintage = another_vintage(database, catalogue, recoded)
    activate_vintage(database, catalogue, vintage)
    receipt, _ = decided(database, catalogue)
    with database.transaction() as tx:
        tx.execute("DELETE FROM code_change")  # as where its land belonged to no parish before
    assert rollback_vintage(database, catalogue) == (first, 0, ["merewold"])
    assert state_of(database, receipt) == "review"


def test_a_message_that_still_waits_does_not_go_to_a_parish_that_was_divided(database, catalogue):
    receipt, batch = decided(database, catalogue)
    _, vintage = another_vintage(database, catalogue, divided)
    assert [council for _, council in activate_vintage(database, catalogue, vintage).review] == ["merewold"]
    assert state_of(database, receipt) == "review"
    with database.transaction() as tx:
        assert casework.read_outbox(tx, batch.id) == []
        states = tx.execute("SELECT recipient, state FROM delivery ORDER BY state").fetchall()
    assert ("review", "pending") in {(row["recipient"], row["state"]) for row in states}
    assert {row["state"] for row in states if row["recipient"] != "review"} == {"cancelled"}


@pytest.mark.parametrize("event", [casework.Event.DECLINED, casework.Event.ESCALATED])
def test_a_case_that_is_with_a_person_already_stays_there_when_its_parish_is_divided(database, catalogue, event):
    receipt, batch = decided(database, catalogue)
    send(database, batch)
    with database.transaction() as tx:
        casework.move(tx, [receipt.id], event, "test")
    _, vintage = another_vintage(database, catalogue, divided)
    assert activate_vintage(database, catalogue, vintage).review == ()
    assert state_of(database, receipt) == event.value


def test_what_was_decided_by_a_vintage_that_answers_no_more_is_not_recorded(database, catalogue):
    know_clerk(database, OLD)
    receipt = submit(database)
    batch = claim(database)
    _, vintage = another_vintage(database, catalogue, recoded)
    with database.transaction() as tx:
        before = read_boundaries(tx, active_vintage(tx))
    activate_vintage(database, catalogue, vintage)
    assert decide_batch(database, catalogue, batch, before) is None
    assert state_of(database, receipt) == "routing"
    assert decide_batch(database, catalogue, batch)
    assert area_of(database, receipt) == NEW


def test_letting_in_locks_reports_in_the_order_of_their_ids_as_everything_does(database, catalogue):
    """Not code by code: whoever locks the other way round deadlocks with it."""
    other = code("first part")
    know_clerk(database, OLD)
    know_clerk(database, other)
    early, late = (
        [submit(database, at).id for _ in range(8)]
        for at, _ in sorted((("parish", OLD), ("first part", other)), key=by_code)
    )
    decide_batch(database, catalogue, claim(database))
    _, vintage = another_vintage(database, catalogue, both_recoded, {OLD, other})
    blocked = min(late)
    behind = [report for report in early if report > blocked]  # of the earlier code, with a later id
    assert behind
    waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT id, area_code%'"
    done = []
    with database.transaction() as tx, database.statements() as looking:
        tx.execute("SELECT 1 FROM report WHERE id = %s FOR UPDATE", (blocked,))
        letting_in = threading.Thread(target=lambda: done.append(activate_vintage(database, catalogue, vintage)))
        letting_in.start()
        until(lambda: looking.execute(waits).fetchone())
        tx.execute("SELECT 1 FROM report WHERE id = ANY(%s) FOR UPDATE NOWAIT", (behind,))
    letting_in.join(20)
    assert [followed.cases for followed in done] == [16]


def by_code(place):
    return place[1]


def both_recoded(area, polygon):
    return [(Area(area.code.replace("E04999", "E04998"), area.name, area.kind, area.district), polygon.wkb)]


def test_how_many_cases_would_go_elsewhere_is_counted_and_nothing_is_changed(database, catalogue):
    receipt, _ = decided(database, catalogue)
    decided(database, catalogue, "unparished")
    _, vintage = another_vintage(database, catalogue, recoded)
    with database.transaction() as tx:
        found = casework.relocate(tx, read_boundaries(tx, vintage), catalogue)
        same = casework.relocate(tx, read_boundaries(tx, active_vintage(tx)), catalogue)
    assert (found.cases, found.moved) == (2, 1)
    assert found.elsewhere == (casework.Elsewhere(OLD, NEW, 1),)
    assert same.moved == 0
    assert area_of(database, receipt) == OLD


def test_without_cases_none_goes_elsewhere(database, catalogue):
    with database.transaction() as tx:
        assert casework.relocate(tx, read_boundaries(tx, active_vintage(tx)), catalogue).cases == 0
