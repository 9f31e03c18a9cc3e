"""HTTP to one council's Modern.Gov: bounded in time and size, one request a second, same site only."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from routing.contacts.moderngov.errors import (
    BadRequest,
    Blocked,
    ServerFault,
    ServiceOff,
    UnexpectedShape,
    Unreachable,
    mapped,
)
from routing.wire import MOST_REDIRECTS, REDIRECTS, BrokenOff, TooLarge, TooSlow, read_body, redirected

TIMEOUT_S = (5.0, 60.0, 120.0)
"""To connect, between two bytes, and in all: self-hosted installs take up to a minute (facts E24)."""

LARGEST_BODY = 5_000_000
USER_AGENT = "Waywarden/0.1 (council report routing; one request a second)"


@dataclass(frozen=True, slots=True)
class Body:
    """An answer with status 200: its bytes and what the server calls them."""

    url: str
    content: bytes
    content_type: str


class Transport:
    """A session with one base address.

    Args:
        base_url: the folder above ``mgWebService.asmx``, path kept as written.
        session: given in, so that a caller can bring its own adapters.
        ca_file: CA bundle; certificates are always verified.
        interval_s: least seconds between two requests.
        timeout_s: to connect, between two bytes, and for one answer in all.
        clock, sleep: given in by tests.
    """

    def __init__(
        self,
        base_url: str,
        session: requests.Session | None = None,
        ca_file: Path | None = None,
        interval_s: float = 1.0,
        timeout_s: tuple[float, float, float] = TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = session or requests.Session()
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept": "text/xml, application/xml;q=0.9, */*;q=0.5"})
        if ca_file is not None:
            self._session.verify = str(ca_file)
        self._interval_s, self._timeout_s = interval_s, timeout_s
        self._clock, self._sleep = clock, sleep
        self._last_request: float | None = None

    def get(self, path: str) -> Body:
        """GET a path below the base address.

        Raises:
            ModernGovError: see ``errors``; nothing is tried twice here, the refresh flow does that.
        """
        url = f"{self.base_url}/{path}"
        for _ in range(MOST_REDIRECTS + 1):
            self._wait()
            with (
                mapped(url),
                self._session.get(url, timeout=self._timeout_s[:2], stream=True, allow_redirects=False) as answer,
            ):
                if answer.status_code not in REDIRECTS:
                    content = self._read(answer, url)
                    return self._judge(answer, content, url)
                target = redirected(url, answer.headers.get("Location", ""))
                if target is None:
                    raise UnexpectedShape(url)
                url = target
        raise UnexpectedShape(url)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _wait(self) -> None:
        now = self._clock()
        if self._last_request is not None:
            self._sleep(max(0.0, self._last_request + self._interval_s - now))
        self._last_request = self._clock()

    def _read(self, answer: requests.Response, url: str) -> bytes:
        try:
            return read_body(answer, LARGEST_BODY, self._timeout_s[2], self._clock)
        except TooLarge:
            raise UnexpectedShape(url) from None
        except (TooSlow, BrokenOff):
            raise Unreachable(url) from None

    def _judge(self, answer: requests.Response, content: bytes, url: str) -> Body:
        status, kind = answer.status_code, answer.headers.get("Content-Type", "")
        if status == 200:
            if b"Just a moment..." in content[:4000] or b"Incapsula" in content[:4000]:
                raise Blocked(url, status)
            return Body(url, content, kind)
        if status in (401, 403):
            raise Blocked(url, status)
        if status == 429 or (status >= 500 and not kind.startswith("text/plain")):
            off = b"Request format is unrecognized" in content[:4000]
            raise (ServiceOff if off else ServerFault)(url, status)
        if status >= 500:
            raise BadRequest(url, status)
        raise ServiceOff(url, status)
