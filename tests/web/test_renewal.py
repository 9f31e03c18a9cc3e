"""A permission that runs out: the letter before that leads to a new application, which knows the former one."""

import re

import pytest

from routing.casework import officers
from routing.cli.dossier import as_document
from tests import staged
from tests.casework.staging import CITIZEN, body, link_in
from tests.present import present
from tests.servers import web_server
from tests.web.citizen import Citizen, text_of

pytestmark = pytest.mark.thorough

SLUG = "skip-permit"
ANSWERS = {"weeks": "two", "skip_from": "2027-02-10", "payment_reference": "R-1"}
GRANTED = {"decision": "granted", "permit_number": "S-1", "permit_until": "2027-02-24"}
BASE = f"/report/{SLUG}"
PERMITS = "permits@merewold.example"


@pytest.fixture
def office(office_with):
    return office_with(SLUG)


@pytest.fixture
def citizen(office, settings, http, tmp_path):
    with web_server(settings.model_copy(update=staged.folders(tmp_path / "staged", SLUG)), http) as running:
        yield Citizen(running.url)


def granted(office):
    receipt = office.report(SLUG, ANSWERS)
    office.begins()
    office.answer(receipt, "permits", GRANTED)
    return receipt


def page_in(message) -> str:
    """Address of the page of a report, in an email to its citizen."""
    return present(re.search(r"http://reports\.example(/reports/\S+)", body(message)))[1]


def press(citizen) -> None:
    """Press *Apply again* on the page of a report."""
    form = present(citizen.page.css_first("form:has(input[name=renews])"))
    fields = {each.attributes["name"]: each.attributes.get("value") or "" for each in form.css("input")}
    citizen.answer = citizen.session.post(citizen.site + present(form.attributes["action"]), data=fields, timeout=10)
    citizen.url = citizen.answer.url


def apply_again(citizen) -> None:
    """Every page of a new application."""
    pages = {
        "weeks": {"weeks": "one"},
        "skip_from": {"skip_from-day": "1", "skip_from-month": "3", "skip_from-year": "2027"},
        "payment_reference": {"payment_reference": "R-2"},
        "place": {"where": "566153 444759"},
        "contact": {"email": CITIZEN},
    }
    while citizen.path != f"{BASE}/check":
        citizen.send(**pages[citizen.path.rpartition("/")[2]])
    citizen.send()


def test_the_letter_leads_to_a_new_application_and_whoever_decides_it_sees_the_former_one(office, citizen):
    former = granted(office)
    office.pass_days(20)
    letter = office.mails(CITIZEN)[-1]
    assert str(letter["Subject"]) == f"Your skip permit runs out: {former.reference}"
    assert "Apply again on the page of your " in body(letter)
    citizen.get(page_in(letter))
    assert "You can apply again. We connect your new " in text_of(citizen.page, "main")
    press(citizen)
    apply_again(citizen)
    office.begins()
    with office.database.transaction() as tx:
        rows = tx.execute("SELECT reference, renews FROM report ORDER BY received_at").fetchall()
    assert [row["renews"] for row in rows] == [None, former.id]
    citizen.get(f"/answer/{link_in(office.mails(PERMITS)[-1])}")
    assert f"It renews {former.reference}" in " ".join(text_of(citizen.page, "main").split())
    with office.database.session() as session:
        found = as_document(officers.show_report(session, rows[1]["reference"]))
    assert (found["renews"], found["merged_into"]) == (former.reference, None)


@pytest.mark.parametrize(("why", "status"), [("it is not decided", 200), ("it was refused", 200), ("of another", 404)])
def test_what_is_no_permission_of_theirs_cannot_be_renewed(office, citizen, why, status):
    receipt = office.report(SLUG, ANSWERS)
    office.begins()
    if why == "it was refused":
        office.answer(receipt, "permits", {"decision": "refused", "refusal_reason": "No room."})
    address = page_in(office.mails(CITIZEN)[-1])
    citizen.get(address)
    assert "Apply again" not in citizen.text
    other = granted(office) if why == "of another" else receipt
    said = {"renews": other.reference, "token": address.partition("token=")[2]}
    answer = citizen.session.post(f"{citizen.site}{BASE}?council=merewold", data=said, timeout=10)
    assert answer.status_code == status
    with office.database.transaction() as tx:
        rows = tx.execute("SELECT renews FROM journey").fetchall()
    assert rows == ([{"renews": None}] if status == 200 else [])
