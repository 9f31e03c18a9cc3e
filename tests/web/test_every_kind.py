"""Every kind of question: by a citizen's forms and by a program, into the store and the message, and nowhere else."""

import datetime
from typing import Any

import pytest

from routing import casework
from routing.casework import officers
from routing.days import in_words
from tests.casework.factory import claim, decide_batch
from tests.present import present
from tests.running import announced, folders, in_days, party
from tests.servers import web_server
from tests.web.citizen import Citizen, grid, text_of

pytestmark = pytest.mark.thorough

BASE = "/report/street-party"
DAY = in_days(60)


@pytest.fixture
def kinds_web(settings, http, tmp_path):
    """The web of a council that offers a process with every kind of question."""
    with web_server(settings.model_copy(update=folders(tmp_path)), http) as running:
        yield running


@pytest.fixture
def at_home(kinds_web):
    return Citizen(kinds_web.url)


def stored(web) -> dict[str, Any]:
    with web.ctx.database.transaction() as tx:
        report = present(tx.execute("SELECT * FROM report ORDER BY received_at DESC LIMIT 1").fetchone())
        reporters = tx.execute("SELECT * FROM reporter WHERE report = %s", (report["id"],)).fetchall()
    return {**report, "reporters": reporters}


def date(name: str, day: datetime.date) -> dict[str, str]:
    return {f"{name}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


PAGES = [
    ("party_on", date("party_on", DAY)),
    ("guests", {"guests": "80 people"}),
    ("own_street", {"own_street": "yes"}),
    ("place", {"where": grid("parish")}),
    ("closing", {"closing": "yes"}),
    ("closed_at", {"closed_at-afternoon": "afternoon", "closed_at-evening": "evening"}),
    ("plan", {"plan": "Cake.\r\nA brass band."}),
    ("helpers", {"helpers": ""}),
    ("access", {"access": "Bo Canary needs a ramp"}),
    ("organiser", {"organiser-name": "Ada Quillfeather", "organiser-address": "1 Plume Lane", "organiser-email": ""}),
    ("details", {"details": ""}),
    ("contact", {}),
]


def go(citizen, until=None, **changes):
    """Answer page after page, up to one or to the check."""
    citizen.get(f"{BASE}?council=merewold")
    citizen.send()
    for page, values in PAGES:
        if page == until:
            return citizen
        if page == "closed_at" and changes.get("closing") == {"closing": "no"}:
            continue
        assert citizen.path == f"{BASE}/{page}"
        citizen.send(**changes.get(page, values))
    assert citizen.path == f"{BASE}/check"
    return citizen


def test_what_a_citizen_enters_is_stored_as_what_a_program_sends(kinds_web, at_home):
    go(at_home).send()
    by_form = stored(kinds_web)
    answer = kinds_web.post(announced())
    assert answer.status_code == 201, answer.text
    by_program = stored(kinds_web)
    assert by_form["answers"] == by_program["answers"] == {
        "party_on": DAY.isoformat(), "guests": "80", "closing": "yes", "closed_at": "afternoon,evening",
    }  # fmt: skip
    assert by_form["words"] == by_program["words"] == {"plan": "Cake.\nA brass band."}
    (one,), (other,) = by_form["reporters"], by_program["reporters"]
    assert one["answers"] == other["answers"]
    assert set(one["answers"]) == {"own_street", "access", "organiser"}
    assert one["email"] is None


def test_the_answers_can_be_checked_and_changed_before_they_are_sent(at_home):
    go(at_home)
    shown = {row.css_first("dt").text().strip(): row.css_first("dd").text().strip() for row in at_home.page.css(".govuk-summary-list__row")}  # fmt: skip
    assert shown["On which day is the party?"] == in_words(DAY)
    assert shown["How many people will come?"] == "80 people"
    assert shown["When does it have to be closed?"] == "In the afternoon, In the evening"
    assert shown["Who organises the party?"] == "Ada Quillfeather, 1 Plume Lane"
    assert shown["How many people help you?"] == "Not provided"
    for page, values in (
        ("party_on", date("party_on", DAY)), ("guests", {"guests": "80"}), ("plan", {"plan": "Cake.\nA brass band."}),
        ("organiser", {"organiser-name": "Ada Quillfeather", "organiser-address": "1 Plume Lane"}), ("helpers", {"helpers": ""}),
    ):  # fmt: skip
        link = next(a for a in at_home.page.css("a") if f"{BASE}/{page}?" in (a.attributes.get("href") or ""))
        at_home.get(link.attributes["href"])
        for name, value in values.items():
            field = at_home.page.css_first(f'[name="{name}"]')
            assert (field.text() if field.tag == "textarea" else field.attributes.get("value") or "") == value
        at_home.send()
        assert at_home.path == f"{BASE}/check", "what is there can be sent again as it is"
    boxes = at_home.get(next(a for a in at_home.page.css("a") if f"{BASE}/closed_at?" in (a.attributes.get("href") or "")).attributes["href"])  # fmt: skip
    assert [box.attributes["value"] for box in boxes.css("input[checked]")] == ["afternoon", "evening"]


def test_a_question_that_another_answer_makes_needless_is_not_asked_and_not_kept(kinds_web, at_home):
    go(at_home, until="plan")
    at_home.get(f"{BASE}/closing")
    at_home.send(closing="no")
    assert at_home.path == f"{BASE}/plan"
    for page, values in PAGES[6:]:
        assert at_home.path == f"{BASE}/{page}"
        at_home.send(**values)
    assert "When does it have to be closed?" not in at_home.text
    at_home.send()
    assert "closed_at" not in stored(kinds_web)["answers"]


def test_what_can_be_left_empty_says_so_and_can(at_home):
    go(at_home, until="helpers")
    assert "How many people help you? (optional)" in at_home.text
    at_home.send(helpers="many")
    assert at_home.errors == ["Enter a whole number, like 35"]
    at_home.send(helpers="")
    assert at_home.path == f"{BASE}/access"


ERRORS = [
    ("party_on", {}, "Enter a date", "party_on-day"),
    ("party_on", {"party_on-day": "31", "party_on-month": "2", "party_on-year": "2027"}, "Date must be a real date", "party_on-day"),
    ("party_on", {"party_on-day": "3", "party_on-month": "2", "party_on-year": ""}, "Date must include a year", "party_on-year"),
    ("party_on", {"party_on-day": "3", "party_on-month": "2", "party_on-year": "20266"}, "Year must include 4 numbers", "party_on-year"),
    ("guests", {}, "Enter a number", "guests"),
    ("guests", {"guests": "9" * 400}, "Enter a whole number, like 35", "guests"),
    ("guests", {"guests": "0"}, "Enter a number of 1 or more", "guests"),
    ("guests", {"guests": "2.5"}, "Enter a whole number, without a decimal point", "guests"),
    ("own_street", {}, "Select an answer", "own_street"),
    ("closed_at", {}, "Select at least one answer", "closed_at"),
    ("plan", {}, "Enter an answer", "plan"),
    ("plan", {"plan": "x" * 501}, "Enter 500 characters or less", "plan"),
    ("organiser", {}, "Enter a name", "organiser-name"),
    ("organiser", {"organiser-name": "Ada"}, "Enter an address or an email address", "organiser-address"),
    ("organiser", {"organiser-name": "Ada", "organiser-email": "ada"}, "Enter an email address in the correct format, like name@example.com", "organiser-email"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "typed", "says", "field"), ERRORS)
def test_each_error_says_what_to_do_leads_to_its_field_and_keeps_what_was_typed(at_home, page, typed, says, field):
    go(at_home, until=page)
    at_home.send(**typed)
    assert at_home.path == f"{BASE}/{page}"
    assert at_home.errors == [says]
    link = at_home.page.css_first(".govuk-error-summary__list a")
    assert link.attributes["href"] == f"#{field}"
    assert says in text_of(at_home.page, ".govuk-error-message")
    for name, value in typed.items():
        shown = at_home.page.css_first(f'[name="{name}"]')
        assert (shown.text() if shown.tag == "textarea" else shown.attributes.get("value") or "") == value


WRITTEN = [
    ("guests", {"guests": "1,000"}, "guests", "1000"),
    ("guests", {"guests": "80 People"}, "guests", "80"),
    ("guests", {"guests": " 80.00 "}, "guests", "80"),
]


@pytest.mark.parametrize(("page", "typed", "name", "value"), WRITTEN)
def test_numbers_as_people_write_them_are_taken(kinds_web, at_home, page, typed, name, value):
    go(at_home, **{page: typed}).send()
    assert stored(kinds_web)["answers"][name] == value


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"guests": "many"}, "answers.guests", "Enter a whole number, like 35. Send a whole number from 1, in people."),
        ({"guests": 10**400}, "answers.guests", "Enter a number of"),
        ({"party_on": "31 February 2027"}, "answers.party_on", "Date must be a real date. Send a date like 2027-03-27."),
        ({"party_on": "20266-01-01"}, "answers.party_on", "Enter a date, like 27 3 2027."),
        ({"closed_at": ["midnight"]}, "answers.closed_at", "Select at least one answer. Send a list with some of: morning, afternoon, evening."),
        ({"closed_at": None}, "answers.closed_at", "Select at least one answer."),
        ({"plan": 7}, "answers.plan", "Enter a text."),
        ({"plan": "x" * 501}, "answers.plan", "Enter 500 characters or less."),
        ({"organiser": "Ada"}, "answers.organiser", "Enter a name, and an address or an email address."),
        ({"organiser": {"name": "Ada"}}, "answers.organiser", "Enter an address or an email address."),
        ({"organiser": None}, "answers.organiser", "Enter a name."),
        ({"helpers": 70}, "answers.helpers", "Enter a number from 1 to 50"),
    ],
)  # fmt: skip
def test_a_program_with_a_wrong_answer_is_told_and_nothing_is_stored(kinds_web, changes, field, says):
    refused = kinds_web.post(announced(answers=party(**changes)))
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["field"] == field
    assert says in error["what_to_do"]
    with kinds_web.ctx.database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM report").fetchone()["n"] == 0


def test_the_api_says_of_each_question_what_it_takes(kinds_web):
    questions = {each["id"]: each for each in kinds_web.get("/api/processes/street-party").json()["questions"]}
    assert {name: each["kind"] for name, each in questions.items()} == {
        "party_on": "date", "guests": "number", "own_street": "choice", "closing": "choice", "closed_at": "choices",
        "plan": "text", "helpers": "number", "access": "text", "organiser": "person",
    }  # fmt: skip
    assert questions["guests"]["schema"] == {"type": "integer", "minimum": 1}
    assert (questions["helpers"]["needed"], questions["guests"]["needed"]) == (False, True)
    assert questions["closed_at"]["only_if"] == {"closing": ["yes"]}
    assert (questions["access"]["personal"], questions["plan"]["personal"]) == (True, False)


def test_a_signpost_and_a_personal_answer_in_the_table_decide_as_the_file_says(kinds_web):
    soon = kinds_web.post({"process": "street-party", "answers": {"party_on": in_days(3).isoformat()}})
    assert soon.json()["signpost"]["id"] == "too-late"
    assert kinds_web.post(announced(answers=party(own_street="no"))).status_code == 201
    ctx = kinds_web.ctx
    (decision,) = present(decide_batch(ctx.database, ctx.catalogue, claim(ctx.database)))
    assert (decision.rule, decision.outcome) == ("R3", "review")


def test_the_page_of_a_report_shows_no_words_and_nothing_about_a_person(kinds_web):
    page = kinds_web.post(announced()).json()["tracking_page"]
    shown = kinds_web.get(page.removeprefix("http://reports.example")).text
    assert "In the afternoon, In the evening" in shown
    assert in_words(DAY) in shown
    for hidden in ("Cake", "Quillfeather", "Canary", "Do you live in this street?"):
        assert hidden not in shown


def test_officers_read_words_and_only_after_a_reason_what_is_about_a_person(kinds_web):
    reference = kinds_web.post(announced()).json()["reference"]
    with kinds_web.ctx.database.transaction() as tx:
        row = officers.lock_report(tx, reference)
        who = officers.look_at_reporter(tx, row["id"], "officer:ada", "to call them")
    assert row["words"] == {"plan": "Cake.\nA brass band."}
    assert set(who.answers) == {"own_street", "access", "organiser"}
    with kinds_web.ctx.database.transaction() as tx:
        history = tx.execute("SELECT codes::text FROM history").fetchall()
    for hidden in ("Cake", "Quillfeather", "Canary"):
        assert hidden not in str(history)


def test_what_is_about_a_person_goes_with_the_reporter_and_words_go_with_the_details(kinds_web):
    kinds_web.post(announced())
    database = kinds_web.ctx.database
    with database.transaction() as tx:
        tx.execute("UPDATE report SET state = 'closed', changed_at = now() - interval '100 days'")
        days = {"reporter_days": 90, "details_days": 180, "unclosed_days": 365, "place_days": 1095}
        casework.purge(tx, "street-party", days)
    after = stored(kinds_web)
    assert after["reporters"] == []
    assert after["words"] == {"plan": "Cake.\nA brass band."}
    with database.transaction() as tx:
        tx.execute("UPDATE report SET changed_at = now() - interval '200 days'")
        assert casework.purge(tx, "street-party", days).details == 1
        assert casework.purge(tx, "street-party", days).details == 0
    assert stored(kinds_web)["words"] == {}
    assert stored(kinds_web)["answers"]["guests"] == "80"


def test_who_withdraws_takes_words_and_what_is_about_a_person_along(kinds_web):
    kinds_web.post(announced(reporter={"email": "ada@citizen.example"}))
    ctx = kinds_web.ctx
    decide_batch(ctx.database, ctx.catalogue, claim(ctx.database))
    with ctx.database.transaction() as tx:
        casework.withdraw(tx, ctx.catalogue, tx.execute("SELECT id FROM report").fetchone()["id"])
    after = stored(kinds_web)
    assert after["words"] == {}
    assert [each["answers"] for each in after["reporters"]] == [{}]


def test_an_answer_that_was_not_asked_for_is_not_kept(kinds_web):
    assert kinds_web.post(announced(answers=party(closing="no"))).status_code == 201
    assert "closed_at" not in stored(kinds_web)["answers"]


@pytest.mark.parametrize(
    ("page", "typed", "kept"),
    [
        ("party_on", date("party_on", DAY), f"{DAY.day} {DAY.month} {DAY.year}"),
        ("guests", {"guests": "80 people"}, "80 people"),
        (
            "closed_at",
            {"closed_at-morning": "morning", "closed_at-evening": "evening"},
            "In the morning, In the evening",
        ),
        ("plan", {"plan": "Cake."}, "Cake."),
        (
            "organiser",
            {"organiser-name": "Ada Quillfeather", "organiser-address": "1 Plume Lane"},
            "Ada Quillfeather, 1 Plume Lane",
        ),
    ],
)
def test_what_was_typed_is_not_lost_when_the_other_answers_have_expired(kinds_web, at_home, page, typed, kept):
    go(at_home, until=page)
    with kinds_web.ctx.database.transaction() as tx:
        tx.execute("DELETE FROM journey")
    at_home.session.headers["Sec-Fetch-Site"] = "same-origin"
    at_home.send(**typed)
    banner = text_of(at_home.page, ".govuk-notification-banner") if page != "party_on" else None
    if banner is not None:
        assert kept in banner
    else:  # its own page is the first, and shows it
        assert [at_home.page.css_first(f'[name="{name}"]').attributes["value"] for name in typed] == list(
            typed.values()
        )


ZONE = """
[[question]]
id = "zone"
ask = "Is it in {council.party_zones}?"
choices = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]
only_if_council_lists = "party_zones"
otherwise = "no"

[[question]]
id = "permit"
kind = "text"
ask = "What is the number of your permit?"
only_if = { zone = "yes" }

[[question]]
id = "plan"
"""


def test_a_question_about_a_list_that_a_council_does_not_have_is_asked_of_nobody(settings, http, tmp_path):
    where = folders(tmp_path, street_party=('\n[[question]]\nid = "plan"\n', ZONE))
    with web_server(settings.model_copy(update=where), http) as web:
        assert web.post(announced()).status_code == 201
        assert "zone" not in {each["id"] for each in web.get("/api/processes/street-party").json()["questions"]}
        citizen = go(Citizen(web.url), until="plan")
        assert citizen.path == f"{BASE}/plan"
