"""What a connection that fails says."""

import contextlib
import threading
import time

import psycopg
import pytest

from routing.database import Database
from routing.errors import StoreUnavailable
from tests.conftest import until
from tests.present import present


def test_a_deadlock_is_not_called_an_outage_and_one_of_the_two_goes_through(database_url):
    database = Database(database_url, connections=2)
    both_hold_one, said = threading.Barrier(2, timeout=20), []

    def lock(first, second):
        try:
            with database.transaction() as tx:
                tx.execute("SELECT pg_advisory_xact_lock(%s)", (first,))
                both_hold_one.wait()
                tx.execute("SELECT pg_advisory_xact_lock(%s)", (second,))
            said.append("done")
        except StoreUnavailable as error:
            said.append(str(error))

    threads = [threading.Thread(target=lock, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    database.close()
    assert sorted(said) == ["The database cancelled this because of another transaction.", "done"]


def test_where_nothing_listens_the_database_did_not_answer():
    database = Database("postgresql://127.0.0.1:1/nothing", connections=1)
    database._pool.timeout = 0.5
    with pytest.raises(StoreUnavailable, match="did not answer"), database.transaction():
        pass
    database.close()


def test_a_connection_that_the_server_ended_while_it_was_idle_is_not_handed_out(database_url):
    database = Database(database_url, connections=1)
    with database.transaction() as tx:
        pid = present(tx.execute("SELECT pg_backend_pid() AS pid").fetchone())["pid"]
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with database.transaction() as tx:
        assert present(tx.execute("SELECT pg_backend_pid() AS pid").fetchone())["pid"] != pid
    database.close()


@pytest.mark.parametrize(("for_people", "limit"), [(True, "20s"), (False, "0")])
def test_only_people_give_a_statement_up(database_url, for_people, limit):
    database = Database(database_url, 1, for_people=for_people)
    for _ in range(2):  # the connection is new, and had before
        with database.transaction() as tx:
            assert present(tx.execute("SHOW statement_timeout").fetchone())["statement_timeout"] == limit
    database.close()


def test_a_statement_that_is_given_up_while_it_waits_for_a_lock_is_no_answer(database_url, database):
    waiting = Database(database_url, 1)
    with database.transaction() as other:
        other.execute("LOCK TABLE report")
        with pytest.raises(StoreUnavailable, match="did not answer"), waiting.transaction() as tx:
            tx.execute("SET LOCAL statement_timeout = '100ms'; SELECT FROM report")
    assert answers(waiting)
    waiting.close()


@pytest.mark.thorough
def test_people_wait_in_vain_once_and_then_shortly_until_the_database_was_back(postgres, database_url):
    database = Database(database_url, 1, for_people=True)
    assert answers(database)
    with closed_to_all(postgres.url("postgres")):
        assert waits_in_vain(database, 0.8)
        assert not waits_in_vain(database, 20.0)
    until(lambda: answers(database))
    with closed_to_all(postgres.url("postgres")):
        assert waits_in_vain(database, 0.8)
    database.close()


def waits_in_vain(database, timeout_s):
    """Whether it is only after its whole time-out that it gives up."""
    database._pool.timeout = timeout_s
    started = time.monotonic()
    assert not answers(database)
    return time.monotonic() - started >= timeout_s


def answers(database):
    try:
        with database.transaction() as tx:
            return tx.execute("SELECT 1 AS one").fetchone() == {"one": 1}
    except StoreUnavailable:
        return False


@contextlib.contextmanager
def closed_to_all(admin_url):
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("ALTER DATABASE test ALLOW_CONNECTIONS false")
        try:
            admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'test'")
            yield
        finally:
            admin.execute("ALTER DATABASE test ALLOW_CONNECTIONS true")
