"""Clean the list of parish councils for an XML reader: remove what XML does not allow but real lists contain. Pure."""

import re
from html import escape
from html.entities import html5

from routing.contacts.moderngov.charset import decoded_list

_PROLOG = re.compile(r"<\?xml\b[^>]{0,300}>")
_NOT_XML = dict.fromkeys({*range(32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF} - {9, 10, 13})
_REFERENCE = re.compile(r"&(?:#([0-9]{1,20});|#[xX]([0-9a-fA-F]{1,20});|([a-zA-Z][a-zA-Z0-9]{0,31};))?")
_OF_XML = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_END = re.compile(
    r"</(?:\w{1,40}:)?(?:parishcouncils|getparishcouncils|getparishcouncilsresult)\s{0,20}>", re.IGNORECASE
)
_BEFORE = "\ufeff\u200b"
_EMPTY = re.compile(r"<(?:\w{1,40}:)?parishcouncils[^<>]{0,500}/>\s*", re.IGNORECASE)


def xml_of(content: bytes, charset: str | None) -> str:
    """The text of a list from its first tag to the end of its root, without the declaration of its encoding."""
    text = decoded_list(content, charset).translate(_NOT_XML)
    text = _PROLOG.sub(" ", text)  # a space, so that the parts around it do not form another one
    return text.strip(_BEFORE).strip().strip(_BEFORE).strip()


def whole_list(text: str) -> str:
    """The same text with references that XML knows, and without text after the end of the root."""
    end = 0
    for found in _END.finditer(text):
        end = found.end()
    return _REFERENCE.sub(_mended, text[:end] if end else text)


def has_whole_list(text: str) -> bool:
    """Whether a text contains the end of a list, or an empty list."""
    return _END.search(text) is not None or _EMPTY.search(text) is not None


def _mended(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if decimal or hexadecimal:
        number = int(decimal) if decimal else int(hexadecimal, 16)
        is_of_xml = number <= 0x10FFFF and number not in _NOT_XML
        return found[0] if is_of_xml else ""
    if not name or name in _OF_XML:
        return found[0] if name else "&amp;"
    return escape(html5[name]) if name in html5 else "&amp;" + name
