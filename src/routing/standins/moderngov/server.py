"""The wire: an HTTP/1.1 server of its own, since no other can be made to be silent, to drip, or to break off."""

import asyncio
import json
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from routing.standins.moderngov.answers import Answer, Request, respond
from routing.standins.moderngov.content import Entry
from routing.standins.moderngov.faults import FAULTS

LARGEST_REQUEST = 1_000_000
SLOW_S = 1.0
DRIP_S = 0.05
START_S = 20.0


@dataclass
class Rule:
    """A fault for every request whose address contains a text; ``times`` 0 for always."""

    fault: str
    path: str = ""
    times: int = 0


class ModernGovServer:
    """A Modern.Gov on loopback; each council answers below ``/<slug>/``.

    ``PUT /faults`` takes a list of rules (``fault``, ``path``, ``times``); the header ``X-Fault`` names one for one
    request; ``GET /requests`` shows what was asked, and what was answered.

    Attributes:
        rules: the first one that fits counts.
        asked: address and status of every request.
        slow_s, drip_s: of the faults *slow* and *drip*, in seconds.
    """

    def __init__(self, entries: Sequence[Entry], certificate: ssl.SSLContext | None = None) -> None:
        self.entries = list(entries)
        self.rules: list[Rule] = []
        self.asked: list[tuple[str, int]] = []
        self.slow_s, self.drip_s = SLOW_S, DRIP_S
        self._certificate = certificate
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="moderngov", daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    def start(self, port: int = 0) -> str:
        """Listen on loopback; returns the address."""
        self._thread.start()
        found = asyncio.run_coroutine_threadsafe(self._listen(port), self._loop).result(START_S)
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{found}"

    def stop(self) -> None:
        """Close the port and every connection."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(START_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_S)
        self._loop.close()

    async def _listen(self, port: int) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=self._certificate)
        return int(self._server.sockets[0].getsockname()[1])

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while (request := await _read(reader)) is not None:
                answer = self._answer(request)
                if not await self._send(writer, answer):
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.transport.abort()

    def _answer(self, request: Request) -> Answer:
        if request.path == "/faults" and request.method == "PUT":
            return self._set(request.body)
        if request.path == "/requests":
            return Answer(200, json.dumps(self.asked).encode(), {"Content-Type": "application/json"})
        where = request.path + "?" + "&".join(f"{name}={value}" for name, value in request.query.items())
        answer = respond(self.entries, request, request.headers.get("x-fault") or self._fault(where))
        self.asked.append((where.rstrip("?"), answer.status))
        return answer

    def _set(self, body: bytes) -> Answer:
        try:
            rules = [Rule(**rule) for rule in json.loads(body)]
            unknown = [rule.fault for rule in rules if rule.fault not in FAULTS]
        except (ValueError, TypeError) as error:
            return Answer(422, f"{type(error).__name__}: send a list of fault, path, times.".encode())
        if unknown:
            return Answer(422, f"Use one of {', '.join(FAULTS)}. There is no fault {unknown[0]}.".encode())
        self.rules = rules
        return Answer(200, b"{}", {"Content-Type": "application/json"})

    def _fault(self, where: str) -> str:
        for rule in self.rules:
            if rule.path.lower() in where.lower():
                if rule.times:
                    rule.times -= 1
                    if not rule.times:
                        self.rules.remove(rule)
                return rule.fault
        return ""

    async def _send(self, writer: asyncio.StreamWriter, answer: Answer) -> bool:
        """Send an answer as the wire treats it; returns whether the connection goes on."""
        if answer.fault == "silence":
            await asyncio.Event().wait()
        if answer.fault == "slow":
            await asyncio.sleep(self.slow_s)
        if answer.fault == "drop-early":
            return False
        length = len(answer.body) + (1_000 if answer.fault == "wrong-length" else 0)
        head = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        head += ["Connection: close"] if answer.fault else []
        writer.write("\r\n".join([*head, f"Content-Length: {length}", "", ""]).encode("latin-1"))
        if answer.fault == "drip":
            for byte in answer.body:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(self.drip_s)
        else:
            writer.write(answer.body[: len(answer.body) // 2] if answer.fault == "drop-late" else answer.body)
        await writer.drain()
        return not answer.fault


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, target, _ = head[0].split(" ", 2)
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(min(int(headers.get("content-length", "0")), LARGEST_REQUEST))
    parts = urlsplit(target)
    query = {name.lower(): value for name, value in parse_qsl(parts.query, keep_blank_values=True)}
    return Request(method, parts.path, query, headers, body)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
