"""The doctor on an installation that does not run, and on one whose parts say something; names from outside are text."""

import datetime
import json
import os
import subprocess
import sys
import time

import pytest

from routing.casework import read_catalogue
from routing.cli.output import print_table
from routing.cli.parts import Part
from routing.cli.saying import shown
from routing.cli.supervisor import free_port
from routing.errors import DefinitionError
from routing.health import mark_well
from routing.health.check import when
from routing.place import SHIPPED
from tests.casework.factory import submit
from tests.conftest import PLAIN, until
from tests.samples import VERSION, version

TITLE = 'title = "Report speeding traffic"'


@pytest.fixture
def changed(database, tmp_path):
    """A folder of processes, one of which was stored with another text."""
    import shutil

    with database.transaction() as tx:
        read_catalogue(PLAIN / "councils", PLAIN / "processes").store(tx)
    folder = tmp_path / "processes"
    shutil.copytree(PLAIN / "processes", folder)
    path = folder / "speeding-traffic" / "process.toml"
    text = path.read_text()
    assert TITLE in text
    path.write_text(text.replace(TITLE, 'title = "Report fast traffic"'))
    return folder


def test_it_starts_nothing_and_says_that_nothing_runs(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WAYWARDEN_", "PREFECT_"))}
    command = [sys.executable, "-m", "routing.cli", "doctor", "--json"]
    done = subprocess.run(command, env=environment | {"WAYWARDEN_DATA_DIR": str(tmp_path / "data")}, capture_output=True,
                          text=True, timeout=60, check=False)  # fmt: skip
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert said["says"].startswith("Nothing runs here")
    assert "waywarden up" in said["says"]
    assert said["checks"]["database"]["ok"] is False
    assert not (tmp_path / "data").exists()


def test_it_says_in_its_first_line_what_stands_still(waywarden):
    done = waywarden("doctor")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("No engine runs")
    assert len(done.stdout.splitlines()) < 24, "one screen"
    found = json.loads(waywarden("doctor", "--json").stdout)
    assert found["ok"] is False
    assert set(found) == {"ok", "says", "checks"}
    assert set(found["checks"]["mail"]) == {"ok", "says", "stops", "since"}
    assert found["checks"]["engine"]["stops"] is True


@pytest.fixture
def engine(database):
    """Says every now and then that it lives, as far as the database knows."""
    with database.transaction() as tx:
        tx.execute("INSERT INTO heartbeat (engine, prefect_reachable, seen_at) VALUES ('e', true, now() + '1 hour')")


def test_what_stops_nothing_is_to_do_and_no_failure(waywarden, database, engine):
    assert waywarden("doctor").stdout.startswith("Everything works.")
    with database.transaction() as tx:
        tx.execute("UPDATE vintage SET title = 'parishes-2025', loaded_at = now() - interval '500 days'")
    try:
        done = waywarden("doctor")
        found = json.loads(waywarden("doctor", "--json").stdout)
    finally:
        with database.transaction() as tx:
            tx.execute("UPDATE vintage SET title = %s, loaded_at = now()", (SHIPPED,))
    assert done.returncode == 0
    assert done.stdout.startswith("Reports and messages move. To do: The boundaries are old (unchanged since")
    assert "to do" in done.stdout, "in the table"
    assert "NOT WORKING" not in done.stdout
    assert found["ok"] is True
    assert found["checks"]["boundaries"]["ok"] is False
    assert found["checks"]["boundaries"]["stops"] is False


def test_the_web_is_asked_only_where_one_is_known_on_this_machine(waywarden, engine, tmp_path):
    port = str(free_port())
    done = waywarden("doctor", "--json", WAYWARDEN_WEB_PORT=port)
    assert done.returncode == 0, "a machine with engines alone, and the settings of all"
    assert "web" not in json.loads(done.stdout)["checks"]
    mark_well(tmp_path, web=f"http://127.0.0.1:{port}")
    done = waywarden("doctor", WAYWARDEN_WEB_PORT=port)
    assert done.returncode == 1
    assert done.stdout.startswith("The web does not answer")
    assert "(since " in done.stdout.splitlines()[0]


def test_a_changed_definition_has_been_so_since_its_file_was_written(waywarden, engine, changed):
    path = changed / "speeding-traffic" / "process.toml"
    moment = datetime.datetime(2026, 11, 3, 9, 30, tzinfo=datetime.UTC)
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    done = waywarden("doctor", WAYWARDEN_PROCESSES_DIR=str(changed))
    assert done.returncode == 0
    assert f"since {when(moment)}" in " ".join(done.stdout.split())


def test_a_version_that_waits_for_a_restart_is_named(waywarden, engine, changed):
    path = changed / "speeding-traffic" / "process.toml"
    path.write_text(path.read_text().replace(f'version = "{VERSION}"', 'version = "next"'))
    done = waywarden("doctor", WAYWARDEN_PROCESSES_DIR=str(changed))
    assert done.returncode == 0
    said = " ".join(done.stdout.split())
    assert "Version next of the process speeding-traffic is not in use yet. Restart to use it." in said


def test_open_reports_of_a_process_that_their_council_does_not_offer_are_told(waywarden, engine, database):
    submit(database)
    assert "no longer offers" not in waywarden("doctor").stdout
    submit(database, process="blocked-drain")
    found = json.loads(waywarden("doctor", "--json").stdout)["checks"]["definitions"]
    assert found["ok"] is False
    assert found["says"].startswith("merewold no longer offers blocked-drain, but 1 of its reports are open (")


def test_a_refused_definition_is_told_with_its_file(waywarden, engine, tmp_path):
    import shutil

    folder = tmp_path / "processes"
    shutil.copytree(PLAIN / "processes", folder)
    (folder / "speeding-traffic" / "process.toml").write_text("nonsense")
    done = waywarden("doctor", "--json", WAYWARDEN_PROCESSES_DIR=str(folder))
    found = json.loads(done.stdout)["checks"]["definitions"]
    assert "A definition has errors (since " in found["says"]
    assert str(folder) in found["says"]


@pytest.mark.parametrize("revision", [None, "0011"], ids=["no schema", "an older one"])
def test_it_says_that_the_schema_is_older_and_what_to_run(waywarden, empty_database, revision):
    from routing.database import upgrade

    if revision is not None:
        upgrade(empty_database, revision)
    done = waywarden("doctor", WAYWARDEN_DATABASE_URL=empty_database)
    assert done.returncode == 1
    assert done.stdout.startswith("The database has an older schema")
    assert "waywarden db upgrade" in done.stdout.splitlines()[0]
    assert done.stderr == ""


class TestADefinitionThatWasChangedWithoutAVersion:
    def test_is_refused_by_name_before_anything_stops(self, waywarden, changed):
        done = waywarden("process", "check", WAYWARDEN_PROCESSES_DIR=str(changed))
        assert done.returncode == 1
        assert "process speeding-traffic is already in use, but its file has changed" in done.stderr
        one = waywarden("process", "check", str(changed / "speeding-traffic" / "process.toml"))
        assert one.returncode == 1
        other = waywarden("process", "check", str(changed / "overgrown-hedge" / "process.toml"))
        assert other.returncode == 0

    def test_stops_nothing_what_was_stored_goes_on(self, database, changed):
        catalogue = read_catalogue(PLAIN / "councils", changed)
        with database.transaction() as tx, pytest.raises(DefinitionError):
            catalogue.store(tx)
        with database.transaction() as tx:
            kept, refused = catalogue.adopt(tx)
        assert kept.definition("merewold", "speeding-traffic").process.title == "Report speeding traffic"
        assert kept.definition("merewold", "overgrown-hedge").slug == "overgrown-hedge"
        (sentence,) = refused
        assert "speeding-traffic" in sentence

    def test_a_councils_file_likewise(self, database, changed, tmp_path):
        import shutil

        councils = tmp_path / "councils"
        shutil.copytree(PLAIN / "councils", councils)
        path = councils / "saltby" / "council.toml"
        path.write_text(path.read_text().replace("Saltby Borough Council", "Saltby City Council"))
        with database.transaction() as tx:
            kept, refused = read_catalogue(councils, PLAIN / "processes").adopt(tx)
        assert kept.councils["saltby"].name == "Saltby Borough Council"
        assert refused == (
            f"Version {version('tests/plain/councils/saltby/council.toml')} of the council saltby is already in use, but its file has changed.",
        )

    def test_with_a_new_version_it_is_taken(self, database, changed):
        path = changed / "speeding-traffic" / "process.toml"
        path.write_text(path.read_text().replace(f'version = "{VERSION}"', 'version = "another"', 1))
        with database.transaction() as tx:
            kept, refused = read_catalogue(PLAIN / "councils", changed).adopt(tx)
        assert refused == ()
        assert kept.definition("merewold", "speeding-traffic").process.title == "Report fast traffic"


class TestAPartThatEnds:
    """Says why, once, in the output of ``waywarden up``."""

    def run(self, part):
        part.start(os.environ)
        until(part.has_ended)
        part.due_at = 0.0
        part.restart(os.environ)
        until(part.has_ended)

    def test_with_the_last_lines_of_its_log(self, tmp_path, capsys):
        code = "import sys; [print('line', n) for n in range(9)]; sys.exit('Set WAYWARDEN_THIS to that.')"
        part = Part("web", [sys.executable, "-c", code], tmp_path / "web.log")
        self.run(part)
        said = capsys.readouterr().err
        assert "The web stopped. Starting it again" in said
        assert "    Set WAYWARDEN_THIS to that." in said
        assert "line 2\n" not in said, "the last lines alone"
        self.run(part)
        assert capsys.readouterr().err == "", "not again, where it is the same"

    def test_and_is_started_after_a_pause_that_grows(self, tmp_path):
        part = Part("web", [sys.executable, "-c", "pass"], tmp_path / "web.log")
        pauses = []
        part.start(os.environ)
        for _ in range(4):
            until(part.has_ended)
            part.due_at = 0.0
            before = time.monotonic()
            part.restart(os.environ)
            pauses.append(round(part.due_at - before))
        until(part.has_ended)
        assert pauses == [1, 2, 4, 8]
        assert part.failures == 4


HOSTILE = "[red]Flax[/]holme [/b] [link=http://evil.example]x[/link] \x1b[31m\x07 \u202e:smile:"


def test_names_from_outside_are_text_in_every_table(capsys):
    print_table(("name", "[b]x"), [(HOSTILE, None)])
    out = capsys.readouterr().out
    assert "[red]Flax[/]holme [/b] [link=http://evil.example]x[/link]" in out
    assert ":smile:" in out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "\u202e" not in out


def test_a_contact_whose_name_looks_like_markup_is_shown(database, waywarden):
    from tests.casework.factory import know_clerk
    from tests.samples import code

    know_clerk(database, code("parish"), "clerk@parish.example")
    with database.transaction() as tx:
        tx.execute("UPDATE contact SET council_name = 'Parish [/b] Council', clerk = '[/red]'")
    for command in ("show", "explain", "list"):
        words = ("contacts", command) if command == "list" else ("contacts", command, code("parish"))
        done = waywarden(*words)
        assert done.returncode in (0, 3), done.stderr
    assert "[/b]" in waywarden("contacts", "show", code("parish")).stdout


def test_control_characters_never_reach_a_terminal():
    assert shown("a\x1b[2Jb\u202ec\nd\te") == "a\ufffd[2Jb\ufffdc\nd\te"
