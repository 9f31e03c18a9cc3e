"""The text of one field, and the single address in it."""

import html
import re

from routing.contacts.moderngov.page import KEPT, Element, unprotected
from routing.vocabulary import email_address, folded, printable

LONGEST = 200
"""Most characters of a value. A longer field contains nothing useful."""

_ENTITY = re.compile(r"&(#\d+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos|nbsp);")
_ESCAPED = re.compile("%([0-7][0-9a-fA-F])")
_HIDDEN = "/cdn-cgi/l/email-protection#"
_BETWEEN_ADDRESSES = re.compile(r"[\s:;,<>()\[\]]+")
_DASHES = re.compile("[\u2012-\u2015]")
_AROUND = ".'\"!*?|/"


def clean(text: str, most: int = LONGEST) -> str:
    """Undo double escaping (at most twice), and make it one printable line."""
    text = text[:KEPT]
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return printable(text, most)


def addresses_in(text: str) -> dict[str, str]:
    """Everything in a text that may be an email address: in lower case → as written."""
    plain = folded(_DASHES.sub(" ", text[: 4 * KEPT]), 4 * KEPT)
    words = (word.strip(_AROUND) for word in _BETWEEN_ADDRESSES.split(plain))
    return {word.lower(): word for word in words if "@" in word[1:-1]}


def single_address(text: str | None) -> str | None:
    """The email address of a field with exactly one valid address, even if repeated; else None.

    None for a shortened field, because the missing text may have another address, or the end of this one. We do not use
    the standard library's ``getaddresses``, because it is for headers: it turns *a@x.example Bcc: b@y.example* into
    ``a@x.exampleBcc``.
    """
    if text is None or len(text) >= LONGEST:
        return None
    found = addresses_in(text)
    if len(found) != 1:
        return None
    try:
        address = email_address(found.popitem()[1])
    except ValueError:
        return None
    return address if len(address) <= LONGEST else None


def written_to(link: Element) -> str:
    """The address of a link, whatever its text."""
    href = link.attributes.get("href", "") if link.tag == "a" else ""
    _, mark, code = href.partition(_HIDDEN)
    kind, _, rest = html.unescape(href).strip().partition(":")
    rest = unprotected(code) if mark else rest.lstrip("/") if kind.lower() == "mailto" else ""
    written = rest.partition("?")[0]
    for _ in range(2):  # %2540 was escaped twice
        written = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), written)
    return clean(written)
