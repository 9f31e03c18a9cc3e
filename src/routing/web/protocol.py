"""HTTP as uvicorn reads it, with a bound on the head of a request in size and in time.

The server's own settings have none: a head without an end would be kept in memory, and one that drips would hold its
connection for ever. Bodies are bounded behind it (``edge.BodyGuard``).
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 32 * 1024
"""Request line and headers; nginx takes as much by default (large_client_header_buffers)."""

WHOLE_HEAD_S = 20.0

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    _came = _named = 0
    _is_refused = False
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        super().data_received(data)
        self._came += len(data)
        if self._watch is not None and self._came > LARGEST_HEAD:
            self._refuse(TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._named += len(name) + len(value)
        if self._named > LARGEST_HEAD:  # all of it came at once
            self._refuse(TOO_LARGE)
            raise OverflowError  # the parser stops; uvicorn takes it for a request that is not valid

    def on_headers_complete(self) -> None:
        self._end()
        super().on_headers_complete()

    def _begin(self) -> None:
        self._end()
        self._came = self._named = 0
        self._watch = self.loop.call_later(WHOLE_HEAD_S, self._refuse, TOO_SLOW)

    def _end(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _refuse(self, answer: bytes) -> None:
        self._end()
        self._is_refused = True
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        if not self._is_refused:
            super().send_400_response(msg)
