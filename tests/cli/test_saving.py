"""Backup and restore: a backup is whole or not there, and a restore that fails leaves everything as it was."""

import datetime
import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from routing import casework
from routing.casework import Receipt
from routing.cli.installation import alone
from routing.database import Database, EmbeddedServer, upgrade_as
from routing.database.programs import fits
from routing.database.restore import FRESH, ONE_AT_A_TIME, address_of
from routing.errors import ConfigurationError
from routing.private import append_anchors, read_anchors
from tests.casework.factory import decided, submit
from tests.conftest import PLAIN, until
from tests.samples import newest

pytestmark = pytest.mark.thorough

PASSWORD = "s3cret"


@pytest.fixture
def server(postgres):
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        yield connection
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^(saved|waywarden_restoring)'")
        for (name,) in rows.fetchall():
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute("DROP ROLE IF EXISTS saved_owner, saved_app")


@pytest.fixture
def url(postgres: EmbeddedServer, server, template) -> str:
    """A database of its own, since it is renamed; the server trusts everybody, so the password is only for show."""
    server.execute(sql.SQL("CREATE DATABASE saved TEMPLATE {}").format(sql.Identifier(template)))
    return postgres.url("saved").replace("waywarden@", f"waywarden:{PASSWORD}@")


@pytest.fixture
def saving(waywarden, url):
    return lambda *sentence, **environment: waywarden(*sentence, **{"WAYWARDEN_DATABASE_URL": url} | environment)


@contextmanager
def opened(url):
    database = Database(url, connections=2)
    try:
        yield database
    finally:
        database.close()


def take(url: str) -> Receipt:
    with opened(url) as database:
        return submit(database)


def references(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT reference FROM report ORDER BY received_at").fetchall()]


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def databases(server) -> set[str]:
    return {row[0] for row in server.execute("SELECT datname FROM pg_database WHERE datname ~ 'saved|restoring'")}


def test_a_backup_is_private_and_says_what_is_in_it(saving, url, tmp_path):
    take(url)
    done = saving("backup", str(tmp_path / "a.dump"), "--json")
    assert done.returncode == 0, done.stderr
    size_bytes = (tmp_path / "a.dump").stat().st_size
    told = {"file": str(tmp_path / "a.dump"), "size_bytes": size_bytes, "reports": 1, "revision": newest()}
    assert json.loads(done.stdout) == told
    assert stat.S_IMODE((tmp_path / "a.dump").stat().st_mode) == 0o600
    assert names(tmp_path) == ["a.dump"]


def test_a_file_that_is_there_is_replaced_only_by_explicit_word(saving, tmp_path):
    file = tmp_path / "a.dump"
    file.write_text("the former one")
    refused = saving("backup", str(file))
    assert refused.returncode == 1
    assert "already exists. Choose another file, or add --replace." in refused.stderr
    assert file.read_text() == "the former one"
    assert saving("backup", str(file), "--replace").returncode == 0
    assert file.read_bytes().startswith(b"PGDMP")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "is a folder. Choose a file in it"),
        ("none/a.dump", "There is no folder"),
        ("pipe", "is not a regular file"),
        ("/proc/self/a.dump", "(No such file or directory). Choose a folder you can write to."),
    ],
)
def test_a_place_where_no_file_can_be_is_refused_in_a_plain_line(saving, tmp_path, name, text):
    os.mkfifo(tmp_path / "pipe")
    done = saving("backup", str(tmp_path / name))
    assert done.returncode == 1
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_where_there_is_no_installation_a_backup_does_not_begin_one(waywarden, tmp_path):
    done = waywarden("backup", "a.dump", WAYWARDEN_DATABASE_URL="", WAYWARDEN_DATA_DIR=str(tmp_path / "typo"))
    assert done.returncode == 1
    assert f"There is no installation in {tmp_path}/typo." in done.stderr
    assert not (tmp_path / "typo").exists()


def test_an_empty_database_is_not_backed_up(saving, server, postgres, tmp_path):
    server.execute("CREATE DATABASE saved_empty")
    done = saving("backup", str(tmp_path / "a.dump"), WAYWARDEN_DATABASE_URL=postgres.url("saved_empty"))
    assert done.returncode == 1
    assert "There is nothing to back up" in done.stderr


def test_a_disk_that_is_full_harms_neither_the_former_file_nor_leaves_half_of_one(url, tmp_path):
    file = tmp_path / "a.dump"
    file.write_text("the former one")
    limited = ["sh", "-c", 'ulimit -f 16; exec "$@"', "sh", sys.executable, "-m", "routing.cli"]
    command = [*limited, "backup", str(file), "--replace"]
    done = subprocess.run(command, env=told(url, tmp_path), capture_output=True, check=False)
    assert done.returncode == 1
    assert b"pg_dump" in done.stderr
    assert file.read_text() == "the former one"
    assert names(tmp_path) == ["a.dump"]


def told(url: str, data_dir: Path) -> dict[str, str]:
    return os.environ | {"WAYWARDEN_DATABASE_URL": url, "WAYWARDEN_DATA_DIR": str(data_dir)}


@contextmanager
def stuck_backup(url, tmp_path):
    """A backup whose pg_dump waits for a table; yields the command and pg_dump's process id."""
    with psycopg.connect(url) as holder:
        holder.execute("LOCK TABLE postcode IN ACCESS EXCLUSIVE MODE")
        command = [sys.executable, "-m", "routing.cli", "backup", str(tmp_path / "a.dump"), "--replace"]
        with subprocess.Popen(command, env=told(url, tmp_path), stderr=subprocess.PIPE, text=True) as backup:
            children = Path(f"/proc/{backup.pid}/task/{backup.pid}/children")
            until(lambda: waits(url, "pg_dump") and len(children.read_text().split()) == 1)
            yield backup, int(children.read_text())


def waits(url: str, program: str) -> bool:
    with psycopg.connect(address_of(url, "postgres")) as looking:
        query = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND wait_event_type = 'Lock'"
        return looking.execute(query, (program,)).fetchone() is not None


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the child process in /proc")
def test_a_pg_dump_that_is_killed_leaves_the_former_backup_whole_and_showed_no_password(url, tmp_path):
    (tmp_path / "a.dump").write_text("the former one")
    with stuck_backup(url, tmp_path) as (backup, pid):
        shown = [Path(f"/proc/{each}/cmdline").read_bytes() for each in (backup.pid, pid)]
        os.kill(pid, signal.SIGKILL)
        assert "pg_dump was stopped by signal 9" in backup.stderr.read()
        assert backup.wait(20) == 1
    assert b"pg_dump" in shown[1]
    assert not any(PASSWORD.encode() in each for each in shown)
    assert (tmp_path / "a.dump").read_text() == "the former one"
    assert names(tmp_path) == ["a.dump"]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the child process in /proc")
def test_what_a_backup_that_is_killed_left_goes_with_the_next_one(saving, url, tmp_path):
    (tmp_path / "a.dump").write_text("the former one")
    with stuck_backup(url, tmp_path) as (backup, pid):
        backup.kill()
        backup.wait()
        (left,) = tmp_path.glob(".a.dump.*.part")
        os.kill(pid, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{pid}").exists())
    assert (tmp_path / "a.dump").read_text() == "the former one"
    done = saving("backup", str(tmp_path / "a.dump"), "--replace")
    assert done.returncode == 0, done.stderr
    assert not left.exists()


def test_sigterm_lets_a_backup_tidy_up(url, tmp_path):
    with stuck_backup(url, tmp_path) as (backup, _):
        backup.terminate()
        assert backup.wait(20) == 130
    assert names(tmp_path) == []


@pytest.fixture
def dump(saving, url, tmp_path: Path) -> Path:
    """A backup with one report, which is decided."""
    with opened(url) as database:
        from routing.casework import read_catalogue

        decided(database, read_catalogue(PLAIN / "councils", PLAIN / "processes"))
    file = tmp_path / "a.dump"
    assert saving("backup", str(file)).returncode == 0
    return file


def test_a_restore_keeps_the_former_database_under_another_name(saving, url, server, postgres, dump):
    before = references(url)
    later = take(url)
    done = saving("restore", str(dump), "--replace", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["reports"], said["revision"], said["broken"]) == (1, newest(), [])
    assert said["rows"] > 0
    assert references(url) == before
    assert references(postgres.url(said["kept"])) == [*before, later.reference]
    assert databases(server) == {"saved", said["kept"]}


def test_into_a_database_in_which_nothing_is_a_backup_goes_without_a_word(saving, server, postgres, url, dump):
    server.execute("CREATE DATABASE saved_empty")
    done = saving("restore", str(dump), WAYWARDEN_DATABASE_URL=postgres.url("saved_empty"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("One report restored, as of 20")
    assert references(postgres.url("saved_empty")) == references(url)
    assert databases(server) == {"saved", "saved_empty"}


def test_a_restored_history_that_was_altered_is_said_and_exits_with_one(saving, url, dump):
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE history SET actor = 'officer:nobody' WHERE sequence = 1")
    assert saving("backup", str(dump), "--replace").returncode == 0
    done = saving("restore", str(dump), "--replace")
    assert done.returncode == 1
    assert f"{references(url)[0]} row 1: its content was changed" in done.stdout
    assert "1 do not match" in done.stdout


@pytest.mark.parametrize("kept", ["as it was", "of another past"])
def test_days_are_held_against_the_anchors_outside_and_those_after_the_backup_are_taken_back(
    saving, url, dump, tmp_path, kept
):
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
    with opened(url) as database, database.transaction() as tx:
        (made,) = casework.anchor(tx, tomorrow)
    assert saving("backup", str(dump), "--replace").returncode == 0
    hashes = {"as it was": made.sha256.hex(), "of another past": "00ff"}
    append_anchors(tmp_path, [f"{made.day} {made.rows} {hashes[kept]}", f"{tomorrow} 1 00aa"])
    done = saving("restore", str(dump), "--replace")
    is_whole = kept == "as it was"
    assert done.returncode == (0 if is_whole else 1)
    assert ("its anchor in the file differs" in done.stdout) is not is_whole
    assert read_anchors(tmp_path) == [(made.day, hashes[kept])]
    assert (tmp_path / "anchors.log").read_text().splitlines()[-1].startswith(f"restored {made.day} ")
    assert saving("reports", "verify").returncode == (0 if is_whole else 1)


def test_an_older_schema_is_brought_up_to_date(saving, server, postgres, tmp_path):
    from routing.database import upgrade

    server.execute("CREATE DATABASE saved_old")
    old = postgres.url("saved_old")
    upgrade(old, "0008")
    assert saving("backup", str(tmp_path / "a.dump"), WAYWARDEN_DATABASE_URL=old).returncode == 0
    done = saving("restore", str(tmp_path / "a.dump"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["revision"] == newest()


def refused(done, text: str) -> None:
    assert done.returncode == 1, done.stdout
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_reports_that_are_there_are_not_put_aside_without_a_word(saving, url, dump):
    refused(saving("restore", str(dump)), "This installation already has one report.")
    assert len(references(url)) == 1


def test_while_an_engine_lives_nothing_is_restored(saving, url, server, dump):
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO heartbeat (engine, prefect_reachable) VALUES ('e', true)")
    refused(saving("restore", str(dump), "--replace"), "Stop every engine, web and worker, wait 30 seconds")
    assert databases(server) == {"saved"}


def test_a_backup_does_not_say_that_an_engine_lives(saving, url, dump):
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO heartbeat (engine, prefect_reachable) VALUES ('e', true)")
    assert saving("backup", str(dump), "--replace").returncode == 0
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM heartbeat")
    assert saving("restore", str(dump), "--replace").returncode == 0
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM heartbeat").fetchone() == (0,)


def test_while_an_installation_runs_in_the_folder_nothing_is_restored(saving, dump, tmp_path):
    with (tmp_path / "up.lock").open("ab") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        refused(saving("restore", str(dump), "--replace"), f"runs in {tmp_path}. Stop it, then restore again.")


@pytest.mark.parametrize(
    ("holder", "sentence", "text"),
    [
        ("waywarden up", ("restore", "a.dump"), "A waywarden up runs in"),
        ("waywarden restore", ("restore", "a.dump"), "Another waywarden restore runs in"),
        ("waywarden restore", ("up",), "A waywarden restore runs in"),
        ("waywarden up", ("up",), "Another waywarden up runs in"),
    ],
)
def test_whoever_finds_the_folder_in_use_hears_what_runs_there(waywarden, tmp_path, holder, sentence, text):
    with alone(tmp_path / "up.lock", "what was here before it"):
        pass
    with alone(tmp_path / "up.lock", holder):
        refused(waywarden(*sentence), f"{text} {tmp_path}. Stop it")


def test_while_another_restore_runs_on_the_server_nothing_is_restored(saving, server, dump):
    server.execute("SELECT pg_advisory_lock(%s)", (ONE_AT_A_TIME,))
    try:
        refused(saving("restore", str(dump), "--replace"), "Wait until the other restore on this server has ended")
    finally:
        server.execute("SELECT pg_advisory_unlock(%s)", (ONE_AT_A_TIME,))


def test_while_somebody_is_connected_nothing_is_restored(saving, url, server, dump):
    with psycopg.connect(url):
        done = saving("restore", str(dump), "--replace")
        refused(done, "Stop every web, engine and worker")
        refused(done, "open connections: 1 of waywarden.")
    assert databases(server) == {"saved"}


def test_a_role_that_may_not_make_databases_is_told_what_to_ask_for(saving, url, server, dump):
    server.execute("CREATE ROLE council LOGIN")
    try:
        with psycopg.connect(url) as connection:
            connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO council")
        mine = url.replace("waywarden:", "council:")
        refused(saving("restore", str(dump), "--replace", WAYWARDEN_DATABASE_URL=mine), "ALTER ROLE council CREATEDB;")
    finally:
        server.execute("DROP DATABASE saved WITH (FORCE)")
        server.execute("DROP ROLE council")


@pytest.fixture
def two_roles(server, postgres) -> tuple[str, str]:
    """A database whose owner is one role and whose programs are another, as docs/operations.md has it."""
    server.execute("CREATE ROLE saved_owner LOGIN CREATEDB")
    server.execute("CREATE ROLE saved_app LOGIN")
    server.execute("CREATE DATABASE saved OWNER saved_owner")
    owner, app = (postgres.url("saved").replace("waywarden@", f"{role}@") for role in ("saved_owner", "saved_app"))
    upgrade_as(owner, app)
    return owner, app


def test_where_there_are_two_roles_what_is_restored_belongs_to_the_one_and_the_other_works_in_it(
    waywarden, two_roles, tmp_path
):
    owner, app = two_roles
    take(app)
    file = str(tmp_path / "a.dump")
    done = waywarden("backup", file, WAYWARDEN_DATABASE_URL=app)  # of a night, without the owner's address
    assert done.returncode == 0, done.stderr
    told = {"WAYWARDEN_DATABASE_URL": app, "WAYWARDEN_DATABASE_OWNER_URL": owner}
    done = waywarden("restore", file, "--replace", **told)
    assert done.returncode == 0, done.stderr

    take(app)
    assert len(references(app)) == 2
    assert waywarden("reports", "verify", WAYWARDEN_DATABASE_URL=app).returncode == 0
    with psycopg.connect(owner, autocommit=True) as connection:
        owners = connection.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchall()
        assert owners == [("saved_owner",)]
        connection.execute("ALTER TABLE report ADD COLUMN of_the_next_version int")
    with psycopg.connect(app, autocommit=True) as connection:
        for statement in (
            "UPDATE history SET actor = 'x'", "DELETE FROM history", "UPDATE installation SET secret = 'x'",
            "ALTER TABLE history DISABLE TRIGGER ALL", "CREATE TABLE mine (x int)",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    assert waywarden("db", "upgrade", **told).returncode == 0


@pytest.mark.parametrize("content", [b"", b"PGDMP", b"-- a dump as SQL\nSELECT 1;\n" * 40], ids=["empty", "cut", "SQL"])
def test_a_file_that_is_no_backup_is_refused(saving, url, server, tmp_path, content):
    (tmp_path / "a.dump").write_bytes(content)
    refused(saving("restore", str(tmp_path / "a.dump")), "is not a backup, or is incomplete")
    refused(saving("restore", str(tmp_path / "none")), "There is no file")
    assert databases(server) == {"saved"}


def test_a_backup_that_was_cut_is_refused_and_nothing_of_it_stays(saving, url, server, dump):
    before = references(url)
    dump.write_bytes(dump.read_bytes()[:-20_000])
    done = saving("restore", str(dump), "--replace")
    assert done.returncode == 1
    assert "pg_restore: error" in done.stderr
    assert references(url) == before
    assert databases(server) == {"saved"}


def test_a_dump_of_something_else_is_refused(saving, server, postgres, tmp_path):
    from routing.database.programs import environment_for, find_programs

    server.execute("CREATE DATABASE saved_other")
    other = postgres.url("saved_other")
    file = f"--file={tmp_path / 'a.dump'}"
    programs = find_programs(server.info.server_version // 10_000)
    programs.run("pg_dump", "--format=custom", file, environment=environment_for(other))
    refused(saving("restore", str(tmp_path / "a.dump")), "is not a backup of Waywarden")


def test_a_backup_of_a_newer_waywarden_is_refused(saving, url, server, dump):
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert saving("backup", str(dump), "--replace").returncode == 0
    refused(saving("restore", str(dump), "--replace"), "has schema 9999, from a newer version than this one")
    assert databases(server) == {"saved"}


@contextmanager
def stuck_restore(saving, url, dump, tmp_path):
    """A restore whose pg_restore waits; it goes on when the one yielded with it is rolled back."""
    with psycopg.connect(url) as connection:  # to fill it takes a lock of the whole server
        connection.execute("CREATE MATERIALIZED VIEW waits AS SELECT count(*) FROM pg_shdescription")
    assert saving("backup", str(dump), "--replace").returncode == 0
    command = [sys.executable, "-m", "routing.cli", "restore", str(dump), "--replace"]
    with (
        subprocess.Popen(command, env=told(url, tmp_path), stderr=subprocess.PIPE, text=True) as restore,
        psycopg.connect(address_of(url, "postgres")) as holder,
    ):
        holder.execute("LOCK TABLE pg_shdescription")
        until(lambda: waits(url, "pg_restore"))
        yield restore, holder


def test_a_restore_that_is_killed_leaves_the_former_database_and_the_next_one_goes_through(
    saving, url, server, dump, tmp_path
):
    with stuck_restore(saving, url, dump, tmp_path) as (restore, _):
        before = references(url)
        restore.kill()
        restore.wait()
        assert [*before, take(url).reference] == references(url)
        assert databases(server) == {"saved", FRESH}
    done = saving("restore", str(dump), "--replace")
    assert done.returncode == 0, done.stderr
    assert references(url) == before
    assert FRESH not in databases(server)


def test_somebody_who_connects_meanwhile_stops_a_restore_and_nothing_is_changed(saving, url, server, dump, tmp_path):
    with stuck_restore(saving, url, dump, tmp_path) as (restore, holder), psycopg.connect(url):
        before = [*references(url), take(url).reference]
        holder.rollback()
        assert restore.wait(60) == 1
        assert "Somebody connected to the database. Nothing was changed" in restore.stderr.read()
    assert references(url) == before
    assert databases(server) == {"saved"}


@pytest.mark.parametrize(
    ("program", "server", "does"),
    [(15, 15, True), (18, 17, True), (18, 15, False), (14, 15, False), (17, 18, False), (16, 17, False)],
)
def test_programs_fit_a_server_that_they_can_both_dump_and_fill(program, server, does):
    assert fits(program, server) is does


def test_where_no_programs_fit_it_is_said_which_to_install():
    from routing.database import find_programs

    with pytest.raises(ConfigurationError, match="apt install postgresql-client-11"):
        find_programs(11)


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("postgresql://u:p%2Fw@h:5/a?sslmode=require", "postgresql://u:p%2Fw@h:5/b?sslmode=require"),
        ("postgresql://u@/a?host=/run/x&dbname=c", "postgresql://u@/b?host=/run/x"),
        ("postgresql://h1,h2", "postgresql://h1,h2/b"),
    ],
)
def test_the_address_of_another_database_is_that_of_the_server(url, other):
    assert address_of(url, "b") == other


def test_the_shell_is_psql_on_the_installations_database(url, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "routing.cli", "db", "shell"],
        env=told(url, tmp_path), input="SELECT 'on ' || current_database();", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "on saved" in done.stdout
