"""Requests → answers: a Modern.Gov with one fault at most in each of them. Pure, but for what the wire does."""

import datetime
import email.utils
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from routing.standins.moderngov.content import (
    EMPTY_LISTS,
    OPERATIONS,
    Entry,
    Style,
    councillor_page,
    detail_page,
    everybody_page,
    help_page,
    index_page,
    list_document,
    soap,
    themed,
    without,
    wsdl,
)

XML, HTML, TEXT = "text/xml; charset=utf-8", "text/html; charset=utf-8", "text/plain; charset=utf-8"
RETRY_AFTER_S = 7
NOT_FOUND = "<html><head><title>404 - File or directory not found.</title></head><body>Server Error</body></html>"
FIREWALL = "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
STYLES = {
    "double-escaped": Style(escapes=2),
    "h1-inside": Style(title="main-title"),
    "h1-outside": Style(title="outside"),
    "renamed-labels": Style(labels=("Town Clerk", "Correspondence address", "Tel", "E-mail")),
    "unknown-labels": Style(labels=("Clerk", "Address", "Hotline", "Postbox")),
    "no-modgov": Style(root="content"),
}


@dataclass(frozen=True)
class Request:
    """Of what was asked, what matters; names of headers and of parameters in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What is sent, and what goes wrong with it: silence, slow, drip, drop-early, drop-late, wrong-length."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


def respond(entries: Sequence[Entry], request: Request, fault: str) -> Answer:
    """Answer below ``/<slug>/``; paths are taken in any case, names of operations only in their own."""
    slug, _, page = request.path.lstrip("/").partition("/")
    forced = _forced(request, page, fault)
    if forced is not None:
        return forced
    if fault == "moved":
        page = page.removeprefix("modern.gov/")
    ours = [entry for entry in entries if entry.council == slug or fault == "two-districts"]
    answer = _normal([_changed(entry, fault) for entry in ours], request, page, fault)
    if fault in {"silence", "slow", "drip", "drop-early", "drop-late", "wrong-length"}:
        return replace(answer, fault=fault)
    return answer if fault == "no-etag" or answer.status != 200 else _conditional(request, answer)


def _forced(request: Request, page: str, fault: str) -> Answer | None:
    """Faults that answer whatever was asked."""
    is_service = page.lower().startswith("mgwebservice.asmx")
    operation = page.rpartition("/")[2]
    simple = {
        "missing-parameter": (500, "Missing parameter: lCommitteeId.\r\n", TEXT),
        "bad-method": (500, f"{operation} Web Service method name is not valid.\r\n", TEXT),
        "bad-number": (500, "Cannot convert x to System.Int32.\r\nParameter name: type\r\n", TEXT),
        "get-off": (500, GET_OFF, HTML),
        "soap-fault": (500, SOAP_FAULT, XML),
        "script-redirect": (200, SCRIPT_REDIRECT, HTML),
        "error-page": (200, "<html><head><title>Error</title></head><body><h1>Sorry</h1></body></html>", HTML),
        "challenge": (403, FIREWALL, HTML),
        "protected": (200, FIREWALL, HTML),
        "bad-gateway": (502, "<html><body><h1>502 Bad Gateway</h1></body></html>", HTML),
    }  # fmt: skip
    if fault in simple:
        status, text, kind = simple[fault]
        return Answer(status, text.encode(), {"Content-Type": kind})
    if fault == "busy-seconds":
        return Answer(503, b"", {"Content-Type": HTML, "Retry-After": str(RETRY_AFTER_S)})
    if fault == "busy-date":
        when = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=RETRY_AFTER_S)
        return Answer(429, b"", {"Content-Type": HTML, "Retry-After": email.utils.format_datetime(when, usegmt=True)})
    if fault == "to-https":
        return Answer(302, b"", {"Location": f"https://{request.headers.get('host', '')}{request.path}"})
    named = {
        "service-off": (is_service, 404),
        "challenge-pages": (not is_service, 403),
        "user-agent": ("python-requests" in request.headers.get("user-agent", ""), 403),
        "moved": (not page.lower().startswith("modern.gov/"), 503),
    }
    applies, status = named.get(fault, (False, 0))
    text = NOT_FOUND if status == 404 else FIREWALL
    return Answer(status, text.encode(), {"Content-Type": HTML}) if applies else None


GET_OFF = "<html><body>Request format is unrecognized for URL unexpectedly ending in '/x'.</body></html>"
SOAP_FAULT = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>Server was unable to process request."
    "</faultstring></soap:Fault></soap:Body></soap:Envelope>"
)
SCRIPT_REDIRECT = (
    "<html><head><title>HttpRedirect</title><script>window.location.protocol = 'https:';</script></head><body/></html>"
)


def _changed(entry: Entry, fault: str) -> Entry:
    """An entry as its council keeps it, with this fault."""
    changes: dict[str, dict[str, Any]] = {
        "two-emails": {"email": "clerk@one.example;deputy@two.example"},
        "note-in-email": {"email": "please see info above"},
        "phone-in-email": {"email": "01632 960999"},
        "words-in-phone": {"phone": "020 xxxx xxxx (Work)"},
        "the-clerk": {"clerk": "The Clerk"},
        "vacant": {"clerk": "Vacant"},
        "one-line-address": {"address": (", ".join(entry.address),)},
        "duplicates": {"clerk": "One clerk for all", "email": "one-for-all@parish.example"},
        "windows": {"title": f"Llan\u00f4r \u2013 {entry.title}", "clerk": "Si\u00e2n \u2013 Clerk"},
        "windows-unsaid": {"title": f"Llan\u00f4r \u2013 {entry.title}", "clerk": "Si\u00e2n \u2013 Clerk"},
        "no-charset": {"title": f"Llan\u00f4r \u2013 {entry.title}", "clerk": "Si\u00f4n \u2013 Clerk"},
        "double-escaped": {"title": f"St John's & {entry.title}"},
    }
    if fault in changes:
        return replace(entry, **changes[fault])
    emptied = {
        "no-email": ("email",),
        "no-address": ("address",),
        "missing-elements": ("clerk", "email", "phone", "address"),
        "website-only": ("clerk", "email", "phone", "address"),
    }
    entry = without(entry, *emptied.get(fault, ()))
    return replace(entry, website="https://parish.example/") if fault == "website-only" else entry


def _normal(entries: Sequence[Entry], request: Request, page: str, fault: str) -> Answer:
    service, _, operation = page.partition("/")
    if service.lower() == "mgwebservice.asmx":
        return _service(entries, request, operation, fault)
    style, name = STYLES.get(fault, Style()), page.lower()
    if name == "mgparishcouncildetails.aspx":
        return _council(entries, request, style, fault)
    pages: dict[str, Callable[[], str]] = {
        "mguserinfo.aspx": councillor_page,
        "mgparishcouncildetailslist.aspx": partial(everybody_page, entries, style),
    }
    return _page(pages[name](), fault) if name in pages else Answer(404, b"", {"Content-Type": HTML})


def _council(entries: Sequence[Entry], request: Request, style: Style, fault: str) -> Answer:
    wanted = request.query.get("id")
    if wanted is None:
        return _page(_index(entries, style, fault), fault)
    found = next((entry for entry in entries if str(entry.moderngov_id) == wanted), None)
    if found is None or fault in UNKNOWN:
        return _unknown(request, style, fault)
    if fault == "councillor-redirect":
        return Answer(302, b"", {"Location": "mgUserInfo.aspx?UID=197"})
    if fault == "other-council":
        found = next(entry for entry in entries if entry.title != found.title)
    return _page(councillor_page() if fault == "councillor-page" else detail_page(found, style), fault)


def _service(entries: Sequence[Entry], request: Request, operation: str, fault: str) -> Answer:
    if not operation:
        if request.method == "POST":
            return _soap(entries, request, fault)
        text, kind = (wsdl(), XML) if "wsdl" in request.query else (help_page(), HTML)
        return Answer(200, text.encode(), {"Content-Type": kind})
    if operation != "GetParishCouncils":
        known = "is not served by this stand-in" if operation in OPERATIONS else "Web Service method name is not valid"
        return Answer(500, f"{operation} {known}.\r\n".encode(), {"Content-Type": TEXT})
    kind = "text/xml" if fault in UNSAID else XML
    return Answer(200, _encoded(_list(entries, fault), fault), {"Content-Type": kind})


def _soap(entries: Sequence[Entry], request: Request, fault: str) -> Answer:
    if b"<GetParishCouncils" not in request.body:
        return Answer(500, SOAP_FAULT.replace("soap:Server", "soap:Client").encode(), {"Content-Type": XML})
    return Answer(200, soap(_list(entries, fault)).encode(), {"Content-Type": XML})


def _list(entries: Sequence[Entry], fault: str) -> str:
    if fault.startswith("empty-"):
        return EMPTY_LISTS[fault.removeprefix("empty-")]
    if fault == "duplicates":
        entries = [*entries, *(replace(entry, moderngov_id=entry.moderngov_id + 500_000_000) for entry in entries)]
    document = list_document(entries, STYLES.get(fault, Style()))
    if fault == "missing-elements":
        lines = document.split("\r\n")
        return "\r\n".join(line for line in lines if "website" not in line and "count>" not in line)
    return document


def _index(entries: Sequence[Entry], style: Style, fault: str) -> str:
    if fault.startswith("empty-") or fault in UNKNOWN or fault == "trap":
        return index_page([], style)
    return index_page(entries, style)


def _unknown(request: Request, style: Style, fault: str) -> Answer:
    """What a real install answers to an unknown id is not known: three ways are offered (fault 16)."""
    if fault == "unknown-empty":
        return _page(themed("", "", style), fault)
    if fault == "unknown-redirect":
        return Answer(302, b"", {"Location": f"{request.path}?bcr=1"})
    return Answer(404, b"", {"Content-Type": HTML})


def _page(text: str, fault: str) -> Answer:
    if fault == "script-of-protection":
        text = text.replace("</head>", '<script src="/_Incapsula_Resource?SWJIYLWA=0&ns=1" async></script></head>')
    kind = "text/html" if fault in UNSAID else HTML.replace("utf-8", "windows-1252") if fault == "windows" else HTML
    return Answer(200, _encoded(text, fault), {"Content-Type": kind})


UNKNOWN = frozenset({"unknown-empty", "unknown-404", "unknown-redirect"})
UNSAID = frozenset({"no-charset", "windows-unsaid"})


def _encoded(text: str, fault: str) -> bytes:
    return text.encode("cp1252", "xmlcharrefreplace") if fault.startswith("windows") else text.encode()


def _conditional(request: Request, answer: Answer) -> Answer:
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"'
    if request.headers.get("if-none-match") == tag:
        return Answer(304, b"", {"ETag": tag})
    return replace(answer, headers=dict(answer.headers) | {"ETag": tag})
