"""The closed vocabularies of the house, the references that people read out on the telephone, and text of others."""

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class PlaceState(StrEnum):
    """What the look-up of a point can answer."""

    PARISH = "parish"
    UNCERTAIN = "uncertain"
    UNPARISHED = "unparished"
    OUTSIDE_SERVED = "outside_served"
    OUTSIDE_OTHER = "outside_other"
    OFF_MAP = "off_map"
    NO_DATA = "no_data"


class AreaKind(StrEnum):
    """Kinds of areas in a vintage: civil parish (E04), non-civil-parished area (E43), district."""

    PARISH = "parish"
    UNPARISHED = "unparished"
    DISTRICT = "district"


class ChangeKind(StrEnum):
    """What can become of a code from one vintage to the next."""

    NEW = "new"
    RETIRED = "retired"
    RENAMED = "renamed"
    MOVED = "moved"


class RecipientKind(StrEnum):
    """Who a recipient of a process is: the clerk of the parish, or a team of the council."""

    PARISH = "parish"
    TEAM = "team"


class Role(StrEnum):
    """Why a message goes to somebody: to act, to know, or to judge; to hear more of a case; to hear of one's report."""

    TO = "to"
    COPY = "copy"
    REVIEW = "review"
    FOLLOW_UP = "follow-up"
    CITIZEN = "citizen"


SMTP = "smtp"
"""The channel of everybody who is reached by e-mail."""


def channel_word(channel: str) -> str:
    """What a channel is called in checks and events: its name, and of that of e-mails *mail*."""
    return "mail" if channel == SMTP else channel


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes: a channel, and an address as that channel has them."""

    channel: str
    address: str


REVIEW = "review"
"""The recipient that every council has: the mailbox of the officers who judge what no rule may decide."""

REFERENCE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""No vowels (no words), no 0, O, 1, I, L or U: 28 letters, so eight of them are 38 bits."""


def new_reference() -> str:
    """Draw a reference such as ``WW-7K3M-Q2XD`` from the system's randomness; unguessable, not unique by itself."""
    drawn = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(8))
    return f"WW-{drawn[:4]}-{drawn[4:]}"


def parse_report_reference(text: str) -> str | None:
    """Bring what a person typed (``ww7k3mq2xd``, spaces, lower case) into the form that is stored, or None."""
    kept = "".join(letter for letter in text.upper() if letter.isalnum())
    kept = kept.removeprefix("WW")
    if len(kept) != 8 or any(letter not in REFERENCE_ALPHABET for letter in kept):
        return None
    return f"WW-{kept[:4]}-{kept[4:]}"


def token_hash(token: str) -> bytes:
    """The SHA-256 of a tracking token, which is all that is stored of it (32 bytes)."""
    return hashlib.sha256(token.encode()).digest()


UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode's categories of what nobody sees: control, format (it turns the direction of text, too), surrogate, private,
unassigned.
"""


def printable(text: str, most: int = 200) -> str:
    """Text of others on one line: nothing unseen, every run of white space one blank, ``most`` characters of it."""
    seen = text
    if not text.isprintable():
        seen = "".join(each for each in text if each.isspace() or unicodedata.category(each) not in UNSEEN)
    return " ".join(seen.split())[:most].rstrip()


def holds_unseen(text: str) -> bool:
    """Whether a text holds a character that nobody sees, other than the end of a line."""
    return any(unicodedata.category(each) in UNSEEN for each in text if each not in "\n\t") or "\ufffd" in text


_ENCODINGS = ("cp1252", "latin-1")
_SECOND = "".join({bytes([byte]).decode(each, "ignore") for byte in range(0x80, 0xC0) for each in _ENCODINGS})
"""What stands for the second and third bytes of a letter in UTF-8, where these are read as Windows' characters."""

_SMALL = "a-z\u00df-\u00f6\u00f8-\u00ff"
_CAPITALS = "\u00c2-\u00c7\u00ca\u00cb\u00ce\u00cf\u00d4-\u00d6\u00d8\u00db-\u00de\u0152\u0160\u017d\u0178"
"""Without those of Gaelic and Irish, which stand behind *Mac*."""

_NO_SIGNS = "\u201a\u201e\u0192\u02c6\u02dc\u2020\u2021\u2030\u2039\u203a\xa1\xbf\xa4\xa6\xa8\xac\xaf\xb1\xb6\xb8"
_NOT_WITHIN = "\u201c\u201d\u2122\u2022\u20ac\xa2\xa3\xa5\xa7\xa9-\xab\xae\xb0\xb2\xb3\xb5\xb9-\xbe\xd7\xf7"
_LETTER = r"[^\W\d_]"
_RECODED = rf"[\u00c2-\u00c5][{_SECOND}]|[\u00e1\u00e2\u00ef][{_SECOND}]{{2}}"
_GARBLED = re.compile(
    "|".join(
        (
            "[\ufffd\u221a\u2500-\u259f]",  # a hole; UTF-8 as a Mac's or as DOS' characters
            _RECODED,  # UTF-8 as Windows' characters
            rf"(?<=[a-z])[\u00cc\u00cd][{_SECOND}]",  # the same, where an accent is a character of its own
            rf"\u00c3(?!{_LETTER})",  # the same, without what stood behind it
            rf"(?<=[{_SMALL}])[{_CAPITALS}]",  # the same, or Windows' characters as DOS'
            rf"(?<=[A-Z])[{_SMALL[3:]}](?=[A-Z])",  # DOS' characters as Windows'
            f"[{_NO_SIGNS}]",
            rf"(?<={_LETTER})[{_NOT_WITHIN}](?={_LETTER})|(?<={_LETTER})\u201c",
            rf"\?{_LETTER}|(?<!\w){_LETTER}\?",  # a letter that an encoding does not have
            r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});",  # HTML
        )
    )
)
"""What no name of a place in Great Britain has."""


def is_recoded(text: str) -> bool:
    """Whether some of any text is UTF-8 that was read as Windows' characters; ``is_garbled`` for names."""
    return not text.isascii() and re.search(_RECODED, text) is not None


def is_garbled(text: str) -> bool:
    """Whether some of a name was read in another encoding than it was written in, or its letters are lost."""
    if text.isascii() and "?" not in text and "&" not in text:
        return False
    return _GARBLED.search(text) is not None


_DEGREE_SIGNS = "\u00ba\u02da\u2070\u2218"
_APOSTROPHES = "\u2018\u2019\u201b\u02b9\u02bc\u02c8\u2032\u00b4"
_QUOTATION_MARKS = "\u201c\u201d\u201f\u02ba\u2033"
_MINUSES = "\u2212\u02d7\u2043"
_JOINERS = "\u034f\u17b4\u17b5" + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10))))
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
_MARKS = str.maketrans(
    dict.fromkeys(_JOINERS, "")
    | dict.fromkeys(_FILLERS, " ")
    | dict.fromkeys(_DEGREE_SIGNS, "\u00b0")
    | dict.fromkeys(_APOSTROPHES, "'")
    | dict.fromkeys(_QUOTATION_MARKS, '"')
    | dict.fromkeys(_MINUSES, "-")
)
"""Signs of degrees, minutes and seconds, quotation marks and minuses → the one that a keyboard has; what is not seen,
and in Unicode stands among marks and letters, → nothing, or a blank."""


def folded(text: str, most: int = 200) -> str:
    """What a person typed or pasted, as it is compared and looked up: ``printable``, in the keyboard's own characters.

    Full-width and other compatible forms are their plain ones (Unicode's NFKC), each dash and minus is ``-``, each
    degree sign ``°``, each apostrophe, prime and quotation mark ``'`` or ``"``. Not for text that is shown again as it
    was written.
    """
    plain = text[: 4 * most].translate(_MARKS)
    plain = unicodedata.normalize("NFKC", plain).translate(_MARKS)
    if not plain.isascii():
        plain = "".join("-" if unicodedata.category(each) == "Pd" else each for each in plain)
    return printable(plain.replace("''", '"'), most)


LONGEST_EMAIL = 254


_NAMED_ADDRESS = re.compile(r".*<([^<>]+)>")
_BESIDE_ADDRESS = re.compile(r"^e-?mail(?: address)?\s*[:=]|\s\([^()@]{1,40}\)$", re.IGNORECASE)
_AROUND_ADDRESS = " .,;:!?*<>()[]{}'\"\u2039\u203a\u00ab\u00bb"


def why_no_address(text: str, example: str) -> str:
    """What to do about an address that ``email_address`` does not take; in English, for those who run the product."""
    if has_accent(text):
        return f"Write an e-mail address without accents or other special letters before the @, like {example}."
    return f"Write one e-mail address, like {example}."


def email_address(text: str) -> str:
    """A citizen's e-mail address in the one form that is stored, written to and hashed: its domain in ASCII (xn--).

    What people and mail programs copy with one is left out: a name or *Email:* before it, ``mailto:``, a word in
    brackets behind it, quotation marks, a full stop.

    Raises:
        ValueError: it is none, or no mail server is sure to take it.
    """
    from email_validator import validate_email

    said = folded(text, LONGEST_EMAIL + 80)
    named = _NAMED_ADDRESS.fullmatch(said)
    said = _BESIDE_ADDRESS.sub("", named[1] if named else said).strip(_AROUND_ADDRESS)
    said = said[7:] if said[:7].lower() == "mailto:" else said
    found = validate_email(said, check_deliverability=False, allow_smtputf8=False)
    return found.ascii_email or found.normalized


def has_accent(text: str) -> bool:
    """Whether the part of an e-mail address before its @ has letters that many mail servers do not take."""
    local, at, _ = folded(text, LONGEST_EMAIL).rpartition("@")
    return bool(at) and not local.isascii()
