"""Our errors, the framework's and unexpected ones → an answer that names the field and what to do.

The handlers are coroutines although they do not wait. Other functions would queue for a thread.
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
    "extra_forbidden": "Remove this field. We do not know it.",
    "json_invalid": "Send one JSON object. The body is not JSON.",
}


async def from_input(request: Request, error: Exception) -> Response:
    """Our errors: 404 for an unknown address, 409 for a key used twice, else 422."""
    assert isinstance(error, InputError)
    if isinstance(error, UnknownError) and error.field == "reference" and is_for_people(request.scope):
        return page("missing.html", council_at(request.app.state.ctx, request.scope), status=404)
    if error.field == "Idempotency-Key":
        status = HTTPStatus.CONFLICT if "another body" in error.what_to_do else HTTPStatus.BAD_REQUEST
    elif isinstance(error, UnknownError) and (error.field in {"reference", "address"} or is_for_people(request.scope)):
        status = HTTPStatus.NOT_FOUND
    else:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return failure(request.scope, status, "There is a problem with the request", [(error.field, error.what_to_do)])


async def from_validation(request: Request, error: Exception) -> Response:
    """FastAPI's errors: the request does not match the documentation."""
    assert isinstance(error, RequestValidationError)
    errors = []
    for each in error.errors():
        kind, loc = each["type"], [str(part) for part in each["loc"] if part != "body"]
        field = "body" if kind == "json_invalid" else ".".join(loc) or "body"
        errors.append((field[:200], MESSAGES.get(kind, f"{each['msg'].removeprefix('Value error, ')}.")))
    status = HTTPStatus.BAD_REQUEST if any(field == "body" for field, _ in errors) else HTTPStatus.UNPROCESSABLE_ENTITY
    return failure(request.scope, status, "There is a problem with the request", errors)


async def from_http(request: Request, error: Exception) -> Response:
    """Unknown addresses and methods."""
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI could not read the body at all
        return failure(request.scope, 400, "There is a problem with the request", [("body", MESSAGES["json_invalid"])])
    texts = {404: "There is nothing at this address.", 405: "Use another method for this address."}
    return failure(
        request.scope,
        error.status_code,
        texts.get(error.status_code, str(error.detail)),
        headers=dict(error.headers or {}),
    )


async def from_store(request: Request, error: Exception) -> Response:
    """The database is down. We stored nothing, and the caller should try again."""
    assert isinstance(error, StoreUnavailable)
    return failure(request.scope, 503, "Try again in a minute. We stored nothing.", headers={"Retry-After": "60"})


async def from_too_many(request: Request, error: Exception) -> Response:
    """Too many requests from an address: 429, with the time to come back."""
    assert isinstance(error, TooMany)
    headers = {"Retry-After": str(error.wait_s)}
    return failure(
        request.scope,
        429,
        f"Come back in {error.wait_s} seconds. There were too many reports from here.",
        headers=headers,
    )
