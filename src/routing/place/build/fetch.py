"""HTTP to the publishers of boundaries, with limits on time and size. Waits if the server asks."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import requests

from routing.bounded_http import (
    MOST_REDIRECTS,
    REDIRECTS,
    Breakable,
    BrokenOff,
    PrivatePeer,
    TooLarge,
    TooSlow,
    read_body,
    redirected,
)
from routing.errors import BoundaryError
from routing.outside import read_json as parse_json
from routing.settings import Settings
from routing.sites import Network, why_not

TIMEOUT_S = (5.0, 60.0)
"""Seconds to connect, and between two bytes."""

WHOLE_ANSWER_S = 300.0
LARGEST_BODY = 256 << 20
"""A page of full-resolution districts has some tens of megabytes."""

LONGEST_URL = 1_500
"""We send a longer query with POST."""

MOST_WAITS = 4
LONGEST_WAIT_S = 120.0
FIRST_WAIT_S = 2.0
BUSY = frozenset({429, 503})
TOO_MUCH = frozenset({500, 502, 504})
RENAMED = "Check with `waywarden boundaries sources` if the service has a new name."
USER_AGENT = "Waywarden/0.1 (boundary refresh of a council)"


class Overloaded(BoundaryError):
    """The server could not answer so much at once (500, 502, 504 or a timeout). Ask for less."""


class Busy(BoundaryError):
    """The server says in an answer that it is busy (429, 503). Wait, and ask again."""


class Fetcher:
    """A session with the publishers.

    Args:
        ca_file: CA bundle. We always verify certificates.
        timeout_s: seconds to connect, and between two bytes.
        whole_answer_s: seconds for one whole answer.
        clock, sleep: arguments for tests.
        networks: private networks that a publisher may be in.
    """

    def __init__(
        self,
        ca_file: Path | None = None,
        timeout_s: tuple[float, float] = TIMEOUT_S,
        whole_answer_s: float = WHOLE_ANSWER_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        networks: Sequence[Network] = (),
    ) -> None:
        self._session, self._breakable = requests.Session(), Breakable(networks)
        self._session.mount("http://", self._breakable)
        self._session.mount("https://", self._breakable)
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json, application/geo+json"})
        # Set for each request, because the environment overrides a session's bundle.
        self._verify = str(ca_file) if ca_file is not None else None
        self._timeout_s, self._whole_answer_s = timeout_s, whole_answer_s
        self._clock, self._sleep = clock, sleep

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """A session with the settings."""
        return cls(settings.boundaries_ca_file, networks=settings.private_networks)

    def get_json(self, url: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Ask for something small, and read the answer as a JSON object. An ``error`` in it counts with any status.

        Raises:
            BoundaryError: as for ``get``, and if the server was overloaded at every attempt.
        """
        for _ in range(MOST_WAITS):
            try:
                return self.ask(url, parameters)[1]
            except Overloaded as error:
                said = error.text
                self._sleep(FIRST_WAIT_S)
        raise BoundaryError("answer", f"{said} Try again later.")

    def ask(self, url: str, parameters: Mapping[str, str]) -> tuple[bytes, dict[str, Any]]:
        """The unchanged answer and its JSON object. Waits if an error in it says that the server is busy.

        Raises:
            BoundaryError, Overloaded: as for ``get`` and ``read_json``.
        """
        wait_s = FIRST_WAIT_S
        for _ in range(MOST_WAITS):
            content = self.get(url, parameters)
            try:
                return content, read_json(content, url)
            except Busy:
                self._sleep(wait_s)
                wait_s *= 2
        raise BoundaryError("answer", f"{url} was busy at every attempt. Try again later.")

    def get(self, url: str, parameters: Mapping[str, str]) -> bytes:
        """Ask, and wait if the server is busy.

        Raises:
            BoundaryError: ``answer``, ``size`` or ``unreachable``.
            Overloaded: the server could not answer so much at once.
        """
        wait_s = FIRST_WAIT_S
        for _ in range(MOST_WAITS):
            status, content, retry_after = self._once(url, parameters)
            if status == 200:
                return content
            if status in TOO_MUCH:
                raise Overloaded("answer", f"{url} answered {status}.")
            if status not in BUSY:
                raise BoundaryError("answer", f"{url} answered {status}. {RENAMED}")
            self._sleep(min(retry_after if retry_after is not None else wait_s, LONGEST_WAIT_S))
            wait_s *= 2
        raise BoundaryError("answer", f"{url} was busy at every attempt. Try again later.")

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _once(self, url: str, parameters: Mapping[str, str]) -> tuple[int, bytes, float | None]:
        if (why := why_not(url)) is not None:
            raise BoundaryError("address", f"{why}.")
        is_long = len(url) + sum(len(name) + len(value) + 2 for name, value in parameters.items()) > LONGEST_URL
        method = "POST" if is_long else "GET"
        how: dict[str, Any] = {"data": parameters} if is_long else {"params": parameters}
        how |= {"timeout": self._timeout_s, "verify": self._verify, "stream": True, "allow_redirects": False}
        target = url
        try:
            for _ in range(MOST_REDIRECTS + 1):
                with (
                    self._breakable.within(self._timeout_s[0] + self._whole_answer_s),
                    self._session.request(method, target, **how) as answer,
                ):
                    if answer.status_code not in REDIRECTS:
                        body = self._body(answer, url)
                        return answer.status_code, body, _seconds(answer.headers.get("Retry-After"))
                    target = _followed(target, answer.headers.get("Location", ""))
                    if "params" in how:  # they are in the new address
                        how["params"] = None
        except PrivatePeer:
            text = f"{url} leads to a private network. If that is right, add it to WAYWARDEN_PRIVATE_NETWORKS."
            raise BoundaryError("address", text) from None
        except requests.Timeout:
            raise Overloaded("answer", f"{url} did not answer in time.") from None
        except requests.RequestException as error:
            text = f"{url} cannot be reached ({type(error).__name__}). Check the address and the network."
            raise BoundaryError("unreachable", text) from None
        raise BoundaryError("answer", f"{url} redirects in circles. {RENAMED}")

    def _body(self, answer: requests.Response, url: str) -> bytes:
        try:
            return read_body(answer, LARGEST_BODY, self._whole_answer_s, self._clock)
        except TooLarge:
            text = f"{url} sends more than {LARGEST_BODY >> 20} MB in one answer. Check the address."
            raise BoundaryError("size", text) from None
        except TooSlow:
            text = f"{url} takes longer than {self._whole_answer_s:.0f} s for one answer."
            raise Overloaded("answer", text) from None
        except BrokenOff:
            raise Overloaded("answer", f"{url} stopped in the middle of its answer.") from None


def _followed(url: str, location: str) -> str:
    target = redirected(url, location)
    if target is None:
        raise BoundaryError("answer", f"{url} redirects to another site, which we do not follow. {RENAMED}")
    return target


def read_json(content: bytes, url: str) -> dict[str, Any]:
    """A JSON object that reports no error.

    Raises:
        BoundaryError: ``read``: not JSON; ``answer``: an error in the answer, which ArcGIS sends with status 200.
        Overloaded: an error in the answer with 500, 502 or 504.
        Busy: an error in the answer with 429 or 503.
    """
    try:
        answer = parse_json(content)
    except ValueError:
        what = "a web page" if content.lstrip()[:1] == b"<" else "incomplete or broken JSON"
        raise BoundaryError("read", f"{url} answered {what}. Try again later.") from None
    if not isinstance(answer, dict):
        raise BoundaryError("read", f"{url} did not answer with a JSON object. Check the address.")
    error = answer.get("error")
    if isinstance(error, dict):
        code = code if isinstance(code := error.get("code"), int | str) else None
        said = f"{url} answered with the error {str(code)[:8]}."
        if code in TOO_MUCH:
            raise Overloaded("answer", said)
        if code in BUSY:
            raise Busy("answer", said)
        raise BoundaryError("answer", f"{said} {RENAMED}")
    return answer


def _seconds(retry_after: str | None) -> float | None:
    """``Retry-After`` in seconds. For a date, we use our own wait."""
    try:
        return max(0.0, float(retry_after or ""))
    except ValueError:
        return None
