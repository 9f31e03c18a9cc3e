"""Modern.Gov's answers → values. Pure: bytes in, values out.

No real ``GetParishCouncils`` answer and no real parish page is public, so nothing here rests on one spelling: the list
is read by the local names of its elements, the page by its labels, and only inside ``#modgov``, since everything
outside is the council's own theme.
"""

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from email_validator import EmailNotValidError, validate_email
from selectolax.lexbor import LexborHTMLParser, LexborNode

from routing.contacts.model import Published
from routing.contacts.moderngov.errors import UnexpectedShape

ROOTS = frozenset({"parishcouncils", "getparishcouncils", "getparishcouncilsresult"})
ITEMS = frozenset({"parishcouncil", "parish"})
IDS = ("parishcouncilid", "parishid", "id")
TITLES = ("parishcounciltitle", "parishtitle", "title", "name")

LABELS = {
    "clerk": "clerk",
    "contact": "clerk",
    "contact name": "clerk",
    "name": "clerk",
    "parish clerk": "clerk",
    "town clerk": "clerk",
    "address": "address",
    "correspondence address": "address",
    "phone": "phone",
    "telephone": "phone",
    "tel": "phone",
    "mobile": "mobile",
    "email": "email",
    "e-mail": "email",
    "website": "website",
    "web": "website",
}

LONGEST = 500
"""Characters of a value that are kept: a page that says more in one field says nothing that could be used."""

LARGEST_ID = 2**31 - 1
MOST_COUNCILS = 2_000
"""More than any county has."""

LARGEST_PAGE = 1_000_000
MOST_TAGS = 30_000
MOST_IN_A_TAG = 10_000
"""The HTML parser takes time with the square of the nesting, and of the attributes of a tag: measured, 40,000 of
either take 2.6 s. Within these bounds no page takes more than some seconds; a heavy theme has a tenth of them.
"""

_BETWEEN_ATTRIBUTES = re.compile(rb"[\s/\"']+")
_DETAILS = re.compile(r"mgparishcouncildetails\.aspx\?(?:[^#]*&)?id=(\d{1,9})(?:[&#]|$)", re.IGNORECASE)
_ENTITY = re.compile(r"&(#\d+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos|nbsp);")
_ADDRESS = re.compile(r"[^\s;,<>()\[\]]+@[^\s;,<>()\[\]]+")


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
        root = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError, LookupError):  # LookupError: an encoding that nobody knows
        raise UnexpectedShape(url) from None
    if _local(root.tag) not in ROOTS:
        raise UnexpectedShape(url)
    found = []
    for element in root.iter():
        if _local(element.tag) in ITEMS:
            fields = {_local(child.tag): clean(child.text or "") for child in element}
            identifier = next((fields[name] for name in IDS if _is_id(fields.get(name, ""))), None)
            title = next((fields[name] for name in TITLES if fields.get(name)), None)
            if identifier is not None and title is not None:
                found.append(ParishCouncilRef(int(identifier), title))
    return _few(found, url)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:11]) <= LARGEST_ID


def _few(found: list[ParishCouncilRef], url: str) -> list[ParishCouncilRef]:
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
    area = _modgov(content, url)
    fields = _labelled(area.css(".mgLabel"))
    if not fields:
        raise UnexpectedShape(url)
    return _published(_title(area), fields)


def parse_index(content: bytes, url: str) -> list[ParishCouncilRef]:
    """Read the index of parish councils, ``mgParishCouncilDetails.aspx?bcr=1``: its links to pages, and nothing else.

    Returns:
        One for each id, as the first link to it is called; none where the index has no such links (facts E29).

    Raises:
        UnexpectedShape: there is no ``#modgov``.
    """
    found: dict[int, str] = {}
    for link in _modgov(content, url).css("a[href]:not([hidden])"):
        match = _DETAILS.search(html.unescape(link.attributes.get("href") or ""))
        title = clean(link.text())
        if match and title:
            found.setdefault(int(match[1]), title)
    return _few([ParishCouncilRef(identifier, title) for identifier, title in found.items() if identifier], url)


def parse_everybody(content: bytes, url: str) -> list[Published]:
    """Read ``mgParishCouncilDetailsList.aspx``, all councils on one page: a heading, then its labels.

    Raises:
        UnexpectedShape: there is no ``#modgov``.
    """
    found: list[tuple[str, list[LexborNode]]] = []
    for node in _modgov(content, url).traverse():
        classes = (node.attributes.get("class") or "").split()
        if node.tag in {"h2", "h3"} and "mgSectionTitle" not in classes and clean(node.text()):
            found.append((clean(node.text()), []))
        elif "mgLabel" in classes and found:
            found[-1][1].append(node)
    return [_published(title, fields) for title, labels in found if (fields := _labelled(labels))]


def _modgov(content: bytes, url: str) -> LexborNode:
    if len(content) > LARGEST_PAGE or content.count(b"<") > MOST_TAGS:
        raise UnexpectedShape(url)
    for piece in content.split(b"<"):
        if len(piece) > MOST_IN_A_TAG and len(_BETWEEN_ATTRIBUTES.findall(piece)) > MOST_IN_A_TAG:
            raise UnexpectedShape(url)
    area = LexborHTMLParser(content.decode("utf-8", errors="replace")).css_first("#modgov")
    if area is None:
        raise UnexpectedShape(url)
    return area


def _published(title: str, fields: dict[str, str]) -> Published:
    raw = fields.get("email") or None
    # What was cut may have held another address, or the end of this one.
    email = single_address(raw) if len(raw or "") < LONGEST else None
    phone = ", ".join(fields[name] for name in ("phone", "mobile") if fields.get(name)) or None
    return Published(title, fields.get("clerk") or None, email, None if email else raw, phone, fields.get("address"))


def clean(text: str) -> str:
    """Undo double escaping (at most twice), fold white space, no-break spaces included, drop control characters."""
    text = text[: 20 * LONGEST]
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    shown = "".join(each for each in text if each.isspace() or unicodedata.category(each) not in {"Cc", "Cf", "Cs"})
    return " ".join(shown.split())[:LONGEST]


def single_address(text: str | None) -> str | None:
    """The e-mail address of a field that holds exactly one that validates, else None."""
    candidates = _ADDRESS.findall(text or "")
    if len(candidates) != 1:
        return None
    try:
        return validate_email(candidates[0], check_deliverability=False).ascii_email
    except EmailNotValidError:
        return None


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2].lower()


def _title(area: LexborNode) -> str:
    for selector in ("h2.mgSubTitleTxt", "h1.mgMainTitleTxt", "h1", "h2:not(.mgSectionTitle)"):
        node = area.css_first(selector)
        if node is not None and clean(node.text()):
            return clean(node.text())
    return ""


def _labelled(labels: Iterable[LexborNode]) -> dict[str, str]:
    """Known label → its value: the text that follows up to the next label, lines joined with commas."""
    fields: dict[str, str] = {}
    for label in labels:
        name = LABELS.get(clean(label.text()).rstrip(": ").lower())
        if name is not None and name not in fields and (value := _value(label, name)):
            fields[name] = value
    return fields


def _value(label: LexborNode, name: str) -> str:
    lines, line, written_to = [], "", ""
    node = label.next
    while node is not None and "mgLabel" not in (node.attributes.get("class") or "").split():
        if node.tag == "br":
            lines.append(line)
            line = ""
        else:
            line += node.text(deep=True) or ""
            written_to = written_to or _written_to(node)
        node = node.next
    value = ", ".join(part for part in (clean(each) for each in [*lines, line]) if part)
    return written_to if name == "email" and "@" not in value and written_to else value


def _written_to(node: LexborNode) -> str:
    """The address of a link whose text is something else, such as *Send an e-mail*."""
    href = node.attributes.get("href") if node.tag == "a" else None
    kind, _, rest = clean(href or "").partition(":")
    return rest.partition("?")[0] if kind.lower() == "mailto" else ""
