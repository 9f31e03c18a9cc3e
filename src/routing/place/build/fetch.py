"""HTTP to the publishers of boundaries: bounded in time and size, patient where it is asked to be."""

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
"""To connect, and between two bytes."""

WHOLE_ANSWER_S = 300.0
LARGEST_BODY = 256 << 20
"""A page of full-resolution districts is some tens of megabytes."""

LONGEST_URL = 1_500
"""A longer query goes by POST."""

MOST_WAITS = 4
LONGEST_WAIT_S = 120.0
FIRST_WAIT_S = 2.0
BUSY = frozenset({429, 503})
TOO_MUCH = frozenset({500, 502, 504})
RENAMED = "Look with `waywarden boundaries sources` whether the service was renamed."
USER_AGENT = "Waywarden/0.1 (boundary refresh of a council)"


class Overloaded(BoundaryError):
    """The server could not answer so much at once (500, 502, 504 or no answer in time): ask for less."""


class Busy(BoundaryError):
    """The server says inside an answer that it is busy (429, 503): wait, and ask for the same."""


class Fetcher:
    """A session with the publishers.

    Args:
        ca_file: CA bundle; certificates are always verified.
        timeout_s: to connect, and between two bytes.
        whole_answer_s: for one answer in all.
        clock, sleep: given in by tests.
        networks: private ones in which a publisher may be.
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
        # Given with each request: a bundle that the session has gives way to one in the environment.
        self._verify = str(ca_file) if ca_file is not None else None
        self._timeout_s, self._whole_answer_s = timeout_s, whole_answer_s
        self._clock, self._sleep = clock, sleep

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the settings have it."""
        return cls(settings.boundaries_ca_file, networks=settings.private_networks)

    def get_json(self, url: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Ask for something small, and read the answer as a JSON object; an ``error`` in it is one whatever the status.

        Raises:
            BoundaryError: as for ``get``, and where the server was overloaded at every try.
        """
        for _ in range(MOST_WAITS):
            try:
                return self.ask(url, parameters)[1]
            except Overloaded as error:
                said = error.text
                self._sleep(FIRST_WAIT_S)
        raise BoundaryError("answer", f"{said} Try again later.")

    def ask(self, url: str, parameters: Mapping[str, str]) -> tuple[bytes, dict[str, Any]]:
        """The answer as it came, and the JSON object that it is; waits where an error inside says that it is busy.

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
        raise BoundaryError("answer", f"{url} was busy at every try. Try again later.")

    def get(self, url: str, parameters: Mapping[str, str]) -> bytes:
        """Ask, and wait where the server says that it is busy.

        Raises:
            BoundaryError: ``answer``, ``size`` or ``unreachable``.
            Overloaded: the server could not do so much at once.
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
        raise BoundaryError("answer", f"{url} was busy at every try. Try again later.")

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
                    if "params" in how:  # they stand in the address that we are sent to
                        how["params"] = None
        except PrivatePeer:
            text = f"{url} leads into a private network. If that is right, name it in WAYWARDEN_PRIVATE_NETWORKS."
            raise BoundaryError("address", text) from None
        except requests.Timeout:
            raise Overloaded("answer", f"{url} did not answer in time.") from None
        except requests.RequestException as error:
            text = f"{url} cannot be reached ({type(error).__name__}). Check the address and the network."
            raise BoundaryError("unreachable", text) from None
        raise BoundaryError("answer", f"{url} leads round in circles. {RENAMED}")

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
            raise Overloaded("answer", f"{url} stopped in the midst of its answer, or broke off.") from None


def _followed(url: str, location: str) -> str:
    target = redirected(url, location)
    if target is None:
        raise BoundaryError("answer", f"{url} leads to another site, which is not followed. {RENAMED}")
    return target


def read_json(content: bytes, url: str) -> dict[str, Any]:
    """A JSON object that reports no error.

    Raises:
        BoundaryError: ``read``: no JSON; ``answer``: an error inside, as ArcGIS sends with status 200.
        Overloaded: an error inside that says 500, 502 or 504.
        Busy: an error inside that says 429 or 503.
    """
    try:
        answer = parse_json(content)
    except ValueError:
        what = "a web page" if content.lstrip()[:1] == b"<" else "JSON that breaks off or is none"
        raise BoundaryError("read", f"{url} answered {what}. Try again later.") from None
    if not isinstance(answer, dict):
        raise BoundaryError("read", f"{url} answered JSON that is no object. Check the address.")
    error = answer.get("error")
    if isinstance(error, dict):
        code = code if isinstance(code := error.get("code"), int | str) else None
        said = f"{url} answered with the error {str(code)[:8]} inside."
        if code in TOO_MUCH:
            raise Overloaded("answer", said)
        if code in BUSY:
            raise Busy("answer", said)
        raise BoundaryError("answer", f"{said} {RENAMED}")
    return answer


def _seconds(retry_after: str | None) -> float | None:
    """``Retry-After`` in seconds; a date is left to our own wait."""
    try:
        return max(0.0, float(retry_after or ""))
    except ValueError:
        return None
