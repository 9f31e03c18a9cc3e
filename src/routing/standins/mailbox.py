"""A mailbox for development and tests: accepts SMTP, refuses or greylists on demand, and shows messages over HTTP.

It appends every accepted message to a file before it answers, so that a killed mailbox still has it.
"""

import asyncio
import base64
import json
import os
import ssl
import threading
import time
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import IO, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from routing.standins.inbox import list_page, message_page


class Behaviour(BaseModel):
    """How the mailbox answers.

    Attributes:
        refuse_rcpt: address → reply to RCPT, a code or a code with its enhanced one (``554 5.7.1``); ``*`` for all.
        refuse_data: address → reply to DATA.
        refuse_mail: reply to every MAIL.
        data_reply: text of acceptances.
        greylist: the first RCPT of each pair of sender domain and recipient gets 451.
        lose_answers: accept this many messages, but close the connection instead of answering.
    """

    model_config = ConfigDict(extra="forbid")

    refuse_rcpt: dict[str, int | str] = {}
    refuse_data: dict[str, int | str] = {}
    refuse_mail: int | str | None = None
    data_reply: str = "250 OK"
    greylist: bool = False
    lose_answers: int = 0


@dataclass
class Mailbox:
    """Accepted messages, in order."""

    file: Path
    messages: list[dict[str, Any]] = field(default_factory=list)
    behaviour: Behaviour = field(default_factory=Behaviour)
    seen: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: IO[str] | None = None

    def __post_init__(self) -> None:
        """Read the messages of a former mailbox. A killed one may leave half a line, which it never answered."""
        if self.file.exists():
            whole = self.file.read_bytes().rpartition(b"\n")[0]
            os.truncate(self.file, len(whole) + 1 if whole else 0)
            self.messages = [json.loads(line) for line in whole.splitlines()]

    def accept(self, sender: str, recipients: list[str], content: bytes) -> None:
        headers = BytesHeaderParser().parsebytes(content)
        with self.lock:
            message = {
                "number": len(self.messages) + 1,
                "received_at": time.time(),
                "envelope_from": sender,
                "envelope_to": recipients,
                "message_id": headers["Message-ID"],
                "subject": str(make_header(decode_header(headers["Subject"] or ""))),
                "reference": headers["X-Waywarden-Reference"],
                "raw": base64.b64encode(content).decode(),
            }
            if self._kept is None:
                self._kept = self.file.open("a", encoding="utf-8")
            self._kept.write(json.dumps(message) + "\n")
            self._kept.flush()
            self.messages.append(message)

    def clear(self) -> None:
        with self.lock:
            self.close()
            self.messages.clear()
            self.seen.clear()
            self.file.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file. The next message opens it again."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None


class Handler:
    """aiosmtpd's hooks for a mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        code = self.mailbox.behaviour.refuse_mail
        if code is not None:
            return f"{code} sender refused on demand"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        behaviour = self.mailbox.behaviour
        code = behaviour.refuse_rcpt.get(address, behaviour.refuse_rcpt.get("*"))
        if code is not None:
            return f"{code} recipient refused on demand"
        pair = f"{(envelope.mail_from or '').rpartition('@')[2]} {address}"
        if behaviour.greylist and pair not in self.mailbox.seen:
            self.mailbox.seen.add(pair)
            return "451 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        behaviour = self.mailbox.behaviour
        for address in envelope.rcpt_tos:
            code = behaviour.refuse_data.get(address, behaviour.refuse_data.get("*"))
            if code is not None:
                return f"{code} content refused on demand"
        assert isinstance(envelope.content, bytes)
        self.mailbox.accept(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content)
        if behaviour.lose_answers > 0:
            behaviour.lose_answers -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return behaviour.data_reply


@dataclass(frozen=True)
class Guard:
    """What a client must do: TLS after STARTTLS, and a sign-in."""

    certificate: Path
    key: Path
    user: str
    password: str


def serve_smtp(mailbox: Mailbox, port: int, guard: Guard | None = None) -> Controller:
    """Start accepting SMTP on loopback. The caller must stop it."""
    options: dict[str, Any] = {}
    if guard is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(guard.certificate, guard.key)

        def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
            fits = isinstance(given, LoginPassword) and given.password == guard.password.encode()
            return AuthResult(success=fits and given.login == guard.user.encode(), handled=False)

        options = {"tls_context": tls, "require_starttls": True, "authenticator": authenticate, "auth_required": True}
    controller = Controller(Handler(mailbox), hostname="127.0.0.1", port=port, data_size_limit=2**22, **options)
    controller.start()
    return controller


@dataclass(frozen=True)
class _Pages:
    """What the mailbox shows over HTTP. Plain Starlette: FastAPI would take 12 MB of every demo."""

    mailbox: Mailbox

    def _message(self, request: Request) -> dict[str, Any]:
        number: int = request.path_params["number"]
        with self.mailbox.lock:
            if not 1 <= number <= len(self.mailbox.messages):
                raise HTTPException(404)
            return self.mailbox.messages[number - 1]

    def show_messages(self, _: Request) -> Response:
        with self.mailbox.lock:
            return HTMLResponse(list_page(self.mailbox.messages))

    def show_message(self, request: Request) -> Response:
        return HTMLResponse(message_page(self._message(request)))

    def list_messages(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        if not after.isdecimal():
            raise HTTPException(422, "after is a number")
        with self.mailbox.lock:
            kept = self.mailbox.messages[int(after) :]
        return JSONResponse([{key: value for key, value in each.items() if key != "raw"} for each in kept])

    def count_messages(self, _: Request) -> Response:
        with self.mailbox.lock:
            last = self.mailbox.messages[-1]["received_at"] if self.mailbox.messages else None
            return JSONResponse({"count": len(self.mailbox.messages), "last_at": last})

    def read_message(self, request: Request) -> Response:
        return Response(base64.b64decode(self._message(request)["raw"]), media_type="message/rfc822")

    def clear_messages(self, _: Request) -> Response:
        self.mailbox.clear()
        return Response(status_code=204)

    async def set_behaviour(self, request: Request) -> Response:
        try:
            self.mailbox.behaviour = Behaviour.model_validate_json(await request.body())
        except ValidationError as error:
            raise HTTPException(422, str(error)) from error
        return JSONResponse(self.mailbox.behaviour.model_dump())


def mailbox_app(mailbox: Mailbox) -> Starlette:
    """List, read, clear, and set how the mailbox answers."""
    pages = _Pages(mailbox)
    return Starlette(
        routes=[
            Route("/", pages.show_messages),
            Route("/read/{number:int}", pages.show_message),
            Route("/messages", pages.list_messages),
            Route("/messages", pages.clear_messages, methods=["DELETE"]),
            Route("/messages/count", pages.count_messages),
            Route("/messages/{number:int}", pages.read_message),
            Route("/behaviour", pages.set_behaviour, methods=["PUT"]),
        ]
    )
