"""Going back, several tabs on one process, and what was typed where a journey is not here any more."""

import re
from urllib.parse import urlsplit

import pytest
import requests
from starlette.routing import Route

from routing import casework
from routing.web import api, health, journey, mapping, site, stopping
from routing.web import reports as report_pages
from tests.casework.factory import new_report
from tests.present import present
from tests.samples import submission
from tests.web.citizen import BASE, START, Citizen, check_page, go, href_of, reports, text_of

pytestmark = pytest.mark.thorough

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def sent_from(citizen, **values):
    """What the form of a page says, with what was entered."""
    hidden = citizen.page.css("main form input[type=hidden]")
    return {node.attributes["name"]: node.attributes["value"] for node in hidden} | values


def beside(citizen):
    """Another tab of the same browser."""
    return Citizen(citizen.site, session=citizen.session)


def cut_short(citizen, page, **values):
    """Send a page by hand, with what the browser says of its origin."""
    form = sent_from(citizen, **values)
    return citizen.session.post(f"{citizen.site}{BASE}/{page}", data=form, headers=SAME_ORIGIN, timeout=10)


class TestErrors:
    @pytest.mark.parametrize(
        ("page", "values"),
        [("nature", {}), ("place", {"where": "Nowhere"}), ("details", {"details": "x" * 1001}), ("contact", {"email": "x"})],
    )  # fmt: skip
    def test_a_page_with_errors_can_be_loaded_again_without_sending_anything(self, citizen, page, values):
        go(citizen, page)
        citizen.send(**values)
        errors, shown = citizen.errors, citizen.url
        assert errors
        citizen.get(f"{BASE}/nature" if page != "nature" else START)
        citizen.get(shown)
        assert (citizen.errors, citizen.answer.request.method) == (errors, "GET")

    def test_what_was_mended_is_not_complained_about_again(self, citizen):
        go(citizen, "place")
        citizen.send(where="Nowhere")
        citizen.get(href_of(citizen.page, "main a[href*='/map']"))
        assert citizen.errors == []
        citizen.send(lat="", lon="")
        assert citizen.errors == ["Put the pin on the map, or enter the place instead"]
        lat, lon = submission_point()
        citizen.send(lat=lat, lon=lon)
        for page in ("place", "map"):
            citizen.get(f"{BASE}/{page}")
            assert citizen.errors == []

    def test_what_was_not_taken_goes_with_the_journey(self, citizen, web):
        go(citizen)
        citizen.get(f"{BASE}/details")
        citizen.send(details="x" * 1001)
        citizen.get(f"{BASE}/check")
        citizen.send()
        assert citizen.path.endswith("/sent")
        with web.ctx.database.transaction() as tx:
            assert tx.execute("SELECT not_taken FROM journey").fetchall() == [{"not_taken": None}]

    def test_an_error_is_not_shown_again_once_another_page_was_sent_and_the_text_is(self, citizen):
        go(citizen)
        citizen.get(f"{BASE}/details")
        citizen.send(details="x" * 1001)
        assert citizen.errors
        citizen.get(f"{BASE}/time")
        citizen.send(time="both")
        citizen.get(f"{BASE}/details")
        assert (citizen.errors, text_of(citizen.page, "textarea").strip()) == ([], "x" * 1001)


def submission_point():
    return "53.8986", "-0.9978"


class TestTabs:
    def test_a_second_tab_goes_on_beside_the_first(self, citizen, web):
        go(citizen, "limit")
        other = go(beside(citizen), "limit")
        citizen.send(limit="20")
        other.send(limit="40")
        for each in (citizen, other):
            each.get(href_of(each.page, "a.govuk-back-link"))
            each.send()
            each.send(time="day")
            each.send(details="")
            each.send()
        assert "20mph" in citizen.text
        assert "40mph" in other.text
        citizen.send()
        assert text_of(other.page, "h1").strip() == "Check your answers before sending your report"
        other.send()
        if other.path == f"{BASE}/similar":
            other.send(similar="mine")
            other.send()
        assert sorted(row["answers"]["limit"] for row in reports(web)) == ["20", "40"]

    def test_a_link_of_a_tab_stays_in_it(self, citizen):
        go(citizen)
        go(beside(citizen), limit={"limit": "40"})
        (link,) = [node.attributes["href"] for node in citizen.page.css("dd a") if "/limit?" in node.attributes["href"]]
        citizen.get(link)
        assert citizen.page.css_first("input[checked]").attributes["value"] == "30"
        citizen.send()
        assert "30mph" in citizen.text

    def test_sending_one_leaves_the_others(self, citizen, web):
        go(citizen)
        other = go(beside(citizen), "details")
        citizen.send()
        other.send(details="Still here")
        other.send()
        assert "Still here" in other.text

    def test_of_more_tabs_than_are_kept_the_oldest_is_told_so_and_loses_no_text(self, citizen):
        go(citizen, "details")
        for _ in range(4):
            beside(citizen).get(START)
            other = beside(citizen)
            other.get(START)
            other.send()
        answer = cut_short(citizen, "details", details="Two pages\nof text")
        page = check_page(answer)
        assert urlsplit(answer.url).path == f"{BASE}/nature"
        banner = text_of(page, ".govuk-notification-banner")
        assert "Start again. We have kept what you have just entered" in banner
        assert "Two pages\nof text" in banner


class TestLost:
    @pytest.mark.parametrize("how", ["over", "no cookie"])
    def test_what_was_typed_stands_on_its_page_after_a_new_start(self, citizen, web, how):
        go(citizen, "details")
        if how == "over":
            with web.ctx.database.transaction() as tx:
                tx.execute("UPDATE journey SET expires_at = now()")
        else:
            citizen.session.cookies.clear()
        answer = cut_short(citizen, "details", details="Every morning & <b>loud</b>")
        citizen._shown(answer)
        assert "Every morning & <b>loud</b>" in text_of(citizen.page, ".ww-typed")
        for values in ({"nature": "pattern"}, {"road": "no"}, {"where": "566008, 445016"}, {"limit": "30"}):
            citizen.send(**values)
        citizen.send(time="day")
        assert citizen.path == f"{BASE}/details"
        assert text_of(citizen.page, "textarea").strip() == "Every morning & <b>loud</b>"
        assert not citizen.page.css(".govuk-notification-banner")
        citizen.send()
        assert not citizen.page.css(".govuk-notification-banner")

    def test_a_form_of_which_the_browser_does_not_say_that_it_is_ours_begins_nothing_and_shows_what_was_typed(
        self, citizen, web
    ):
        go(citizen, "details")
        form = sent_from(citizen, details="Two pages of text") | {"csrf": "0" * 64}
        for said, shown in (
            ({}, ["Two pages of text"]),
            ({"Sec-Fetch-Site": "cross-site"}, []),
        ):  # never another site's words
            answer = citizen.session.post(f"{citizen.site}{BASE}/details", data=form, headers=said, timeout=10)
            assert answer.status_code == 410
            assert [node.text() for node in check_page(answer).css(".ww-typed")] == shown
        with web.ctx.database.transaction() as tx:
            assert tx.execute("SELECT count(*) AS n FROM journey").fetchone()["n"] == 1

    def test_a_form_with_nothing_typed_begins_nothing(self, citizen, web):
        go(citizen)
        citizen.session.cookies.clear()
        answer = cut_short(citizen, "check")
        assert answer.status_code == 410
        with web.ctx.database.transaction() as tx:
            assert tx.execute("SELECT count(*) AS n FROM journey").fetchone()["n"] == 1


class TestLinks:
    @pytest.fixture
    def receipt(self, web):
        with web.ctx.database.transaction() as tx:
            return casework.submit(tx, new_report())

    @pytest.mark.parametrize("within", ["%20", "%0D%0A", "%E2%80%8B", "%3D%0D%0A", " "])
    def test_and_with_what_breaks_it_in_two(self, web, receipt, within):
        before = ("", "3D")[within == " "]
        link = f"/reports/{receipt.reference}?token={before}{receipt.token[:9]}{within}{receipt.token[9:]}"
        assert web.get(link).status_code == 200
        assert web.get(link.replace(receipt.token[9:], receipt.token[10:])).status_code == 404

    @pytest.mark.parametrize("behind", [".", ")", ">", " ", "%20", "%3E", ").", "%0A", "&gt;", "'", "…"])
    @pytest.mark.parametrize("page", ["", "/sent", "/add", "/withdraw"])
    def test_a_tracking_link_works_with_what_a_mail_program_takes_for_its_part(self, web, receipt, page, behind):
        address = f"{web.url}/reports/{receipt.reference}{page}?token={receipt.token}{behind}"
        answer = requests.get(address, timeout=10)
        shown = check_page(answer)
        assert answer.status_code == 200
        links = [present(node.attributes["href"]) for node in shown.css("main a")]
        assert all(link.endswith(f"token={receipt.token}") for link in links if "token=" in link)

    @pytest.mark.parametrize("behind", [".", ")", "%3E", "%20"])
    def test_so_does_the_api(self, web, receipt, behind):
        address = f"{web.url}/api/reports/{receipt.reference}?token={receipt.token}{behind}"
        assert requests.get(address, timeout=10).json()["reference"] == receipt.reference

    def test_another_token_opens_nothing(self, web, receipt):
        for token in (f"{receipt.token}x", f"{receipt.token[:-1]}", f"x{receipt.token}", ""):
            assert requests.get(f"{web.url}/reports/{receipt.reference}?token={token}", timeout=10).status_code == 404


def test_head_is_answered_wherever_get_is(web):
    for path in (
        "/",
        START,
        "/privacy",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/nothing",
        "/api/processes/speeding-traffic",
    ):
        got = requests.get(f"{web.url}{path}", timeout=10, allow_redirects=False)
        head = requests.head(f"{web.url}{path}", timeout=10, allow_redirects=False)
        assert (head.status_code, head.content) == (got.status_code, b"")
        for name in ("Content-Type", "Content-Security-Policy", "X-Content-Type-Options"):
            assert head.headers.get(name) == got.headers.get(name)


def test_head_ends_no_journey(citizen):
    go(citizen, "nature")
    citizen.send(nature="danger")
    assert citizen.path == f"{BASE}/result"
    go(citizen, "nature")
    hidden = sent_from(citizen, nature="danger")
    result = citizen.session.post(f"{citizen.site}{BASE}/nature", data=hidden, timeout=10, allow_redirects=False)
    where = f"{citizen.site}{result.headers['Location']}"
    head = citizen.session.head(where, timeout=10)
    assert (head.status_code, head.headers.get("Set-Cookie")) == (200, None)
    citizen.get(where)
    assert citizen.heading == "Call 999 now"


def test_every_route_that_takes_get_takes_head(web):
    """Also those that come later."""
    routers = (api.router, health.router, site.router, report_pages.router, stopping.router, mapping.router)
    routes = [*journey.ROUTES, *(route for router in routers for route in router.routes)]
    paths = set()
    for route in routes:
        assert isinstance(route, Route)
        if "GET" in (route.methods or ()):
            paths.add(route.path)
    assert len(paths) > 10
    for path in paths:
        address = re.sub(r"\{[a-z_]+(:path)?\}", "x", path)
        assert requests.head(f"{web.url}{address}", timeout=10).status_code != 405, path


def test_a_line_break_is_one_character_in_the_api_too(web):
    details = "a\r\n" * 499 + "b"  # 999 characters, as people count
    answer = web.post(submission(details=details))
    assert answer.status_code == 201
    assert reports(web)[0]["details"] == "a\n" * 499 + "b"
    too_long = web.post(submission(details="a\r\n" * 500 + "b"))
    assert "1,000 characters or less" in too_long.text


@pytest.mark.parametrize(
    "typed",
    ["ada@citizen.example.", "<ada@citizen.example>", "Ada Reporter <ada@citizen.example>", "mailto:ada@citizen.example",
     "\u2039ada@citizen.example\u203a", '"ada@citizen.example",', "ada\u200b@citizen.example\ufe0f"],
)  # fmt: skip
def test_what_is_copied_with_an_address_is_no_part_of_it(web, typed):
    assert web.post(submission(reporter={"email": typed})).status_code == 201
    assert reports(web)[0]["email"] == "ada@citizen.example"


def test_an_empty_address_is_none_and_what_is_too_long_is_said_in_characters(web):
    assert web.post(submission(reporter={"email": ""})).status_code == 201
    assert reports(web)[0]["email"] is None
    assert "at most 20,000 characters" in web.post(submission(details="x" * 20_001)).text


@pytest.mark.parametrize("around", ["<{}", '"{}"', "({})", "\u200b{}", "{}_", "{}-", " {}."])
def test_a_token_is_found_in_what_stands_around_it(web, around):
    with web.ctx.database.transaction() as tx:
        receipt = casework.submit(tx, new_report())
    answer = requests.get(
        f"{web.url}/reports/{receipt.reference}", params={"token": around.format(receipt.token)}, timeout=10
    )
    assert answer.status_code == 200
