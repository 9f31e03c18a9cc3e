"""Officers read and move applications without a place, with answers of every kind, by the command line."""

import json

import pytest

from routing.casework import Reporter, read_catalogue
from routing.process import Given, check_answers, kept_apart
from routing.working_days import Calendar
from tests.casework.factory import claim, decide_batch, submit
from tests.running import definition_of, folders, in_days, permit

pytestmark = pytest.mark.thorough


@pytest.fixture
def applied(database, waywarden, tmp_path):
    """An application that a team is to decide, and the command in the folders of its installation."""
    where = folders(tmp_path / "files")
    catalogue = read_catalogue(where["councils_dir"], where["processes_dir"])
    with database.transaction() as tx:
        catalogue.store(tx)
    definition = definition_of("parking-permit")
    kept = kept_apart(definition, check_answers(definition, permit()["answers"], Given(in_days(0), Calendar())))
    receipt = submit(
        database, process="parking-permit", process_version=definition.version, answers=kept.answers, words=kept.words,
        easting=None, northing=None, details="I have no drive.", reporter=Reporter(answers=kept.personal),
    )  # fmt: skip
    decide_batch(database, catalogue, claim(database))
    environment = {f"WAYWARDEN_{name.upper()}": str(path) for name, path in where.items()}

    def run(*words):
        return waywarden("reports", words[0], receipt.reference, *words[1:], **environment)

    return run


def test_it_is_shown_without_a_place_and_without_what_is_about_a_person(applied):
    said = applied("show").stdout
    assert "answers: months = six" in said
    assert "receipt:\n> R-7781" in said
    assert "place:" not in said
    assert "Quillfeather" not in said
    document = json.loads(applied("show", "--json").stdout)
    assert (document["easting"], document["words"]) == (None, {"receipt": "R-7781"})


def test_what_is_about_a_person_is_shown_for_a_reason(applied):
    said = applied("show", "--reporter", "--because", "to ask for the papers").stdout
    assert "reporter: not named; does not agree to share their details" in said
    assert 'holder:\n> {"name": "Ada Quillfeather", "email": "ada@citizen.example"}' in said
    assert "born_on:\n> 1980-02-01" in said


def test_it_is_explained_and_listed(applied, waywarden):
    said = applied("explain")
    assert said.returncode == 0
    assert "The triage table decided by rule R1: The permits team decides about permits." in said.stdout


def test_it_can_be_closed(applied, database):
    with database.transaction() as tx:
        tx.execute("UPDATE report SET state = 'sent'")
    assert applied("close", "--because", "You have a permit.").returncode == 0
