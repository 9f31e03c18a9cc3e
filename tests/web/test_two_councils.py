"""A place in a neighbour on this service: the neighbour's questions count, whatever ours would take."""

import pytest

from tests.casework.factory import claim, decide_batch
from tests.present import present
from tests.running import FOLDER, announced, party, with_neighbours_copy
from tests.samples import oracle
from tests.servers import web_server
from tests.web.citizen import Citizen

pytestmark = pytest.mark.thorough

TEXT = (FOLDER / "street-party.toml").read_text()
PLAN = 'id = "plan"\nkind = "text"\nask = "What have you planned?"\nmax_characters = 500'
THERE = next(row for row in oracle() if row["state"] == "outside_served")
PLACE = {"easting": float(THERE["easting"]), "northing": float(THERE["northing"])}


@pytest.fixture
def neighbours(settings, http, tmp_path):
    """Start the web with Saltby's own copy of the process."""
    running = []

    def start(*changes):
        text = TEXT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        where = with_neighbours_copy(tmp_path, "street-party", text)
        entered = web_server(settings.model_copy(update=where), http)
        running.append(entered)
        return entered.__enter__()

    yield start
    for each in running:
        each.__exit__(None, None, None)


def stored(web):
    with web.ctx.database.transaction() as tx:
        return present(tx.execute("SELECT council, answers, words, details, easting FROM report").fetchone())


def test_the_same_file_there_takes_the_report(neighbours):
    web = neighbours()
    answer = web.post(announced() | {"place": PLACE})
    assert answer.status_code == 201, answer.text
    assert stored(web)["council"] == "saltby"


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        (PLAN, 'id = "plan"\nkind = "number"\nunit = "cakes"\nask = "How many cakes?"', "answers.plan", "Enter a whole number"),
        (PLAN, PLAN.replace("500", "10"), "answers.plan", "Enter 10 characters or less"),
        ("least = 1\nbands", "least = 1\nmost = 6000\nbands", "answers.guests", "Enter a number from 1 to 6,000"),
        ('[[question]]\nid = "plan"', '[[question]]\nid = "dogs"\nask = "Are there dogs?"\nchoices = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]\n\n[[question]]\nid = "plan"', "answers.dogs", "Select an answer"),
        ('[details]\nask = "What else should we know?"\nhint = "Do not include names."\n', "", "details", "Remove the details."),
        ("[details]\nask", "[details]\nneeded = true\nask", "details", "Enter the details."),
    ],
)  # fmt: skip
def test_a_program_hears_what_the_neighbour_needs_and_who_it_is(neighbours, old, new, field, says):
    web = neighbours((old, new))
    details = {"details": "There is a lake."} if field == "details" and "needed" not in new else {}
    refused = web.post(announced(answers=party(guests=7000)) | {"place": PLACE} | details)
    assert refused.status_code == 422, refused.text
    (error,) = refused.json()["errors"]
    assert error["field"] == field
    assert says in error["what_to_do"]
    assert error["what_to_do"].endswith("Saltby Borough Council decides about this place.")


def test_what_only_ours_asks_is_not_needed_there_and_not_kept(neighbours):
    web = neighbours((f"[[question]]\n{PLAN}\n\n", ""))
    assert web.post(announced() | {"place": PLACE}).status_code == 201
    assert stored(web)["words"] == {}


def test_a_citizen_is_asked_again_what_the_neighbour_asks_otherwise(neighbours):
    web = neighbours((PLAN, 'id = "plan"\nkind = "number"\nunit = "cakes"\nask = "How many cakes?"'))
    from tests.web.test_every_kind import BASE, PAGES

    citizen = Citizen(web.url)
    citizen.get(f"{BASE}?council=merewold")
    citizen.send()
    for page, values in PAGES[:3]:
        assert citizen.path == f"{BASE}/{page}"
        citizen.send(**values)
    citizen.send(where=f"{THERE['easting']} {THERE['northing']}")
    for page, values in PAGES[4:6]:
        assert citizen.path == f"{BASE}/{page}"
        citizen.send(**values)
    assert citizen.heading == "How many cakes?"


def test_an_answer_that_the_version_cannot_read_sends_the_report_to_officers(neighbours):
    web = neighbours()
    assert web.post(announced()).status_code == 201
    with web.ctx.database.transaction() as tx:
        tx.execute("""UPDATE report SET answers = answers || '{"guests": "Cake"}'""")
    ctx = web.ctx
    (decision,) = present(decide_batch(ctx.database, ctx.catalogue, claim(ctx.database)))
    assert decision.outcome == "review"
