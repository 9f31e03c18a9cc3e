"""Transport, parser and directory against the stand-in over real sockets."""

import datetime
import time

import pytest
from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response

from routing import contacts
from routing.cli.supervisor import free_port
from routing.contacts.moderngov import ModernGov, Throttle, Transport
from routing.contacts.moderngov.errors import Blocked, UnexpectedShape, Unreachable
from routing.contacts.moderngov.fields import clean, single_address
from routing.contacts.moderngov.parser import parse_index, parse_list
from tests.servers import http_server

NOW = datetime.datetime(2026, 11, 21, 2, 20, tzinfo=datetime.UTC)


@pytest.fixture
def client(moderngov):
    transport = Transport(f"{moderngov}/merewold", Throttle(0))
    yield ModernGov(transport)
    transport.close()


def test_the_list_and_a_page_are_read(client, catalogue):
    listed = client.parish_councils().refs
    assert len(listed) == len(set(catalogue.folders["merewold"].links.values()))
    detail = client.parish_council(listed[5].id)
    page = detail.published
    assert page.council_name == listed[5].title
    assert page.email.startswith("clerk@")
    assert page.address.startswith("Parish Office, Church Lane,")
    assert detail.url.endswith(f"ID={listed[5].id}")


def test_service_and_index_name_the_same_councils_and_one_page_all_contacts(client):
    listed = client.service_list().refs
    assert client.index().refs == listed
    everybody = {page.council_name: page for page in client.everybody()}
    assert set(everybody) == {ref.title for ref in listed}
    one = client.parish_council(listed[0].id).published
    assert everybody[one.council_name] == one


def test_a_refusal_quarantines_until_the_address_changes(database):
    code = "E04999003"

    def refreshed(tx, address):
        page = contacts.Published("P", "C", address, None, None, None)
        changes = contacts.compare(contacts.read_source(tx, "merewold"), [contacts.Finding(code, "u", page, NOW)])
        contacts.apply(tx, "merewold", changes)
        return [change.kind for change in changes]

    with database.transaction() as tx:
        assert refreshed(tx, "old@x.example") == ["new"]
        one = contacts.read_source(tx, "merewold")[code]
        contacts.quarantine(tx, one.id, "old@x.example", "smtp-rcpt-550")
        assert refreshed(tx, "old@x.example") == ["confirmed"]
        held = contacts.read_source(tx, "merewold")[code]
        assert (held.state, held.reason) == ("quarantined", "smtp-rcpt-550")
        assert refreshed(tx, "new@x.example") == ["released"]
        assert contacts.read_source(tx, "merewold")[code].state == "fresh"
        history = contacts.read_history(tx, "merewold", code)
    assert [each["change"] for each in history] == ["released", "quarantined", "new"]
    assert history[0]["before"] == {"email": "old@x.example"}


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
        transport = Transport(f"{address}/{path}", Throttle(0))
        with pytest.raises(error):
            ModernGov(transport).parish_councils()
        transport.close()


def test_an_address_where_nobody_is_is_named():
    transport = Transport(f"http://127.0.0.1:{free_port()}", Throttle(0))
    with pytest.raises(Unreachable) as failed:
        transport.get("x")
    assert failed.value.code in str(failed.value)
    transport.close()


def test_requests_to_one_host_keep_their_distance_over_all_transports(moderngov):
    slept: list[float] = []
    throttle = Throttle(1, clock=lambda: 100.0, sleep=slept.append)
    for slug in ("merewold", "saltby", "merewold"):
        transport = Transport(f"{moderngov}/{slug}", throttle)
        transport.get("mgWebService.asmx/GetParishCouncils")
        transport.close()
    assert slept == [1.0, 1.0]


INDEX = (
    '<a href="mgParishCouncilDetails.aspx?ID=1">Outside of it</a><div id="modgov"><ul>'
    '<li><a href="mgParishCouncilDetails.aspx?ID=7&amp;bcr=1">Ash &amp; Elm</a></li>'
    '<li><a href="/mgParishCouncilDetails.aspx?bcr=1&amp;ID=8">Oak</a></li>'
    '<li><a href="https://x.example/MGPARISHCOUNCILDETAILS.ASPX?id=9">Yew</a></li>'
    '<li><a href="mgParishCouncilDetails.aspx?ID=7">Ash again</a></li>'
    '<li><a href="mgParishCouncilDetails.aspx?ID=x">No number</a></li>'
    '<li><a href="mgParishCouncilDetails.aspx?bcr=1">The index</a></li>'
    '<li><a href="mgUserInfo.aspx?UID=3">Somebody</a></li>'
    '<li><a hidden href="mgParishCouncilDetails.aspx?ID=66">A trap</a></li>'
    '<li><a href="mgParishCouncilDetails.aspx?ID=5"><img src="x"></a></li></ul></div>'
)


def test_the_index_is_read_by_its_links_to_councils_and_nothing_else():
    assert [(ref.id, ref.title) for ref in parse_index(INDEX.encode(), "u")] == [
        (7, "Ash & Elm"),
        (8, "Oak"),
        (9, "Yew"),
    ]


def test_an_index_without_links_is_no_error_and_one_without_modgov_is():
    assert parse_index(b'<div id="modgov"></div>', "u") == []
    with pytest.raises(UnexpectedShape):
        parse_index(b"<html></html>", "u")


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
    transport = Transport(f"http://127.0.0.1:{port}", Throttle(0), timeout_s=(1, 0.2, 5))
    started = time.monotonic()
    with pytest.raises(Unreachable):
        transport.get("x")
    assert time.monotonic() - started < 5
    transport.close()
    listener.close()
