"""The page of the link *this was not me* in every message to a citizen. It stops emails to them, and opens nothing."""

import re
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from routing.casework import is_known, is_stopped, stop_mail
from routing.errors import UnknownError
from routing.i18n import gettext as _
from routing.web.context import web_context
from routing.web.forms import TRAP, read_form
from routing.web.hosts import council_at
from routing.web.pages import page

router = APIRouter(prefix="/not-me/{key}", include_in_schema=False)

HASH = re.compile(r"\s*([0-9a-f]{64})(?![0-9A-Za-z]).*", re.DOTALL)
"""With characters that a mail program may add to the link."""


@router.get("")
def show_not_me(request: Request, key: str) -> HTMLResponse:
    """Ask the citizen to confirm, or say that it is done. The link does nothing, because mail scanners follow links."""
    ctx, found = web_context(request), _hash(key)
    with ctx.database.transaction() as tx:
        if not is_known(tx, found):
            raise UnknownError("address", _("There is nothing at this address."))
        is_done = is_stopped(tx, found)
    council = council_at(ctx, request.scope)
    if is_done:
        return page("stopped.html", council)
    return page(
        "not-me.html", council, action=request.url.path, hidden={}, errors={}, summary=[], button=_("Stop emails")
    )


@router.post("")
async def send_not_me(request: Request, key: str) -> Response:
    """Stop it."""
    return await run_in_threadpool(_stop, request, key, await read_form(request))


def _stop(request: Request, key: str, form: Mapping[str, str]) -> Response:
    ctx, found = web_context(request), _hash(key)
    ctx.report_limiter.count(request)
    with ctx.database.transaction() as tx:
        if not is_known(tx, found):
            raise UnknownError("address", _("There is nothing at this address."))
        if not form.get(TRAP):
            stop_mail(tx, found)
    return RedirectResponse(request.url.path, status_code=303)


def _hash(key: str) -> bytes:
    """The hash of an address in a link.

    Raises:
        UnknownError: it is not a hash.
    """
    found = HASH.fullmatch(key)
    if found is None:
        raise UnknownError("address", _("There is nothing at this address."))
    return bytes.fromhex(found[1])
