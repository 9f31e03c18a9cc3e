"""Links that a page may offer: to a web page, to a telephone, to a mailbox; nothing else is one. Pure."""

import re
from urllib.parse import SplitResult, urlsplit

from email_validator import EmailNotValidError, validate_email

SCHEMES = ("https", "http", "tel", "mailto")
_TELEPHONE = re.compile(r"\+?[0-9][0-9().-]{1,30}")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.IGNORECASE)
_CHARACTERS = re.compile(r"[!#-;=?-\[\]_a-z~]+")
"""Without quotation marks, braces and the like, which stand in no address (RFC 3986); nothing fills placeholders."""


def why_no_link(url: str) -> str | None:
    """Why an address cannot be a link, with what to do; None where it can (RFC 3986, RFC 3966, RFC 6068)."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return "is no address. Copy it from the browser."
    if not _CHARACTERS.fullmatch(url):
        return "holds a blank, a brace or a letter that stands in no address. Copy it from the browser (xn--, %C3%A9)."
    return _why_not(parts, has_port=has_port)


def _why_not(parts: SplitResult, *, has_port: bool) -> str | None:
    if parts.scheme not in SCHEMES:
        return f"does not begin with {' or '.join(f'{each}:' for each in SCHEMES)}. Write all of it."
    if parts.scheme in ("https", "http"):
        is_host = has_port and "@" not in parts.netloc and _HOST.fullmatch(parts.hostname or "")
        return None if is_host else "names no web site. Copy it from the browser."
    if parts.scheme == "tel":
        is_number = not parts.query and not parts.fragment and _TELEPHONE.fullmatch(parts.path)
        return None if is_number else "is no telephone number. Write it like tel:+441632960000."
    try:
        validate_email(parts.path, check_deliverability=False)
    except EmailNotValidError:
        return "is no e-mail address. Write it like mailto:team@example.com."
    return None
