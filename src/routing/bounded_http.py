"""HTTP requests with limits: size and time of the body, and redirects only on the same site.

For rooms that ask publishers and councils. Each turns these errors into its own.
"""

import contextlib
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from routing.sites import Network, is_allowed

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
CHUNK = 1 << 16


class TooLarge(Exception):
    """The body is too large."""


class TooSlow(Exception):
    """The whole body takes too long, even if it comes steadily."""


class BrokenOff(Exception):
    """The body stopped or ended too early."""


class PrivatePeer(Exception):
    """The name of a source leads to a private network or this machine, so we did not send the request."""


class Breakable(HTTPAdapter):
    """Connections only to public machines, which are closed when their time is up.

    A socket's timeout only limits the silence between two bytes. Headers that arrive byte by byte could hold a request
    for hours. We check the address of the connection itself, because a name may lead elsewhere the next time.

    Args:
        networks: private ones that are allowed too.
    """

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._connections: weakref.WeakSet[urllib3.connection.HTTPConnection] = weakref.WeakSet()
        self._networks = networks
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Register every new connection here."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _known(urllib3.HTTPConnectionPool, self._connections, self._networks),
            "https": _known(urllib3.HTTPSConnectionPool, self._connections, self._networks),
        }

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Close every connection if the block takes longer.

        Raises:
            requests.ReadTimeout: it did. Any result is only half an answer.
        """
        is_over = threading.Event()
        timer = threading.Timer(seconds, self._break, (is_over,))
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception:
            if is_over.is_set():
                raise requests.ReadTimeout from None
            raise
        finally:
            timer.cancel()
        if is_over.is_set():
            raise requests.ReadTimeout

    def _break(self, is_over: threading.Event) -> None:
        is_over.set()
        for connection in list(self._connections):
            if connection.sock is not None:
                with contextlib.suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)


def _known(pool: Any, connections: "weakref.WeakSet[Any]", networks: Sequence[Network]) -> Any:
    """A pool with a set of its open connections, which only lead to allowed addresses."""

    class Connection(pool.ConnectionCls):  # type: ignore[misc]
        def _new_conn(self) -> Any:
            made = super()._new_conn()
            # The administrator chose the proxy, and only the proxy knows the address behind a name.
            if self.proxy is None and not is_allowed(self.host, made.getpeername()[0], networks):
                made.close()
                raise PrivatePeer
            return made

        def connect(self) -> None:
            super().connect()
            connections.add(self)

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


def read_body(
    answer: requests.Response, largest: int, whole_s: float, clock: Callable[[], float] = time.monotonic
) -> bytes:
    """Read a streamed answer piece by piece, to stop in time if it is slow.

    Args:
        largest: bytes, after decompression.
        whole_s: seconds for the whole body.

    Raises:
        TooLarge, TooSlow, BrokenOff: it is incomplete, too large or too slow.
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
    """The target of a redirect with the same scheme, host and port; else None."""
    if not location.isprintable():
        return None
    try:
        target = urljoin(url, location)
        old, new = urlsplit(url), urlsplit(target)
        is_same = (old.scheme, old.hostname, old.port) == (new.scheme, new.hostname, new.port)
    except ValueError:
        return None
    if not location or not is_same or new.username is not None:
        return None
    return target
