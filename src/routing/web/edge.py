"""The edge of the web: every request passes it before a page, and every answer after it."""

import asyncio
import logging
import traceback
from pathlib import Path
from typing import Any

from fastapi.responses import Response

from routing.web.failures import failure
from routing.web.hosts import is_served

log = logging.getLogger("waywarden.web")

LARGEST_BODY = 64 * 1024
WHOLE_BODY_S = 30.0
"""Longest time for a body: 64 KiB in this time are 18 kbit/s."""

TAKES_JSON = frozenset({"/api/reports"})

WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})

ON_EVERY_ANSWER = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))
"""The default for answers, so that nobody stores one with a token or a link to it."""


HEAD = "waywarden.head"


def is_head(scope: Any) -> bool:
    """Whether a GET request was HEAD, which must not change anything."""
    return HEAD in scope


class HeadAsGet:
    """ASGI middleware: answer HEAD like GET, with the headers only (RFC 9110, 9.3.2)."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def headers_alone(message: Any) -> None:
            await send(message | {"body": b""} if message["type"] == "http.response.body" else message)

        await self.app(scope | {"method": "GET", HEAD: True}, receive, headers_alone)


class ErrorBoundaryMiddleware:
    """ASGI middleware around everything: turn unexpected errors into a problem document.

    The log gets the kind of error and the line, but never a value. An exception handler would not work: the framework
    raises the error again, and the server then logs its text, where a database driver puts the row.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def noted(message: Any) -> None:
            nonlocal has_begun
            has_begun = True
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                said = {name.lower() for name, _ in headers}
                message["headers"] = headers + [each for each in ON_EVERY_ANSWER if each[0] not in said]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001  # whatever it is, its text stays here
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.lineno}"
            log.error("A request failed: %s at %s", type(error).__name__, where)  # noqa: TRY400
            if not has_begun:
                answer = failure(scope, 500, "Try again later. Something went wrong here, and we stored nothing.")
                await answer(scope, receive, noted)


class HostGuard:
    """ASGI middleware: only answer under our own names, so that no other site can point its name here."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or is_served(scope["app"].state.ctx, scope):
            await self.app(scope, receive, send)
            return
        text = "Set WAYWARDEN_PUBLIC_URL, or hosts in council.toml, to the host name of this request."
        await _refuse(
            failure(scope, 421, "There is no site with this name here", [("Host", text)]), scope, receive, send
        )


class CutOff(Exception):
    """The client disconnected while sending a body."""


class TooLarge(Exception):
    """A body is too large."""


class BodyGuard:
    """ASGI middleware: only accept complete bodies, in time, of at most 64 KiB, and JSON where we expect it.

    We drop a body that was cut off, because the rest may look complete.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] in WITHOUT_BODY:
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if scope["path"] in TAKES_JSON and scope["method"] == "POST" and kind != b"application/json":
            errors = [("Content-Type", "Set application/json.")]
            await _refuse(failure(scope, 415, "Send the body as application/json", errors), scope, receive, send)
            return
        try:
            async with asyncio.timeout(WHOLE_BODY_S):
                pending = [{"type": "http.request", "body": await _whole(receive), "more_body": False}]
        except CutOff:
            return
        except TooLarge:
            errors = [("body", f"Send at most {LARGEST_BODY} bytes.")]
            await _refuse(failure(scope, 413, "The body is too large", errors), scope, receive, send)
            return
        except TimeoutError:
            errors = [("body", f"Send it within {WHOLE_BODY_S:.0f} seconds.")]
            await _refuse(failure(scope, 408, "The body took too long", errors), scope, receive, send)
            return

        async def replay() -> Any:
            return pending.pop() if pending else await receive()

        await self.app(scope, replay, send)


async def _whole(receive: Any) -> bytes:
    """A complete body.

    Raises:
        CutOff, TooLarge: the body is incomplete or too large.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CutOff
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise TooLarge
        if not message.get("more_body"):
            return bytes(body)


async def _refuse(response: Response, scope: Any, receive: Any, send: Any) -> None:
    response.headers["Connection"] = "close"
    await response(scope, receive, send)
