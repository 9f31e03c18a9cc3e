"""A Modern.Gov that means harm: refused, bounded in time and in memory, the directory as it was."""

import gzip
import socket
import threading
import time
import tracemalloc
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.contacts import Published
from routing.contacts.moderngov import ModernGov, ModernGovError, Throttle, Transport
from routing.contacts.moderngov.errors import UnexpectedShape, Unreachable
from routing.contacts.moderngov.fields import LONGEST
from routing.contacts.moderngov.parser import parse_detail, parse_everybody, parse_index, parse_list

pytestmark = pytest.mark.thorough

PAGE = """<div id="modgov"><h2 class="mgSubTitleTxt">{title}</h2><p><span class="mgLabel">Clerk:&nbsp;</span>{clerk}</p>
<p><span class="mgLabel">Email:&nbsp;</span>{email}</p></div>"""


def page(title="Beckwith Parish Council", clerk="A Clerk", email="clerk@x.example"):
    return parse_detail(PAGE.format(title=title, clerk=clerk, email=email).encode(), "u")


SCRIPTS = {
    "script": ("<script>alert(1)</script>Beckwith", "Beckwith"),
    "escaped script": ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
    "terminal escape": ("Beck\x1b[31mwith", "Beck[31mwith"),
    "right to left": ("Beck\u202ewith", "Beckwith"),
    "line breaks": ("Beck\r\nBcc", "Beck Bcc"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_name_is_one_line_of_text_whatever_it_holds(name):
    given_, expected = SCRIPTS[name]
    found = page(clerk=given_).clerk
    assert found == expected or (name == "script" and found.endswith("Beckwith"))
    assert found.isprintable()


EMAILS = [
    "clerk@x.example\r\nBcc: all@y.example",
    "clerk@x.example%0d%0aBcc:all@y.example",
    '<a href="mailto:clerk@x.example,all@y.example">write</a>',
    '"clerk"@x.example, b@y.example',
    "clerk@x.example\0@y.example",
    "clerk@[127.0.0.1]",
    "clerk@localhost",
    "@x.example",
    "a" * 500 + "@x.example",
]


@pytest.mark.parametrize("email", EMAILS)
def test_an_address_that_could_be_more_than_one_is_none(email):
    assert page(email=email).email is None


@pytest.mark.parametrize(
    "email",
    [
        '<a href="mailto:clerk@x.example?bcc=all@y.example">Send an e-mail</a>',
        '<a href="MAILTO:clerk@x.example">Write</a>',
    ],
)
def test_a_link_gives_its_address_and_nothing_that_it_would_add(email):
    assert page(email=email).email == "clerk@x.example"


def test_a_field_without_end_is_cut():
    assert len(page(clerk="A" * 100_000).clerk) == LONGEST


BOMBS = {
    "entities": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY b%d "&a;&a;&a;&a;&a;&a;&a;&a;">' % n for n in range(20))
    + b"]><parishcouncils>&b1;</parishcouncils>",
    "external entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><parishcouncils>&a;</parishcouncils>',
    "external DTD": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><parishcouncils>&x;</parishcouncils>',
    "deep": b"<parishcouncils>" + b"<a>" * 200_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_xml_that_would_grow_or_reach_out_is_refused_at_once(name):
    started = time.monotonic()
    with pytest.raises(UnexpectedShape):
        parse_list(BOMBS[name], "u")
    assert time.monotonic() - started < 5


HEAVY = {
    "nested without end": b"<div>" * 190_000,
    "nested as far as is taken": b"<div>" * 29_000,
    "links within links": b"<a><div>" * 14_000,
    "attributes without end": b"<p " + b" ".join(b"a%d" % n for n in range(150_000)) + b">",
    "attributes without blanks": b"<p" + b"".join(b'/a%d="x"' % n for n in range(80_000)) + b">",
    "attributes as many as are taken": (b"<p " + b" ".join(b"a%d" % n for n in range(9_900)) + b">") * 15,
    "one word": b"x" * 900_000,
    "one field": b'<span class="mgLabel">Clerk:</span>' + b"&amp;amp; " * 90_000,
    "labels": b'<span class="mgLabel">Clerk:</span>' * 14_000,
    "a byte too many": b"x" * 1_000_001,
}


SLOWEST = {"attributes as many as are taken", "nested as far as is taken", "links within links"}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.thorough] * (n in SLOWEST)) for n in HEAVY])
def test_a_page_made_to_be_slow_is_read_or_refused_in_bounded_time(name):
    started = time.monotonic()
    for parser in (parse_detail, parse_index, parse_everybody):
        try:
            parser(b'<div id="modgov">' + HEAVY[name] + b'<span class="mgLabel">Email:</span>', "u")
        except ModernGovError:
            continue
    assert time.monotonic() - started < 30


@pytest.fixture
def evil():
    """A server that answers a request with whatever a function writes to its socket."""
    servers = []

    def serve(write):
        listener = socket.create_server(("127.0.0.1", 0))
        servers.append(listener)

        def answer():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    try:
                        write(connection)
                    except OSError:
                        continue

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for listener in servers:
        listener.close()


def endless(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


@cache
def zeros():
    return gzip.compress(b"\0" * 300_000_000, 1)


def squeezed(connection):
    body = zeros()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    connection.sendall(head % len(body) + body)


def dripping(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.01)


def headers(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-A: " + b"y" * 1000 + b"\r\n")


def dripping_headers(connection):
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 100_000:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


def elsewhere(target):
    return lambda connection: connection.sendall(
        f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
    )


HARMS = {
    "a body of a gigabyte": (endless, UnexpectedShape),
    "a small body that unpacks to 300 MB": (squeezed, UnexpectedShape),
    "an endless drip": (dripping, Unreachable),
    "headers without end": (headers, Unreachable),
    "headers that drip": (dripping_headers, Unreachable),
    "to another host": (elsewhere("http://localhost/secret"), UnexpectedShape),
    "to another port of this machine": (elsewhere("http://127.0.0.1:1/secret"), UnexpectedShape),
    "to a file": (elsewhere("file:///etc/passwd"), UnexpectedShape),
    "to a name that is none": (elsewhere("http://[::1"), UnexpectedShape),
    "with a password": (elsewhere("https://a:b@127.0.0.1/x"), UnexpectedShape),
    "round and round": (elsewhere("/x"), UnexpectedShape),
}


@pytest.mark.parametrize("name", HARMS)
def test_what_means_harm_is_refused_in_bounded_time_and_memory(evil, name):
    write, error = HARMS[name]
    zeros()
    transport = Transport(evil(write), Throttle(0), timeout_s=(1.0, 0.5, 1.0))
    started = time.monotonic()
    tracemalloc.start()
    with pytest.raises(error):
        ModernGov(transport).service_list()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    transport.close()
    assert time.monotonic() - started < 15
    assert most < 60_000_000


PARSERS = {parse_list: list, parse_index: list, parse_detail: Published, parse_everybody: list}


def tried(parser, content):
    try:
        return parser(content, "u")
    except ModernGovError as error:
        return error


PIECES = st.sampled_from(
    [
        b'<div id="modgov">', b"</div>", b'<span class="mgLabel">Email:&nbsp;</span>', b"clerk@x.example", b"<br>",
        b'<h2 class="mgSubTitleTxt">', b"</h2>", b'<a href="mgParishCouncilDetails.aspx?ID=', b"7", b'">', b"</a>",
        b"<parishcouncils>", b"</parishcouncils>", b"<parishcouncil>", b"</parishcouncil>", b"<parishcouncilid>",
        b"</parishcouncilid>", b"<parishcounciltitle>", b"</parishcounciltitle>", b"&amp;amp;", b"&#x0;", b"&#64;",
        b"<?xml version='1.0' encoding='xxx'?>", b"99999999999999999999", b"\xff", b"\0", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?xml version='1.0'?>", b"<!DOCTYPE a [",
        b'<a href="mailto:', b"<script>", b"</script>", b"<template>", b"<svg>", b"\xe2\x80\xae",
    ]
)  # fmt: skip
CONTENT = st.one_of(
    st.lists(PIECES, max_size=25).map(b"".join), st.binary(max_size=200), st.text(max_size=200).map(str.encode)
)


@given(CONTENT)
@settings(max_examples=500, deadline=None)
def test_parsers_answer_or_refuse_and_never_break(content):
    for parser, kind in PARSERS.items():
        assert isinstance(tried(parser, content), kind | UnexpectedShape)


@given(st.lists(st.lists(PIECES, max_size=25).map(b"".join), min_size=20, max_size=20))
@settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_ten_thousand_inputs_break_no_parser(contents):
    for content in contents:
        for parser, kind in PARSERS.items():
            assert isinstance(tried(parser, content), kind | UnexpectedShape)
