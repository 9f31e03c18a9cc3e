"""What people wrote into one field: its text, the one address in it, the fields that share a row."""

import html
import re

from email_validator import EmailNotValidError, validate_email

from routing.contacts.moderngov.page import KEPT, Element, unprotected
from routing.words import printable

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
    "bus. phone": "phone",
    "bus. email": "email",
    "website": "website",
    "web": "website",
}

LONGEST = 200
"""Characters of a value that are kept: a page that says more in one field says nothing that could be used."""

_ENTITY = re.compile(r"&(#\d+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos|nbsp);")
_HIDDEN = "/cdn-cgi/l/email-protection#"
_BETWEEN_ADDRESSES = re.compile(r"[\s:;,<>()\[\]]+")
_IN_ROW = re.compile(r"[\s/|,;-]*\b(tel|telephone|phone|mobile|email|e-mail)\s*:\s*", re.IGNORECASE)
_ESCAPED = re.compile("%([0-7][0-9a-fA-F])")


def clean(text: str, most: int = LONGEST) -> str:
    """Undo double escaping (at most twice), and make it one printable line."""
    text = text[:KEPT]
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return printable(text, most)


def single_address(text: str | None) -> str | None:
    """The e-mail address of a field that holds exactly one that validates, be it twice; else None.

    Of a field that was cut, none: what is missing may have held another one, or the end of this one. The standard
    library's ``getaddresses`` is for headers: of *a@x.example Bcc: b@y.example* it makes ``a@x.exampleBcc``.
    """
    if text is None or len(text) >= LONGEST:
        return None
    words = (word.strip(".'\"") for word in _BETWEEN_ADDRESSES.split(text))
    found = {word.lower(): word for word in words if "@" in word[1:-1]}
    if len(found) != 1:
        return None
    try:
        address = validate_email(found.popitem()[1], check_deliverability=False).ascii_email
    except EmailNotValidError:
        return None
    return address if address and len(address) <= LONGEST else None


def split_row(value: str) -> list[str]:
    """A value, then labels and values that stand in one row with it: *A Clerk Tel: 01632 960000 / Email: a@x.example*.

    Not where another's could be meant: *A Clerk, Chair's email: b@x.example*.
    """
    parts = _IN_ROW.split(value)
    is_clear = len(value) < LONGEST and not any(":" in text or text.endswith(("'s", "\u2019s")) for text in parts[::2])
    return parts if is_clear else [value]


def written_to(link: Element) -> str:
    """The address of a link whose text is something else, such as *Send an e-mail*."""
    href = link.attributes.get("href", "") if link.tag == "a" else ""
    _, mark, code = href.partition(_HIDDEN)
    kind, _, rest = html.unescape(href).strip().partition(":")
    rest = unprotected(code) if mark else rest if kind.lower() == "mailto" else ""
    return clean(_ESCAPED.sub(lambda each: chr(int(each[1], 16)), rest.partition("?")[0]))
