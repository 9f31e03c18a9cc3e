"""Readers of what a Modern.Gov answers, and of what citizens send."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus, urlencode

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from routing.bounded_http import redirected
from routing.contacts.moderngov import transport
from routing.contacts.moderngov.charset import charset_of
from routing.contacts.moderngov.parser import ParishCouncilRef, parse_everybody, parse_index, parse_list, read_detail
from routing.contacts.names import propose
from routing.delivery.channels.smtp_replies import judge
from routing.errors import InputError
from routing.place import looks_like_postcode, parse_grid_reference, read_point, read_postcode, read_typed_point
from routing.place.address import readings
from routing.place.build.fetch import _seconds
from routing.place.postcode import possible_postcodes, postcodes_within
from routing.process import check_answers, kept_apart, parse
from routing.vocabulary import folded, parse_report_reference
from routing.web import intake
from routing.web.forms import read_form
from routing.web.journey import forms
from tests.fuzz.definitions import PARISHES, PROCESS
from tests.fuzz.mutate import of_json, of_markup
from tests.fuzz.reader import Reader, need_storable
from tests.samples import GIVEN

URL = "https://democracy.testshire.example/mgParishCouncilDetails.aspx?ID=414"
CHARSETS = (
    "",
    "text/html; charset=windows-1252",
    "text/html; charset=utf-8",
    "text/html; charset=utf-16",
    "text/html; charset=no-such",
)
LIST = (
    b'<?xml version="1.0" encoding="utf-8"?><getparishcouncils><parishcouncils><parishcouncil><parishcouncilid>414'
    b"</parishcouncilid><parishcounciltitle>Beckwith &amp;amp; Ogwen Parish Council</parishcounciltitle></parishcouncil>"
    b"<parishcouncil><parishcouncilid>415</parishcouncilid><parishcounciltitle>Marsh</parishcounciltitle>"
    b"</parishcouncil></parishcouncils></getparishcouncils>"
)
PAGE = (
    b'<html><body><div id="modgov"><h2 class="mgSubTitleTxt">Beckwith Parish Council</h2><p><span class="mgLabel">Clerk:'
    b'&nbsp;</span>A Clerk</p><p><span class="mgLabel">Email:&nbsp;</span><a href="mailto:clerk@beckwith.example?x=1">'
    b'Write</a></p><p><span class="mgLabel">Address:&nbsp;</span>1 Lane<br/>Beckwith</p><p><span class="mgLabel">Phone:'
    b"</span> 01632 960001</p></div></body></html>"
)
INDEX = (
    b'<html><body><div id="modgov"><ul><li><a href="mgParishCouncilDetails.aspx?ID=414&amp;LS=2">Beckwith</a></li><li>'
    b'<a href="/mgParishCouncilDetails.aspx?LS=1&amp;ID=415">Marsh</a></li></ul></div></body></html>'
)
EVERYBODY = PAGE.replace(b'<h2 class="mgSubTitleTxt">', b"<h2>").replace(b"</h2>", b"</h2><h3>Second</h3>")
REPORT: dict[str, Any] = {
    "process": "hedge", "answers": {"over": "path"}, "place": {"easting": 566008, "northing": 445016},
    "details": "Most mornings.", "council": "testshire",
    "reporter": {"name": "A Citizen", "email": "name@example.com", "phone": "01632 960001", "may_pass_on": True},
}  # fmt: skip
IN_DEGREES = {"process": "hedge", "answers": {}, "place": {"lat": 51.4, "lon": -1.3}}
DEFINITION = parse(PROCESS, "process.toml")
FORM = {
    "where": "51.401, -1.323",
    "name": "A Citizen",
    "email": "name@example.com",
    "phone": "1",
    "details": "Most\r\nmornings",
}
URLENCODED = b"application/x-www-form-urlencoded\n" + "&".join(f"{k}={quote_plus(v)}" for k, v in FORM.items()).encode()
PARTY = parse((Path(__file__).parent.parent / "process" / "running" / "street-party.toml").read_text(), "party.toml")
PARTY_ANSWERS: dict[str, Any] = {
    "party_on": "2027-02-01", "guests": 80, "own_street": "yes", "closing": "yes", "closed_at": ["morning", "evening"],
    "plan": "Cake.\nA brass band.", "helpers": 3, "access": "", "organiser": {"name": "Ada", "address": "1 Plume Lane"},
}  # fmt: skip
PARTY_AS_WRITTEN = {
    "party_on": "1 Feb 2027",
    "guests": "1,000",
    "helpers": "35 people",
    "organiser": {"name": "B", "email": "b@x.example"},
}
PARTY_FORM = {
    "party_on-day": "1", "party_on-month": "feb", "party_on-year": "27", "guests": "1 000 people", "own_street": "no",
    "closing": "yes", "closed_at-morning": "morning", "plan": "Cake.\r\nTea.", "helpers": "3", "access": "A ramp",
    "organiser-name": "Ada", "organiser-address": "1 Plume Lane", "organiser-email": "ada@example.com",
}  # fmt: skip
MULTIPART = (
    b"multipart/form-data; boundary=x; charset=utf-8\n"
    + b"".join(f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in FORM.items())
    + b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nA\r\n--x--\r\n'
)


def _report(content: bytes, _folder: Path) -> None:
    """As the API takes it."""
    given = intake.ReportIn.model_validate(_json(content))
    answers = check_answers(DEFINITION, given.answers, GIVEN)
    details = intake._details(given.details, DEFINITION)
    point = read_point(given.place) if given.place is not None else None
    intake._key("a-key-that-is-long-enough", given)
    reporter = given.reporter.model_dump()
    need_storable([answers, details, reporter, str(point)])


def _json(content: bytes) -> Any:
    """FastAPI answers 400 or 422 for what is not JSON; that is not ours to try."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise InputError("body", "This is not JSON.") from None


async def _given(kind: bytes, content: bytes) -> dict[str, str]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    return await read_form(Request({"type": "http", "app": None, "headers": [(b"content-type", kind)]}, receive))


def _form(content: bytes, _folder: Path) -> None:
    kind, _, body = content.partition(b"\n")
    kind = bytes(each for each in kind if each >= 0x20)  # an HTTP server takes no others
    form = _loop().run_until_complete(_given(kind, body))
    need_storable(list(form.values()))
    unread: Any = None  # the page reads its form and definition alone
    view: Any = SimpleNamespace(definition=DEFINITION)
    need_storable(forms._contact(unread, view, form))
    read_typed_point(form.get("where", ""))
    intake._details(form.get("details"), DEFINITION)


def _shown(answers: Mapping[str, str]) -> None:
    """Stored answers are of some sort, and can be shown, decided by and given to programs."""
    kept = kept_apart(PARTY, answers)
    need_storable([dict(kept.answers), dict(kept.words), dict(kept.personal)])
    for name, value in answers.items():
        question = PARTY.questions[name]
        need_storable([question.display(value), question.form_values(value), question.to_json(value)])
        if question.is_column and question.partition(value, GIVEN) not in question.partitions:
            raise ValueError(f"no column of {name}: {value!r}")
        if question.read(question.to_json(value), GIVEN) != value:
            raise ValueError(f"not read again: {name} {value!r}")


def _answers(content: bytes, _folder: Path) -> None:
    """Answers of every kind, as the API takes them."""
    given = intake.ReportIn.model_validate({"process": "street-party", "answers": _json(content)})
    _shown(check_answers(PARTY, given.answers, GIVEN))


def _pages(content: bytes, _folder: Path) -> None:
    """The page of each kind of question, by its form."""
    form = _loop().run_until_complete(_given(b"application/x-www-form-urlencoded", content))
    unread: Any = None
    view: Any = SimpleNamespace(definition=PARTY, given=GIVEN, council=SimpleNamespace(slug="x"))
    found, refused = dict[str, str](), 0
    for page in PARTY.questions:
        try:
            found |= forms.read_page(unread, view, page, form)
        except forms.PageErrors:
            refused += 1
    _shown({name: value for name, value in found.items() if value})
    if refused == len(PARTY.questions):
        raise InputError("answers", "These are no answers.")


_loops: list[asyncio.AbstractEventLoop] = []


def _loop() -> asyncio.AbstractEventLoop:
    if not _loops:
        _loops.append(asyncio.new_event_loop())
    return _loops[0]


READ_AS: tuple[Callable[[str], object], ...] = (
    read_postcode,
    parse_grid_reference,
    read_typed_point,
    parse_report_reference,
)


def _typed(content: bytes, _folder: Path) -> None:
    """What is typed to say where, or which report; a text in all cases, for the web and the shell decode it."""
    text = content.decode("utf-8", "surrogateescape")
    refused = 0
    for read in READ_AS:
        try:
            refused += read(text) is None
        except InputError:
            refused += 1
    looks_like_postcode(text)
    said = folded(text)
    need_storable([asdict(each) for each in readings(said)] + possible_postcodes(said))
    need_storable(postcodes_within(said))
    if refused == len(READ_AS):
        raise InputError("where", "This is no place.")


def _point(content: bytes, _folder: Path) -> None:
    given = _json(content)
    if isinstance(given, dict):
        read_point(given)


def _headers(content: bytes, _folder: Path) -> None:
    """Headers of an answer, which the HTTP library reads as Latin-1."""
    text = content.decode("latin-1")
    redirected(URL, text)
    need_storable(transport._line(text))
    for seconds in (transport._wait_s(text), _seconds(text)):
        if seconds is not None and not seconds >= 0:
            raise ValueError(f"no time to wait: {seconds}")


def _page(content: bytes, _folder: Path) -> None:
    """A page of Modern.Gov, with an encoding that its headers declare, right or wrong."""
    said = read_detail(content, URL, charset_of(CHARSETS[len(content) % len(CHARSETS)]))
    need_storable([asdict(said.published), *said.unread])


def _of(found: list[Any]) -> None:
    need_storable([asdict(each) for each in found])


def _listed(found: list[ParishCouncilRef]) -> None:
    """The list, and the parishes that it may mean."""
    _of(found)
    propose(PARISHES, [(each.id, each.title) for each in found])


def _answer(content: bytes, _folder: Path) -> None:
    """A mail server's answer, of which the code is read before."""
    for stage in ("connect", "mail", "rcpt", "data"):
        for code in (421, 452, 550, 552):
            need_storable(str(judge(stage, code, content)))


PEOPLE = (
    Reader("moderngov_list", lambda: [LIST], lambda content, _: _listed(parse_list(content, URL)), of_markup, 0.5),
    Reader("moderngov_page", lambda: [PAGE], _page, of_markup, 0.8),
    Reader("moderngov_index", lambda: [INDEX], lambda content, _: _listed(parse_index(content, URL)), of_markup, 0.8),
    Reader("moderngov_everybody", lambda: [EVERYBODY],
           lambda content, _: _of(parse_everybody(content, URL)), of_markup, 0.8),
    Reader("http_headers", lambda: [b"/mgx.aspx", b"120", b"Sat, 28 Nov 2026 20:00:00 GMT", b'W/"abc"'], _headers, None, 0.2),
    Reader("smtp_answer", lambda: [b"5.1.1 No such user here", b"4.2.2 Mailbox full\nTry later"], _answer, None, 0.2),
    Reader("report", lambda: [json.dumps(each).encode() for each in (REPORT, IN_DEGREES)], _report, of_json, 0.4, (ValidationError,)),
    Reader("answers", lambda: [json.dumps(each).encode() for each in (PARTY_ANSWERS, PARTY_AS_WRITTEN)], _answers, of_json, 0.3, (ValidationError,)),
    Reader("answer_pages", lambda: [urlencode(PARTY_FORM).encode()], _pages, None, 0.6, (HTTPException,)),
    Reader("form", lambda: [URLENCODED, MULTIPART], _form, None, 0.5, (HTTPException,)),
    Reader("typed_place", lambda: [b"51.401, -1.323", b"SU 470 670", b"RG14 1AA", b"WW-7K3M-Q2XD", b"470000 167000"], _typed, None, 0.2),
    Reader("point", lambda: [json.dumps(each["place"]).encode() for each in (REPORT, IN_DEGREES)], _point, of_json, 0.2),
)  # fmt: skip
