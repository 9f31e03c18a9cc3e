"""``waywarden contacts``: as officers and data people use it, against the stand-in and the test's database."""

import csv
import json
import stat

import psycopg
import pytest

from routing import contacts
from routing.standins import Rule
from tests.cli.test_commands import as_json
from tests.samples import code

pytestmark = pytest.mark.thorough

BECKWITH = "E04999003"


WRITTEN = ("parish_link", "contact", "contact_change", "contact_round", "contact_page")
"""What a refresh writes, in the order in which it can be put back."""


@pytest.fixture(scope="session")
def kept():
    """The rows of the first refresh, table by table."""
    return {}


@pytest.fixture
def refreshed(waywarden, moderngov, database_url, kept):
    """Run a command once the directory is filled: by a refresh, and after the first one with the rows that it wrote."""
    told = {"WAYWARDEN_MODERNGOV_STANDIN_URL": moderngov, "WAYWARDEN_MODERNGOV_INTERVAL_S": "0"}
    with psycopg.connect(database_url) as connection:
        if kept:
            for table in WRITTEN:
                with connection.cursor().copy(f"COPY {table} FROM STDIN") as rows:
                    rows.write(kept[table])
        else:
            assert waywarden("contacts", "refresh", "--json", **told).returncode == 0
            for table in WRITTEN:
                with connection.cursor().copy(f"COPY {table} TO STDOUT") as rows:
                    kept[table] = b"".join(rows)

    def run(*arguments):
        return waywarden("contacts", *arguments, **told)

    return run


def test_the_directory_is_listed_with_what_keeps_reports_from_whom(refreshed):
    done = refreshed("list", "--json")
    assert done.returncode == 3
    rows = json.loads(done.stdout)
    assert len(rows) == 61 + sum(row["problem"] == "we have no contact for this parish" for row in rows)
    problems = [row for row in rows if row["problem"]]
    assert json.loads(refreshed("list", "--problems", "--json").stdout) == problems
    assert {row["problem"] for row in problems} >= {
        "the office of clerk is vacant",
        "there is no single email address for the clerk",
    }
    assert BECKWITH in refreshed("list", "--council", "merewold").stdout


def test_one_parish_is_shown_with_its_history_by_code_or_by_name(refreshed):
    by_code = as_json(refreshed("show", BECKWITH, "--json"))
    assert by_code == as_json(refreshed("show", "beckwith parish", "--json"))
    assert (by_code["email"], by_code["state"]) == ("clerk@beckwith.example", "fresh")
    assert [each["change"] for each in by_code["history"]] == ["new"]
    assert [(each["moderngov_id"], each["state"], each["author"]) for each in by_code["links"]] == [
        (414, "confirmed", "file")
    ]
    assert "clerk@beckwith.example" in refreshed("show", BECKWITH).stdout
    told = ["--because", "The clerk rang us", "--author", "ada"]
    refreshed("set", BECKWITH, "--email", "new@beckwith.example", *told)
    refreshed("set", BECKWITH, "--email", "newer@beckwith.example", *told)
    assert as_json(refreshed("show", BECKWITH, "--json"))["history"][0]["before"] == {"email": "new@beckwith.example"}


def test_what_is_set_by_hand_wins_until_it_is_unset(refreshed):
    told = ["--because", "The clerk rang us", "--author", "ada"]
    assert refreshed("set", BECKWITH, "--email", "new@beckwith.example", *told).returncode == 0
    said = refreshed("explain", BECKWITH)
    assert said.returncode == 0
    assert said.stdout.splitlines()[0] == (
        "Reports for the clerk of Beckwith (E04999003) go to new@beckwith.example today."
    )
    assert "officer:ada entered it by hand" in said.stdout
    assert refreshed("unset", BECKWITH, "--because", "Modern.Gov has it", "--author", "ada").returncode == 0
    assert "go to clerk@beckwith.example today" in refreshed("explain", BECKWITH).stdout


def test_a_parish_that_cannot_be_written_to_is_explained_with_who_acts_instead(refreshed):
    done = refreshed("explain", code("no e-mail"), "--json")
    assert done.returncode == 3
    said = json.loads(done.stdout)
    assert said["problem"] == "there is no single email address for the clerk"
    assert "go to a team instead" in said["sentences"][0]
    assert "@merewold.example" in said["sentences"][0]


WRONG = {
    "no such parish": (("show", "E04000000"), "is not a parish of"),
    "no words": (("explain", " "), "the code or name"),
    "several of that name": (("show", "b"), "Enter the code of one:"),
    "no address": (("set", BECKWITH, "--email", "clerk", "--because", "x"), "Enter one email address"),
    "two addresses": (("set", BECKWITH, "--email", "a@x.example,b@x.example", "--because", "x"), "Enter one email"),
    "a reason of two lines": (("set", BECKWITH, "--email", "a@x.example", "--because", "x\ny"), "on one line"),
    "nothing to unset": (("unset", BECKWITH, "--because", "x"), "has no contact entered by hand"),
    "nothing in quarantine": (("review", BECKWITH, "--release", "--because", "x"), "in quarantine"),
    "no refresh held": (("review", "--accept", "--council", "merewold"), "No refresh of merewold needs a decision"),
    "accepting without a council": (("review", "--accept"), "Name the council with --council"),
    "accepting for one parish": (
        ("review", BECKWITH, "--accept", "--council", "merewold"),
        "applies to a whole council",
    ),
    "a reason that is none": (("review", BECKWITH, "--release", "--because", "a\nb"), "on one line"),
    "a link that is not there": (("review", BECKWITH, "--reject", "9"), "has no link to 9"),
    "an id that is none": (("review", BECKWITH, "--confirm", "0"), "a whole number above 0"),
    "two decisions at once": (("review", BECKWITH, "--confirm", "1", "--release"), "one of --confirm, --release"),
    "no parish named": (("review", "--confirm", "1"), "Enter the parish"),
    "a file that is not there": (("import", "no-such-file.csv"), "cannot be read (No such file"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage_says_what_to_do_and_changes_nothing(refreshed, database, name):
    arguments, text = WRONG[name]
    done = refreshed(*arguments)
    assert done.returncode == 2
    assert text in done.stderr
    with database.transaction() as tx:
        assert [each["change"] for each in contacts.read_history(tx, "merewold", BECKWITH)] == ["new"]


def test_what_waits_for_a_person_is_listed_and_decided(waywarden, moderngov, faulty, tmp_path):
    councils = tmp_path / "councils"
    council = councils / "merewold"
    council.mkdir(parents=True)
    from tests.conftest import PLAIN

    (council / "council.toml").write_text((PLAIN / "councils" / "merewold" / "council.toml").read_text())
    told = {
        "WAYWARDEN_MODERNGOV_STANDIN_URL": moderngov,
        "WAYWARDEN_MODERNGOV_INTERVAL_S": "0",
        "WAYWARDEN_COUNCILS_DIR": str(councils),
    }

    def run(*arguments):
        return waywarden("contacts", *arguments, **told)

    first = run("refresh", "--json")
    assert first.returncode == 3
    assert json.loads(first.stdout)[0]["proposed"] > 30
    assert "we have no contact for this parish" in run("list", "--problems").stdout
    waiting = json.loads(run("review", "--json").stdout)
    assert {row["what"] for row in waiting} == {"proposed", "ambiguous", "unmatched"}
    decided = run("review", BECKWITH, "--confirm", "414", "--author", "ada")
    assert (decided.returncode, decided.stdout) == (0, "Nothing about E04999003 needs a decision.\n")
    assert "confirm is saved. Next: waywarden contacts refresh" in decided.stderr
    run("refresh")
    assert "go to clerk@beckwith.example today" in run("explain", BECKWITH).stdout

    faulty.rules = [Rule("vacant", "ID=")]
    done = run("refresh", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)[0]["outcome"] == "held"
    assert json.loads(run("review", "--json").stdout)[0]["what"] == "refresh held"
    would = as_json(run("held", "--json"))
    assert {(row["parish"], row["change"]) for row in would["changes"]} == {(BECKWITH, "lost")}
    assert [row["after"] for row in would["changes"] if row["field"] == "clerk"] == ["Vacant"]
    assert "review --council merewold" in run("held").stdout
    run("review", "--accept", "--author", "ada", "--because", "they told us")
    assert run("held").returncode == 2
    assert "the office of clerk is vacant" in run("explain", BECKWITH).stdout
    assert run("review", BECKWITH, "--reject", "414", "--because", "another county").returncode == 0
    assert "It has no council in Modern.Gov yet" in run("explain", BECKWITH).stdout


def test_a_link_of_no_parish_and_a_contact_without_an_address_wait_for_a_person(refreshed, database):
    with database.transaction() as tx:
        tx.execute("UPDATE parish_link SET parish_code = 'E04000009' WHERE parish_code = %s", (BECKWITH,))
        tx.execute("UPDATE contact SET email = NULL WHERE parish_code = 'E04999006'")
    waiting = {(row["parish"], row["what"]) for row in json.loads(refreshed("review", "--json").stdout)}
    assert waiting >= {("E04000009", "no parish of it"), (BECKWITH, "unmatched"), ("E04999006", "no address")}


def test_confirming_an_id_that_speaks_for_another_parish_too_says_so(refreshed):
    done = refreshed("review", "E04999006", "--confirm", "414", "--author", "ada")
    assert f"414 is also the council of {BECKWITH}. This is only right for a joint council." in done.stderr


def test_a_problem_of_many_parishes_is_one_line(refreshed, faulty):
    faulty.rules = [Rule("no-modgov", "ID=")]
    done = refreshed("refresh", "--council", "merewold")
    assert "parishes: moderngov-unexpected-shape" in done.stderr
    assert len(done.stderr.splitlines()) < 8


def test_links_go_out_as_csv_and_come_back_reviewed(refreshed, database, tmp_path):
    table = tmp_path / "links.csv"
    assert refreshed("export", str(table), "--council", "merewold").returncode == 0
    before = table.read_text()
    assert before.splitlines()[0] == "parish_code,parish,moderngov_id,title,state,author,reason"
    assert as_json(refreshed("import", str(table), "--council", "merewold", "--json"))["changed"] == 0
    assert refreshed("export", "--council", "merewold").stdout == before
    rows = list(csv.DictReader(before.splitlines()))
    one = next(row for row in rows if row["parish_code"] == BECKWITH)
    table.write_text(f"\ufeffparish_code,moderngov_id,title\n{BECKWITH},999,'=Beckwith Parish Council\n")
    done = as_json(refreshed("import", str(table), "--council", "merewold", "--author", "ada", "--json"))
    assert (done["decided"], done["changed"]) == (1, 1)
    with database.transaction() as tx:
        assert contacts.read_links(tx, "merewold")[BECKWITH] == 999
    out = refreshed("export", "--council", "merewold").stdout
    assert "'=Beckwith Parish Council,confirmed,officer:ada" in out  # no formula for a spreadsheet
    assert f"{BECKWITH},Beckwith,{one['moderngov_id']},{one['title']},rejected" in out


TABLES = {
    "no columns": ("code,id\nE04999003,1\n", "add the columns"),
    "an unknown parish": ("parish_code,moderngov_id\nE04000009,1\n", "line 2: E04000009 is not a parish"),
    "another council's parish": ("parish_code,moderngov_id\nE04999001,1\n", "is not a parish of this council"),
    "no number": (f"parish_code,moderngov_id\n{BECKWITH},x\n", "line 2: enter the Modern.Gov id"),
    "too large a number": (f"parish_code,moderngov_id\n{BECKWITH},99999999999999999999\n", "enter the Modern.Gov id"),
    "twice": (f"parish_code,moderngov_id\n{BECKWITH},1\n{BECKWITH},2\n", "has 2 decisions"),
    "both ways": (
        f"parish_code,moderngov_id,state\n{BECKWITH},1,confirmed\n{BECKWITH},1,rejected\n",
        "has 2 decisions",
    ),
    "confirmed without an id": (f"parish_code,moderngov_id,state\n{BECKWITH},,confirmed\n", "as a whole number"),
    "a column twice": (f"parish_code,moderngov_id,moderngov_id\n{BECKWITH},1,2\n", "each once"),
    "a state of its own": (f"parish_code,moderngov_id,state\n{BECKWITH},1,maybe\n", "confirmed or rejected"),
    "no UTF-8": ("parish_code,moderngov_id\n\udcff,1\n", "Save the file as UTF-8"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_not_right_is_refused_whole_with_its_line(refreshed, database, tmp_path, name):
    text, said = TABLES[name]
    table = tmp_path / "links.csv"
    good = "E04999006,777\n" if name != "no columns" else ""
    table.write_bytes(text.replace("\nE0", f"\n{good}E0", 1).encode("utf-8", "surrogateescape"))
    done = refreshed("import", str(table), "--council", "merewold")
    assert done.returncode == 2
    assert said.replace("line 2", "line 3" if good and "\nE0" in text else "line 2") in done.stderr
    with database.transaction() as tx:
        assert 777 not in contacts.read_links(tx, "merewold").values()


def test_a_table_that_cannot_be_written_says_so(refreshed, tmp_path):
    done = refreshed("export", str(tmp_path / "nowhere" / "links.csv"), "--council", "merewold")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert stat.S_ISDIR(tmp_path.stat().st_mode)


def test_a_moderngov_is_probed_before_it_is_written_down(waywarden, moderngov, faulty):
    told = {"WAYWARDEN_MODERNGOV_INTERVAL_S": "0"}
    done = waywarden("contacts", "probe", "--url", f"{moderngov}/merewold", "--json", **told)
    assert done.returncode == 0
    said = {row["operation"]: row["said"] for row in as_json(done)}
    assert said["service list"].endswith("parish councils")
    assert said["page of one council"].endswith("says when nothing has changed")
    faulty.rules = [Rule("service-off"), Rule("challenge-pages")]
    shown = waywarden("contacts", "probe", "--url", f"{moderngov}/merewold", **told)
    assert "moderngov-service-off" in shown.stdout
    faulty.rules = [Rule("challenge")]
    blocked = waywarden("contacts", "probe", "--url", f"{moderngov}/merewold", "--json", **told)
    assert blocked.returncode == 1
    wrong = waywarden("contacts", "probe", "--url", "democracy.example", **told)
    assert wrong.returncode == 1
    assert "Write the whole of it, like https://" in wrong.stderr


def test_a_refresh_says_what_could_not_be_read_and_no_address(refreshed, faulty):
    faulty.rules = [Rule("error-page", "ID=414")]
    done = refreshed("refresh")
    assert done.returncode == 3
    assert "merewold E04999003: moderngov-unexpected-shape" in done.stderr
    assert "@" not in done.stdout + done.stderr
    assert json.loads(refreshed("refresh", "--council", "saltby", "--json").stdout)[0]["council"] == "saltby"
