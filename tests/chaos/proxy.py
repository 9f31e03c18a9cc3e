"""A TCP proxy on loopback whose connections fail on demand: dropped, late, half-open, cut short, answer lost."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator

from tests.chaos.checker import LostAnswer

PASS, DROP, DELAY, HALF_OPEN, TRUNCATE, LOSE_ANSWER = "pass", "drop", "delay", "half-open", "truncated", "answer lost"
DELAY_S = 0.3
LATE_HOLD_S = 0.02

MESSAGE_ID = re.compile(rb"(?im)^message-id:[ \t]*(<[^>\r\n]+>)")
END_OF_MESSAGE = b"\r\n.\r\n"


class Proxy:
    """Passes bytes on, and fails as it is told.

    Attributes:
        cut: how many connections it broke.
        lost: the messages it passed on whole and whose answers may not have arrived, because it broke the connection.
    """

    def __init__(self, target: int, delay_s: float = DELAY_S, name: str = "mail") -> None:
        self.target, self.delay_s, self.name = target, delay_s, name
        self.lost: list[LostAnswer] = []
        self.mode = PASS
        self.left = 0
        self.cut = 0
        self._open: set[_Pair] = set()
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @contextlib.contextmanager
    def failing(self, mode: str, connections: int) -> Iterator[None]:
        """Fail in one way for the duration of a block; afterwards what is left of it is cut, and all is well again.

        Args:
            connections: how many connections at most are cut short, or lose their answer.
        """
        self.left = connections
        self.mode = mode
        if mode == DROP:
            self.cut_all()
        try:
            yield
        finally:
            if mode == HALF_OPEN:
                self.cut_all()
            self.mode = PASS

    def cut_all(self) -> None:
        """Break every connection that is open."""
        with self._lock:
            broken, self._open = self._open, set()
        for pair in broken:
            pair.note_lost()
            _reset(pair.client)
            _reset(pair.server)
        self.cut += len(broken)

    def close(self) -> None:
        """Stop for good."""
        self._listening.close()
        self.cut_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if self.mode == DROP:
                _reset(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            pair = _Pair(self, client, server)
            with self._lock:
                self._open.add(pair)
            for pump in (pair.to_server, pair.to_client):
                threading.Thread(target=pump, daemon=True).start()

    def take_one(self) -> bool:
        """Whether one more connection may be cut in this way."""
        with self._lock:
            if self.left <= 0:
                return False
            self.left -= 1
            self.cut += 1
            return True

    def forget(self, pair: "_Pair") -> None:
        with self._lock:
            self._open.discard(pair)


class _Pair:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.awaits_answer = False
        """The client has handed something over whose acceptance is still to come: SMTP after 354, or any request."""
        self.is_smtp = False
        self.message = b""
        """What the client handed over since 354; kept until it says something else, which shows that it knows."""
        self.says_message = False

    def to_server(self) -> None:
        self._pump(self.client, self.server, self._from_client)

    def to_client(self) -> None:
        self._pump(self.server, self.client, self._from_server)

    def note_lost(self) -> None:
        """The connection is about to be broken: is there a message whose answer the client may not have seen?"""
        found = MESSAGE_ID.search(self.message) if self.message.endswith(END_OF_MESSAGE) else None
        if found:
            self.proxy.lost.append(LostAnswer(found[1].decode(), f"{self.proxy.name} {self.proxy.mode}"))
            self.message = b""

    def _pump(self, source: socket.socket, sink: socket.socket, judge: Callable[[bytes], tuple[bytes, bool]]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                while self.proxy.mode == HALF_OPEN:
                    time.sleep(LATE_HOLD_S)
                if self.proxy.mode == DELAY:
                    time.sleep(self.proxy.delay_s)
                data, goes_on = judge(data)
                sink.sendall(data)
                if not goes_on:
                    break
        for connection in (source, sink):
            _reset(connection)
        self.proxy.forget(self)

    def _from_client(self, data: bytes) -> tuple[bytes, bool]:
        if not self.is_smtp and data[:5] in {b"POST ", b"PATCH"}:
            self.awaits_answer = True
        if self.proxy.mode == TRUNCATE and self.awaits_answer and self.proxy.take_one():
            return data[: len(data) // 2], False
        if self.is_smtp:
            self.message = self.message + data if self.says_message else b""
            self.says_message = self.says_message and not self.message.endswith(END_OF_MESSAGE)
        return data, True

    def _from_server(self, data: bytes) -> tuple[bytes, bool]:
        if data.startswith((b"220 ", b"220-")):
            self.is_smtp = True
        if self.proxy.mode == LOSE_ANSWER and self.awaits_answer and self.proxy.take_one():
            self.note_lost()
            return b"", False
        self.awaits_answer = self.says_message = data.startswith(b"354")
        return data, True


def _reset(connection: socket.socket) -> None:
    """Break a connection the way a dying machine does: a reset, no goodbye."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()
