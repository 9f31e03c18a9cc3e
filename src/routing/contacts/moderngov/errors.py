"""What can go wrong with a Modern.Gov, and whether a later try may help; the library's errors are mapped here alone.

::

    ModernGovError
    ├── Retryable
    │   ├── Unreachable      DNS, TCP, time-out, body or page cut off
    │   └── ServerFault      5xx that is not the caller's fault, 429
    └── Final
        ├── PrivateAddress   its name leads into a private network
        ├── Blocked          401, 403, a challenge page of any status, an untrusted certificate
        ├── ServiceOff       404, or the operation is switched off
        ├── NoSuchPage       404 for the page of one council
        ├── OtherPage        the address leads to, or the answer is, another page than that of the council
        ├── BadRequest       500 in plain text: our call is wrong
        └── UnexpectedShape  200, but not what was asked for; the copy that is kept stays
"""

import contextlib
from collections.abc import Iterator
from typing import ClassVar

import requests

from routing.bounded_http import PrivatePeer
from routing.errors import WaywardenError


class ModernGovError(WaywardenError):
    """Modern.Gov did not give what was asked for."""

    code: ClassVar[str] = "moderngov"
    what_to_do: ClassVar[str] = "Look at the council's Modern.Gov."

    def __init__(self, url: str, status: int | None = None) -> None:
        answered = f" answered {status}" if status is not None else ""
        super().__init__(f"{self.code}: {url}{answered}. {self.what_to_do}")
        self.url = url
        self.status = status


class Retryable(ModernGovError):
    """A later try may succeed; the last good copy is used until then.

    Attributes:
        wait_s: so many seconds the server asks to be left alone; 0 where it does not say.
    """

    def __init__(self, url: str, status: int | None = None, wait_s: float = 0.0) -> None:
        super().__init__(url, status)
        self.wait_s = wait_s


class Final(ModernGovError):
    """Trying again will not help; a person has to look."""


class Unreachable(Retryable):
    code: ClassVar[str] = "moderngov-unreachable"
    what_to_do: ClassVar[str] = (
        "The next refresh tries again. If it has never answered, check moderngov.base_url in council.toml."
    )


class ServerFault(Retryable):
    code: ClassVar[str] = "moderngov-server-fault"
    what_to_do: ClassVar[str] = "Nothing to do at once: the next refresh tries again."


class PrivateAddress(Final):
    code: ClassVar[str] = "moderngov-private-address"
    what_to_do: ClassVar[str] = (
        "Its name leads into a private network. If that is right, name the network in WAYWARDEN_PRIVATE_NETWORKS."
    )


class Blocked(Final):
    code: ClassVar[str] = "moderngov-blocked"
    what_to_do: ClassVar[str] = (
        "Ask the council to allow this server; for a certificate, look whether WAYWARDEN_MODERNGOV_CA_FILE is there."
    )


class ServiceOff(Final):
    code: ClassVar[str] = "moderngov-service-off"
    what_to_do: ClassVar[str] = "Check moderngov.base_url in council.toml: it is the folder above mgWebService.asmx."


class NoSuchPage(Final):
    code: ClassVar[str] = "moderngov-no-such-page"
    what_to_do: ClassVar[str] = "Look whether the council has another id now: waywarden contacts review."


class OtherPage(Final):
    code: ClassVar[str] = "moderngov-other-page"
    what_to_do: ClassVar[str] = (
        "Open the address: it leads to another page, as a councillor's. Put the council's id right: waywarden contacts "
        "review. What was known of the clerk stays."
    )


class BadRequest(Final):
    code: ClassVar[str] = "moderngov-bad-request"
    what_to_do: ClassVar[str] = "This Modern.Gov is of another version than Waywarden knows; report it to us."


class UnexpectedShape(Final):
    code: ClassVar[str] = "moderngov-unexpected-shape"
    what_to_do: ClassVar[str] = "Open the address in a browser and compare it with docs/contacts.md."


OTHERS = {
    "moderngov-busy": "Another refresh asks the same host: wait until it is done.",
    "links-lost": "Put the council's parish-links.csv right: it leaves out, or changes, over a fifth of the links.",
}
"""What is no error of a Modern.Gov, but keeps a refresh from beginning."""


def what_to_do(code: str) -> str:
    """What an operator does about the code of an error that ended a refresh or a page; empty for any other."""
    kinds = {kind.code: kind.what_to_do for kind in (*Retryable.__subclasses__(), *Final.__subclasses__())} | OTHERS
    return kinds.get(code, "")


MAPPED: tuple[tuple[type[requests.exceptions.RequestException], type[ModernGovError]], ...] = (
    (requests.exceptions.SSLError, Blocked),
    (requests.exceptions.InvalidProxyURL, Blocked),
    (requests.exceptions.InvalidURL, ServiceOff),
    (requests.exceptions.MissingSchema, ServiceOff),
    (requests.exceptions.InvalidSchema, ServiceOff),
    (requests.exceptions.URLRequired, ServiceOff),
    (requests.exceptions.InvalidHeader, UnexpectedShape),
    (requests.exceptions.TooManyRedirects, UnexpectedShape),
    (requests.exceptions.ContentDecodingError, UnexpectedShape),
    (requests.exceptions.InvalidJSONError, UnexpectedShape),
    (requests.exceptions.RequestException, Unreachable),
)
"""The HTTP library's errors → ours; the first that fits counts, and whatever it invents later may pass by itself."""


@contextlib.contextmanager
def mapped(url: str) -> Iterator[None]:
    """Turn every error of the HTTP library into one of ours."""
    try:
        yield
    except requests.exceptions.RequestException as error:
        ours = next(ours for theirs, ours in MAPPED if isinstance(error, theirs))
        raise ours(url) from error
    except PrivatePeer as error:
        raise PrivateAddress(url) from error
    except UnicodeError as error:  # a host name that no IDNA takes
        raise ServiceOff(url) from error
    except OSError as error:  # a CA bundle that is not there
        raise Blocked(url) from error
    except ValueError as error:  # the library reads the address of a redirect, followed or not
        raise UnexpectedShape(url) from error
