"""Asking others over HTTP with bounds: a body in size and in time, redirects on the same site only.

For the rooms that ask publishers and councils; each maps what is raised here to errors of its own.
"""

import time
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
CHUNK = 1 << 16


class TooLarge(Exception):
    """The body is larger than is taken."""


class TooSlow(Exception):
    """The body takes longer in all than is waited for, however steadily it comes."""


class BrokenOff(Exception):
    """The body stopped, or ended before it was whole."""


def read_body(
    answer: requests.Response, largest: int, whole_s: float, clock: Callable[[], float] = time.monotonic
) -> bytes:
    """Read a streamed answer as it comes, so that one that drips is given up in time.

    Args:
        largest: bytes, unpacked.
        whole_s: seconds for the whole body.

    Raises:
        TooLarge, TooSlow, BrokenOff: it is not whole, or more than is taken.
    """
    started, content = clock(), bytearray()
    try:
        while chunk := answer.raw.read1(CHUNK, decode_content=True):
            content += chunk
            if len(content) > largest:
                raise TooLarge
            if clock() - started > whole_s:
                raise TooSlow
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise BrokenOff from error
    return bytes(content)


def redirected(url: str, location: str) -> str | None:
    """Where a redirect leads, if it stays on the same host and port, or goes to https of the same host; else None."""
    if not location.isprintable():
        return None
    try:
        target = urljoin(url, location)
        old, new = urlsplit(url), urlsplit(target)
        same = old.scheme == new.scheme and old.port == new.port
    except ValueError:
        return None
    to_https = old.scheme == "http" and new.scheme == "https"
    if not location or old.hostname != new.hostname or new.username is not None or not (same or to_https):
        return None
    return target
