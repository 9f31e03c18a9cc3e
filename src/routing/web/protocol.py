"""HTTP as uvicorn reads it, with a bound on the head of a request in size and in time.

The server's own settings have none: a head without an end would be kept in memory, and one that drips would hold its
connection for ever. So would a single byte after an answer: at the first one the server stops its clock for an idle
connection, and starts it again only after another answer. Bodies are bounded behind it (``edge.BodyGuard``).
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from routing.web.edge import WITHOUT_BODY

LARGEST_HEAD = 32 * 1024
"""Request line and headers; nginx takes as much by default (large_client_header_buffers)."""

WHOLE_HEAD_S = 20.0

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """One connection.

    While a request is being answered, the answer's own limits count. At any other time a clock runs that no byte sets
    back, other than the first one of a request: the server's for an idle connection, or the watch from here.
    """

    _came = _named = 0
    _is_in_head = True
    _is_refused = False
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        super().data_received(data)
        self._came += len(data)
        if self._is_in_head and self._came > LARGEST_HEAD:
            self._refuse(TOO_LARGE)
        elif self._watch is None and self._is_waiting:  # the server has just stopped its own clock
            self._start_watch()

    @property
    def _is_waiting(self) -> bool:
        """Whether nothing is being answered, and the connection is still HTTP and open."""
        is_answered = self.cycle is None or self.cycle.response_complete  # of several requests, the last one
        return is_answered and not self.transport.is_closing() and self.transport.get_protocol() is self

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._came = self._named = 0
        self._is_in_head = True
        self._end_watch()
        if self._is_waiting:  # else it would cut off the answer to the request before
            self._start_watch()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._named += len(name) + len(value)
        if self._named > LARGEST_HEAD:  # all of it came at once
            self._refuse(TOO_LARGE)
            raise OverflowError  # the parser stops; uvicorn takes it for a request that is not valid

    def on_headers_complete(self) -> None:
        self._end_watch()
        self._is_in_head = False
        super().on_headers_complete()
        is_left = self.scope["method"] in WITHOUT_BODY and any(_announces_body(*each) for each in self.headers)
        if is_left and self.cycle is not None:  # a body that nobody waits for: the connection ends with the answer
            self.cycle.keep_alive = False

    def _should_upgrade(self) -> bool:
        """Never to a websocket: the web has none, and its library would read on without any of these bounds."""
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """Anybody can ask for one: no line in the log for it."""

    def _start_watch(self) -> None:
        self._watch = self.loop.call_later(WHOLE_HEAD_S, self._refuse, TOO_SLOW)

    def _end_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _refuse(self, answer: bytes) -> None:
        self._end_watch()
        self._is_refused = True
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        if not self._is_refused:
            super().send_400_response(msg)


def _announces_body(name: bytes, value: bytes) -> bool:
    return name == b"transfer-encoding" or (name == b"content-length" and value.strip(b" 0") != b"")
