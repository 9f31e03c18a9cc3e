"""Basis for facts about a council: kinds of text, and models that refuse unknown keys."""

import datetime
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from routing.outside import ONE_LINE
from routing.vocabulary import email_address, has_accent, holds_unseen, is_recoded

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,60}$")]


def _need_meant(text: str) -> str:
    if holds_unseen(text):
        raise ValueError(f"{text[:40]!a} contains an invisible character. Type the text again")
    if is_recoded(text):
        said = f"{text[:40]!r} is not readable, because of a wrong encoding. Save the file as UTF-8"
        raise ValueError(said)
    return text


_Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), ONE_LINE]
Line = Annotated[_Short, AfterValidator(_need_meant)]
Code = Annotated[str, StringConstraints(pattern=r"^[EWSN][0-9]{8}$")]

LEAST_CONTRAST = 4.5
"""Between text and background (WCAG 2.2, 1.4.3)."""


def _with_contrast(colour: str) -> str:
    if contrast_with_white(colour) < LEAST_CONTRAST:
        raise ValueError(
            f"{colour} is too light next to white (contrast below {LEAST_CONTRAST}). Choose a darker colour"
        )
    return colour.lower()


def contrast_with_white(colour: str) -> float:
    """The contrast ratio of ``#rrggbb`` and white (WCAG 2.2, relative luminance)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


WEB_ADDRESS = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?([/?#][!-~]*)?", re.IGNORECASE)
"""A host name with path, without a user name, in the characters of RFC 3986."""


def need_web_address(text: str) -> str:
    """A web address in the characters of RFC 3986, unchanged."""
    if not WEB_ADDRESS.fullmatch(text) or not _can_be_asked(text):
        raise ValueError(f"{text!r} is not a web address. Enter the full one, like https://www.yourcouncil.gov.uk/")
    return text


def _can_be_asked(text: str) -> bool:
    try:
        found = urlsplit(text)
        return found.scheme in {"http", "https"} and bool(found.hostname) and found.port != 0
    except ValueError:  # brackets without an address, or a wrong port
        return False


def _without_braces(text: str) -> str:
    if set(text) & set("{}"):
        raise ValueError("write the name without { and }, which are for placeholders")
    return text


def _mailbox(text: str) -> str:
    try:
        return email_address(text)
    except ValueError:
        if has_accent(text):
            said = "has an accent before its @, which many mail servers refuse. Use an address without accents"
            raise ValueError(f"{text[:100]!r} {said}, or create such an alias") from None
        raise ValueError("enter one email address") from None


def need_asked(text: str) -> str:
    """A web address of any host, unchanged."""
    if " " in text or not _can_be_asked(text):
        raise ValueError(f"{text[:100]!r} is not a full web address. Enter it with https://")
    return text


Address = Annotated[Line, AfterValidator(need_web_address)]
Name = Annotated[Line, AfterValidator(_without_braces)]
MailAddress = Annotated[_Short, AfterValidator(_mailbox)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$"), AfterValidator(_with_contrast)]


HOST = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$"
"""A domain name in lower case, without a port; an internationalised one in ASCII (xn--)."""

Host = Annotated[str, StringConstraints(to_lower=True, max_length=253, pattern=HOST)]


class Closed(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(Closed):
    """A fact with its source.

    Attributes:
        source_url: page where the council publishes it.
        checked_on: day somebody last checked that page.
    """

    source_url: Line
    checked_on: datetime.date
