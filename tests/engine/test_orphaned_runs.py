"""Which of Prefect's unfinished runs are in nobody's hands, by the database's clock."""

from uuid import uuid4

import pytest

from routing import casework
from routing.engine.orphaned_runs import UPKEEP_S, Unfinished, due_orphaned_runs, note_orphaned_runs
from tests.casework.factory import claim, submit

LEASE_S = 60.0


def note(database, *runs):
    with database.transaction() as tx:
        return note_orphaned_runs(tx, runs, LEASE_S)


def later(database, seconds):
    """So many seconds go by, for the strays."""
    with database.transaction() as tx:
        tx.execute("UPDATE stray_run SET first_seen = first_seen - make_interval(secs => %s)", (seconds,))


def due(database):
    with database.transaction() as tx:
        return {each.flow_run: each.outcome for each in due_orphaned_runs(tx)}


@pytest.fixture
def run():
    return Unfinished(uuid4(), "route-reports", None, True)


def test_a_run_that_nobody_has_is_closed_a_lease_after_it_was_first_seen(database, run):
    assert note(database, run) == 0
    later(database, LEASE_S - 5)
    assert note(database, run) == 0
    later(database, 6)
    assert note(database, run) == 1
    assert due(database) == {run.flow_run: None}


def test_a_run_that_ended_meanwhile_is_forgotten(database, run):
    note(database, run)
    later(database, 2 * LEASE_S)
    assert note(database) == 0
    assert note(database, run) == 0, "and if it were to come again, its time begins anew"


@pytest.mark.parametrize(("ago_s", "is_stray"), [(0, False), (LEASE_S - 5, False), (LEASE_S + 5, True)])
def test_a_run_that_a_living_engine_names_is_in_good_hands(database, run, ago_s, is_stray):
    with database.transaction() as tx:
        tx.execute(
            "INSERT INTO heartbeat (engine, prefect_reachable, runs, seen_at)"
            " VALUES ('e', true, %s, now() - make_interval(secs => %s))",
            ([run.flow_run], ago_s),
        )
    note(database, run)
    later(database, 2 * LEASE_S)
    assert bool(due(database)) == is_stray


def test_a_run_whose_batch_is_open_is_left_to_its_lease(database, run):
    submit(database)
    batch = claim(database)
    with database.transaction() as tx:
        casework.name_run(tx, batch.id, run.flow_run, "route")
    assert note(database, run) == 0
    later(database, 2 * LEASE_S)
    assert due(database) == {}


@pytest.mark.parametrize("outcome", ["done", "failed", "crashed"])
def test_how_the_batch_of_a_run_ended_is_said(database, outcome):
    submit(database)
    batch = claim(database)
    with database.transaction() as tx:
        casework.finish(tx, batch.id, outcome)
    run = Unfinished(uuid4(), "route-reports", batch.id, True)
    note(database, run)
    later(database, 2 * LEASE_S)
    assert due(database) == {run.flow_run: outcome}


def test_a_run_of_an_ordinary_worker_gets_hours(database):
    run = Unfinished(uuid4(), "upkeep", None, False)
    note(database, run)
    later(database, UPKEEP_S - 60)
    assert due(database) == {}
    later(database, 120)
    assert due(database) == {run.flow_run: None}
