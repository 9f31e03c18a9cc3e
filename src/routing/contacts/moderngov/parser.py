"""Modern.Gov's answers → values. Pure: bytes in, values out.

No real ``GetParishCouncils`` answer and no real parish page is public, so nothing here depends on one spelling. We read
the list by the local names of its elements, and the page by its labels. We only read inside ``#modgov``, because the
rest is the council's own theme. Every parser takes time in proportion to the page, and uses no text twice.
"""

import html
from dataclasses import dataclass, replace
from typing import TypeVar

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from routing.contacts.model import Published
from routing.contacts.moderngov.charset import decoded_page
from routing.contacts.moderngov.errors import OtherPage, UnexpectedShape
from routing.contacts.moderngov.fields import LONGEST, clean, single_address
from routing.contacts.moderngov.list_markup import has_whole_list, whole_list, xml_of
from routing.contacts.moderngov.marks import Mark, firsts, is_of_person, is_part, marks_of, title_of
from routing.contacts.moderngov.page import Element, Page, read_page
from routing.contacts.moderngov.unlabelled import loose_address, unlabelled_addresses
from routing.contacts.moderngov.whose import Reading, read_marks
from routing.vocabulary import is_garbled

ROOTS = frozenset({"parishcouncils", "getparishcouncils", "getparishcouncilsresult"})
ITEMS = frozenset({"parishcouncil", "parish"})
IDS = ("parishcouncilid", "parishid", "id")
TITLES = ("parishcounciltitle", "parishtitle", "title", "name")

T = TypeVar("T")

LARGEST_ID = 2**31 - 1
MOST_COUNCILS = 2_000
"""More parish councils than any county has."""

LARGEST_PAGE = 1_000_000
MOST_TAGS = 50_000
"""A page with all councils of the largest county has 20,000."""

LONGEST_RUN = 2_000
"""Bytes between two tags of the list, attributes included: a name space is copied for each element in it."""

MOST_COMMENTS = 100
"""Most comments in the list, including instructions. Python's XML reader copies the text so far at each one."""

MOST_UNREAD = 10
NO_LABEL = "email address without a label"
NAME_OF_COUNCIL = "name of the council"
"""Findings that are no labels."""


@dataclass(frozen=True, slots=True)
class ParishCouncilRef:
    """One line of the list: Modern.Gov's own id, and its title."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class Said:
    """The content of one council's page.

    Attributes:
        unread: labels with an email address or phone number that are unknown or unclear; if the clerk has no address,
            also the labels of other people.
    """

    published: Published
    unread: tuple[str, ...] = ()


def parse_list(content: bytes, url: str, charset: str | None = None) -> list[ParishCouncilRef]:
    """Read the answer of ``GetParishCouncils``.

    Args:
        charset: that the answer declares, as ``charset_of`` gives it.

    Raises:
        UnexpectedShape: not XML, an entity bomb, or another root than asked for (an error page is XML too).
    """
    try:
        root = fromstring(_mended(content, url, charset), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):  # LookupError: an encoding that nobody knows
        raise UnexpectedShape(url) from None
    if _local(root.tag) not in ROOTS:
        raise UnexpectedShape(url)
    found = []
    for element in root.iter():
        if _local(element.tag) in ITEMS:
            texts = {name: child.text or "" for child in element if (name := _local(child.tag)) in (*IDS, *TITLES)}
            fields = {name: clean(text) for name, text in texts.items()}
            identifier = next((fields[name] for name in IDS if _is_id(fields.get(name, ""))), None)
            title = next((fields[name] for name in TITLES if fields.get(name)), None)
            if identifier is not None and title is not None:
                found.append(ParishCouncilRef(int(identifier), title))
    return _few(found, url)


def _bounded(content: bytes, url: str) -> bytes:
    if len(content) > LARGEST_PAGE or content.count(b"<") > MOST_TAGS:
        raise UnexpectedShape(url)
    return content


def _mended(content: bytes, url: str, charset: str | None) -> bytes:
    """The list for the XML reader, with limits that apply in an encoding that cannot hide tags."""
    text = xml_of(_bounded(content, url), charset)
    runs = text.encode().split(b"<")
    comments = text.count("<!-") + text.count("<?")
    if len(runs) > MOST_TAGS or comments > MOST_COMMENTS or max(map(len, runs)) > LONGEST_RUN:
        raise UnexpectedShape(url)
    return whole_list(text).encode()


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= LARGEST_ID


def _few(found: list[T], url: str) -> list[T]:
    if len(found) > MOST_COUNCILS:
        raise UnexpectedShape(url)
    return found


def parse_detail(content: bytes, url: str) -> Published:
    """The result of ``read_detail``."""
    return read_detail(content, url).published


def read_detail(content: bytes, url: str, charset: str | None = None) -> Said:
    """Read ``mgParishCouncilDetails.aspx?ID=`` for one council.

    Returns:
        Its content; the council's name is empty if a theme shows it outside ``#modgov``.

    Raises:
        UnexpectedShape: there is no ``#modgov``, or no label in it that is known.
        OtherPage: it is a person's page.
    """
    page, area = _modgov(content, url, charset)
    marks = marks_of(page, area)
    if is_of_person(page, marks):
        raise OtherPage(url)
    title = title_of(page, marks)
    page_read = read_marks(page, marks, title)
    is_named = not is_garbled(title)
    unread = [*page_read.unread, *([] if is_named else [NAME_OF_COUNCIL])]
    published = _published(title if is_named else "", page_read)
    if published.email is None and not published.raw_email:
        unlabelled = unlabelled_addresses(page, area)
        if address := loose_address(page, page_read, unlabelled):
            published = replace(published, email=single_address(address))
        elif not published.is_vacant:
            unread += page_read.others or ([NO_LABEL] if unlabelled and not unread else [])
    if not page_read.fields and not unread:
        raise UnexpectedShape(url)
    return Said(published, tuple(dict.fromkeys(filter(None, unread)))[:MOST_UNREAD])


def parse_index(content: bytes, url: str, charset: str | None = None) -> list[ParishCouncilRef]:
    """Read the index of parish councils, ``mgParishCouncilDetails.aspx?bcr=1``: its links to pages, and nothing else.

    Returns:
        One for each id, with the text of its first link; none if the index has no such links (facts E29).

    Raises:
        UnexpectedShape: there is no ``#modgov``.
    """
    page, area = _modgov(content, url, charset)
    links = [each for each in page.inside(area) if each.tag == "a" and "href" in each.attributes]
    found: dict[int, str] = {}
    for link, before in zip(links, firsts(links, area), strict=True):
        identifier = identifier_of(link.attributes["href"]) if "hidden" not in link.attributes else None
        title = clean(page.text(link, before)) if identifier else ""
        if identifier and title:
            found.setdefault(identifier, title)
    return _few([ParishCouncilRef(identifier, title) for identifier, title in found.items()], url)


def identifier_of(href: str) -> int | None:
    """The council of a page's address."""
    path, _, query = html.unescape(href).partition("#")[0].partition("?")
    if path.lower().endswith("mgparishcouncildetails.aspx"):
        for name, _, value in (part.partition("=") for part in query.split("&")):
            if name.lower() == "id" and _is_id(value):
                return int(value)
    return None


def parse_everybody(content: bytes, url: str, charset: str | None = None) -> list[Published]:
    """Read ``mgParishCouncilDetailsList.aspx``, all councils on one page: a heading, then its labels.

    Raises:
        UnexpectedShape: there is no ``#modgov``, or more councils than any county has.
    """
    page, area = _modgov(content, url, charset)
    found: list[tuple[str, list[Mark]]] = []
    for mark in marks_of(page, area):
        title = mark.text(page) if mark.is_heading else ""
        is_title = mark.element.tag in {"h2", "h3"} and not mark.is_section and not is_part(title)
        if found and not is_title:
            found[-1][1].append(mark)
        elif is_title and title:
            found.append((title, []))
    read = ((title, read_marks(page, marks, title)) for title, marks in found)
    return _few([_published(title, page_read) for title, page_read in read if page_read.fields], url)


def _modgov(content: bytes, url: str, charset: str | None) -> tuple[Page, Element]:
    page = read_page(decoded_page(_bounded(content, url), charset))
    area = _area(page)
    if area is None:
        raise UnexpectedShape(url)
    return page, area


def is_cut(content: bytes, charset: str | None) -> bool:
    """Whether an answer without a known length ends too early."""
    if len(content) > LARGEST_PAGE or content.count(b"<") > MOST_TAGS:
        return False
    markup = decoded_page(content, charset)
    begin = markup.lower()
    if "</html" in begin or has_whole_list(markup):
        return False
    page = read_page(markup)
    area = _area(page)
    return "<html" in begin or "<parishcouncil" in begin if area is None else area.number in page.left_open


def _area(page: Page) -> Element | None:
    return next((each for each in page.elements if each.attributes.get("id") == "modgov"), None)


def _published(title: str, page_read: Reading) -> Published:
    raw = page_read.chosen("email") or None
    email = single_address(raw)
    phone = ", ".join(filter(None, map(page_read.chosen, ("phone", "mobile"))))[:LONGEST] or None
    clerk, address = page_read.chosen("clerk") or None, page_read.chosen("address") or None
    return Published(title, clerk, email, None if email else raw, phone, address)


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2].lower()
