"""The embedded server: starts, is shared, survives kill -9 of anybody, and stops when nobody uses it."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from routing.database import Database, EmbeddedServer, embedded_server, upgrade
from tests.conftest import until
from tests.present import present
from tests.samples import newest

pytestmark = pytest.mark.thorough


def pid_of(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split("\n")[0])


def is_running(folder: Path) -> bool:
    return (folder / "data" / "postmaster.pid").exists()


def ask(server: EmbeddedServer) -> bool:
    try:
        with psycopg.connect(server.url("waywarden"), connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_it_lies_in_its_folder_listens_on_no_port_and_is_closed_to_others(tmp_path):
    with embedded_server(tmp_path / "pg", "waywarden", "prefect") as server:
        assert stat.S_IMODE((tmp_path / "pg").stat().st_mode) == 0o700
        with psycopg.connect(server.url("waywarden")) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SHOW unix_socket_permissions").fetchone() == ("0700",)
            connection.execute("CREATE EXTENSION pg_trgm")
    until(lambda: not is_running(tmp_path / "pg"))


def test_a_second_user_shares_it_and_the_last_one_stops_it(tmp_path):
    one, two = EmbeddedServer(tmp_path / "pg"), EmbeddedServer(tmp_path / "pg")
    one.start("waywarden")
    two.start("waywarden")
    pid = pid_of(tmp_path / "pg")
    one.stop()
    assert ask(two)
    assert pid_of(tmp_path / "pg") == pid
    two.stop()
    until(lambda: not is_running(tmp_path / "pg"))


USER = """
import sys, time
from pathlib import Path
from routing.database import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.start("waywarden")
print("ready", flush=True)
time.sleep(600)
"""


def test_a_user_that_is_killed_leaves_no_server_behind(tmp_path):
    user = subprocess.Popen([sys.executable, "-c", USER, str(tmp_path / "pg")], stdout=subprocess.PIPE, text=True)
    assert user.stdout is not None
    assert user.stdout.readline() == "ready\n"
    user.kill()
    user.wait()
    user.stdout.close()
    until(lambda: not is_running(tmp_path / "pg"))


def test_a_server_that_is_killed_comes_back_with_everything_committed(tmp_path):
    with embedded_server(tmp_path / "pg", "waywarden") as server:
        with psycopg.connect(server.url("waywarden")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        killed = pid_of(tmp_path / "pg")
        os.kill(killed, signal.SIGKILL)
        until(lambda: is_running(tmp_path / "pg") and pid_of(tmp_path / "pg") != killed and ask(server))
        with psycopg.connect(server.url("waywarden")) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    until(lambda: not is_running(tmp_path / "pg"))


def test_a_keeper_that_is_killed_is_replaced_by_the_next_user(tmp_path):
    one = EmbeddedServer(tmp_path / "pg")
    one.start("waywarden")
    keepers = subprocess.run(["pgrep", "-f", f"keeper.py.*{tmp_path}/pg"], capture_output=True, text=True, check=True)
    for pid in keepers.stdout.split():
        os.kill(int(pid), signal.SIGKILL)
    assert ask(one)
    two = EmbeddedServer(tmp_path / "pg")
    two.start("waywarden")
    assert ask(two)
    one.stop()
    two.stop()
    until(lambda: not is_running(tmp_path / "pg"))


def test_a_path_too_long_for_a_socket_is_reached_by_a_short_one(tmp_path):
    deep = tmp_path / ("a" * 60) / ("b" * 60) / "pg"
    with embedded_server(deep, "waywarden") as server:
        assert len(str(server.socket_dir)) < 60
        assert ask(server)
    until(lambda: not is_running(deep))


def test_a_transaction_commits_or_leaves_nothing(database):
    with pytest.raises(psycopg.errors.DivisionByZero), database.transaction() as tx:
        tx.execute("INSERT INTO heartbeat (engine, prefect_reachable) VALUES ('e', true); SELECT 1 / 0")
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM heartbeat").fetchone()["n"] == 0
        tx.execute("INSERT INTO heartbeat (engine, prefect_reachable) VALUES ('e', true)")
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM heartbeat").fetchone()["n"] == 1


def test_the_declared_tables_are_those_of_the_migrations(database_url):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlmodel import SQLModel

    upgrade(database_url)
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.connect() as connection:
            # Types are left out: SQLModel says VARCHAR where the migrations say text, which PostgreSQL treats alike.
            context = MigrationContext.configure(connection, opts={"compare_type": False})
            assert compare_metadata(context, SQLModel.metadata) == []
    finally:
        engine.dispose()


UPGRADE = "import sys; from routing.database import upgrade; upgrade(sys.argv[1])"


def test_upgrading_in_three_processes_at_once_is_safe(postgres):
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE upgraded")
    url = postgres.url("upgraded")
    processes = [subprocess.Popen([sys.executable, "-c", UPGRADE, url]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    database = Database(url, connections=1)
    with database.transaction() as tx:
        assert present(tx.execute("SELECT version_num FROM alembic_version").fetchone())["version_num"] == newest()
    database.close()


def test_the_servers_log_holds_no_row_and_no_statement(postgres, database):
    canary = "canary-quetzal-in-the-log"
    twice = "INSERT INTO stopped_address (address_hash, author) VALUES (sha256(%s), %s), (sha256(%s), %s)"
    with pytest.raises(psycopg.errors.UniqueViolation), database.transaction() as tx:
        tx.execute(twice, (b"x", canary, b"x", canary))
    with pytest.raises(psycopg.errors.InvalidTextRepresentation), database.transaction() as tx:
        tx.execute("SELECT 1 FROM stopped_address WHERE stopped_at > now() AND %s::int = 1", (canary,))
    log = (postgres.root / "postgres.log").read_text(errors="replace")
    assert "duplicate key value" in log
    assert "DETAIL:" not in log
    assert "STATEMENT:" not in log
