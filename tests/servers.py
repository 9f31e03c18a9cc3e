"""Servers that tests run on loopback: our own mailbox and Modern.Gov stand-ins, and the web."""

import contextlib
import email
import email.policy
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import requests
import uvicorn

from routing.cli.supervisor import free_port
from routing.settings import Settings
from routing.standins import Behaviour, Guard, Mailbox, ModernGovServer, read_entries, serve_smtp
from routing.web import WebContext, create_app, make_web_context


@contextlib.contextmanager
def http_server(app: Any, **options: Any) -> Iterator[str]:
    config = uvicorn.Config(app, log_level="error", access_log=False, **options)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:  # held from here on, so that nobody else gets the port
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start"
            assert thread.is_alive(), "the server ended at its start"
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@dataclass
class MailServer:
    """A mailbox that can be stopped and started again on its port."""

    port: int
    mailbox: Mailbox
    guard: Guard | None = None
    controller: Any = None

    def start(self) -> None:
        self.controller = serve_smtp(self.mailbox, self.port, self.guard)

    def stop(self) -> None:
        if self.controller is not None:
            self.controller.stop()
            self.controller = None
            self.mailbox.close()

    def behave(self, **how: Any) -> None:
        self.mailbox.behaviour = Behaviour(**how)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.mailbox.messages)

    def received(self) -> list[tuple[str, str]]:
        """(reference, recipient) of every message, sorted."""
        return sorted((m["reference"], to) for m in self.messages for to in m["envelope_to"])

    def parsed(self) -> list[EmailMessage]:
        import base64

        raw = [base64.b64decode(message["raw"]) for message in self.messages]
        return [email.message_from_bytes(each, policy=email.policy.default) for each in raw]


@contextlib.contextmanager
def mail_server(guard: Guard | None = None) -> Iterator[MailServer]:
    folder = Path(tempfile.mkdtemp(prefix="ww-mailbox-"))
    server = MailServer(free_port(), Mailbox(folder / "messages.jsonl"), guard)
    server.start()
    yield server
    server.stop()


@contextlib.contextmanager
def moderngov_server(clerks: Path) -> Iterator[tuple[str, ModernGovServer]]:
    """Its address, and the server, to be told what goes wrong."""
    server = ModernGovServer(read_entries(clerks))
    address = server.start()
    try:
        yield address, server
    finally:
        server.stop()


@dataclass
class RunningWeb:
    """The web on a port of loopback."""

    url: str
    ctx: WebContext

    def post(self, body: Any, **headers: str) -> requests.Response:
        return requests.post(f"{self.url}/api/reports", json=body, headers=headers, timeout=10)

    def get(self, path: str, **query: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", params=query, timeout=10)


class OneServer:
    """An HTTP server that stays up, for apps that come and go: starting and stopping one takes a fifth of a second."""

    def __init__(self) -> None:
        self.app: Any = None
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for answer in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{answer}.complete"})
        else:
            await self.app(scope, receive, send)


@contextlib.contextmanager
def one_server() -> Iterator[OneServer]:
    server = OneServer()
    with http_server(server) as url:
        server.url = url
        yield server


@contextlib.contextmanager
def web_server(settings: Settings, server: OneServer) -> Iterator[RunningWeb]:
    """The web of a test on the server that all share; it is started and stopped as its own lifespan would."""
    ctx = make_web_context(settings, "http://reports.example")
    ctx.start()
    server.app = create_app(ctx)
    try:
        yield RunningWeb(server.url, ctx)
    finally:
        server.app = None
        ctx.stop()
