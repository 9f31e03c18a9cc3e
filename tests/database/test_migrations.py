"""Upgrading a database in use: nobody is held up for long, and what was broken off goes on."""

import threading

import psycopg
import pytest

from routing import casework
from routing.database import Database, is_known, upgrade
from routing.database.migrate import FOLDER, newest_revision
from routing.errors import StoreUnavailable
from tests.conftest import until
from tests.present import present
from tests.samples import newest

pytestmark = pytest.mark.thorough

BEFORE_CAPS = "0011"


def test_the_chain_of_revisions_is_alembics():
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(FOLDER))
    assert newest_revision() == script.get_current_head() == newest()
    known = {each.revision for each in script.walk_revisions()}
    assert all(is_known(each) for each in known)
    assert not is_known("9999")


@pytest.fixture
def url(postgres):
    """A database of the version before mail had caps and histories had heads, with three reports."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as server:
        server.execute("CREATE DATABASE older")
        made = postgres.url("older")
        upgrade(made, BEFORE_CAPS)
        fill(made, 3)
        yield made
        server.execute("DROP DATABASE older WITH (FORCE)")


def fill(url: str, count: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO report (id, reference, council, process, process_scope, process_version, answers, state,"
            " token_sha256) SELECT gen_random_uuid(), 'R' || n, 'merewold', 'speeding-traffic', '', '2026-11-01', '{}',"
            " 'received', '' FROM generate_series(1, %s) n",
            (count,),
        )
        connection.execute("SELECT history_append(id, 'received', NULL, 'received', 'web', '{}') FROM report")


def revision(url: str) -> str:
    with psycopg.connect(url) as connection:
        name: str = present(connection.execute("SELECT version_num FROM alembic_version").fetchone())[0]
        return name


def is_waiting_for_a_lock(url: str) -> bool:
    with psycopg.connect(url) as connection:
        query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return connection.execute(query).fetchone() is not None


def verify(url: str):
    database = Database(url, connections=1)
    with database.transaction() as tx:
        found = casework.verify(tx)
    database.close()
    return found


def test_every_report_knows_the_head_of_its_history_when_the_upgrade_has_ended(url):
    upgrade(url)
    assert verify(url) == (3, [])


def test_behind_a_backup_an_upgrade_gives_up_names_it_and_leaves_the_tables_to_the_others(url):
    with psycopg.connect(url, application_name="pg_dump") as backup:
        backup.execute("LOCK TABLE report, delivery IN ACCESS SHARE MODE")
        with pytest.raises(
            StoreUnavailable, match=r"not upgraded yet, because a table is in use by pg_dump \(role waywarden, "
        ):
            upgrade(url, patience_s=0)
        with psycopg.connect(url) as citizen:
            citizen.execute("SET lock_timeout = '1s'")
            citizen.execute("UPDATE report SET state = 'routing'")
            citizen.rollback()
        assert revision(url) == BEFORE_CAPS
    upgrade(url)
    assert revision(url) == newest()


def test_an_upgrade_tries_again_until_a_backup_has_ended(url):
    with psycopg.connect(url) as backup:
        backup.execute("LOCK TABLE delivery IN ACCESS SHARE MODE")
        upgrading = threading.Thread(target=upgrade, args=(url,))
        upgrading.start()
        until(lambda: is_waiting_for_a_lock(url))
        until(lambda: not is_waiting_for_a_lock(url))  # it has let everybody else pass
        assert upgrading.is_alive()
    upgrading.join(60)
    assert revision(url) == newest()


def test_an_upgrade_that_was_broken_off_within_what_takes_long_goes_on(url):
    upgrade(url, "0013")
    with psycopg.connect(url) as reader:  # an index waits for every transaction that is older than itself
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT FROM report")
        with pytest.raises(StoreUnavailable):
            upgrade(url, patience_s=0)
    with psycopg.connect(url) as connection:
        assert broken(connection) == ["delivery_citizen"]
    upgrade(url)
    with psycopg.connect(url) as connection:
        assert broken(connection) == []
    assert verify(url) == (3, [])


def broken(connection) -> list[str]:
    query = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    return [row[0] for row in connection.execute(query).fetchall()]


def test_reports_that_are_taken_while_heads_are_noted_know_theirs(url):
    upgrade(url, "0013")
    with psycopg.connect(url) as web:
        web.execute(
            "SELECT history_append(id, 'joined', 'received', 'received', 'web', '{}') FROM report WHERE reference = 'R1'"
        )
        upgrading = threading.Thread(target=upgrade, args=(url,))
        upgrading.start()
        until(lambda: is_waiting_for_a_lock(url))
    upgrading.join(60)
    assert verify(url) == (4, [])
