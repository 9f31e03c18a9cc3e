"""Every fault that clients of real Modern.Govs met, against the list and against a page, over real sockets."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from routing.contacts.moderngov import ModernGov, ModernGovError, Throttle, Transport
from routing.standins import FAULTS, ModernGovServer, Rule, read_entries
from tests.conftest import ROOT

PARISH = 414
FINE = "fine"
NOTHING = "an empty list"
EXPECTED = {
    "missing-parameter": ("BadRequest", "BadRequest"),
    "bad-method": ("BadRequest", "BadRequest"),
    "bad-number": ("BadRequest", "BadRequest"),
    "get-off": ("ServiceOff", "ServiceOff"),
    "service-off": (FINE, FINE),  # the list comes from the index page
    "soap-fault": ("ServerFault", "ServerFault"),
    "script-redirect": ("UnexpectedShape", "UnexpectedShape"),
    "error-page": ("UnexpectedShape", "UnexpectedShape"),
    "to-https": ("UnexpectedShape", "UnexpectedShape"),  # another scheme is another site
    "empty-element": (NOTHING, FINE),
    "empty-self-closed": (NOTHING, FINE),
    "empty-counts": (NOTHING, FINE),
    "double-escaped": (FINE, FINE),
    "missing-elements": (FINE, "UnexpectedShape"),
    "two-emails": (FINE, FINE),
    "note-in-email": (FINE, FINE),
    "phone-in-email": (FINE, FINE),
    "words-in-phone": (FINE, FINE),
    "the-clerk": (FINE, FINE),
    "vacant": (FINE, FINE),
    "no-email": (FINE, FINE),
    "no-address": (FINE, FINE),
    "one-line-address": (FINE, FINE),
    "website-only": (FINE, FINE),
    "unknown-empty": (FINE, "UnexpectedShape"),
    "unknown-404": (FINE, "NoSuchPage"),
    "unknown-redirect": (FINE, "OtherPage"),
    "councillor-redirect": (FINE, "OtherPage"),
    "councillor-page": (FINE, "OtherPage"),
    "other-council": (FINE, FINE),  # told by its name, beside the list
    "two-districts": (FINE, FINE),
    "challenge": ("Blocked", "Blocked"),
    "challenge-pages": (FINE, "Blocked"),
    "protected": ("Blocked", "Blocked"),
    "script-of-protection": (FINE, FINE),
    "silence": ("Unreachable", "Unreachable"),
    "slow": (FINE, FINE),
    "drip": ("Unreachable", "Unreachable"),
    "drop-early": ("Unreachable", "Unreachable"),
    "drop-late": ("Unreachable", "Unreachable"),
    "wrong-length": ("Unreachable", "Unreachable"),
    "untrusted": ("Blocked", "Blocked"),
    "user-agent": (FINE, FINE),
    "busy-seconds": ("ServerFault", "ServerFault"),
    "busy-date": ("ServerFault", "ServerFault"),
    "bad-gateway": ("ServerFault", "ServerFault"),
    "no-charset": (FINE, FINE),
    "windows": (FINE, FINE),
    "windows-unsaid": (FINE, FINE),
    "no-etag": (FINE, FINE),
    "moved": ("ServerFault", "ServerFault"),
    "h1-inside": (FINE, FINE),
    "h1-outside": (FINE, FINE),
    "renamed-labels": (FINE, FINE),
    "unknown-labels": (FINE, FINE),
    "no-modgov": (FINE, "UnexpectedShape"),
    "duplicates": (FINE, FINE),
    "trap": (FINE, FINE),
}
"""Fault → what becomes of the list, and of a page: read, or the class of the error."""


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, ModernGovServer]]:
    made = ModernGovServer(read_entries(ROOT / "data" / "moderngov" / "clerks.csv"))
    made.slow_s, made.drip_s = 0.1, 0.02
    yield made.start(), made
    made.stop()


@pytest.fixture(scope="module")
def untrusted(certificate: tuple[Path, Path]) -> Iterator[tuple[str, ModernGovServer]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    made = ModernGovServer(read_entries(ROOT / "data" / "moderngov" / "clerks.csv"), context)
    yield made.start(), made
    made.stop()


def test_every_fault_of_the_list_is_in_the_table():
    assert EXPECTED.keys() == FAULTS.keys()
    assert {number for number, _ in FAULTS.values()} == set(range(1, 34)) - {12, 17, 18}


@pytest.mark.thorough
@pytest.mark.parametrize("fault", EXPECTED)
@pytest.mark.parametrize("what", ["list", "page"])
def test_a_fault_is_read_or_gets_the_right_error(server, request, fault, what):
    address, asked = request.getfixturevalue("untrusted") if fault == "untrusted" else server
    asked.rules = [Rule(fault)]
    transport = Transport(f"{address}/merewold", Throttle(0), timeout_s=(2.0, 0.5, 1.0))
    client = ModernGov(transport)
    try:
        answer = client.parish_councils().refs if what == "list" else client.parish_council(PARISH).published
        seen = NOTHING if answer == () else FINE
    except ModernGovError as error:
        seen = type(error).__name__
    finally:
        transport.close()
    assert seen == EXPECTED[fault][what == "page"]


PAGES: dict[str, dict[str, object]] = {
    "double-escaped": {"council_name": "St John's & Beckwith Parish Council"},
    "two-emails": {"email": None, "raw_email": "clerk@one.example;deputy@two.example"},
    "note-in-email": {"email": None, "raw_email": "please see info above"},
    "phone-in-email": {"email": None, "raw_email": "01632 960999"},
    "words-in-phone": {"phone": "020 xxxx xxxx (Work)"},
    "the-clerk": {"clerk": "The Clerk", "email": "clerk@beckwith.example"},
    "vacant": {"is_vacant": True},
    "no-email": {"email": None, "raw_email": None, "clerk": "Clerk 3 of Beckwith"},
    "no-address": {"address": None},
    "one-line-address": {"address": "Parish Office, Church Lane, Beckwith, ZZ1 3AH"},
    "website-only": {"clerk": None, "email": None},
    "no-charset": {"council_name": "Llan\u00f4r \u2013 Beckwith Parish Council", "clerk": "Si\u00f4n \u2013 Clerk"},
    "h1-inside": {"council_name": "Beckwith Parish Council"},
    "h1-outside": {"council_name": "", "clerk": "Clerk 3 of Beckwith"},
    "renamed-labels": {"clerk": "Clerk 3 of Beckwith", "phone": "01632 960002", "email": "clerk@beckwith.example"},
    "duplicates": {"email": "one-for-all@parish.example"},
    "trap": {"email": "clerk@beckwith.example"},
}


@pytest.mark.parametrize("fault", PAGES)
def test_a_page_is_read_as_what_it_says(server, fault):
    address, asked = server
    asked.rules = [Rule(fault)]
    transport = Transport(f"{address}/merewold", Throttle(0))
    page = ModernGov(transport).parish_council(PARISH).published
    transport.close()
    assert {name: getattr(page, name) for name in PAGES[fault]} == PAGES[fault]
    assert "theme@council.example" not in str(page)
