"""Transport, parser and directory against the stand-in over real sockets."""

import datetime
import time

import pytest
from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import contacts
from routing.contacts.moderngov import ModernGov, ModernGovError, Transport, harvest
from routing.contacts.moderngov.errors import Blocked, ServiceOff, UnexpectedShape, Unreachable
from routing.contacts.moderngov.parser import clean, parse_detail, parse_list, single_address
from routing.standins import Rule
from tests.servers import free_port, http_server

NOW = datetime.datetime(2026, 11, 21, 2, 20, tzinfo=datetime.UTC)


@pytest.fixture
def client(moderngov):
    transport = Transport(f"{moderngov}/merewold", interval_s=0)
    yield ModernGov(transport)
    transport.close()


@pytest.fixture
def links(catalogue):
    return catalogue.folders["merewold"].links


def test_the_list_and_a_page_are_read(client, links):
    listed = client.parish_councils()
    assert len(listed) == len(set(links.values()))
    url, page = client.parish_council(listed[5].id)
    assert page.council_name == listed[5].title
    assert page.email.startswith("clerk@")
    assert page.address.startswith("Parish Office, Church Lane,")
    assert url.endswith(f"ID={listed[5].id}")


def test_every_linked_parish_is_found_and_a_shared_page_is_read_once(client, links):
    found = harvest(client, links)
    assert not found.problems
    assert not found.unlisted
    by_code = {finding.parish_code: finding for finding in found.findings}
    assert set(by_code) == set(links)
    joint = [finding for finding in found.findings if finding.published.council_name.startswith("Joint")]
    assert len({finding.source_url for finding in joint}) == 1
    assert len(joint) == 2


def test_words_in_the_email_field_are_kept_for_a_person_and_never_used(client, links):
    pages = [finding.published for finding in harvest(client, links).findings]
    two = [page for page in pages if page.raw_email]
    assert len(two) == 1
    assert two[0].email is None
    assert ";" in two[0].raw_email
    assert sum(page.is_vacant for page in pages) == 1


FAULTS = [
    ("bad-gateway", "moderngov-server-fault"),
    ("service-off", "moderngov-service-off"),
    ("challenge", "moderngov-blocked"),
    ("error-page", "moderngov-unexpected-shape"),
]


@pytest.mark.parametrize(("fault", "code"), FAULTS, ids=[code for _, code in FAULTS])
def test_a_list_that_fails_is_named_and_the_pages_are_still_read(faulty, client, links, fault, code):
    faulty.rules = [Rule(fault, "asmx")]
    found = harvest(client, links)
    assert found.problems == {"": code}
    assert len(found.findings) == len(links)


def test_a_page_that_is_not_understood_never_erases_a_contact(faulty, client, links, database):
    with database.transaction() as tx:
        contacts.apply(tx, "merewold", contacts.compare({}, harvest(client, links).findings), NOW)
        before = contacts.read_source(tx, "merewold")
    faulty.rules = [Rule("error-page", "Details")]
    found = harvest(client, links)
    assert set(found.problems) == set(links)
    with database.transaction() as tx:
        contacts.apply(tx, "merewold", contacts.compare(before, found.findings), NOW)
        assert contacts.read_source(tx, "merewold") == before


def test_a_refusal_quarantines_until_the_address_changes(client, links, database):
    with database.transaction() as tx:
        findings = harvest(client, links).findings
        contacts.apply(tx, "merewold", contacts.compare({}, findings), NOW)
        one = next(c for c in contacts.read_source(tx, "merewold").values() if c.published.email)
        contacts.quarantine(tx, one.id, "smtp-rcpt-550")
        again = contacts.compare(contacts.read_source(tx, "merewold"), findings)
        assert {change.kind for change in again} == {"confirmed"}
        contacts.apply(tx, "merewold", again, NOW)
        held = contacts.read_source(tx, "merewold")[one.parish_code]
        assert (held.state, held.reason) == ("quarantined", "smtp-rcpt-550")
        mended = [
            contacts.Finding(
                f.parish_code, f.source_url, contacts.Published("P", "C", "new@x.example", None, None, None)
            )
            for f in findings
            if f.parish_code == one.parish_code
        ]
        changes = contacts.compare(contacts.read_source(tx, "merewold"), mended)
        assert [change.kind for change in changes] == ["released"]
        contacts.apply(tx, "merewold", changes, NOW)
        assert contacts.read_source(tx, "merewold")[one.parish_code].state == "fresh"
        history = tx.execute("SELECT change, fields FROM contact_change WHERE contact_id = %s ORDER BY id", (one.id,))
        assert [row["change"] for row in history.fetchall()] == ["new", "quarantined", "released"]


WEBSITES = FastAPI()


@WEBSITES.get("/elsewhere/{page:path}")
def elsewhere(page: str) -> Response:
    return RedirectResponse("http://localhost:9/secret", 302)


@WEBSITES.get("/moved/{page:path}")
def moved(page: str) -> Response:
    return RedirectResponse(f"/moved/{page}", 302)


@WEBSITES.get("/challenge/{page:path}")
def challenge(page: str) -> Response:
    return Response("<title>Just a moment...</title>", media_type="text/html")


@WEBSITES.get("/huge/{page:path}")
def huge(page: str) -> Response:
    return Response(b"x" * 6_000_000)


@pytest.mark.parametrize(
    ("path", "error"),
    [("elsewhere", UnexpectedShape), ("moved", UnexpectedShape), ("challenge", Blocked), ("huge", UnexpectedShape)],
)
def test_what_leads_away_or_is_too_much_is_refused(path, error):
    with http_server(WEBSITES) as address:
        transport = Transport(f"{address}/{path}", interval_s=0)
        with pytest.raises(error):
            ModernGov(transport).parish_councils()
        transport.close()


@pytest.mark.parametrize(
    ("base", "error"),
    [(f"http://127.0.0.1:{free_port()}", Unreachable), ("no-scheme", ServiceOff), ("ftp://x.example", ServiceOff)],
    ids=["nobody there", "no scheme", "another scheme"],
)
def test_an_address_that_cannot_be_asked_is_named_by_kind(base, error):
    transport = Transport(base, interval_s=0)
    with pytest.raises(error) as failed:
        transport.get("x")
    assert failed.value.code in str(failed.value)
    transport.close()


def test_requests_to_one_host_keep_their_distance(moderngov):
    slept = []
    transport = Transport(f"{moderngov}/merewold", interval_s=1, clock=lambda: 100.0, sleep=slept.append)
    for _ in range(3):
        transport.get("mgWebService.asmx/GetParishCouncils")
    transport.close()
    assert slept == [1.0, 1.0]


LISTS = {
    "house style": b"<parishcouncils><parishcouncil><parishcouncilid>7</parishcouncilid>"
    b"<parishcounciltitle>A&amp;amp;B</parishcounciltitle></parishcouncil></parishcouncils>",
    "other names, namespace": b'<ParishCouncils xmlns="http://x"><Parish><ID> 7 </ID><Name>A&amp;B</Name></Parish></ParishCouncils>',
}


@pytest.mark.parametrize("name", LISTS)
def test_the_list_does_not_rest_on_one_spelling(name):
    assert [(ref.id, ref.title) for ref in parse_list(LISTS[name], "u")] == [(7, "A&B")]


def test_an_empty_list_is_no_error():
    assert parse_list(b"<parishcouncils>\r\n</parishcouncils>", "u") == []


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><parishcouncils>&b;</parishcouncils>'


@pytest.mark.parametrize("content", [b"", b"<html/>", b"not xml", BOMB, b"<parishcouncils>"], ids=range(5))
def test_what_is_no_list_is_refused(content):
    with pytest.raises(UnexpectedShape):
        parse_list(content, "u")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(max_examples=500, deadline=None)
def test_parsers_answer_or_refuse_and_never_break(content):
    for parser, kind in ((parse_list, list), (parse_detail, contacts.Published)):
        try:
            answer = parser(content, "u")
        except ModernGovError as error:
            answer = error
        assert isinstance(answer, kind | UnexpectedShape)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("clerk@x.example", "clerk@x.example"),
        ("Email: clerk@X.example ", "clerk@x.example"),
        ("a@x.example;b@x.example", None),
        ("tba", None),
        ("01632 960000", None),
        ("", None),
        (None, None),
        ("a@x.example\r\nBcc: b@y.example", None),
    ],
)
def test_an_address_is_taken_only_where_exactly_one_stands(text, expected):
    assert single_address(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a  b\u00a0c", "a b c"), ("Chair&amp;#39;s", "Chair's"), ("x &amp;amp; y", "x & y"), ("1 < 2", "1 < 2")],
)
def test_text_is_unescaped_twice_at_most_and_folded(text, expected):
    assert clean(text) == expected


def test_a_server_that_never_answers_is_given_up():
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    transport = Transport(f"http://127.0.0.1:{port}", interval_s=0, timeout_s=(1, 0.2, 5))
    started = time.monotonic()
    with pytest.raises(Unreachable):
        transport.get("x")
    assert time.monotonic() - started < 5
    transport.close()
    listener.close()
