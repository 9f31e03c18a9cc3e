"""Contacts and open cases follow retired codes; what is ambiguous is a person's; taking back undoes it."""

import threading

import pytest
import shapely

from routing import casework, contacts, delivery
from routing.casework import desk
from routing.errors import BoundaryError
from routing.place import Area, active_vintage, load_vintage, read_boundaries
from routing.place.build import assess
from routing.words import AreaKind, Role
from tests.casework.factory import claim, decide_batch, decided, events_of, know_clerk, state_of, submit
from tests.conftest import until
from tests.samples import code

OLD = code("parish")
NEW, EAST, WEST = "E04999901", "E04999902", "E04999903"


def edition(database, change):
    """A vintage in which the areas of one parish are changed; returns its id, assessed and judged."""
    with database.transaction() as tx:
        held = read_boundaries(tx, active_vintage(tx))
        areas = changed(held, change)
        # The fictional district is no predecessor: so the same areas first under another title.
        same = [(area, polygon.wkb) for area, polygon in zip(held.areas, held.polygons, strict=True)]
        first = load_vintage(tx, "first", "test", same)
        assess(tx, first)
        delivery.let_in(tx, first, "test", CATALOGUE[0], "d.example", reviewed=True)
        vintage = load_vintage(tx, "second", "test", areas)
    with database.transaction() as tx:
        assess(tx, vintage)
    return first, vintage


def changed(held, change):
    """The areas of a vintage, but for one parish."""
    areas = []
    for area, polygon in zip(held.areas, held.polygons, strict=True):
        areas += change(area, polygon) if area.code == OLD else [(area, polygon.wkb)]
    return areas


CATALOGUE = []


@pytest.fixture(autouse=True)
def _catalogue(catalogue):
    CATALOGUE[:] = [catalogue]


def recoded(area, polygon):
    return [(Area(NEW, area.name, area.kind, area.district), polygon.wkb)]


def divided(area, polygon):
    west, south, east, north = polygon.bounds
    halves = (shapely.box(west, south, (west + east) / 2, north), shapely.box((west + east) / 2, south, east, north))
    return [
        (Area(new, f"{area.name} {new}", AreaKind.PARISH, area.district), shapely.intersection(polygon, half).wkb)
        for new, half in zip((WEST, EAST), halves, strict=True)
    ]


def let_in(database, vintage):
    with database.transaction() as tx:
        return delivery.let_in(tx, vintage, "test", CATALOGUE[0], "d.example", reviewed=True)


def take_back(database):
    with database.transaction() as tx:
        vintage, followed = delivery.take_back(tx, "test", CATALOGUE[0], "d.example")
        return vintage, followed.cases, [council for _, council in followed.review]


def area_of(database, receipt):
    with database.transaction() as tx:
        return tx.execute("SELECT area_code FROM report WHERE id = %s", (receipt.id,)).fetchone()["area_code"]


def send(database, batch):
    with database.transaction() as tx:
        for each in casework.outbox(tx, batch.id):
            casework.mark_sent(tx, each, "data-250")
        casework.finish(tx, batch.id)


def test_contacts_links_and_open_cases_follow_a_code_that_was_only_recoded(database, catalogue):
    receipt, batch = decided(database, catalogue)
    send(database, batch)
    with database.transaction() as tx:
        contacts.store_links(tx, "merewold", {OLD: 77})
    _, vintage = edition(database, recoded)
    followed = let_in(database, vintage)
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
    _, vintage = edition(database, recoded)
    assert let_in(database, vintage).contacts == 0
    with database.transaction() as tx:
        assert contacts.read_contacts(tx, ["merewold"])["merewold", NEW].published.email == "new@x.example"


def test_open_cases_of_a_divided_parish_are_a_persons_with_one_message_each(database, catalogue):
    receipt, batch = decided(database, catalogue)
    send(database, batch)
    _, vintage = edition(database, divided)
    followed = let_in(database, vintage)
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
        desk.close(tx, receipt.id, "officer:ada")
    _, vintage = edition(database, change)
    assert let_in(database, vintage).cases == 0
    assert (area_of(database, receipt), state_of(database, receipt)) == (OLD, "closed")


def test_taking_a_vintage_back_gives_open_cases_their_former_code(database, catalogue):
    receipt, batch = decided(database, catalogue)
    send(database, batch)
    first, vintage = edition(database, recoded)
    let_in(database, vintage)
    assert take_back(database) == (first, 1, [])
    assert area_of(database, receipt) == OLD
    assert let_in(database, vintage).cases == 1
    assert area_of(database, receipt) == NEW


def test_what_was_checked_against_another_vintage_is_checked_again_first(database, catalogue):
    first, recoding = edition(database, recoded)
    with database.transaction() as tx:
        dividing = load_vintage(tx, "third", "test", changed(read_boundaries(tx, first), divided))
        assess(tx, dividing)
    let_in(database, recoding)
    with pytest.raises(
        BoundaryError, match=rf"^stale: {dividing} was not checked against {recoding}.* boundaries check"
    ):
        let_in(database, dividing)
    with database.transaction() as tx:
        assert active_vintage(tx) == recoding
        assess(tx, dividing)
    assert let_in(database, dividing).contacts == 0


def test_a_case_that_an_officer_gave_to_a_parish_follows_that_parish_and_is_not_looked_up_anew(database, catalogue):
    receipt = submit(database, "corner of three")
    decide_batch(database, catalogue, claim(database))
    contact = know_clerk(database, OLD)
    with database.transaction() as tx:
        message = delivery.outgoing(
            receipt.id, casework.next_sequence(tx, receipt.id), "clerk", Role.TO, contact.published.email,
            "d.example", "Theirs.", contact.id,
        )  # fmt: skip
        desk.decide_by_officer(tx, receipt.id, [message], "Theirs.", "officer:ada", {"place": {"code": OLD}})
    _, vintage = edition(database, recoded)
    with database.transaction() as tx:
        assert casework.relocate(tx, read_boundaries(tx, vintage), catalogue).cases == 0
    assert let_in(database, vintage).cases == 1
    assert area_of(database, receipt) == NEW


def test_going_back_twice_leads_to_codes_of_the_vintage_that_answers(database, catalogue):
    receipt, batch = decided(database, catalogue)
    send(database, batch)
    first, recoding = edition(database, recoded)
    let_in(database, recoding)
    assert take_back(database) == (first, 1, [])
    vintage, cases, review = take_back(database)
    assert vintage.startswith("embedded-")
    assert (cases, review, area_of(database, receipt)) == (0, [], OLD)


@pytest.mark.parametrize("change", [recoded, divided])
def test_a_case_that_was_decided_under_a_vintage_gets_the_code_its_own_came_from_when_that_is_taken_back(
    database, catalogue, change
):
    first, vintage = edition(database, change)
    let_in(database, vintage)
    receipt, _ = decided(database, catalogue)
    assert area_of(database, receipt) in {NEW, WEST, EAST}
    assert take_back(database) == (first, 1, [])
    assert area_of(database, receipt) == OLD


def test_a_case_whose_area_is_nobodys_after_going_back_is_a_persons_with_one_message(database, catalogue):
    first, vintage = edition(database, recoded)
    let_in(database, vintage)
    receipt, _ = decided(database, catalogue)
    with database.transaction() as tx:
        tx.execute("DELETE FROM code_change")  # as where its land belonged to no parish before
    assert take_back(database) == (first, 0, ["merewold"])
    assert state_of(database, receipt) == "review"


def test_a_message_that_still_waits_does_not_go_to_a_parish_that_was_divided(database, catalogue):
    receipt, batch = decided(database, catalogue)
    _, vintage = edition(database, divided)
    assert [council for _, council in let_in(database, vintage).review] == ["merewold"]
    assert state_of(database, receipt) == "review"
    with database.transaction() as tx:
        assert casework.outbox(tx, batch.id) == []
        states = tx.execute("SELECT recipient, state FROM delivery ORDER BY state").fetchall()
    assert ("review", "pending") in {(row["recipient"], row["state"]) for row in states}
    assert {row["state"] for row in states if row["recipient"] != "review"} == {"cancelled"}


@pytest.mark.parametrize("event", [casework.Event.DECLINED, casework.Event.ESCALATED])
def test_a_case_that_is_with_a_person_already_stays_there_when_its_parish_is_divided(database, catalogue, event):
    receipt, batch = decided(database, catalogue)
    send(database, batch)
    with database.transaction() as tx:
        casework.move(tx, [receipt.id], event, "test")
    _, vintage = edition(database, divided)
    assert let_in(database, vintage).review == ()
    assert state_of(database, receipt) == event.value


def test_what_was_decided_by_a_vintage_that_answers_no_more_is_not_recorded(database, catalogue):
    know_clerk(database, OLD)
    receipt = submit(database)
    batch = claim(database)
    _, vintage = edition(database, recoded)
    with database.transaction() as tx:
        before = read_boundaries(tx, active_vintage(tx))
    let_in(database, vintage)
    assert decide_batch(database, catalogue, batch, before) is None
    assert state_of(database, receipt) == "routing"
    assert decide_batch(database, catalogue, batch)
    assert area_of(database, receipt) == NEW


def test_letting_in_locks_reports_in_the_order_of_their_ids_as_everything_does(database, catalogue):
    """Whoever locks the other way round deadlocks with it."""
    know_clerk(database, OLD)
    receipts = [submit(database) for _ in range(6)]
    decide_batch(database, catalogue, claim(database))
    _, vintage = edition(database, recoded)
    first, last = min(each.id for each in receipts), max(each.id for each in receipts)
    done = []

    def let_it_in() -> None:
        done.append(let_in(database, vintage))

    with database.transaction() as tx:
        tx.execute("SELECT 1 FROM report WHERE id = %s FOR UPDATE", (first,))
        other = threading.Thread(target=let_it_in)
        other.start()
        waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT id, area_code%'"
        with database.statements() as looking:
            until(lambda: looking.execute(waits).fetchone())
        tx.execute("SELECT 1 FROM report WHERE id = %s FOR UPDATE NOWAIT", (last,))  # it has not got that one yet
    other.join(20)
    assert [followed.cases for followed in done] == [6]


def test_how_many_cases_would_go_elsewhere_is_counted_and_nothing_is_changed(database, catalogue):
    receipt, _ = decided(database, catalogue)
    decided(database, catalogue, "unparished")
    _, vintage = edition(database, recoded)
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
