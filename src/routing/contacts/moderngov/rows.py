"""A row with more than its label says: a name followed by a phone number, a website or an address."""

import re
from dataclasses import dataclass, field

from routing.contacts.model import says_vacant
from routing.contacts.moderngov.fields import LONGEST, addresses_in
from routing.contacts.moderngov.labels import kind_of, speaks_of_another

_NAMES = r"tel(?:ephone)?|phone|mobile|mob|fax|e[-. \u2011]?mails?|web ?site|web|address"
_IN_ROW = re.compile(
    rf"[\s/|,;(\u2013-]*(?<![\w'\u2019])(?:((?:home |work |bus\.? ?|office |daytime )?"
    rf"(?:{_NAMES})(?: (?:address|nos?|numbers?)\b)?\.?|[temw])\s*:"
    r"|((?:tel(?:ephone)?(?: nos?| number)?\.?|phone|mobile|mob\.?)(?=\s*\(?[+0]\d)|e-?mails?(?=\s[^\s@]{1,64}@)))\s*",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\s*(?:(?:mrs?|ms|miss|mx|dr|revd?|sir|dame)\b|[A-Z][^\W\d]+ [A-Z][^\W\d]+ \S{1,100}@)", re.IGNORECASE
)
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s,;]+", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+\d{1,3}|\(?0)[\d ()-]{6,20}\d")
_ADDRESS = re.compile(r"[^\s,;:<>()\[\]]+@[^\s,;:<>()\[\]]+")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")
_WITH_DIGIT = re.compile(r",[^,\d]*\d")
_LETTERS = re.compile(r"[a-z]+")
_BESIDE = frozenset(
    {"home", "work", "office", "mobile", "mob", "tel", "telephone", "email", "e", "mail", "or", "and", "daytime"}
)
_AROUND = " ,;:/|(-\u2013\u2014"


@dataclass(frozen=True, slots=True)
class Row:
    """The certain values of a row that begins with a name.

    Attributes:
        others: kind → values, unchanged.
        is_clear: whether we understood all of it.
    """

    name: str
    others: dict[str, list[str]] = field(default_factory=dict)
    is_clear: bool = True


def split_row(value: str) -> list[str]:
    """A value, then labels and values in the same row: *A Clerk Tel: 01632 960000 / Email: a@x.example*.

    Not if they could be another person's: *A Clerk, Chair's email: b@x.example*.
    """
    found = _IN_ROW.split(value)
    parts = [found[0]]
    for label, short, text in zip(found[1::3], found[2::3], found[3::3], strict=True):
        parts += [label or short, text]
    return parts if is_clear(value, parts) else [value]


def is_clear(value: str, parts: list[str]) -> bool:
    """Whether a row was split, or did not need it, so that none of it can be somebody else's."""
    texts = [_LINK.sub("", text) for text in parts[::2]]
    is_odd = any(":" in text or text.endswith(("'s", "\u2019s")) for text in texts)
    return len(value) < LONGEST and not is_odd and not any(speaks_of_another(text) for text in parts)


def read_row(lines: list[str], value: str, *, has_address: bool) -> Row:
    """The values after a clerk's label.

    Args:
        value: the lines in one, with addresses of links, shortened.
        has_address: the label says that a postal address follows.
    """
    if says_vacant(value):
        return Row(value[: _first_contact(value)].rstrip(_AROUND) or value)
    if speaks_of_another(value):
        return Row("", is_clear=False)
    if any(map(_PERSON.match, [*lines[1:], *lines[0].split(";")[1:]])):
        return Row(_name(lines[0].partition(";")[0]), is_clear=False)
    parts = split_row(value)
    if len(parts) == 1 and not is_clear(value, parts):
        return Row("", is_clear=False) if _holds_other(value) else Row(_name(lines[0][:LONGEST]))
    others: dict[str, list[str]] = {}
    for label, text in zip(parts[1::2], parts[2::2], strict=True):
        others.setdefault(kind_of(label) or "", []).append(text.strip(_AROUND))
    own = parts[0]
    name, rest = _apart(lines[0] if own.startswith(lines[0]) else own), own
    contact = _first_contact(own)
    is_sure = True
    if contact < len(own):
        rest, behind = own[:contact], own[contact:]
        is_sure = _read_bare(behind, others)
    address = rest[len(name) :].strip(_AROUND)
    if address and (has_address or _POSTCODE.search(address)):
        others.setdefault("address", []).append(address)
    return Row(name.strip(_AROUND), others, is_sure)


def without_contacts(text: str) -> str:
    """A text without its email addresses."""
    return _ADDRESS.sub("", text).strip(_AROUND) if "@" in text else text


def is_number(text: str) -> bool:
    """Whether it is a phone number, with few words around it."""
    return sum(each.isdigit() for each in text) >= 6 and "@" not in text and not _POSTCODE.search(text)


def _holds_other(value: str) -> bool:
    return "@" in value or _PHONE.search(value) is not None or _LINK.search(value) is not None or ":" in value


def _name(line: str) -> str:
    return _apart(line).strip(_AROUND)


def _first_contact(text: str) -> int:
    found = (pattern.search(text) for pattern in (_ADDRESS, _PHONE, _LINK))
    return min((each.start() for each in found if each), default=len(text))


def _apart(line: str) -> str:
    """The start of a line, up to the end of the name."""
    line = line[: _first_contact(line)]
    number = _WITH_DIGIT.search(line)
    return line[: number.start()] if number else line


def _read_bare(text: str, others: dict[str, list[str]]) -> bool:
    """Use the values after a name without labels, if we understand all of them."""
    addresses, numbers = addresses_in(text), _PHONE.findall(text)
    left = _PHONE.sub(" ", _ADDRESS.sub(" ", _LINK.sub(" ", text)))
    if len(addresses) > 1 or set(_LETTERS.findall(left.lower())) - _BESIDE:
        return False
    for kind, found in (("email", list(addresses.values())), ("phone", numbers)):
        others.setdefault(kind, []).extend(found)
    return True
