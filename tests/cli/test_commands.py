"""The command line as a person and a program use it: help, JSON, exit codes, plain errors."""

import fcntl
import json
import os
import subprocess
import sys

import pytest

from routing.casework import Reporter
from routing.database import upgrade
from tests.casework.factory import claim, decide_batch, know_clerk, state_of, submit
from tests.conftest import ROOT
from tests.samples import code, newest, point

PARISH = point("parish")


def all_commands() -> list[tuple[str, ...]]:
    from typer.main import get_command

    from routing.cli.app import app

    found: list[tuple[str, ...]] = []

    def walk(command: object, path: tuple[str, ...]) -> None:
        found.append(path)
        for name, sub in getattr(command, "commands", {}).items():
            walk(sub, (*path, name))

    walk(get_command(app), ())
    return found


COMMANDS = all_commands()


def test_every_command_has_help_that_says_what_it_does():
    from typer.testing import CliRunner

    from routing.cli.app import app

    runner = CliRunner()
    for path in COMMANDS:
        shown = runner.invoke(app, [*path, "--help"])
        assert shown.exit_code == 0, path
        assert "Usage" in shown.output


def test_every_command_stands_in_the_documentation():
    text = (ROOT / "docs" / "commands.md").read_text()
    for path in COMMANDS:
        if path:
            assert f"waywarden {' '.join(path)}" in text, path


def test_help_does_not_import_what_is_slow():
    script = (
        "import sys; sys.argv = ['waywarden', '--help']\n"
        "from routing.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('prefect', 'fastapi', 'shapely', 'sqlmodel', 'numpy') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def as_json(done, exit_code=0):
    assert done.returncode == exit_code, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_locate_answers_in_metres_and_says_when_a_person_must_judge(waywarden):
    where = ["--easting", str(PARISH["easting"]), "--northing", str(PARISH["northing"])]
    found = as_json(waywarden("locate", *where, "--json"))
    assert (found["state"], found["area"]["code"]) == ("parish", code("parish"))
    near = point("near a border")
    done = waywarden("locate", "--easting", str(near["easting"]), "--northing", str(near["northing"]))
    assert done.returncode == 3
    assert done.stdout.startswith("uncertain")


@pytest.mark.parametrize(
    ("command_words", "exit_code", "text"),
    [
        (("locate",), 2, "place: Choose one way to give the place"),
        (("locate", "--lat", "-1.3", "--lon", "51.4"), 2, "swapped"),
        (("locate", "--lat", "north"), 2, "valid number"),
        (("reports", "show", "WW-2222-2222"), 2, "There is no report"),
        (("reports", "list", "--state", "lost"), 2, "Use one of: received"),
        (("process", "check", "no-such-file.toml"), 1, "cannot be read"),
        (("process", "table", "potholes"), 2, "speeding-traffic"),
        (("process", "explain", "speeding-traffic", "-a", "limit=35"), 2, "answers.limit"),
        (("boundaries", "load", "no-such-file.geojson"), 1, "there is no such file"),
        (("contacts", "show", "E04000000"), 2, "is not a parish of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_usage_gets_one_plain_line_and_its_exit_code(waywarden, command_words, exit_code, text):
    done = waywarden(*command_words)
    assert done.returncode == exit_code
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_of_an_older_version_is_named_with_what_to_do(waywarden, empty_database):
    upgrade(empty_database, "0021")
    done = waywarden("reports", "list", WAYWARDEN_DATABASE_URL=empty_database)
    assert (done.returncode, done.stdout) == (1, "")
    assert "of an older Waywarden. Stop what uses it, then run: waywarden db upgrade" in done.stderr
    assert waywarden("db", "upgrade", WAYWARDEN_DATABASE_URL=empty_database).returncode == 0
    assert waywarden("reports", "list", WAYWARDEN_DATABASE_URL=empty_database).returncode == 0


def test_a_second_installation_in_the_same_folder_is_refused(waywarden, tmp_path):
    with (tmp_path / "up.lock").open("ab") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        done = waywarden("up", WAYWARDEN_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert f"Another waywarden up runs in {tmp_path}. Stop it" in done.stderr
    assert not (tmp_path / "logs").exists()


def test_an_installation_in_a_folder_that_cannot_be_made_says_so(waywarden, tmp_path):
    (tmp_path / "file").write_text("")
    done = waywarden("up", WAYWARDEN_DATA_DIR=str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "cannot be used (Not a directory)" in done.stderr


def test_a_setting_that_cannot_be_is_named(waywarden):
    done = waywarden("reports", "list", WAYWARDEN_SMTP_PORT="ninety", WAYWARDEN_BATCH_SIZE="0")
    assert done.returncode == 1
    assert "WAYWARDEN_SMTP_PORT" in done.stderr
    assert "WAYWARDEN_BATCH_SIZE" in done.stderr


def test_process_commands_prove_print_and_explain(waywarden):
    assert as_json(waywarden("process", "check", "--json"))[0]["rules"] == 16
    assert "R12" in waywarden("process", "table", "speeding-traffic").stdout
    answers = [word for pair in ("nature=pattern", "road=no", "limit=30", "time=day") for word in ("-a", pair)]
    explained = as_json(waywarden("process", "explain", "speeding-traffic", *answers, "--place", "parish", "--json"))
    assert explained["rule"] == "R12"
    assert as_json(waywarden("process", "explain", "speeding-traffic", "--json"))["needs"] == "nature"


@pytest.fixture
def in_review(database, catalogue):
    receipt = submit(database, "corner of three", reporter=Reporter("Ada", "ada@citizen.example", None, False))
    decide_batch(database, catalogue, claim(database))
    return receipt


def test_an_officer_lists_explains_decides_and_closes_a_report(waywarden, database, in_review, mailbox):
    listed = as_json(waywarden("reports", "list", "--state", "review", "--json"))
    assert [row["reference"] for row in listed] == [in_review.reference]
    assert waywarden("reports", "show", in_review.reference).returncode == 3
    explained = waywarden("reports", "explain", in_review.reference)
    assert "rule R10" in explained.stdout
    assert "We cannot tell which parish it is in" in explained.stdout
    decided = waywarden("reports", "decide", in_review.reference.lower(), "--to", "road-safety", "--because", "Ours.")
    assert decided.returncode == 0, decided.stderr
    with database.transaction() as tx:
        ids = tx.execute("SELECT message_id FROM delivery WHERE role <> 'citizen'").fetchall()
    assert {row["message_id"].rpartition("@")[2] for row in ids} == {"reports.example>"}
    assert state_of(database, in_review) == "routing"
    again = waywarden("reports", "decide", in_review.reference, "--to", "road-safety", "--because", "Ours.")
    assert again.returncode == 1
    assert "You can only decide a report" in again.stderr
    assert as_json(waywarden("reports", "verify", "--json"))["broken"] == []


@pytest.mark.parametrize(
    ("command_words", "text"),
    [
        (("--to", "mayor", "--because", "x"), "Use one of: parish-clerk, road-safety, traffic-authority"),
        (("--to", "parish-clerk", "--because", "x"), "Choose a parish: Holmsea (E04999027)"),
        (("--to", "parish-clerk", "--parish", "E04999019", "--because", "x"), "We cannot email"),
        (("--to", "parish-clerk", "--parish", "Nowhere", "--because", "x"), "Nowhere is not a parish of merewold"),
        (("--to", "parish-clerk", "--parish", "Holmsee", "--because", "x"), "E04999027 (Holmsea, merewold)"),
        (
            ("--to", "parish-clerk", "--parish", "by", "--because", "x"),
            "by matches several parishes. Enter the code of one: ",
        ),
        (("--to", "road-safety", "--because", " "), "Enter a reason"),
    ],
)
def test_a_decision_that_cannot_be_taken_says_why_and_changes_nothing(
    waywarden, database, in_review, command_words, text
):
    done = waywarden("reports", "decide", in_review.reference, *command_words)
    assert done.returncode == 2
    assert text in done.stderr
    assert state_of(database, in_review) == "review"


@pytest.mark.parametrize("said", ["E04999027", "e04999027", "Holmsea", " HOLMSEA ", "holms"])
def test_an_officer_sends_an_uncertain_place_to_the_parish_they_chose(waywarden, database, in_review, said):
    know_clerk(database, "E04999027")
    done = waywarden(
        "reports",
        "decide",
        in_review.reference,
        "--to",
        "parish-clerk",
        "--parish",
        said,
        "--because",
        "I know.",
    )
    assert done.returncode == 0, done.stderr
    with database.transaction() as tx:
        rows = tx.execute(
            "SELECT address, role, message_id FROM delivery WHERE state = 'pending' AND role <> 'citizen' ORDER BY role DESC"
        )
        pending = rows.fetchall()
        receipt = tx.execute("SELECT receipt FROM decision ORDER BY sequence DESC LIMIT 1").fetchone()["receipt"]
    assert [(row["address"], row["role"]) for row in pending] == [
        ("clerk@parish.example", "to"),
        ("road-safety@merewold.example", "copy"),
    ]
    assert all(row["message_id"].endswith("@reports.example>") for row in pending)
    assert (receipt["place"]["state"], receipt["place"]["code"]) == ("parish", "E04999027")
    assert receipt["parish_council"] == "Test Parish Council"
    explained = waywarden("reports", "explain", in_review.reference).stdout
    assert "(E04999027)" in explained.rpartition("rule OFFICER")[2]


def test_closing_and_retrying_go_through_the_states(waywarden, database, in_review):
    assert waywarden("reports", "retry", in_review.reference).stdout.strip().endswith("will be routed again.")
    assert state_of(database, in_review) == "received"
    refused = waywarden("reports", "close", in_review.reference)
    assert refused.returncode == 1
    assert "You can only close a report" in refused.stderr


def test_the_directory_is_filled(waywarden, moderngov):
    told = {"WAYWARDEN_MODERNGOV_STANDIN_URL": moderngov, "WAYWARDEN_MODERNGOV_INTERVAL_S": "0"}
    first = as_json(waywarden("contacts", "refresh", "--json", **told))
    assert {row["council"]: row["new"] for row in first} == {"merewold": 45, "saltby": 16}
    second = as_json(waywarden("contacts", "refresh", "--json", **told))
    assert {row["council"]: row["confirmed"] for row in second} == {"merewold": 45, "saltby": 16}


def test_boundaries_are_loaded_and_take_over(waywarden):
    done = waywarden(
        "boundaries", "load", str(ROOT / "data/boundaries/parishes.geojson"), "--title", "again", "--activate", "--json"
    )
    assert as_json(done)["areas"] == 63
    where = ["--easting", str(PARISH["easting"]), "--northing", str(PARISH["northing"])]
    assert as_json(waywarden("locate", *where, "--json"))["vintage"].startswith("again-")


def test_the_schema_is_brought_up_to_date_twice(waywarden):
    for _ in range(2):
        assert as_json(waywarden("db", "upgrade", "--json")) == {"revision": newest()}


@pytest.mark.thorough
def test_without_a_database_the_embedded_one_is_started_for_the_command(tmp_path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WAYWARDEN_")}
    environment["WAYWARDEN_DATA_DIR"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "routing.cli", "reports", "list", "--json"],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
