"""Errors of a Modern.Gov, and whether to retry. Only this module maps the library's errors.

::

    ModernGovError
    ├── Retryable
    │   ├── Unreachable      DNS, TCP, timeout, body or page incomplete
    │   └── ServerFault      5xx that is not the caller's fault, 429
    └── Final
        ├── PrivateAddress   its name leads to a private network
        ├── Blocked          401, 403, a challenge page of any status, an untrusted certificate
        ├── ServiceOff       404, or the operation is switched off
        ├── NoSuchPage       404 for the page of one council
        ├── OtherPage        the address leads to another page, or the answer is not the council's page
        ├── BadRequest       500 in plain text: our call is wrong
        └── UnexpectedShape  200, but not what we asked for; the stored copy stays
"""

import contextlib
from collections.abc import Iterator
from typing import ClassVar

import requests

from routing.bounded_http import PrivatePeer
from routing.errors import WaywardenError


class ModernGovError(WaywardenError):
    """Modern.Gov did not give what we asked for."""

    code: ClassVar[str] = "moderngov"
    what_to_do: ClassVar[str] = "Check the council's Modern.Gov."

    def __init__(self, url: str, status: int | None = None) -> None:
        answered = f" answered {status}" if status is not None else ""
        super().__init__(f"{self.code}: {url}{answered}. {self.what_to_do}")
        self.url = url
        self.status = status


class Retryable(ModernGovError):
    """A retry may succeed. We use the last good copy until then.

    Attributes:
        wait_s: seconds that the server asks us to wait; 0 if it does not say.
    """

    def __init__(self, url: str, status: int | None = None, wait_s: float = 0.0) -> None:
        super().__init__(url, status)
        self.wait_s = wait_s


class Final(ModernGovError):
    """A retry will not help. A person must check."""


class Unreachable(Retryable):
    code: ClassVar[str] = "moderngov-unreachable"
    what_to_do: ClassVar[str] = (
        "If it has never answered, check moderngov.base_url in council.toml. The next refresh tries again."
    )


class ServerFault(Retryable):
    code: ClassVar[str] = "moderngov-server-fault"
    what_to_do: ClassVar[str] = "You do not need to do anything. The next refresh tries again."


class PrivateAddress(Final):
    code: ClassVar[str] = "moderngov-private-address"
    what_to_do: ClassVar[str] = (
        "Its name leads to a private network. If that is right, add the network to WAYWARDEN_PRIVATE_NETWORKS."
    )


class Blocked(Final):
    code: ClassVar[str] = "moderngov-blocked"
    what_to_do: ClassVar[str] = (
        "Ask the council to allow this server. If it is the certificate, check WAYWARDEN_MODERNGOV_CA_FILE."
    )


class ServiceOff(Final):
    code: ClassVar[str] = "moderngov-service-off"
    what_to_do: ClassVar[str] = "Check moderngov.base_url in council.toml: it is the folder above mgWebService.asmx."


class NoSuchPage(Final):
    code: ClassVar[str] = "moderngov-no-such-page"
    what_to_do: ClassVar[str] = "Check if the council has a new id, with: waywarden contacts review."


class OtherPage(Final):
    code: ClassVar[str] = "moderngov-other-page"
    what_to_do: ClassVar[str] = (
        "Correct the council's id with: waywarden contacts review. The address leads to another page, such as a "
        "councillor's. We keep the contact that we have."
    )


class BadRequest(Final):
    code: ClassVar[str] = "moderngov-bad-request"
    what_to_do: ClassVar[str] = "Tell us about this Modern.Gov. Waywarden does not know its version."


class UnexpectedShape(Final):
    code: ClassVar[str] = "moderngov-unexpected-shape"
    what_to_do: ClassVar[str] = "Open the address in a browser and compare it with docs/contacts.md."


OTHERS = {
    "moderngov-busy": "Wait until the other refresh of this host has ended.",
    "links-lost": "Correct the council's parish-links.csv. It deletes or changes over a fifth of the links.",
}
"""Errors that are not Modern.Gov's, but stop a refresh from starting."""


def what_to_do(code: str) -> str:
    """What to do about the error code of a refresh or page; empty for other codes."""
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
"""The HTTP library's errors → ours. The first match counts. Unknown new errors are retryable."""


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
    except UnicodeError as error:  # a host name that IDNA does not allow
        raise ServiceOff(url) from error
    except OSError as error:  # a missing CA bundle
        raise Blocked(url) from error
    except ValueError as error:  # the library reads the address of a redirect, even if we do not follow it
        raise UnexpectedShape(url) from error
