"""HTTP to one council's Modern.Gov, with limits on time and size, one request a second, and only on the same site."""

import datetime
import email.utils
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import requests

from routing.bounded_http import (
    MOST_REDIRECTS,
    REDIRECTS,
    Breakable,
    BrokenOff,
    TooLarge,
    TooSlow,
    read_body,
    redirected,
)
from routing.contacts.moderngov.charset import charset_of
from routing.contacts.moderngov.errors import (
    BadRequest,
    Blocked,
    NoSuchPage,
    ServerFault,
    ServiceOff,
    UnexpectedShape,
    Unreachable,
    mapped,
)
from routing.contacts.moderngov.protection import is_protection
from routing.errors import ConfigurationError
from routing.sites import Network, why_not

TIMEOUT_S = (5.0, 60.0, 120.0)
"""Seconds to connect, between two bytes, and in total. Self-hosted installs take up to a minute (facts E24)."""

LARGEST_BODY = 5_000_000
LONGEST_VALIDATOR = 500
MOST_WAIT_S = 60.0
"""Longest wait that a server can ask for (facts 6.1)."""

FAULTS = frozenset({429, *range(500, 600)})
"""Robot protections also use these. They mean the same: wait and ask again later."""

USER_AGENT = "Waywarden/0.1 (council report routing; one request a second)"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to check later if a page has changed (RFC 9110, 8.8); both None if it gave nothing."""

    etag: str | None = None
    last_modified: str | None = None

    @staticmethod
    def of(answer: requests.Response) -> "Validators":
        """The validators of an answer, without broken ones."""
        return Validators(_line(answer.headers.get("ETag")), _line(answer.headers.get("Last-Modified")))

    def headers(self) -> dict[str, str]:
        """For a conditional request."""
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in given.items() if value is not None}


NONE = Validators()


@dataclass(frozen=True, slots=True)
class Body:
    """An answer.

    Attributes:
        url: the final address after redirects.
        content: None if nothing has changed (304).
        charset: the declared encoding; None if there is none that we know.
        has_length: the answer gave its length, so it is complete.
    """

    url: str
    content: bytes | None
    validators: Validators = NONE
    charset: str | None = None
    has_length: bool = True


@dataclass
class Throttle:
    """Limits the rate of requests to one host, for all transports that share it.

    Attributes:
        interval_s: shortest time in seconds between two requests.
    """

    interval_s: float = 1.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _last: dict[str, float] = field(default_factory=dict)

    def wait(self, url: str) -> None:
        """Wait until the next request to this host is allowed."""
        host = urlsplit(url).hostname or ""
        if host in self._last:
            self.sleep(max(0.0, self._last[host] + self.interval_s - self.clock()))
        self._last[host] = self.clock()


class Transport:
    """A session with one base address.

    Args:
        base_url: the folder above ``mgWebService.asmx``, with the path unchanged.
        throttle: shared by all transports to the same host.
        ca_file: CA bundle. We always verify certificates.
        timeout_s: seconds to connect, between two bytes, and for one whole answer.
        networks: private networks that it may be in.

    Raises:
        ConfigurationError: the base address is wrong (``sites.why_not``).
    """

    def __init__(
        self,
        base_url: str,
        throttle: Throttle | None = None,
        ca_file: Path | None = None,
        timeout_s: tuple[float, float, float] = TIMEOUT_S,
        networks: Sequence[Network] = (),
    ) -> None:
        if (why := why_not(base_url)) is not None:
            raise ConfigurationError(f"{why}.")
        self.base_url = base_url.rstrip("/")
        self._throttle = throttle or Throttle()
        self._session = requests.Session()
        self._breakable = Breakable(networks)
        self._session.mount("http://", self._breakable)
        self._session.mount("https://", self._breakable)
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept": "text/xml, application/xml;q=0.9, */*;q=0.5"})
        # Set for each request, because the environment overrides a session's bundle.
        self._verify: str | None = str(ca_file) if ca_file is not None else None
        self._timeout_s = timeout_s

    def get(self, path: str, validators: Validators = NONE) -> Body:
        """GET a path below the base address; with validators, only if it has changed.

        Raises:
            ModernGovError: see ``errors``; does not retry, the refresh does that.
        """
        url = f"{self.base_url}/{path}"
        for _ in range(MOST_REDIRECTS + 1):
            with mapped(url):
                self._throttle.wait(url)
                with (
                    self._breakable.within(self._timeout_s[0] + self._timeout_s[2]),
                    self._session.get(
                        url,
                        headers=validators.headers(),
                        timeout=self._timeout_s[:2],
                        verify=self._verify,
                        stream=True,
                        allow_redirects=False,
                    ) as answer,
                ):
                    if answer.status_code not in REDIRECTS:
                        return self._judge(answer, self._read(answer, url), url)
                    target = redirected(url, answer.headers.get("Location", ""))
            if target is None:
                raise UnexpectedShape(url)
            url = target
        raise UnexpectedShape(url)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _read(self, answer: requests.Response, url: str) -> bytes:
        try:
            return read_body(answer, LARGEST_BODY, self._timeout_s[2])
        except TooLarge:
            raise UnexpectedShape(url) from None
        except (TooSlow, BrokenOff):
            raise Unreachable(url) from None

    def _judge(self, answer: requests.Response, content: bytes, url: str) -> Body:
        status, kind = answer.status_code, answer.headers.get("Content-Type", "")
        found = Validators.of(answer)
        if status == 304:
            return Body(url, None, found)
        is_refusal = status in (401, 403) or (status not in FAULTS and is_protection(content, answer.headers))
        if status in (200, 202, 203) and not (status == 202 and is_refusal):
            return Body(url, content, found, charset_of(kind), _has_length(answer))
        if is_refusal:
            raise Blocked(url, status)
        if status == 429 or (status >= 500 and not (status == 500 and kind.startswith("text/plain"))):
            if b"Request format is unrecognized" in content[:4000]:
                raise ServiceOff(url, status)
            raise ServerFault(url, status, wait_s=_wait_s(answer.headers.get("Retry-After")))
        if status >= 500:
            raise BadRequest(url, status)
        raise (NoSuchPage if status in (404, 410) and "?ID=" in url else ServiceOff)(url, status)


def _has_length(answer: requests.Response) -> bool:
    """Whether an end of the connection before the end of the answer is seen (RFC 9112, 6.3)."""
    return "Content-Length" in answer.headers or "chunked" in answer.headers.get("Transfer-Encoding", "").lower()


def _line(value: str | None) -> str | None:
    return value if value is not None and value.isprintable() and len(value) <= LONGEST_VALIDATOR else None


def _wait_s(retry_after: str | None) -> float:
    """``Retry-After`` in seconds or as a date (RFC 9110, 10.2.3); 0 if it has neither."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:6]), MOST_WAIT_S)
    try:
        at = email.utils.parsedate_to_datetime(text)
        seconds = (at - datetime.datetime.now(datetime.UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), MOST_WAIT_S)
