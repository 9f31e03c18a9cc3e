"""What officers do by the command line with cases in stages: answer for somebody, move, ask again, migrate, print."""

import json
import re

import pytest

from routing.casework import officers, read_catalogue
from tests import staged
from tests.casework.conftest import clock, office, staged_catalogue
from tests.casework.staging import CITIZEN, CLERK, body, link_in
from tests.samples import code

__all__ = ["clock", "office", "staged_catalogue"]

pytestmark = pytest.mark.thorough

SPEEDING = {"nature": "pattern", "limit": "30", "time": "day", "road": "no"}
BIN = {"collection_day": "2027-01-29", "bins": "rubbish"}
COMPLAINT = {"about": "officer"}
ROADS, BINS = "road-safety@merewold.example", "collections@merewold.example"
SURVEY = ("-f", "parish_answer=survey", "-f", "parish_note=We would like that.")


@pytest.fixture
def command(waywarden, office, tmp_path):
    """Commands over the processes with stages, whose cases go on afterwards."""
    where = staged.folders(tmp_path / "staged")

    def run(*said, folders=where):
        done = waywarden(
            *said,
            WAYWARDEN_PROCESSES_DIR=str(folders["processes_dir"]),
            WAYWARDEN_COUNCILS_DIR=str(folders["councils_dir"]),
        )
        office.advance()
        return done

    return run


def begun(office, process, answers, **more):
    receipt = office.report(process, answers, **more)
    office.begins()
    return receipt


def read(done, code=0):
    assert done.returncode == code, done.stderr + done.stdout
    return json.loads(done.stdout)


def text_of(done):
    return re.sub(r"\s+", " ", done.stderr)


class TestAnswering:
    def test_an_answer_told_by_phone_leads_on_like_one_by_link(self, command, office):
        receipt = begun(office, "speeding-traffic", SPEEDING)
        done = command("reports", "answer", receipt.reference, "--by", "olive", *SURVEY)
        assert done.stdout == f"{receipt.reference} is in parish. The engine applies the answer in a moment.\n"
        assert office.stage(receipt) == "survey"
        (row,) = [
            each
            for each in office.history(receipt)
            if each["actor"] == "officer:olive" and each["event"] == "acknowledged"
        ]
        assert (row["codes"]["outcome"], row["codes"]["by"]) == ("survey", "parish-clerk")

    @pytest.mark.parametrize(
        ("said", "wanted"),
        [
            ((), "parish_answer"),
            (("-f", "parish_answer=perhaps", "-f", "parish_note=x"), "parish_answer"),
            (("-f", "parish_answer"), "name=value"),
            (("--as", "traffic-authority", *SURVEY), "--as: Use one of: parish-clerk."),
            (("-f", "parish_answer=[survey", "-f", "parish_note=x"), "as JSON"),
        ],
        ids=["nothing", "no such answer", "no pair", "not asked", "broken JSON"],
    )  # fmt: skip
    def test_a_wrong_answer_is_refused_and_the_case_stands(self, command, office, said, wanted):
        receipt = begun(office, "speeding-traffic", SPEEDING)
        done = command("reports", "answer", receipt.reference, *said)
        assert done.returncode == 2
        assert wanted in text_of(done)
        assert office.stage(receipt) == "parish"

    def test_whoever_decided_the_first_stage_cannot_decide_the_second(self, command, office):
        receipt = begun(office, "complaint", COMPLAINT)
        answered = ("-f", "answer=upheld", "-f", "answer_text=We were wrong.")
        command("reports", "answer", receipt.reference, "--by", "olive", "-f", "understood_as=The hedge.")
        command("reports", "answer", receipt.reference, "--by", "olive", *answered)
        command("reports", "answer", receipt.reference, "--by", "olive", "-f", "still_wrong=The sum.")
        assert office.stage(receipt) == "acknowledge-2"
        again = ("reports", "answer", receipt.reference, "-f", "still_understood_as=The sum.")
        done = command(*again, "--by", "olive")
        assert (done.returncode, office.stage(receipt)) == (1, "acknowledge-2")
        assert "Let another officer decide this. You decided the stage stage-1 of this case." in text_of(done)
        assert command(*again, "--by", "percy").returncode == 0
        assert office.stage(receipt) == "stage-2"

    def test_nothing_can_be_done_in_a_case_that_has_ended_or_has_no_stages(self, command, office):
        receipt = begun(office, "missed-bin", BIN)
        command("reports", "answer", receipt.reference, "-f", "crew_note=blocked")
        assert office.end(receipt) == "refused"
        done = command("reports", "answer", receipt.reference, "-f", "crew_note=blocked")
        assert "This case has ended: refused." in text_of(done)


class TestMoving:
    def test_a_case_moves_to_any_stage_with_a_reason_and_whoever_acts_there_is_asked(self, command, office):
        receipt = begun(office, "speeding-traffic", SPEEDING)
        where = ("reports", "move", receipt.reference, "--by", "olive", "--because", "The clerk rang.")
        assert read(command(*where, "--to", "survey", *SURVEY, "--json")) == {
            "reference": receipt.reference,
            "stage": "parish",
        }
        assert office.stage(receipt) == "survey"
        assert [each for each in office.subjects(ROADS) if each.startswith("Answer by")]
        rows = [each for each in office.history(receipt) if each["actor"] == "officer:olive"]
        assert [(each["event"], each["codes"].get("to")) for each in rows] == [
            ("officer-decided", "survey"),
            ("entered", None),
        ]

    @pytest.mark.parametrize(
        ("to", "more", "wanted"),
        [
            ("nowhere", (), "There is no 'nowhere'."),
            ("member", (), "Add --field recommendation=…"),
            ("survey", ("-f", "speed_86=30"), "There is no such field."),
        ],
    )
    def test_a_stage_that_lacks_something_is_refused(self, command, office, to, more, wanted):
        receipt = begun(office, "speeding-traffic", SPEEDING)
        done = command("reports", "move", receipt.reference, "--to", to, "--because", "Because.", *more)
        assert done.returncode == 2
        assert wanted in text_of(done)
        assert office.stage(receipt) == "parish"

    def test_without_a_reason_nothing_moves(self, command, office):
        receipt = begun(office, "speeding-traffic", SPEEDING)
        done = command("reports", "move", receipt.reference, "--to", "road-safety", "--because", "  ")
        assert "Enter a reason of 1 to 500 characters." in text_of(done)
        assert office.stage(receipt) == "parish"


def test_asking_again_sends_a_new_link_and_moves_no_deadline(command, office):
    receipt = begun(office, "speeding-traffic", SPEEDING)
    due = office.held(receipt).promised
    office.pass_days(3)
    assert command("reports", "ask", receipt.reference).returncode == 0
    first, again = office.mails(CLERK)
    assert link_in(first) != link_in(again)
    assert office.held(receipt).promised == due
    office.answer(receipt, "parish-clerk", {"parish_answer": "done", "parish_note": "We have."})
    assert command("reports", "ask", receipt.reference).returncode == 1


class TestFinding:
    def test_cases_are_found_by_their_stage_and_by_the_day_of_their_answer(self, command, office):
        receipt, other = begun(office, "speeding-traffic", SPEEDING), begun(office, "missed-bin", BIN)
        rows = read(command("reports", "list", "--stage", "crew", "--json"))
        assert [(row["reference"], row["stage"]) for row in rows] == [(other.reference, "crew")]
        rows = read(command("reports", "list", "--json"))
        assert {row["reference"]: row["due"] for row in rows} == {
            receipt.reference: "2027-02-15",
            other.reference: "2027-02-02",
        }

    def test_a_report_shows_who_was_asked_and_what_they_answered(self, command, office):
        receipt = begun(office, "speeding-traffic", SPEEDING)
        office.answer(receipt, "parish-clerk", {"parish_answer": "survey", "parish_note": "We would like that."})
        shown = read(command("reports", "show", receipt.reference, "--json"))
        assert shown["stage"]["stage"] == "survey"
        assert [(each["stage"], [seat["outcome"] for seat in each["asked"]]) for each in shown["stages"]] == [
            ("parish", ["survey"]),
            ("survey", [None]),
        ]
        printed = command("reports", "show", receipt.reference).stdout
        assert "stage: survey, due 2027-03-29" in printed
        assert "parish_note: We would like that." in printed
        told = command("reports", "explain", receipt.reference).stdout
        assert "It entered the stage parish on 1 February 2027" in told
        assert "parish-clerk answered: survey." in told
        assert "An answer is due by 29 March 2027." in told


class TestPrinting:
    def test_letters_without_an_email_wait_until_somebody_says_that_they_were_posted(self, command, office):
        receipt = begun(office, "missed-bin", BIN, email=None)
        command("reports", "answer", receipt.reference, "-f", "crew_note=blocked")
        (row,) = read(command("reports", "letters", "--json"), code=3)
        assert (row["reference"], row["letter"], row["to"]) == (receipt.reference, "refused", ["Ada Reporter"])
        assert "The crew noted: The road was blocked." in row["text"]
        shown = command("reports", "letters", receipt.reference).stdout
        assert "Ada Reporter" in shown
        assert "put it out at the next collection" in shown
        done = command("reports", "letters", "--printed", row["id"], "--by", "olive")
        assert (done.returncode, office.mails(CITIZEN)) == (0, [])
        again = command("reports", "letters", "--printed", row["id"], "--by", "olive")
        assert "This letter does not wait to be printed." in text_of(again)

    def test_what_is_no_reference_is_refused(self, command):
        assert "It looks like WW-7K3M-Q2XD." in text_of(command("reports", "letters", "no"))


@pytest.fixture
def newer(tmp_path):
    """The next version of missed-bin: its stage ``return`` is called ``go-back``, and the crew's answer has a note."""
    where = staged.folders(tmp_path / "newer")
    path = where["processes_dir"] / "missed-bin" / "process.toml"
    text = path.read_text().replace('version = "2027-01-01"', 'version = "2027-02-01"')
    text = text.replace('id = "return"', 'id = "go-back"').replace('next = "return"', 'next = "go-back"')
    path.write_text(text.replace('"return/', '"go-back/'))
    return where


class TestMigrating:
    def test_one_case_goes_on_by_another_version_and_nothing_fires_in_that_moment(self, command, office, newer):
        receipt = begun(office, "missed-bin", BIN)
        office.answer(receipt, "collections", {"crew_note": "nothing"})
        before, due = (len(office.mails(BINS)), len(office.mails(CITIZEN))), office.held(receipt).promised
        said = ("reports", "migrate", receipt.reference, "--version", "2027-02-01", "--map", "return=go-back")
        assert command(*said, folders=newer).stdout == "1 case goes on by version 2027-02-01.\n"
        office.catalogue = read_catalogue(newer["councils_dir"], newer["processes_dir"])
        office.advance()
        assert (office.stage(receipt), office.held(receipt).promised) == ("go-back", due)
        assert (len(office.mails(BINS)), len(office.mails(CITIZEN))) == before
        assert office.codes(receipt, "migrated") == [{"from": "2027-01-01", "to": "2027-02-01", "stage": "go-back"}]
        office.answer(receipt, "collections", {"emptied_on": "2027-02-01"})
        assert office.stage(receipt) == "check"

    def test_a_version_that_lost_a_stage_is_refused_with_the_count_of_cases_in_it(self, command, office, newer):
        kept = begun(office, "missed-bin", BIN)
        for _ in range(2):
            receipt = begun(office, "missed-bin", BIN)
            office.answer(receipt, "collections", {"crew_note": "nothing"})
        every = ("reports", "migrate", "--all", "missed-bin", "--version", "2027-02-01")
        done = command(*every, folders=newer)
        assert done.returncode == 2
        assert "Add --map return=NEW." in text_of(done)
        assert "lacks stages in which cases stand: 2 in return." in text_of(done)
        assert office.held(kept).version[2] == "2027-01-01"
        shown = read(command(*every, "--map", "return=go-back", "--json", folders=newer))
        assert (len(shown["references"]), shown["stages"]) == (3, {"crew": 1, "return": 2})

    def test_a_version_that_nobody_knows_is_refused(self, command, office):
        receipt = begun(office, "missed-bin", BIN)
        done = command("reports", "migrate", receipt.reference, "--version", "1999-01-01")
        assert "Use a version with stages that is in use, such as 2027-01-01." in text_of(done)
        assert command("reports", "migrate", "--version", "2027-01-01").returncode == 2

    def test_who_adopts_such_a_version_is_told_where_cases_stand(self, command, office, newer):
        receipt = begun(office, "missed-bin", BIN)
        office.answer(receipt, "collections", {"crew_note": "nothing"})
        catalogue = read_catalogue(newer["councils_dir"], newer["processes_dir"])
        with office.database.transaction() as tx:
            assert officers.lost_stages(tx, office.catalogue) == []
            assert officers.lost_stages(tx, catalogue) == [
                "missed-bin 2027-02-01 of merewold has no stage return, in which 1 case stands."
            ]


def test_a_contact_whose_address_is_wrong_is_not_used_any_more(command, office):
    said = ("contacts", "quarantine", code("parish"), "--because", "They moved.", "--author", "olive")
    assert command(*said).returncode == 0
    receipt = begun(office, "speeding-traffic", SPEEDING)
    assert office.mails(CLERK) == []
    assert "Answer by" in office.subjects(ROADS)[0]
    assert "They moved." in command("contacts", "show", code("parish")).stdout
    assert "There is no contact" in text_of(command(*said))
    assert "Test Parish Council" not in body(office.mails(ROADS)[0])
    assert office.stage(receipt) == "road-safety"
