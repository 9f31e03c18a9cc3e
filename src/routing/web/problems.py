"""Errors of ours, of the framework and of nobody → an answer that names the field and what to do.

The handlers are coroutines, though they wait for nothing: others would queue for a thread behind all who wait.
"""

import logging
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from routing.errors import InputError, StoreUnavailable, UnknownError
from routing.web.failures import failure, is_for_people
from routing.web.pace import TooMany
from routing.web.pages import page

log = logging.getLogger("waywarden.web")

LARGEST_BODY = 64 * 1024

MESSAGES = {
    "missing": "Send this field.",
    "extra_forbidden": "Remove this field; it is not known.",
    "json_invalid": "The body is not JSON. Send one JSON object.",
}


async def from_input(request: Request, error: Exception) -> Response:
    """Ours: 404 for what does not exist in the address, 409 for a key used twice, else 422."""
    assert isinstance(error, InputError)
    if isinstance(error, UnknownError) and error.field == "reference" and is_for_people(request.scope):
        return page("missing.html", request.app.state.ctx.catalogue.default, status=404)
    if error.field == "Idempotency-Key":
        status = HTTPStatus.CONFLICT if "another body" in error.what_to_do else HTTPStatus.BAD_REQUEST
    elif isinstance(error, UnknownError) and (error.field in {"reference", "address"} or is_for_people(request.scope)):
        status = HTTPStatus.NOT_FOUND
    else:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return failure(request.scope, status, "Something in the request has to change", [(error.field, error.what_to_do)])


async def from_validation(request: Request, error: Exception) -> Response:
    """FastAPI's: the request is not of the documented shape."""
    assert isinstance(error, RequestValidationError)
    errors = []
    for each in error.errors():
        kind, loc = each["type"], [str(part) for part in each["loc"] if part != "body"]
        field = "body" if kind == "json_invalid" else ".".join(loc) or "body"
        errors.append((field[:200], MESSAGES.get(kind, f"{each['msg'].removeprefix('Value error, ')}.")))
    status = HTTPStatus.BAD_REQUEST if any(field == "body" for field, _ in errors) else HTTPStatus.UNPROCESSABLE_ENTITY
    return failure(request.scope, status, "Something in the request has to change", errors)


async def from_http(request: Request, error: Exception) -> Response:
    """Unknown addresses, methods that are not there."""
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI could not read the body at all
        return failure(
            request.scope, 400, "Something in the request has to change", [("body", MESSAGES["json_invalid"])]
        )
    texts = {404: "There is nothing at this address.", 405: "This address does not take this method."}
    return failure(
        request.scope,
        error.status_code,
        texts.get(error.status_code, str(error.detail)),
        headers=dict(error.headers or {}),
    )


async def from_store(request: Request, error: Exception) -> Response:
    """The database is away: nothing was kept, the caller should try again."""
    assert isinstance(error, StoreUnavailable)
    return failure(request.scope, 503, "Nothing was kept. Try again in a minute.", headers={"Retry-After": "60"})


async def from_too_many(request: Request, error: Exception) -> Response:
    """An address that has to wait: 429, with when to come back."""
    assert isinstance(error, TooMany)
    headers = {"Retry-After": str(error.wait_s)}
    return failure(request.scope, 429, f"Too many reports from here. Come back in {error.wait_s} s.", headers=headers)


class Shield:
    """ASGI middleware around everything: what nobody foresaw becomes a problem document.

    The kind of error and the line go to the log, never a value. An exception handler would not do: the framework
    raises the error again after it, and the server then logs its text, which a database driver fills with the row.
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
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001  # whatever it is, its text stays here
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.lineno}"
            log.error("A request failed: %s at %s", type(error).__name__, where)  # noqa: TRY400
            if not has_begun:
                answer = failure(scope, 500, "Something went wrong here, and nothing was kept. Try again later.")
                await answer(scope, receive, send)


class BodyGuard:
    """ASGI middleware: bodies of at most 64 KiB; JSON only where JSON is taken."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] not in {"POST", "PUT", "PATCH"}:
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if scope["path"].startswith("/api/") and kind != b"application/json":
            await _send(
                failure(scope, 415, "Send the body as application/json", [("Content-Type", "Set application/json.")]),
                scope,
                receive,
                send,
            )
            return
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > LARGEST_BODY:
                text = f"Send at most {LARGEST_BODY} bytes."
                await _send(failure(scope, 413, "The body is too large", [("body", text)]), scope, receive, send)
                return
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                break
        whole = {"type": "http.request", "body": bytes(body), "more_body": False}
        pending = [whole]

        async def replay() -> Any:
            return pending.pop() if pending else await receive()

        await self.app(scope, replay, send)


async def _send(response: Response, scope: Any, receive: Any, send: Any) -> None:
    response.headers["Connection"] = "close"
    await response(scope, receive, send)
