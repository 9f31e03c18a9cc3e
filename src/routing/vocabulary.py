"""Fixed lists of values, references that people read out on the phone, and cleaning of text from outside."""

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class PlaceState(StrEnum):
    """Results of the look-up of a point."""

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
    """How a code can change from one vintage to the next."""

    NEW = "new"
    RETIRED = "retired"
    RENAMED = "renamed"
    MOVED = "moved"


class RecipientKind(StrEnum):
    """Kinds of recipients of a process: the parish's clerk, a team of the council, or a partner such as the police."""

    PARISH = "parish"
    TEAM = "team"
    PARTNER = "partner"


class Role(StrEnum):
    """Why somebody gets a message: to act, to know or to decide; for news of a case; for news of their own report.

    ``letter``: a letter of a process; ``reminder``: somebody who must act has not answered.
    """

    TO = "to"
    COPY = "copy"
    REVIEW = "review"
    FOLLOW_UP = "follow-up"
    CITIZEN = "citizen"
    LETTER = "letter"
    REMINDER = "reminder"


SMTP = "smtp"
"""The channel for email."""


def channel_word(channel: str) -> str:
    """The word for a channel in checks and events: its name, or *mail* for email."""
    return "mail" if channel == SMTP else channel


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes: a channel, and an address of that channel."""

    channel: str
    address: str


REVIEW = "review"
"""The recipient that every council has: the mailbox of the officers who decide what no rule can."""

REFERENCE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""28 letters, without vowels (no words) and without 0, O, 1, I, L or U. Eight of them are 38 bits."""


def new_reference() -> str:
    """A random reference such as ``WW-7K3M-Q2XD``. Nobody can guess it, but it may not be unique."""
    drawn = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(8))
    return f"WW-{drawn[:4]}-{drawn[4:]}"


def parse_report_reference(text: str) -> str | None:
    """The stored form of what a person typed (``ww7k3mq2xd``, spaces, lower case), or None."""
    kept = "".join(letter for letter in text.upper() if letter.isalnum())
    kept = kept.removeprefix("WW")
    if len(kept) != 8 or any(letter not in REFERENCE_ALPHABET for letter in kept):
        return None
    return f"WW-{kept[:4]}-{kept[4:]}"


def token_hash(token: str) -> bytes:
    """The SHA-256 of a tracking token (32 bytes). We store nothing else of it."""
    return hashlib.sha256(token.encode()).digest()


UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode's categories of invisible characters: control, format (also changes text direction), surrogate, private,
unassigned.
"""


def printable(text: str, most: int = 200) -> str:
    """Text from outside on one line: no invisible characters, single spaces, at most ``most`` characters."""
    seen = text
    if not text.isprintable():
        seen = "".join(each for each in text if each.isspace() or unicodedata.category(each) not in UNSEEN)
    return " ".join(seen.split())[:most].rstrip()


def holds_unseen(text: str) -> bool:
    """Whether a text contains an invisible character other than the end of a line."""
    return any(unicodedata.category(each) in UNSEEN for each in text if each not in "\n\t") or "\ufffd" in text


_ENCODINGS = ("cp1252", "latin-1")
_SECOND = "".join({bytes([byte]).decode(each, "ignore") for byte in range(0x80, 0xC0) for each in _ENCODINGS})
"""Characters for the second and third bytes of a UTF-8 letter that was read as Windows' characters."""

_SMALL = "a-z\u00df-\u00f6\u00f8-\u00ff"
_CAPITALS = "\u00c2-\u00c7\u00ca\u00cb\u00ce\u00cf\u00d4-\u00d6\u00d8\u00db-\u00de\u0152\u0160\u017d\u0178"
"""Without capitals of Gaelic and Irish, which follow *Mac*."""

_NO_SIGNS = "\u201a\u201e\u0192\u02c6\u02dc\u2020\u2021\u2030\u2039\u203a\xa1\xbf\xa4\xa6\xa8\xac\xaf\xb1\xb6\xb8"
_NOT_WITHIN = "\u201c\u201d\u2122\u2022\u20ac\xa2\xa3\xa5\xa7\xa9-\xab\xae\xb0\xb2\xb3\xb5\xb9-\xbe\xd7\xf7"
_LETTER = r"[^\W\d_]"
_RECODED = rf"[\u00c2-\u00c5][{_SECOND}]|[\u00e1\u00e2\u00ef][{_SECOND}]{{2}}"
_GARBLED = re.compile(
    "|".join(
        (
            "[\ufffd\u221a\u2500-\u259f]",  # a hole; UTF-8 as a Mac's or as DOS' characters
            _RECODED,  # UTF-8 as Windows' characters
            rf"(?<=[a-z])[\u00cc\u00cd][{_SECOND}]",  # the same, with accents as separate characters
            rf"\u00c3(?!{_LETTER})",  # the same, without the characters after it
            rf"(?<=[{_SMALL}])[{_CAPITALS}]",  # the same, or Windows' characters as DOS'
            rf"(?<=[A-Z])[{_SMALL[3:]}](?=[A-Z])",  # DOS' characters as Windows'
            f"[{_NO_SIGNS}]",
            rf"(?<={_LETTER})[{_NOT_WITHIN}](?={_LETTER})|(?<={_LETTER})\u201c",
            rf"\?{_LETTER}|(?<!\w){_LETTER}\?",  # a letter that the encoding lacks
            r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});",  # HTML
        )
    )
)
"""Characters that no place name in Great Britain has."""


def is_recoded(text: str) -> bool:
    """Whether part of a text is UTF-8 that was read as Windows' characters; for names, use ``is_garbled``."""
    return not text.isascii() and re.search(_RECODED, text) is not None


def is_garbled(text: str) -> bool:
    """Whether part of a name was read in the wrong encoding, or lost its letters."""
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
"""Signs for degrees, minutes and seconds, quotation marks and minuses → the keyboard's own; invisible characters among
Unicode's marks and letters → nothing, or a space."""


def folded(text: str, most: int = 200) -> str:
    """What a person typed or pasted, ready to compare and look up: ``printable``, in plain keyboard characters.

    Full-width and similar forms become plain (Unicode's NFKC). Each dash and minus becomes ``-``, each degree sign
    ``°``, each apostrophe, prime and quotation mark ``'`` or ``"``. Do not use this for text that we show again.
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
    """What to do about an address that ``email_address`` refuses; in English, for operators."""
    if has_accent(text):
        return f"Enter an email address without accents or other special letters before the @, like {example}."
    return f"Enter one email address, like {example}."


def email_address(text: str) -> str:
    """A citizen's email address in the form that we store, write to and hash: its domain in ASCII (xn--).

    Removes what people and mail programs copy with it: a name or *Email:* before it, ``mailto:``, a word in brackets
    after it, quotation marks, a full stop.

    Raises:
        ValueError: it is not an address, or some mail servers refuse it.
    """
    from email_validator import validate_email

    said = folded(text, LONGEST_EMAIL + 80)
    named = _NAMED_ADDRESS.fullmatch(said)
    said = _BESIDE_ADDRESS.sub("", named[1] if named else said).strip(_AROUND_ADDRESS)
    said = said[7:] if said[:7].lower() == "mailto:" else said
    found = validate_email(said, check_deliverability=False, allow_smtputf8=False)
    return found.ascii_email or found.normalized


def has_accent(text: str) -> bool:
    """Whether the part before the @ has letters that many mail servers refuse."""
    local, at, _ = folded(text, LONGEST_EMAIL).rpartition("@")
    return bool(at) and not local.isascii()
