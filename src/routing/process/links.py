"""Links that a page may have: to a web page, a phone or a mailbox. Pure."""

import re
from urllib.parse import SplitResult, urlsplit

from email_validator import EmailNotValidError, validate_email

SCHEMES = ("https", "http", "tel", "mailto")
_TELEPHONE = re.compile(r"\+?[0-9][0-9().-]{1,30}")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.IGNORECASE)
_CHARACTERS = re.compile(r"[!#-;=?-\[\]_a-z~]+")
"""Characters of an address (RFC 3986), without quotation marks, braces and so on. There are no placeholders."""


def why_no_link(url: str) -> str | None:
    """Why an address cannot be a link, and what to do; None if it can (RFC 3986, RFC 3966, RFC 6068)."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return "is not an address. Copy it from the browser."
    if not _CHARACTERS.fullmatch(url):
        return (
            "contains a space, a brace or a letter that addresses cannot have. Copy it from the browser (xn--, %C3%A9)."
        )
    return _why_not(parts, has_port=has_port)


def _why_not(parts: SplitResult, *, has_port: bool) -> str | None:
    if parts.scheme not in SCHEMES:
        return f"does not begin with {' or '.join(f'{each}:' for each in SCHEMES)}. Enter the full address."
    if parts.scheme in ("https", "http"):
        is_host = has_port and "@" not in parts.netloc and _HOST.fullmatch(parts.hostname or "")
        return None if is_host else "does not name a website. Copy it from the browser."
    if parts.scheme == "tel":
        is_number = not parts.query and not parts.fragment and _TELEPHONE.fullmatch(parts.path)
        return None if is_number else "is not a phone number. Enter it like tel:+441632960000."
    try:
        validate_email(parts.path, check_deliverability=False)
    except EmailNotValidError:
        return "is not an email address. Enter it like mailto:team@example.com."
    return None
