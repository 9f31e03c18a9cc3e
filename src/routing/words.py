"""The closed vocabularies of the house, the references that people read out on the telephone, and text of others."""

import hashlib
import secrets
import unicodedata
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


REVIEW = "review"
"""The recipient that every council has: the mailbox of the officers who judge what no rule may decide."""

REFERENCE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""No vowels (no words), no 0, O, 1, I, L or U: 28 letters, so eight of them are 38 bits."""


def new_reference() -> str:
    """Draw a reference such as ``WW-7K3M-Q2XD`` from the system's randomness; unguessable, not unique by itself."""
    drawn = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(8))
    return f"WW-{drawn[:4]}-{drawn[4:]}"


def read_reference(text: str) -> str | None:
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


LONGEST_EMAIL = 254


def email_address(text: str) -> str:
    """A citizen's e-mail address in the one form that is stored, written to and hashed: its domain in ASCII (xn--).

    Raises:
        ValueError: it is none, or no mail server is sure to take it.
    """
    from email_validator import validate_email

    found = validate_email(printable(text, LONGEST_EMAIL), check_deliverability=False, allow_smtputf8=False)
    return found.ascii_email or found.normalized
