"""The page behind *this was not me*: it says what is so, whatever its address says."""

import re

import pytest
import requests

from routing import casework
from tests.posting import posting, send_reports
from tests.present import present
from tests.samples import submission
from tests.web.citizen import check_page, text_of

pytestmark = pytest.mark.thorough

ADDRESS = "ada@citizen.example"
ASKED, DONE = "Stop emails to your address?", "Emails stopped"


@pytest.fixture
def link(web, mailbox):
    """From a message to somebody whose address was given."""
    web.post(submission("unparished", reporter={"email": ADDRESS}))
    with posting(web.ctx.database, web.ctx.catalogue, mailbox) as post:
        send_reports(post)
    (message,) = [each for each in mailbox.parsed() if each["To"] == ADDRESS]
    return present(re.search(r"/not-me/[0-9a-f]{64}", message.get_body(("plain",)).get_content()))[0]


def heading(web, path: str) -> str:
    return text_of(check_page(requests.get(f"{web.url}{path}", timeout=10)), "h1").strip()


def test_an_address_that_claims_it_is_done_stops_nothing_and_does_not_say_so(web, link):
    assert heading(web, f"{link}?done=1") == ASKED


def test_a_program_that_fills_in_every_field_stops_nothing_and_is_not_told_so(web, link):
    answer = requests.post(f"{web.url}{link}", data={"leave_empty": "x"}, timeout=10)
    assert text_of(check_page(answer), "h1").strip() == ASKED


def test_once_it_is_stopped_the_page_says_so_until_an_officer_allows_it_again(web, link):
    requests.post(f"{web.url}{link}", timeout=10)
    assert heading(web, link) == DONE
    with web.ctx.database.transaction() as tx:
        casework.allow_mail(tx, casework.hash_of(tx, ADDRESS))
    assert heading(web, link) == ASKED


@pytest.mark.parametrize("behind", [".", ")", "%3E", "%20", ")."])
def test_the_link_works_with_what_a_mail_program_takes_for_its_part(web, link, behind):
    assert heading(web, f"{link}{behind}") == ASKED


@pytest.mark.parametrize("change", [lambda link: f"{link}0", lambda link: link[:-1], lambda link: f"{link[:-1]}g"])
def test_another_link_is_none(web, link, change):
    assert requests.get(f"{web.url}{change(link)}", timeout=10).status_code == 404
