"""An application without a place: its word on every page, a fee by the answers, details and a contact that are needed."""

import datetime
import re

import pytest

from routing import casework
from routing.days import in_words, today
from routing.delivery import Sender, write_message
from routing.delivery.notifications import Links, write_notification
from routing.working_days import ANY_NATION, Calendar
from tests.casework.factory import claim, decide_batch
from tests.present import present
from tests.running import folders, permit
from tests.servers import web_server
from tests.web.citizen import Citizen, href_of, text_of

pytestmark = pytest.mark.thorough

BASE = "/report/parking-permit"
NOW = datetime.datetime.now(datetime.UTC)
SENDER = Sender("waywarden@reports.example", None)


@pytest.fixture
def permit_web(settings, http, tmp_path):
    with web_server(settings.model_copy(update=folders(tmp_path)), http) as running:
        yield running


@pytest.fixture
def applicant(permit_web):
    return Citizen(permit_web.url)


PAGES = [
    ("months", {"months": "six"}),
    ("holder", {"holder-name": "Ada Quillfeather", "holder-email": "ada@citizen.example"}),
    ("born_on", {"born_on-day": "1", "born_on-month": "2", "born_on-year": "1980"}),
    ("receipt", {"receipt": "R-7781"}),
    ("details", {"details": "I have no drive."}),
    ("contact", {"email": "ada@citizen.example"}),
]


def go(citizen, until=None, **changes):
    """Answer page after page, none of which may say another word for an application."""
    citizen.get(f"{BASE}?council=merewold")
    need_word(citizen)
    citizen.send()
    for page, values in PAGES:
        need_word(citizen)
        if page == until:
            return citizen
        assert citizen.path == f"{BASE}/{page}"
        citizen.send(**changes.get(page, values))
    assert citizen.path == f"{BASE}/check"
    need_word(citizen)
    return citizen


def need_word(citizen):
    said = text_of(citizen.page, "main").lower() + text_of(citizen.page, "title").lower()
    assert not re.search(r"\breport", re.sub(r"https?://\S+", "", said)), citizen.path


def test_it_is_an_application_on_every_page_from_the_first_to_the_last(permit_web, applicant):
    go(applicant)
    assert applicant.heading == "Check your answers before sending your application"
    assert text_of(applicant.page, "main button.govuk-button").strip() == "Send application"
    applicant.send()
    assert text_of(applicant.page, ".govuk-panel__title").strip() == "Application sent"
    need_word(applicant)
    applicant.get(href_of(applicant.page, 'main a[href^="/reports/"]'))
    assert applicant.heading.startswith("Application WW-")
    need_word(applicant)
    here = applicant.url
    for link in ("add", "withdraw"):
        applicant.get(href_of(applicant.page, f'main a[href*="/{link}?"]'))
        need_word(applicant)
        if link == "add":
            applicant.send(text="It is for a van.")
            assert "We have added what you sent to your application." in applicant.text
        else:
            applicant.send()
            assert "You have withdrawn this application." in applicant.text
        need_word(applicant)
        applicant.get(here)


def test_it_is_an_application_in_its_emails_too(permit_web):
    permit_web.post(permit())
    ctx = permit_web.ctx
    present(decide_batch(ctx.database, ctx.catalogue, claim(ctx.database)))
    definition = ctx.catalogue.definition("merewold", "parking-permit")
    with ctx.database.transaction() as tx:
        row = tx.execute("SELECT id, batch FROM report").fetchone()
        told = casework.public_status(
            casework.track(tx, row["id"], ctx.catalogue), ctx.catalogue.council("merewold"), definition, NOW
        )
        outbox = casework.read_outbox(tx, row["batch"])
    team = next(each for each in outbox if each.recipient == "grounds")
    raw = write_message(team, ctx.catalogue.council("merewold"), definition, SENDER, NOW).decode()
    assert "Somebody applies for a parking permit for =C2=A335.00." in raw or "permit for £35.00." in raw
    assert f"permits?for={team.reference}" in raw.replace("=3D", "=").replace("=\r\n", "")
    assert "\r\nWHERE\r\n" not in raw
    assert "Received on " in raw
    news = write_notification(told, team, Links("https://x.example/a", "https://x.example/b"), SENDER, NOW).decode()
    for mail in (raw, news):
        said = re.sub(r"reports\.example|X-Waywarden-\S+", "", mail)
        assert "report" not in said.lower()
    assert f"Subject: We have your application {team.reference}" in news


def test_a_fee_follows_from_the_answers_and_the_page_to_pay_knows_our_reference_once_there_is_one(applicant):
    go(applicant, until="receipt")
    assert "The permit costs £35.00." in applicant.text
    link = applicant.page.css_first('main a[target="_blank"]')
    assert link.text() == "Pay for a permit (opens in a new tab)"
    assert link.attributes["href"] == "https://pay.merewold.example/permits"
    applicant.get(f"{BASE}/months")
    applicant.send(months="twelve")
    assert "The permit costs £55.00." in applicant.text
    go(applicant).send()
    reference = text_of(applicant.page, ".govuk-panel__body strong")
    address = f"https://pay.merewold.example/permits?for={reference}"
    applicant.get(href_of(applicant.page, 'main a[href^="/reports/"]'))
    assert "We have your application and are finding out who can act on it." in applicant.text
    assert address not in applicant.text, "nobody has it yet"


def test_who_has_it_is_shown_with_the_page_to_pay(permit_web):
    page = permit_web.post(permit()).json()["tracking_page"]
    ctx = permit_web.ctx
    present(decide_batch(ctx.database, ctx.catalogue, claim(ctx.database)))
    with ctx.database.transaction() as tx:
        row = tx.execute("SELECT id, reference FROM report").fetchone()
        tx.execute("UPDATE delivery SET state = 'sent', sent_at = now() WHERE role = 'to'")
        casework.move(tx, [row["id"]], casework.Event.SENT, "channel")
    address = f"https://pay.merewold.example/permits?for={row['reference']}"
    citizen = Citizen(permit_web.url)
    shown = citizen.get(page.removeprefix("http://reports.example"))
    assert present(shown.css_first(f'main a[href="{address}"]')).text() == address
    assert "If you have not paid £35.00 yet, pay at" in citizen.text


@pytest.mark.parametrize(
    ("page", "typed", "says", "field"),
    [
        ("details", {}, "Enter an answer", "details"),
        ("contact", {"name": "Ada"}, "Enter an email address or a telephone number", "email"),
    ],
)
def test_what_the_process_needs_cannot_be_left_empty(applicant, page, typed, says, field):
    go(applicant, until=page)
    assert "(optional)" not in applicant.heading
    applicant.send(**typed)
    assert applicant.errors == [says]
    assert applicant.page.css_first(".govuk-error-summary__list a").attributes["href"] == f"#{field}"


def test_a_telephone_number_is_enough(applicant):
    go(applicant, contact={"phone": "01632 960123"}).send()
    assert text_of(applicant.page, ".govuk-panel__title").strip() == "Application sent"


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"details": None}, "details", "Enter the details. This process needs them."),
        ({"reporter": {"name": "Ada"}}, "reporter", "Enter an email address or a telephone number. This process needs one."),
        ({"place": {"easting": 566008, "northing": 445016}}, "place", "Remove the place. This process does not ask for one."),
    ],
)  # fmt: skip
def test_a_program_that_leaves_out_what_is_needed_is_told(permit_web, changes, field, says):
    refused = permit_web.post(permit(**changes))
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"field": field, "what_to_do": says}]


def test_an_answer_is_promised_by_the_calendar_of_the_process(permit_web, applicant):
    assert permit_web.ctx.catalogue.definition("merewold", "parking-permit").calendar(Calendar()) == ANY_NATION
    go(applicant).send()
    assert in_words(ANY_NATION.after(today(), 5)) in applicant.text


def test_without_a_place_nothing_is_looked_up_and_the_receipt_says_so(permit_web):
    permit_web.post(permit())
    ctx = permit_web.ctx
    (decision,) = present(decide_batch(ctx.database, ctx.catalogue, claim(ctx.database)))
    assert (decision.rule, decision.outcome, decision.place) == ("R1", "case", None)
    assert decision.receipt()["place"] is None
    with ctx.database.transaction() as tx:
        row = tx.execute("SELECT easting, northing, place_name, area_code FROM report").fetchone()
        assert set(row.values()) == {None}
        days = {"reporter_days": 90, "details_days": 180, "unclosed_days": 365, "place_days": 200}
        tx.execute("UPDATE report SET state = 'closed', changed_at = now() - interval '300 days'")
        assert casework.purge(tx, "parking-permit", days).places == 1
        assert casework.purge(tx, "parking-permit", days).places == 0


def test_the_privacy_page_and_the_list_say_what_the_process_says(permit_web):
    privacy = permit_web.get("/privacy", council="merewold").text
    assert "We ask the Driver and Vehicle Licensing Agency whether the vehicle is yours." in privacy
    assert "After your application has ended, we keep your name and address for 90 days" in privacy
    assert "We ask questions about people here." in privacy
    assert "What you can do here" in permit_web.get("/").text


def test_the_api_says_what_the_process_needs_and_what_it_costs(permit_web):
    said = permit_web.get("/api/processes/parking-permit").json()
    assert said["noun"] == "application"
    assert said["needs"] == {"place": False, "details": True, "contact": True}
    assert said["fees"] == [
        {
            "id": "permit",
            "page": "https://pay.merewold.example/permits",
            "amounts": [{"when": {"months": ["six"]}, "pounds": "35.00"}, {"when": {}, "pounds": "55.00"}],
            "amount_of": None,
        }
    ]
