"""One kept HTTP/1.1 connection, by hand: an HTTP library would take more of the machine than the web measured."""

import contextlib
import re
import socket
from typing import Self
from urllib.parse import urlsplit

ANSWER_S = 60.0
"""A page that takes this long will not come at all."""

MOST = 64 * 1024
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Connection:
    """For the duration of a block.

    Args:
        url: of the web; what it is asked for is given with each request.
    """

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Send a request, and read the answer: its head and its body, whose length has to stand in the head.

        Raises:
            SystemExit: there was no whole answer; says to which request.
        """
        try:
            return self._answer(self._first(request))
        except OSError as error:
            asked = request.partition(b"\r\n")[0].decode()
            raise SystemExit(f"The web gave no whole answer to {asked}: {error or type(error).__name__}") from error

    def _open(self) -> None:
        host, _, port = self.host.partition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=ANSWER_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _first(self, request: bytes) -> bytes:
        """The first bytes of the answer. A connection that the web closed meanwhile is opened anew, as browsers do."""
        with contextlib.suppress(ConnectionError):
            self._socket.sendall(request)
            return self._more()
        self._socket.close()
        self._open()
        self._socket.sendall(request)
        return self._more()

    def _answer(self, data: bytes) -> tuple[bytes, bytes]:
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        while length is not None and len(body) < int(length[1]):
            body += self._more()
        return head, body

    def _more(self) -> bytes:
        data = self._socket.recv(MOST)
        if not data:  # and nothing ever would be
            raise ConnectionResetError("it closed the connection")
        return data
