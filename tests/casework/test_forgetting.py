"""What is kept of a report that was withdrawn, and of one whose time is over."""

from uuid import uuid4

import pytest

from routing import casework
from routing.casework import Reporter
from tests.casework.factory import claim, decide_batch, submit

DAYS = {"reporter_days": 180, "details_days": 730, "unclosed_days": 365, "place_days": 1095}
WHOLE = Reporter("Ada Reporter", "ada@citizen.example", "01632 960123", True)


def kept(database, receipt):
    with database.transaction() as tx:
        report = tx.execute("SELECT * FROM report WHERE id = %s", (receipt.id,)).fetchone()
        return report, tx.execute("SELECT * FROM reporter WHERE report = %s", (receipt.id,)).fetchall()


def withdraw(database, catalogue, receipt):
    with database.transaction() as tx:
        casework.withdraw(tx, catalogue, receipt.id)


def test_words_and_person_go_at_once_and_the_address_when_it_was_told(database, catalogue):
    receipt = submit(database, "unparished", reporter=WHOLE)
    decide_batch(database, catalogue, claim(database))
    with database.transaction() as tx:
        casework.add_information(tx, catalogue, receipt.id, uuid4(), "My neighbour saw it too.")
    withdraw(database, catalogue, receipt)
    report, (reporter,) = kept(database, receipt)
    assert report["details"] is None
    assert (reporter["name"], reporter["phone"], reporter["may_pass_on"]) == (None, None, False)
    assert reporter["email"] == "ada@citizen.example", "the word that it is withdrawn is on its way"
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM addition WHERE text IS NOT NULL").fetchone()["n"] == 0
        told = tx.execute("SELECT id FROM delivery WHERE role = 'citizen' AND state = 'pending'").fetchall()
        for each in told:
            casework.drop(tx, each["id"], "no-address")
    assert kept(database, receipt)[1] == []


def test_of_one_without_an_address_nothing_stays_of_a_person(database, catalogue):
    receipt = submit(database, reporter=Reporter("Ada", None, "01632 960123", True))
    withdraw(database, catalogue, receipt)
    report, reporters = kept(database, receipt)
    assert reporters == []
    assert report["details"] is None
    with database.transaction() as tx:
        assert casework.verify(tx) == (2, [])


@pytest.mark.parametrize(
    ("name", "point"),
    [(None, (566200.0, 444800.0)), ("ZZ1 1AH", (566200.0, 444800.0)), ("Church Lane", (566153.7, 444759.1))],
    ids=["a pin", "a postcode", "a street"],
)
@pytest.mark.parametrize("answers", [None, {}], ids=["answers", "no answers"])
def test_after_its_time_place_and_answers_go_and_a_point_is_kept_to_a_hundred_metres(database, name, point, answers):
    given = {} if answers is None else {"answers": answers}
    receipt = submit(database, place_name=name, easting=566153.7, northing=444759.1, **given)
    with database.transaction() as tx:
        tx.execute("UPDATE report SET state = 'closed', changed_at = now() - interval '1094 days'")
        assert casework.purge(tx, "speeding-traffic", DAYS).places == 0
        tx.execute("UPDATE report SET changed_at = now() - interval '1096 days'")
        assert casework.purge(tx, "speeding-traffic", DAYS).places == 1
        assert casework.purge(tx, "speeding-traffic", DAYS).places == 0
        assert casework.verify(tx)[1] == []
    report, _ = kept(database, receipt)
    assert (report["easting"], report["northing"]) == point
    assert (report["answers"], report["place_name"]) == ({}, None)
