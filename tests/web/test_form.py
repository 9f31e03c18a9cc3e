"""The plain form: generated from the definition, works without JavaScript, strict HTML, everything escaped."""

import html5lib
import pytest
import requests
from selectolax.lexbor import LexborHTMLParser

from tests.samples import ANSWERS, point

SCRIPT = "<script>alert('x')</script>"


def parse(answer):
    html5lib.HTMLParser(strict=True).parse(answer.text)
    page = LexborHTMLParser(answer.text)
    assert len(page.css("h1")) == 1
    assert page.css_first("html").attributes["lang"] == "en-GB"
    assert page.css_first("title").text().strip()
    assert not page.css("script")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    return page


def fields(**changes):
    where = point("parish")
    return ANSWERS | {name: str(value) for name, value in where.items()} | {"key": "form-key-1"} | changes


def send(web, follow=True, **changes):
    url = f"{web.url}/report/speeding-traffic?council=merewold"
    return requests.post(url, data=fields(**changes), timeout=10, allow_redirects=follow)


@pytest.mark.parametrize("path", ["/", "/report/speeding-traffic", "/privacy", "/privacy?council=saltby"])
def test_every_page_is_strict_html(web, path):
    answer = web.get(path)
    assert answer.status_code == 200
    parse(answer)


def test_the_form_asks_what_the_definition_asks(web, catalogue):
    page = parse(web.get("/report/speeding-traffic"))
    definition = catalogue.definition("merewold", "speeding-traffic")
    for question in definition.question:
        found = [node.attributes["value"] for node in page.css(f'input[name="{question.id}"]')]
        assert tuple(found) == question.values
    theirs = parse(web.get("/report/speeding-traffic", council="saltby"))
    assert not theirs.css('input[name="road"]')


def test_sending_it_leads_to_a_page_that_can_be_kept(web):
    answer = send(web, follow=False)
    assert answer.status_code == 303
    page = web.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "WW-" in parse(page).css_first("h1").text()


def test_sending_it_twice_gives_the_same_report(web):
    one, two = send(web, follow=False), send(web, follow=False)
    assert one.headers["Location"] == two.headers["Location"]


def test_a_signpost_is_a_page_and_stores_nothing(web):
    answer = send(web, nature="driver")
    assert "Report this to the police" in parse(answer).css_first("h1").text()
    with web.ctx.database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM report").fetchone()["n"] == 0


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"nature": ""}, "nature", "Select what is happening"),
        ({"limit": ""}, "limit", "Select the speed limit"),
        ({"easting": ""}, "easting", "Enter both the easting and the northing"),
        ({"easting": "here"}, "easting", "not a number"),
        ({"details": "x" * 1001}, "details", "1,000 characters or less"),
        ({"email": "nobody"}, "email", "name@example.com"),
    ],
)
def test_what_is_wrong_stands_on_the_same_page_with_everything_kept(web, changes, field, text):
    answer = send(web, **({"name": SCRIPT} | changes))
    assert answer.status_code == 422
    page = parse(answer)
    assert page.css_first("title").text().strip().startswith("Error: ")
    summary = page.css_first(".summary a")
    assert text in summary.text()
    assert page.css(summary.attributes["href"])
    assert page.css_first('input[name="name"]').attributes["value"] == SCRIPT
    assert page.css_first('input[name="key"]').attributes["value"] == "form-key-1"
    if field != "nature":
        assert page.css_first('input[name="nature"][checked]') is not None


def test_a_wrong_token_and_an_unknown_report_give_one_page(web):
    known = send(web, follow=False).headers["Location"].partition("?")[0]
    one, two = web.get(known, token="x"), web.get("/reports/WW-2222-2222", token="x")
    assert one.status_code == two.status_code == 404
    assert parse(one).css_first("main").text() == parse(two).css_first("main").text()


def test_the_privacy_notice_says_what_the_council_file_says(web, catalogue):
    text = parse(web.get("/privacy")).css_first("main").text()
    privacy = catalogue.council("merewold").privacy
    for words in (privacy.controller, privacy.lawful_basis, privacy.rights, "180 days", "730 days", "road safety team"):
        assert words in text


def test_a_page_whose_report_was_sent_can_send_another(web):
    first = send(web, follow=False)
    again = send(web, details="Something else.")
    assert again.status_code == 422
    page = parse(again)
    assert "already sent a report from this page" in page.css_first(".summary a").text()
    fresh = page.css_first('input[name="key"]').attributes["value"]
    assert fresh != "form-key-1"
    second = send(web, follow=False, details="Something else.", key=fresh)
    assert second.headers["Location"] != first.headers["Location"]


def test_a_question_that_only_the_deciding_council_asks_is_shown(web):
    values = fields()
    del values["road"]
    url = f"{web.url}/report/speeding-traffic?council=saltby"
    page = parse(requests.post(url, data=values, timeout=10))
    assert page.css('input[name="road"]')
    assert "Merewold" in page.css_first("header").text()


def test_an_unknown_process_has_no_page(web):
    assert web.get("/report/potholes").status_code == 404
