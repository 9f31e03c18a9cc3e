"""Modern.Gov's answers → values. Pure: bytes in, values out.

No real ``GetParishCouncils`` answer and no real parish page is public, so nothing here rests on one spelling: the list
is read by the local names of its elements, the page by its labels, and only inside ``#modgov``, since everything
outside is the council's own theme. Every parser takes time in proportion to the page: no text is taken twice.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from routing.contacts.model import Published
from routing.contacts.moderngov.errors import UnexpectedShape
from routing.contacts.moderngov.fields import LABELS, LONGEST, clean, single_address, split_row, written_to
from routing.contacts.moderngov.page import KEPT, Element, Page, read_page

ROOTS = frozenset({"parishcouncils", "getparishcouncils", "getparishcouncilsresult"})
ITEMS = frozenset({"parishcouncil", "parish"})
IDS = ("parishcouncilid", "parishid", "id")
TITLES = ("parishcounciltitle", "parishtitle", "title", "name")

T = TypeVar("T")

LARGEST_ID = 2**31 - 1
MOST_COUNCILS = 2_000
"""More than any county has."""

LARGEST_PAGE = 1_000_000
MOST_TAGS = 50_000
"""A page with all councils of the largest county has 20,000."""

LONGEST_RUN = 2_000
"""Bytes between two tags of the list, attributes included: a name space is copied for each element in it."""

MOST_COMMENTS = 100
"""Of the list, instructions included: what Python's reader of XML has of a text is copied at each of them."""

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

_NOT_XML = bytes(sorted(set(range(32)) - {9, 10, 13}))
_NOT_XML_REFERENCE = re.compile(
    rb"&#(?:0{0,9}(?:[0-8]|1[124-9]|2[0-9]|3[01])|x0{0,9}(?:[0-8bcef]|1[0-9a-f]));", re.IGNORECASE
)
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ParishCouncilRef:
    """One line of the list: Modern.Gov's own id, and the title as it stands there."""

    id: int
    title: str


def parse_list(content: bytes, url: str) -> list[ParishCouncilRef]:
    """Read the answer of ``GetParishCouncils``.

    Raises:
        UnexpectedShape: not XML, an entity bomb, or another root than asked for (an error page is XML too).
    """
    try:
        root = fromstring(_mended(content, url), forbid_dtd=True)
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


def _mended(content: bytes, url: str) -> bytes:
    """The list without what XML does not allow, but real ones hold: blanks before it, control characters in it.

    Without NUL it is in no encoding that could hide a tag from being counted.
    """
    content = _NOT_XML_REFERENCE.sub(b"", _bounded(content, url).translate(None, _NOT_XML))
    comments = content.count(b"<!-") + content.count(b"<?")
    if comments > MOST_COMMENTS or max(map(len, content.split(b"<"))) > LONGEST_RUN:
        raise UnexpectedShape(url)
    return content.lstrip().removeprefix(_MARK).lstrip()


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= LARGEST_ID


def _few(found: list[T], url: str) -> list[T]:
    if len(found) > MOST_COUNCILS:
        raise UnexpectedShape(url)
    return found


def parse_detail(content: bytes, url: str) -> Published:
    """Read ``mgParishCouncilDetails.aspx?ID=`` for one council.

    Returns:
        What it says; the council's name is empty where a theme shows it outside of ``#modgov``.

    Raises:
        UnexpectedShape: there is no ``#modgov``, or no label in it that is known.
    """
    page, area = _modgov(content, url)
    marks = _marks(page, area)
    fields = _labelled(page, [mark for mark in marks if mark.is_label])
    if not fields:
        raise UnexpectedShape(url)
    return _published(_title(page, marks), fields)


def parse_index(content: bytes, url: str) -> list[ParishCouncilRef]:
    """Read the index of parish councils, ``mgParishCouncilDetails.aspx?bcr=1``: its links to pages, and nothing else.

    Returns:
        One for each id, as the first link to it is called; none where the index has no such links (facts E29).

    Raises:
        UnexpectedShape: there is no ``#modgov``.
    """
    page, area = _modgov(content, url)
    links = [each for each in page.inside(area) if each.tag == "a" and "href" in each.attributes]
    found: dict[int, str] = {}
    for link, before in zip(links, _firsts(links, area), strict=True):
        identifier = _identifier(link.attributes["href"]) if "hidden" not in link.attributes else None
        title = clean(page.text(link, before)) if identifier else ""
        if identifier and title:
            found.setdefault(identifier, title)
    return _few([ParishCouncilRef(identifier, title) for identifier, title in found.items()], url)


def _identifier(href: str) -> int | None:
    """Of which council an address is the page."""
    path, _, query = html.unescape(href).partition("#")[0].partition("?")
    if path.lower().endswith("mgparishcouncildetails.aspx"):
        for name, _, value in (part.partition("=") for part in query.split("&")):
            if name.lower() == "id" and _is_id(value):
                return int(value)
    return None


def parse_everybody(content: bytes, url: str) -> list[Published]:
    """Read ``mgParishCouncilDetailsList.aspx``, all councils on one page: a heading, then its labels.

    Raises:
        UnexpectedShape: there is no ``#modgov``, or more councils than any county has.
    """
    page, area = _modgov(content, url)
    found: list[tuple[str, list[Mark]]] = []
    for mark in _marks(page, area):
        if mark.is_label and found:
            found[-1][1].append(mark)
        elif mark.element.tag in {"h2", "h3"} and not mark.is_section and (title := mark.text(page)):
            found.append((title, []))
    return _few([_published(title, fields) for title, marks in found if (fields := _labelled(page, marks))], url)


def _modgov(content: bytes, url: str) -> tuple[Page, Element]:
    page = read_page(_bounded(content, url).decode("utf-8", errors="replace"))
    area = next((each for each in page.elements if each.attributes.get("id") == "modgov"), None)
    if area is None:
        raise UnexpectedShape(url)
    return page, area


def _published(title: str, fields: dict[str, str]) -> Published:
    raw = fields.get("email") or None
    email = single_address(raw)
    phone = ", ".join(fields[name] for name in ("phone", "mobile") if fields.get(name))[:LONGEST] or None
    return Published(title, fields.get("clerk") or None, email, None if email else raw, phone, fields.get("address"))


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2].lower()


@dataclass(frozen=True, slots=True)
class Mark:
    """A heading or a label, with where the next one begins: before which piece of text, and which element."""

    element: Element
    before: int
    before_element: int

    @property
    def is_label(self) -> bool:
        return "mgLabel" in self.element.classes

    @property
    def is_section(self) -> bool:
        return "mgSectionTitle" in self.element.classes

    def text(self, page: Page) -> str:
        return clean(page.text(self.element, self.before))


def _marks(page: Page, area: Element) -> list[Mark]:
    marks = [each for each in page.inside(area) if each.tag in HEADINGS or "mgLabel" in each.classes]
    numbers = [*(each.number for each in marks[1:]), area.after]
    return [Mark(*each) for each in zip(marks, _firsts(marks, area), numbers, strict=True)] if marks else []


def _firsts(elements: Sequence[Element], area: Element) -> list[int]:
    """For each, where the text of the next one begins: so no text is taken twice, however they are nested."""
    return [*(each.first for each in elements[1:]), area.last] if elements else []


def _title(page: Page, marks: Sequence[Mark]) -> str:
    for tag, kind in (("h2", "mgSubTitleTxt"), ("h1", "mgMainTitleTxt"), ("h1", ""), ("h2", "")):
        for mark in marks:
            if mark.element.tag == tag and (kind in mark.element.classes if kind else not mark.is_section):
                if title := mark.text(page):
                    return title
                break
    return ""


def _labelled(page: Page, labels: Sequence[Mark]) -> dict[str, str]:
    """Known label → its value; a label within the value of another counts where there is none of its own."""
    fields: dict[str, str] = {}
    in_rows: dict[str, str] = {}
    for label in labels:
        name = LABELS.get(label.text(page).rstrip(": ").lower())
        if name is not None and name not in fields and (value := _value(page, label, name)):
            own, *others = split_row(value) if name not in {"email", "website"} else [value]
            if own:
                fields[name] = own
            for other, text in zip(others[::2], others[1::2], strict=True):
                kind = LABELS[other.lower()]
                in_rows[kind] = f"{in_rows[kind]}, {text}"[:LONGEST] if kind in in_rows else text
    return in_rows | fields


def _value(page: Page, label: Mark, name: str) -> str:
    """The text that follows a label up to the next one, or to the end of what it stands in, lines joined with commas.

    One that was cut has ``LONGEST`` characters.
    """
    around = page.elements[label.element.parent]
    lines = page.lines(label.element.last, min(around.last, label.before))
    value = ", ".join(part for part in (clean(each, KEPT) for each in lines) if part)
    if name == "email" and "@" not in value:
        links = page.elements[label.element.after : min(around.after, label.before_element)]
        value = ", ".join(dict.fromkeys(filter(None, map(written_to, links)))) or value
    is_whole = sum(map(len, lines)) + len(lines) <= KEPT
    return value[:LONGEST] if is_whole else value[:LONGEST].ljust(LONGEST, "…")
