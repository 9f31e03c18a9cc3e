"""Asking others over HTTP with bounds: a body in size and in time, redirects on the same site only.

For the rooms that ask publishers and councils; each maps what is raised here to errors of its own.
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
    """The body is larger than is taken."""


class TooSlow(Exception):
    """The body takes longer in all than is waited for, however steadily it comes."""


class BrokenOff(Exception):
    """The body stopped, or ended before it was whole."""


class PrivatePeer(Exception):
    """The name of a source led into a private network, or to this machine; nothing was asked."""


class Breakable(HTTPAdapter):
    """Connections that are broken when their time is up, whatever they are at, and that lead to public machines only.

    A time-out of a socket is for the silence between two bytes: headers that drip one byte after the other would hold a
    request for hours. Where a name leads is asked of the connection itself: it may lead elsewhere the next time.

    Args:
        networks: private ones that may be asked too.
    """

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._connections: weakref.WeakSet[urllib3.connection.HTTPConnection] = weakref.WeakSet()
        self._networks = networks
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Let every connection be known here once it is made."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _known(urllib3.HTTPConnectionPool, self._connections, self._networks),
            "https": _known(urllib3.HTTPSConnectionPool, self._connections, self._networks),
        }

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Break every connection if the block takes longer.

        Raises:
            requests.ReadTimeout: it did; whatever it came to is of half an answer.
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
    """A pool whose connections stand in a set while they live, and lead where they may."""

    class Connection(pool.ConnectionCls):  # type: ignore[misc]
        def _new_conn(self) -> Any:
            made = super()._new_conn()
            # A proxy is the administrator's choice, and it alone knows where a name leads from there.
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
    """Where a redirect leads, if it stays on the same scheme, host and port; else None."""
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
