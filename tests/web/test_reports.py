"""A report's pages behind reference and token, and joining what others reported, in a browser without JavaScript."""

import datetime
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from routing import casework
from routing.casework import Event, Reporter
from routing.process import Nearby
from routing.settings import Settings
from tests.casework.factory import new_report
from tests.web.citizen import BASE, Citizen, check_page, go, href_of, know, reports, text_of

SCRIPT = "<script>alert('x')</script>"
OTHER = Reporter("Ben Other", "ben@citizen.example", None, True)


def main_of(citizen: Citizen) -> str:
    """What the page says, on one line."""
    return " ".join(text_of(citizen.page, "main").split())


def send(citizen, **changes):
    """Send a report, and go to its page."""
    go(citizen, **changes)
    citizen.send()
    return click(citizen, "See what happens to your report")


def click(citizen, sentence):
    link = next(node for node in citizen.page.css("main a") if node.text().strip() == sentence)
    citizen.get(link.attributes["href"])
    return citizen


def others_report(web, **changes):
    """Somebody else has reported the same, in the same place."""
    with web.ctx.database.transaction() as tx:
        given: dict[str, Any] = {"reporter": OTHER, "details": "Loud at night."} | changes
        return casework.submit(tx, new_report(**given))


def additions(web):
    with web.ctx.database.transaction() as tx:
        return [row["text"] for row in tx.execute("SELECT text FROM addition ORDER BY given_at").fetchall()]


class TestTracking:
    def test_the_page_says_what_was_reported_and_neither_words_nor_contact(self, citizen):
        send(citizen)
        said = main_of(citizen)
        for sentence in (
            "Report speeding traffic",
            "What is the speed limit there?",
            "30mph",
            "We received your report.",
        ):
            assert sentence in said
        assert "Most mornings" not in said
        assert "name@example.com" not in said

    def test_an_answer_that_its_process_does_not_know_any_more_is_shown(self, citizen, web):
        send(citizen)
        with web.ctx.database.transaction() as tx:
            tx.execute("""UPDATE report SET answers = answers || '{"limit": "furlongs"}'""")
        citizen.get(citizen.url.removeprefix(web.url))
        assert "This answer is no longer offered: furlongs" in main_of(citizen)

    def test_information_is_added_and_said_to_be(self, citizen, web):
        send(citizen)
        click(citizen, "Add information")
        assert citizen.heading == "What do you want to add?"
        citizen.send(text=f"A lorry too.\r\n{SCRIPT}")
        assert "We have added what you sent to your report." in main_of(citizen)
        assert "You added information." in main_of(citizen)
        assert additions(web) == [f"A lorry too.\n{SCRIPT}"]

    @pytest.mark.parametrize(
        ("typed", "error"),
        [("  ", "Enter what you want to add"), ("x" * 1001, "What you add must be 1,000 characters or less")],
    )
    def test_what_is_wrong_is_said_with_everything_kept(self, citizen, web, typed, error):
        send(citizen)
        click(citizen, "Add information")
        citizen.send(text=typed)
        assert citizen.errors == [error]
        assert text_of(citizen.page, "textarea").strip() == typed.strip()
        assert additions(web) == []
        citizen.send(text="A lorry too.")
        assert additions(web) == ["A lorry too."]

    def test_a_form_that_is_sent_four_times_at_once_adds_it_once(self, citizen, web):
        send(citizen)
        click(citizen, "Add information")
        form = {node.attributes["name"]: node.attributes.get("value") or "" for node in citizen.page.css("form input")}

        def post(_):
            return requests.post(citizen.url.partition("?")[0], data=form | {"text": "A lorry too."}, timeout=10)

        with ThreadPoolExecutor(4) as pool:
            assert {answer.status_code for answer in pool.map(post, range(4))} == {200}
        assert additions(web) == ["A lorry too."]

    def test_a_report_is_withdrawn_once_it_is_meant(self, citizen, web):
        send(citizen)
        click(citizen, "Withdraw this report")
        assert citizen.heading.startswith("Withdraw report WW-")
        assert reports(web)[0]["state"] == "received"
        asked = citizen.url
        form = {"token": citizen.url.partition("token=")[2]}
        citizen.send()
        assert reports(web)[0]["state"] == "withdrawn"
        assert "You have withdrawn this report." in main_of(citizen)
        assert "Withdraw this report" not in main_of(citizen)
        again = requests.post(asked.partition("?")[0], data=form, timeout=10)  # back, and once more
        assert "You have withdrawn this report." in again.text
        for page in ("add", "withdraw"):
            citizen.get(asked.replace("/withdraw", f"/{page}"))
            assert citizen.heading.startswith("Report WW-")

    def test_what_is_added_to_a_report_that_ended_meanwhile_is_not_lost_from_sight(self, citizen, web):
        send(citizen)
        click(citizen, "Add information")
        with web.ctx.database.transaction() as tx:
            casework.withdraw(tx, web.ctx.catalogue, reports(web)[0]["id"])
        citizen.send(text="A lorry too.")
        assert citizen.errors == ["Send a new report. You cannot add to one that has ended"]
        assert text_of(citizen.page, "textarea") == "A lorry too."

    def test_what_could_not_be_added_goes_when_the_report_is_withdrawn(self, citizen, web):
        send(citizen)
        page = citizen.url
        click(citizen, "Add information")
        citizen.send(text="x" * 1001)
        citizen.get(page)
        click(citizen, "Withdraw this report")
        citizen.send()
        with web.ctx.database.transaction() as tx:
            assert tx.execute("SELECT 1 FROM journey WHERE not_taken IS NOT NULL").fetchall() == []

    def test_too_much_is_refused_with_what_to_do(self, citizen, web):
        send(citizen)
        with web.ctx.database.transaction() as tx:
            tx.execute(
                "INSERT INTO addition (id, report, given_by, is_joining, text)"
                " SELECT gen_random_uuid(), id, id, false, 'x' FROM report, generate_series(1, 20)"
            )
        click(citizen, "Add information")
        citizen.send(text="One more")
        assert citizen.errors == ["Contact the council instead. You have added information too often"]

    @pytest.mark.parametrize("page", ["", "/sent", "/add", "/withdraw"])
    def test_a_wrong_token_an_expired_one_and_an_unknown_report_give_one_page(self, citizen, web, page):
        send(citizen)
        known, token = citizen.path, citizen.url.partition("token=")[2]
        with web.ctx.database.transaction() as tx:
            tx.execute("UPDATE report SET changed_at = now() - interval '900 days', state = 'closed'")
            casework.purge(
                tx,
                "speeding-traffic",
                {"reporter_days": 180, "details_days": 730, "unclosed_days": 365, "place_days": 1095},
            )
        answers = [
            web.get(f"{known}{page}", token=token),  # whose time is over
            web.get(f"{known}{page}", token=f"{token}x"),
            web.get(f"{known}{page}"),
            web.get(f"/reports/WW-2222-2222{page}", token=token),
        ]
        if page in ("/add", "/withdraw"):
            form = {"token": token, "text": "A lorry too."}
            answers.append(requests.post(f"{web.url}{known}{page}", data=form, timeout=10))
        assert {answer.status_code for answer in answers} == {404}
        assert len({text_of(check_page(answer), "main") for answer in answers}) == 1

    @pytest.mark.parametrize("page", ["add", "withdraw"])
    def test_a_program_that_fills_in_what_nobody_sees_does_nothing(self, citizen, web, page):
        send(citizen)
        click(citizen, {"add": "Add information", "withdraw": "Withdraw this report"}[page])
        citizen.send(**({"text": "Buy this"} if page == "add" else {}), leave_empty="x")
        assert additions(web) == []
        assert reports(web)[0]["state"] == "received"

    def test_one_who_gave_an_address_is_told_that_news_comes_by_email(self, citizen, web):
        send(citizen)
        assert "We email you when something happens." in main_of(citizen)
        other = send(Citizen(web.url), contact={"email": "", "may_pass_on": ""}, place={"where": "566008, 445516"})
        assert "We email you" not in main_of(other)


class TestPace:
    @pytest.fixture
    def settings(self, database_url, tmp_path):
        return Settings(data_dir=tmp_path, database_url=database_url, reports_per_hour=3)

    def test_adding_has_the_limit_that_reporting_has(self, web):
        receipt = others_report(web)
        form = {"token": receipt.token, "text": "A lorry too."}
        answers = [
            requests.post(
                f"{web.url}/reports/{receipt.reference}/add",
                data=form | {"once": str(number), "text": "A lorry too."},
                headers={"X-Forwarded-For": "198.51.100.7"},
                timeout=10,
            )
            for number in range(4)
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert int(answers[-1].headers["Retry-After"]) > 3000
        assert re.search(r"You can come back in \d+ minutes. We keep what you entered before", answers[-1].text)
        shown = web.get(f"/reports/{receipt.reference}/add", token=receipt.token)
        assert "A lorry too.</textarea>" in shown.text  # what was typed is not lost
        assert 'name="once" value="3"' in shown.text


def to_similar(citizen):
    """All is answered, and what was checked is sent: then others near by are shown."""
    go(citizen)
    citizen.send()
    assert citizen.path == f"{BASE}/similar"


def switch_nearby(web, nearby, sensitive=None):
    """Serve the process with this key, and with these choices or whole questions marked as sensitive."""
    definition = web.ctx.catalogue.definition("merewold", "speeding-traffic")
    questions = []
    for question in definition.question:
        marked = (sensitive or {}).get(question.id, ())
        choices = tuple(
            each.model_copy(update={"sensitive": each.value in (marked or ())}) for each in question.choices
        )
        questions.append(question.model_copy(update={"choices": choices, "sensitive": marked is None}))
    about = definition.process.model_copy(update={"nearby": Nearby(nearby)})
    web.ctx.catalogue._current["merewold", "speeding-traffic"] = definition.with_parts(
        {"process": about, "question": tuple(questions)}
    )


class TestSimilar:
    def test_it_is_offered_with_what_was_chosen_and_neither_words_nor_name(self, citizen, web):
        others_report(web)
        to_similar(citizen)
        said = main_of(citizen)
        today = datetime.datetime.now(datetime.UTC)
        assert f"reported on {today.day} {today:%B %Y}, within 50 metres of here" in said
        assert "Vehicles often go too fast, 30mph, Daytime" in said
        assert not re.search("Loud|Ben|WW-", said)

    def test_one_who_joins_gets_a_reference_of_their_own_and_sees_the_case_go_on(self, citizen, web):
        receipt = others_report(web)
        to_similar(citizen)
        citizen.send(similar=str(receipt.id))
        assert citizen.path == f"{BASE}/check"
        assert "Is it the same as another report?" in main_of(citizen)
        citizen.send()
        assert "We have added your report to another about the same place." in main_of(citizen)
        assert receipt.reference not in citizen.text
        click(citizen, "See what happens to your report")
        with web.ctx.database.transaction() as tx:
            casework.move(tx, [receipt.id], Event.CLAIMED, "engine")
            casework.move(tx, [receipt.id], Event.SENT, "engine")
        citizen.get(citizen.url)
        said = [
            node.text().removeprefix(node.css_first("strong").text()).strip()
            for node in citizen.page.css(".ww-happened li")
        ]
        assert said[1] == "It was added to another report about the same place."
        assert said[0] == "We sent it to the people who can act on it."
        own = next(row for row in reports(web) if row["reference"] != receipt.reference)
        assert (own["state"], own["merged_into"]) == ("merged", receipt.id)

    def test_one_who_does_not_join_sends_a_report_of_their_own(self, citizen, web):
        others_report(web)
        to_similar(citizen)
        citizen.send(similar="mine")
        citizen.send()
        assert sorted(row["state"] for row in reports(web)) == ["received", "received"]

    @pytest.mark.parametrize("chosen", ["", "00000000-0000-0000-0000-000000000000", SCRIPT])
    def test_something_has_to_be_chosen(self, citizen, web, chosen):
        others_report(web)
        to_similar(citizen)
        citizen.send(similar=chosen)
        assert citizen.errors == ["Select a report, or 'None of these'"]

    def test_back_from_a_choice_that_is_changed_leads_to_the_check(self, citizen, web):
        others_report(web)
        to_similar(citizen)
        citizen.send(similar="mine")
        assert citizen.path == f"{BASE}/check"
        citizen.get(href_of(citizen.page, f'dd a[href^="{BASE}/similar"]'))
        assert citizen.back == f"{BASE}/check"

    def test_another_place_asks_anew(self, citizen, web):
        others_report(web)
        to_similar(citizen)
        citizen.send(similar="mine")
        others_report(web, easting=566400.0, northing=444759.1)
        citizen.get(f"{BASE}/place")
        citizen.send(where="566410, 444759")
        assert citizen.path == f"{BASE}/check"  # nothing is shown of a place that was not confirmed
        citizen.send()
        assert citizen.path == f"{BASE}/similar"

    def test_a_report_that_ended_meanwhile_is_joined_by_nobody(self, citizen, web):
        receipt = others_report(web)
        to_similar(citizen)
        citizen.send(similar=str(receipt.id))
        with web.ctx.database.transaction() as tx:
            casework.withdraw(tx, web.ctx.catalogue, receipt.id)
        citizen.send()
        assert citizen.path == f"{BASE}/check"  # it would be a report of its own now: it is checked again
        assert len(reports(web)) == 1
        assert "Is it the same" not in main_of(citizen)
        citizen.send()
        assert sorted(row["state"] for row in reports(web)) == ["received", "withdrawn"]

    def test_a_place_that_is_not_certain_yet_is_asked_about_as_ever(self, citizen, web):
        know(web, names=[("High Street", "North", 566100.0, 444800.0), ("High Street", "South", 571000.0, 451000.0)])
        others_report(web)
        to_similar(citizen)
        citizen.send(similar="mine")
        citizen.get(f"{BASE}/place")
        citizen.send(where="High Street")
        assert citizen.path == f"{BASE}/which"
        citizen.send(which="566100.00:444800.00")
        assert citizen.path == f"{BASE}/check"
        citizen.send()
        assert citizen.path == f"{BASE}/similar"  # asked anew: it is another point

    def test_of_another_process_council_or_far_away_nothing_is_asked(self, citizen, web):
        others_report(web, process="overgrown-hedge")
        others_report(web, council="saltby")
        others_report(web, northing=445500.0)
        go(citizen)
        citizen.send()
        assert citizen.path.endswith("/sent")

    def test_nothing_is_shown_or_told_before_the_place_was_confirmed(self, citizen, web):
        others_report(web)
        go(citizen)
        assert citizen.path == f"{BASE}/check"
        assert "nearby" not in main_of(citizen)
        citizen.get(f"{BASE}/similar")
        assert citizen.path == f"{BASE}/check"
        assert "seen" in citizen.text

    def test_where_the_process_does_not_ask_nothing_of_others_is_shown(self, citizen, web):
        switch_nearby(web, "off")
        others_report(web)
        go(citizen)
        citizen.send()
        assert citizen.path.endswith("/sent")
        assert sorted(row["state"] for row in reports(web)) == ["received", "received"]

    def test_what_says_something_of_a_person_is_not_shown_to_others(self, citizen, web):
        switch_nearby(web, "ask", sensitive={"nature": ("pattern",), "time": None})
        others_report(web)
        to_similar(citizen)
        said = main_of(citizen)
        assert "30mph" in said
        assert "Vehicles often go too fast" not in said
        assert "Daytime" not in said

    def test_joining_four_times_at_once_joins_once(self, citizen, web):
        receipt = others_report(web)
        to_similar(citizen)
        citizen.send(similar=str(receipt.id))
        form = {node.attributes["name"]: node.attributes.get("value") or "" for node in citizen.page.css("form input")}
        cookies = citizen.session.cookies.get_dict()

        def post(_):
            return requests.post(citizen.url, data=form, cookies=cookies, timeout=10)

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(post, range(4)))
        assert len({answer.url for answer in answers}) == 1
        with web.ctx.database.transaction() as tx:
            assert tx.execute("SELECT count(*) AS n FROM addition").fetchone()["n"] == 1
            assert casework.verify(tx)[1] == []
