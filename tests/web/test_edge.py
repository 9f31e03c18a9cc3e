"""What every request meets before a page: whole bodies, own names, bounds on what is held open, headers on the answer."""

import asyncio
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from fastapi import Request
from starlette.exceptions import HTTPException

from routing.casework import Catalogue
from routing.cli.supervisor import free_port
from routing.errors import DefinitionError
from routing.web import edge, protocol
from routing.web.forms import read_form
from tests.conftest import PLAIN, until
from tests.posting import posting, send_reports
from tests.present import present
from tests.samples import submission
from tests.servers import RunningWeb, http_server
from tests.web.citizen import BASE, check_page, go, text_of


def count(web: RunningWeb) -> int:
    with web.ctx.database.transaction() as tx:
        number: int = present(tx.execute("SELECT count(*) AS n FROM report").fetchone())["n"]
        return number


def connection(url: str) -> socket.socket:
    found = urlsplit(url)
    return socket.create_connection((found.hostname, found.port), timeout=10)


def head(path: str, kind: str, length: int, cookie: str = "", host: str = "reports.example") -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Type: {kind}", f"Content-Length: {length}"]
    return "\r\n".join([*lines, *([f"Cookie: {cookie}"] if cookie else []), "", ""]).encode()


FORM = "application/x-www-form-urlencoded"


class TestABodyThatWasCutOff:
    """The connection breaks in the midst of it: what came may look like a whole body, and must reach nobody."""

    @pytest.mark.parametrize("page", ["details", "contact", "limit"])
    def test_a_form_changes_nothing(self, web, citizen, page):
        go(citizen, until=page)
        form = citizen.page.css_first("main form")
        csrf = form.css_first('input[name="csrf"]').attributes["value"]
        whole = urlencode(
            {"csrf": csrf, "details": "Cut off here", "limit": "30", "email": "half@example.com"}
        ).encode()
        cookie = "; ".join(f"{each.name}={each.value}" for each in citizen.session.cookies)
        before = journey(web)
        with connection(web.url) as broken:
            broken.sendall(head(f"{BASE}/{page}", FORM, len(whole) + 20, cookie) + whole)
        with connection(web.url) as broken:
            broken.sendall(head(f"{BASE}/{page}", FORM, len(whole) + 20, cookie) + whole)
            broken.shutdown(socket.SHUT_WR)
        answered_after(web)
        assert journey(web) == before

    def test_a_report_is_not_taken(self, web):
        whole = json.dumps(submission()).encode()
        with connection(web.url) as broken:
            broken.sendall(head("/api/reports", "application/json", len(whole) + 1) + whole)
        answered_after(web)
        assert count(web) == 0

    def test_nor_is_one_that_comes_in_chunks_without_their_end(self, web):
        whole = json.dumps(submission()).encode()
        begin = b"POST /api/reports HTTP/1.1\r\nHost: reports.example\r\nContent-Type: application/json\r\n"
        with connection(web.url) as broken:
            broken.sendall(begin + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(whole), whole))
        answered_after(web)
        assert count(web) == 0

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_the_app_is_not_even_called(self, method):
        called = []

        async def app(scope, receive, send):
            called.append(scope)

        messages = iter([{"type": "http.request", "body": b"{}", "more_body": True}, {"type": "http.disconnect"}])

        async def receive():
            return next(messages)

        scope = {"type": "http", "method": method, "path": "/reports/x/withdraw", "headers": []}
        asyncio.run(edge.BodyGuard(app)(scope, receive, None))
        assert called == []


def journey(web: RunningWeb) -> dict[str, Any]:
    with web.ctx.database.transaction() as tx:
        entered: dict[str, Any] = present(tx.execute("SELECT entered FROM journey").fetchone())["entered"]
        return entered


FILLED_IN = b'--x\r\nContent-Disposition: form-data; name="details"\r\n\r\na..b\r\n--x--\r\n'


class TestAFormInACharacterSetThatIsNone:
    """Changes nothing, and is no error of ours."""

    @pytest.mark.parametrize("charset", ["undefined", "punycode"])
    def test_it_is_refused_as_a_page_says(self, web, citizen, charset):
        go(citizen, until="details")
        kind, before = f"multipart/form-data; boundary=x; charset={charset}", journey(web)
        answer = citizen.session.post(citizen.url, data=FILLED_IN, headers={"Content-Type": kind}, timeout=10)
        assert answer.status_code == 400
        assert text_of(check_page(answer), "h1").strip() == "This did not work"
        assert journey(web) == before

    def test_so_is_one_whose_name_holds_nul_where_a_server_lets_that_in(self):
        async def receive():
            return {"type": "http.request", "body": FILLED_IN, "more_body": False}

        kind = b"multipart/form-data; boundary=x; charset=utf\x00"
        scope = {"type": "http", "app": None, "headers": [(b"content-type", kind)]}
        with pytest.raises(HTTPException) as refused:
            asyncio.run(read_form(Request(scope, receive)))
        assert refused.value.status_code == 400

    def test_over_http_that_is_a_400_too(self, web):
        kind = "multipart/form-data; boundary=x; charset=utf\0"
        with connection(web.url) as sent:
            sent.sendall(head(f"{BASE}/details", kind, len(FILLED_IN)) + FILLED_IN)
            assert sent.recv(400).startswith(b"HTTP/1.1 400 ")


def answered_after(web) -> None:
    """Whatever came before on other connections has been dealt with: a few round trips on new ones."""
    for _ in range(5):
        assert requests.get(f"{web.url}/healthz", timeout=10).ok
    time.sleep(0)


def test_a_body_that_takes_too_long_is_given_up(web, monkeypatch):
    monkeypatch.setattr(edge, "WHOLE_BODY_S", 0.3)
    with connection(web.url) as slow:
        slow.sendall(head("/api/reports", "application/json", 400) + b"{")
        assert slow.recv(400).startswith(b"HTTP/1.1 408 ")
    assert count(web) == 0


class TestTheName:
    """By which the web is asked."""

    @pytest.mark.parametrize("path", ["/", "/api/processes/speeding-traffic", "/openapi.json", BASE])
    def test_another_than_its_own_is_refused(self, web, path):
        answer = requests.get(f"{web.url}{path}", headers={"Host": "evil.example"}, timeout=10)
        assert answer.status_code == 421
        assert "evil" not in answer.text

    @pytest.mark.parametrize("host", ["", "reports.example, evil.example", "reports.example.evil.example"])
    def test_so_is_a_name_that_is_none(self, web, host):
        assert requests.get(f"{web.url}/", headers={"Host": host}, timeout=10).status_code == 421

    @pytest.mark.parametrize(
        "host", ["reports.example", "REPORTS.example:8080", "reports.example.", "localhost", "[::1]:80"]
    )
    def test_its_own_and_this_machines_are_taken(self, web, host):
        assert requests.get(f"{web.url}/", headers={"Host": host}, timeout=10).status_code == 200

    def test_a_watchdog_may_use_whatever_address_it_has(self, web):
        assert requests.get(f"{web.url}/healthz", headers={"Host": "10.0.0.7"}, timeout=10).ok

    def test_a_program_is_told_what_to_set(self, web):
        answer = requests.get(f"{web.url}/api/reports/x", headers={"Host": "evil.example"}, timeout=10)
        assert "WAYWARDEN_PUBLIC_URL" in answer.json()["detail"]


def with_hosts(catalogue: Catalogue, **hosts: str) -> Catalogue:
    folders = {
        slug: replace(
            folder, council=folder.council.model_copy(update={"hosts": (hosts[slug],) if slug in hosts else ()})
        )
        for slug, folder in catalogue.folders.items()
    }
    shared = {path.parent.name: (str(path), path.read_text()) for path in (PLAIN / "processes").glob("*/process.toml")}
    return Catalogue(folders, shared)


class TestACouncilsOwnHost:
    """The host chooses the council."""

    @pytest.fixture
    def hosted(self, web):
        web.ctx.catalogue = with_hosts(web.ctx.catalogue, saltby="report.saltby.example")
        web.ctx.__post_init__()
        return web

    def ask(self, web, path, host="report.saltby.example"):
        return requests.get(f"{web.url}{path}", headers={"Host": host}, timeout=10)

    def test_its_pages_are_that_councils(self, hosted):
        home = self.ask(hosted, "/").text
        assert "Saltby" in home
        assert "Merewold" not in home
        assert "Saltby" in self.ask(hosted, "/privacy").text
        assert "Saltby" in self.ask(hosted, "/nowhere").text

    def test_other_hosts_are_the_first_councils_as_before(self, hosted):
        assert "Merewold" in self.ask(hosted, "/privacy", "reports.example").text

    def test_a_process_is_asked_for_of_that_council(self, hosted):
        found = self.ask(hosted, "/api/processes/speeding-traffic").json()
        assert found["council"]["slug"] == "saltby"

    @pytest.mark.parametrize(
        ("public_url", "site"),
        [
            ("https://reports.example", "https://report.saltby.example"),
            ("https://reports.example:8443", "https://report.saltby.example:8443"),
            ("http://reports.example:8080", "http://report.saltby.example:8080"),
            ("http://127.0.0.1:8080", "https://report.saltby.example"),
            ("http://0.0.0.0:0", "https://report.saltby.example"),
        ],
        ids=["https", "a port", "http where all is", "no public address", "nor a port"],
    )
    def test_its_address_is_made_of_its_host_and_the_public_address(self, hosted, public_url, site):
        assert hosted.ctx.catalogue.councils["saltby"].address(public_url) == site
        assert hosted.ctx.catalogue.default.address(public_url) == public_url

    def test_links_in_the_answer_to_its_report_lead_to_its_host(self, hosted):
        hosted.ctx.public_url = "https://reports.example:8443"
        answer = hosted.post(submission("served neighbour"))
        said, site = answer.json(), "https://report.saltby.example:8443"
        assert said["council"] == "saltby"
        for link in (answer.headers["Location"], said["tracking_url"]):
            assert link.startswith(f"{site}/api/reports/WW-")
        assert said["tracking_page"].startswith(f"{site}/reports/WW-")
        page = said["tracking_page"].removeprefix(site).replace("?", "/sent?")
        shown = self.ask(hosted, page)
        assert f"{site}/reports/{said['reference']}?token=" in shown.text, "the page that confirms it says so too"
        assert "reports.example" not in shown.text

    def test_links_in_a_message_about_its_report_lead_to_its_host(self, hosted, mailbox):
        taken = hosted.post(submission("served neighbour", reporter={"email": "ada@citizen.example"})).json()
        other = hosted.post(submission("unparished", reporter={"email": "bob@citizen.example"})).json()
        with posting(hosted.ctx.database, hosted.ctx.catalogue, mailbox, "https://reports.example:8443") as post:
            send_reports(post)
        messages = {message["To"]: message for message in mailbox.parsed()}
        for address, host, about in (("ada", "report.saltby", taken), ("bob", "reports", other)):
            for kind in ("plain", "html"):
                text = messages[f"{address}@citizen.example"].get_body((kind,)).get_content()
                links = re.findall(r"https://[a-z.]+example[^\s\"<]*/(?:reports|not-me)/", text)
                site = f"https://{host}.example:8443"
                assert set(links) == {f"{site}/reports/", f"{site}/not-me/"}
                assert f"{site}/reports/{about['reference']}?token=" in text

    @pytest.mark.parametrize("path", ["/report/speeding-traffic", "/api/processes/speeding-traffic"])
    def test_under_it_another_councils_forms_are_not_shown(self, hosted, path):
        assert self.ask(hosted, f"{path}?council=merewold").status_code == 404
        assert self.ask(hosted, f"{path}?council=saltby").status_code == 200
        assert self.ask(hosted, f"{path}?council=saltby", "reports.example").status_code == 200
        assert self.ask(hosted, f"{path}?council=merewold", "reports.example").status_code == 200

    def test_nor_is_another_council_asked_under_it_for_a_report(self, hosted):
        host = {"Host": "report.saltby.example"}
        begun = requests.post(f"{hosted.url}{BASE}?council=merewold", headers=host, timeout=10)
        assert begun.status_code == 404
        answer = hosted.post(submission(council="merewold"), **host)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "council")
        assert count(hosted) == 0

    def test_the_notices_of_the_council_that_a_report_is_led_to_are(self, hosted):
        for path in ("/privacy", "/cookies", "/accessibility"):
            assert "Merewold" in self.ask(hosted, f"{path}?council=merewold").text

    def test_a_host_that_is_nobodys_own_offers_what_all_do_though_the_first_has_one(self, web):
        web.ctx.catalogue = with_hosts(web.ctx.catalogue, merewold="report.merewold.example")
        web.ctx.__post_init__()
        assert "Saltby" in self.ask(web, "/", "reports.example").text
        assert "Saltby" not in self.ask(web, "/", "report.merewold.example").text

    def test_no_two_councils_have_the_same(self, catalogue):
        with pytest.raises(DefinitionError, match="is also a host of"):
            with_hosts(catalogue, saltby="x.example", merewold="x.example")


class TestEveryAnswer:
    """Says that it is not to be guessed at, and kept by nobody unless it says so itself."""

    def test_one_that_holds_a_token(self, web):
        taken = web.post(submission())
        token = taken.json()["tracking_url"].partition("=")[2]
        for answer in (taken, web.get(f"/api/reports/{taken.json()['reference']}", token=token)):
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_one_that_leads_to_a_token(self, web, citizen):
        go(citizen)
        form = {each.attributes["name"]: each.attributes.get("value") for each in citizen.page.css("main form input")}
        answer = citizen.session.post(citizen.url, data=form, allow_redirects=False, timeout=10)
        assert "token=" in answer.headers["Location"]
        assert answer.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("path", ["/", "/healthz", "/nowhere", "/api/nowhere", "/openapi.json"])
    def test_all_others(self, web, path):
        assert web.get(path).headers["X-Content-Type-Options"] == "nosniff"

    def test_styles_may_be_kept(self, web):
        from routing.web.pages import asset

        assert "immutable" in web.get(asset("waywarden.css")).headers["Cache-Control"]


def test_a_slash_too_many_leads_nowhere(web):
    answer = requests.get(f"{web.url}/privacy/", allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers.get("Location")) == (404, None)


@contextlib.contextmanager
def bounded_server():
    """A server that reads requests as the web does."""
    import uvicorn

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

    with http_server(app, http=protocol.BoundedProtocol) as url:
        assert uvicorn
        yield url


@pytest.fixture(scope="module")
def bounded():
    with bounded_server() as url:
        yield url


class TestTheHeadOfARequest:
    """Is bounded in size and time."""

    @pytest.mark.parametrize(
        "flood",
        [
            b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(6_000)) + b"\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 60_000 + b"\r\n\r\n",
            b"GET /" + b"y" * 60_000,
            b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 60_000,
        ],
        ids=["many headers", "one huge header", "an address without end", "a header without end"],
    )
    def test_one_that_is_too_large_is_refused_and_the_connection_ends(self, bounded, flood):
        with connection(bounded) as sent:
            with contextlib.suppress(OSError):
                sent.sendall(flood)
            assert read_all(sent).startswith(b"HTTP/1.1 431 ")
        assert requests.get(bounded, timeout=5).ok

    @pytest.mark.parametrize("begin", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-"], ids=["nothing", "half a head"])
    def test_one_that_does_not_come_is_given_up(self, bounded, begin, monkeypatch):
        monkeypatch.setattr(protocol, "WHOLE_HEAD_S", 0.3)
        with connection(bounded) as sent:
            sent.sendall(begin)
            assert read_all(sent).startswith(b"HTTP/1.1 408 ")

    def test_one_that_asks_for_a_websocket_is_answered_as_any_other(self, bounded):
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        assert requests.get(bounded, headers=upgrade, timeout=5).status_code == 200

    def test_many_requests_on_one_connection_are_counted_each_for_itself(self, bounded):
        with requests.Session() as session:
            for _ in range(5):
                assert session.get(bounded, headers={"X": "y" * 20_000}, timeout=5).ok


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
ANNOUNCED = b"%b / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
CHUNKED = b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
LIMIT_S = 0.3

DRIPS = [(GET, b"\r\n"), (ANNOUNCED % b"GET", b"y"), (CHUNKED, b"1"), (ANNOUNCED % b"POST", b"y"), (b"", b"\r\n")]
NAMES = ["a blank line", "a body after GET", "a chunk after GET", "a body whose answer came early", "nothing else"]


class TestAConnectionOnWhichNothingIsAnswered:
    """Always ends, if nothing else comes, whatever came before."""

    @pytest.fixture(autouse=True)
    def _short(self, monkeypatch):
        monkeypatch.setattr(protocol, "WHOLE_HEAD_S", LIMIT_S)

    @pytest.mark.thorough
    @pytest.mark.parametrize(("begin", "drop"), DRIPS, ids=NAMES)
    def test_when_one_more_byte_came_after_the_answer(self, bounded, begin, drop):
        with connection(bounded) as sent:
            ask(sent, begin)
            sent.sendall(drop)
            assert read_all(sent) in {b"", protocol.TOO_SLOW}, "it ended within the connection's patience"

    @pytest.mark.thorough
    @pytest.mark.parametrize(("begin", "drop"), DRIPS, ids=NAMES)
    def test_when_one_byte_comes_after_another(self, bounded, begin, drop):
        with connection(bounded) as sent:
            ask(sent, begin)
            until(lambda: not stays_open(sent, drop), 5)

    @pytest.mark.parametrize("method", [b"GET", b"HEAD", b"OPTIONS"])
    def test_at_once_where_a_body_was_announced_that_nobody_waits_for(self, bounded, method):
        with connection(bounded) as sent:
            sent.sendall(ANNOUNCED % method)
            answer = read_all(sent)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close\r\n" in answer

    @pytest.mark.thorough
    def test_but_an_idle_one_is_kept_for_the_next_request(self, bounded):
        with connection(bounded) as sent:
            for _ in range(3):
                ask(sent, GET)
                ask(sent, b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                ask(sent, b"\r\n" + GET)
                assert is_quiet(sent, 2 * LIMIT_S)

    def test_and_one_on_which_an_answer_still_comes_is_not_cut_off_by_the_next_request(self):
        released = threading.Event()

        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"one", "more_body": True})
            await asyncio.to_thread(released.wait, 10)
            await send({"type": "http.response.body", "body": b"two"})

        with http_server(app, http=protocol.BoundedProtocol, lifespan="off") as url, connection(url) as sent:
            sent.sendall(GET + GET[:9])
            assert read_up_to(sent, b"3\r\none\r\n").startswith(b"HTTP/1.1 200 ")
            assert is_quiet(sent, 2 * LIMIT_S)
            released.set()
            assert read_up_to(sent, b"0\r\n\r\n") == b"3\r\ntwo\r\n0\r\n\r\n"
            sent.sendall(GET[9:])
            assert read_up_to(sent, b"0\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def ask(sent: socket.socket, request: bytes) -> None:
    if request:
        sent.sendall(request)
        assert read_up_to(sent, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def read_up_to(sent: socket.socket, end: bytes) -> bytes:
    content = b""
    while not content.endswith(end):
        piece = sent.recv(65536)
        assert piece, content
        content += piece
    return content


def is_quiet(sent: socket.socket, for_s: float) -> bool:
    """Whether nothing comes for so long, not even the end."""
    before = sent.gettimeout()
    sent.settimeout(for_s)
    try:
        return sent.recv(1, socket.MSG_PEEK) is None
    except TimeoutError:
        return True
    finally:
        sent.settimeout(before)


def stays_open(sent: socket.socket, drop: bytes) -> bool:
    """Whether a connection takes one more byte, and has not ended a moment later."""
    with contextlib.suppress(ConnectionError):
        sent.sendall(drop)
        return is_quiet(sent, LIMIT_S / 10)
    return False


def read_all(sent: socket.socket) -> bytes:
    content = b""
    with contextlib.suppress(ConnectionError):
        while piece := sent.recv(65536):
            content += piece
    return content


@pytest.mark.thorough
def test_behind_two_proxies_the_citizen_is_who_the_nearest_trusted_ones_say(database_url, tmp_path):
    """FORWARDED_ALLOW_IPS names both proxies; what a citizen writes into the header themselves is not believed."""
    port = free_port()
    told = {
        "WAYWARDEN_DATABASE_URL": database_url, "WAYWARDEN_DATA_DIR": str(tmp_path), "WAYWARDEN_WEB_PORT": str(port),
        "WAYWARDEN_PUBLIC_URL": "http://reports.example", "WAYWARDEN_REPORTS_PER_HOUR": "2",
        "FORWARDED_ALLOW_IPS": "127.0.0.1,10.20.0.0/16",
    }  # fmt: skip
    command = [sys.executable, "-m", "routing.cli", "run", "web"]
    with subprocess.Popen(command, env=os.environ | told, stderr=subprocess.PIPE) as running:
        try:
            url = f"http://127.0.0.1:{port}"
            until(lambda: running.poll() is not None or is_up(url), 30)

            def send(forged: str, citizen: str) -> int:
                chain = ", ".join(each for each in (forged, citizen, "10.20.0.9") if each)
                headers = {"X-Forwarded-For": chain, "X-Forwarded-Proto": "https"}
                return requests.post(f"{url}/api/reports", json=submission(), headers=headers, timeout=10).status_code

            one = [send(forged, "203.0.113.9") for forged in ("", "198.51.100.1", "198.51.100.2")]
            assert one == [201, 201, 429], "a new name at the front does not make another citizen"
            assert send("", "203.0.114.9") == 201, "somebody else may go on"
        finally:
            running.terminate()


def is_up(url: str) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"{url}/healthz", timeout=2).ok
    return False
