"""Modern.Gov's answers → values. Pure: bytes in, values out.

No real ``GetParishCouncils`` answer and no real parish page is public, so nothing here rests on one spelling: the list
is read by the local names of its elements, the page by its labels, and only inside ``#modgov``, since everything
outside is the council's own theme.
"""

import html
import re
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
    except (ParseError, DefusedXmlException, ValueError):
        raise UnexpectedShape(url) from None
    if _local(root.tag) not in ROOTS:
        raise UnexpectedShape(url)
    found = []
    for element in root.iter():
        if _local(element.tag) in ITEMS:
            fields = {_local(child.tag): clean(child.text or "") for child in element}
            identifier = next((fields[name] for name in IDS if fields.get(name, "").isdecimal()), None)
            title = next((fields[name] for name in TITLES if fields.get(name)), None)
            if identifier is not None and title is not None:
                found.append(ParishCouncilRef(int(identifier), title))
    return found


def parse_detail(content: bytes, url: str) -> Published:
    """Read ``mgParishCouncilDetails.aspx?ID=`` for one council.

    Returns:
        What it says; the council's name is empty where a theme shows it outside of ``#modgov``.

    Raises:
        UnexpectedShape: there is no ``#modgov``, or no label in it that is known.
    """
    area = LexborHTMLParser(content.decode("utf-8", errors="replace")).css_first("#modgov")
    if area is None:
        raise UnexpectedShape(url)
    title = _title(area)
    fields = _labelled(area)
    if not fields:
        raise UnexpectedShape(url)
    raw = fields.get("email") or None
    email = single_address(raw)
    phone = ", ".join(fields[name] for name in ("phone", "mobile") if fields.get(name)) or None
    return Published(title, fields.get("clerk") or None, email, None if email else raw, phone, fields.get("address"))


def clean(text: str) -> str:
    """Undo double escaping (at most twice), fold white space, no-break spaces included."""
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return " ".join(text.split())


def single_address(text: str | None) -> str | None:
    """The e-mail address of a field that holds exactly one that validates, else None."""
    candidates = _ADDRESS.findall(text or "")
    if len(candidates) != 1:
        return None
    try:
        return validate_email(candidates[0], check_deliverability=False).normalized
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


def _labelled(area: LexborNode) -> dict[str, str]:
    """Known label → its value: the text that follows up to the next label, lines joined with commas."""
    fields: dict[str, str] = {}
    for label in area.css(".mgLabel"):
        name = LABELS.get(clean(label.text()).rstrip(": ").lower())
        if name is None or name in fields:
            continue
        lines, line = [], ""
        node = label.next
        while node is not None and "mgLabel" not in (node.attributes.get("class") or "").split():
            if node.tag == "br":
                lines.append(line)
                line = ""
            else:
                line += node.text(deep=True) or ""
            node = node.next
        value = ", ".join(part for part in (clean(each) for each in [*lines, line]) if part)
        if value:
            fields[name] = value
    return fields
