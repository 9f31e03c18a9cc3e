"""Errors of ours, of the framework and of nobody → an answer that names the field and what to do.

The handlers are coroutines, though they wait for nothing: others would queue for a thread behind all who wait.
"""

from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from routing.errors import InputError, StoreUnavailable, UnknownError
from routing.web.failures import failure, is_for_people
from routing.web.hosts import council_at
from routing.web.pages import page
from routing.web.rate_limit import TooMany

MESSAGES = {
    "missing": "Send this field.",
    "extra_forbidden": "Remove this field; it is not known.",
    "json_invalid": "The body is not JSON. Send one JSON object.",
}


async def from_input(request: Request, error: Exception) -> Response:
    """Ours: 404 for what does not exist in the address, 409 for a key used twice, else 422."""
    assert isinstance(error, InputError)
    if isinstance(error, UnknownError) and error.field == "reference" and is_for_people(request.scope):
        return page("missing.html", council_at(request.app.state.ctx, request.scope), status=404)
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
