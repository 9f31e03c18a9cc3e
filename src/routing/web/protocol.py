"""uvicorn's HTTP, with limits on the size and time of a request's head.

The server has no such settings: an endless head would fill the memory, and a slow one would hold its connection without
end. So would a single byte after an answer, because the server then stops its clock for idle connections until the next
answer. ``edge.BodyGuard`` limits bodies.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from routing.web.edge import WITHOUT_BODY

LARGEST_HEAD = 32 * 1024
"""Request line and headers. nginx has the same default (large_client_header_buffers)."""

WHOLE_HEAD_S = 20.0

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """One connection.

    The answer's own limits apply while we answer a request. At all other times a clock runs, which only the first byte
    of a
    request resets: the server's for an idle connection, or ours.
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
        """Whether the connection is open, still HTTP, and without an answer in progress."""
        is_answered = self.cycle is None or self.cycle.response_complete  # of several requests, the last one
        return is_answered and not self.transport.is_closing() and self.transport.get_protocol() is self

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._came = self._named = 0
        self._is_in_head = True
        self._end_watch()
        if self._is_waiting:  # or it would cut off the answer to the request before
            self._start_watch()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._named += len(name) + len(value)
        if self._named > LARGEST_HEAD:  # all of it came at once
            self._refuse(TOO_LARGE)
            raise OverflowError  # the parser stops, and uvicorn treats it as a broken request

    def on_headers_complete(self) -> None:
        self._end_watch()
        self._is_in_head = False
        super().on_headers_complete()
        is_left = self.scope["method"] in WITHOUT_BODY and any(_announces_body(*each) for each in self.headers)
        if is_left and self.cycle is not None:  # nobody waits for this body: the connection ends with the answer
            self.cycle.keep_alive = False

    def _should_upgrade(self) -> bool:
        """Never upgrade to a websocket. The web has none, and its library would read without these limits."""
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """Do not log this, because anybody can ask for it."""

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
