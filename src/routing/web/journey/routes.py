"""The citizen's pages of a process: start, one question a page, check, send."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from routing.casework import (
    Assessment,
    Receipt,
    Repeated,
    begin_journey,
    filled_signpost,
    read_journey,
    save_pages,
    send_journey,
    sent_receipt,
)
from routing.council import Council
from routing.errors import InputError, UnknownError
from routing.process import PLACE, Definition
from routing.web.api import web_context
from routing.web.context import WebContext
from routing.web.intake import without_control
from routing.web.journey.graph import CHECK
from routing.web.journey.reading import MAP, WHICH, PageErrors, read_page
from routing.web.journey.session import csrf_token, is_ours, new_secret, secret_of, set_secret
from routing.web.journey.views import show, show_start
from routing.web.journey.way import Way, find_way
from routing.web.pages import page as render_page
from routing.web.translation import in_language

router = APIRouter(include_in_schema=False)
RESULT = "result"

Slug = Annotated[str | None, Query(max_length=60)]


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name, without characters that nobody sees; files are no part of any."""
    form = await request.form()
    return {name: without_control(value) for name, value in form.items() if isinstance(value, str)}


Form = Annotated[dict[str, str], Depends(read_form)]


@router.get("/report/{slug}")
def start(request: Request, slug: str, council: Slug = None) -> HTMLResponse:
    """What the process does."""
    return show_start(*need_process(web_context(request), slug, council))


@router.post("/report/{slug}")
def begin(request: Request, slug: str, council: Slug = None) -> Response:
    """Open a journey, and go to its first page."""
    ctx = web_context(request)
    served, definition = need_process(ctx, slug, council)
    ctx.pace.count(request)
    secret = new_secret()
    with ctx.database.transaction() as tx:
        begin_journey(tx, secret, served.slug, definition.slug)
        journey = read_journey(tx, secret)
    assert journey is not None
    response = _go(slug, find_way(ctx, journey).next_page)
    set_secret(ctx, response, slug, secret)
    return response


@router.get("/report/{slug}/{page}")
def show_page(request: Request, slug: str, page: str) -> Response:
    """A page, as far as the way leads to it; else the one that comes next."""
    ctx, secret = web_context(request), secret_of(request)
    with ctx.database.statements() as tx:
        journey = read_journey(tx, secret)
        receipt = sent_receipt(tx, secret) if journey is not None and journey.is_sent else None
    if receipt is not None:
        return _sent(receipt)
    if journey is None or journey.process != slug or journey.is_sent:
        return _ended(ctx, slug)
    way = find_way(ctx, journey)
    if page == RESULT and way.next_page is None:
        return _result(way)
    if not _can_show(way, page):
        return _go(slug, way.next_page)
    return show(way, page, csrf_token(secret))


@router.post("/report/{slug}/{page}")
def send_page(request: Request, slug: str, page: str, form: Form) -> Response:
    """Keep what was entered and go on; on the last page, send the report."""
    ctx, secret = web_context(request), secret_of(request)
    if page == CHECK:
        ctx.pace.count(request)
    while True:
        try:
            return _send_page(ctx, request, secret, (slug, page), form)
        except Repeated:  # the reference was drawn before
            continue


def _send_page(
    ctx: WebContext, request: Request, secret: str, where: tuple[str, str], form: Mapping[str, str]
) -> Response:
    slug, page = where
    with ctx.database.transaction() if page == CHECK else ctx.database.statements() as tx:
        journey = read_journey(tx, secret, hold=page == CHECK)
        if journey is None or journey.process != slug or not is_ours(request, secret, form):
            return _ended(ctx, slug)
        receipt = sent_receipt(tx, secret) if journey.is_sent else None
        way = find_way(ctx, journey) if receipt is None else None
        if way is not None and page == CHECK and way.next_page == CHECK and way.path.rule is not None:
            receipt = send_journey(tx, secret, way.report())
            ctx.hint()
    if receipt is not None:
        return _sent(receipt)
    assert way is not None
    if page == CHECK or not _can_show(way, page):
        return _go(slug, way.next_page)
    return _keep(ctx, secret, way, page, form)


def _keep(ctx: WebContext, secret: str, way: Way, page: str, form: Mapping[str, str]) -> Response:
    try:
        entered = read_page(ctx, way, page, form)
    except PageErrors as error:
        return show(way, page, csrf_token(secret), form, error.errors)
    except InputError as error:
        return show(way, page, csrf_token(secret), form, [(error.field, error.what_to_do)])
    with ctx.database.statements() as tx:
        journey = save_pages(tx, secret, entered)
    if journey is None:
        return _ended(ctx, way.definition.slug)
    after = find_way(ctx, journey)
    if page == PLACE and after.place is None:
        return _go(way.definition.slug, WHICH)
    return _go(way.definition.slug, after.next_page)


def _can_show(way: Way, page: str) -> bool:
    if page == WHICH:
        return way.is_open(PLACE) and bool(way.journey.entered.get(PLACE, {}).get("options"))
    return way.is_open(PLACE if page == MAP else page)


def _go(slug: str, page: str | None) -> Response:
    return RedirectResponse(f"/report/{slug}/{page or RESULT}", status_code=303)


def _sent(receipt: Receipt) -> Response:
    return RedirectResponse(f"/reports/{receipt.reference}/sent?token={receipt.token}", status_code=303)


def _result(way: Way) -> HTMLResponse:
    assert way.path.rule is not None
    signpost = filled_signpost(Assessment(way.council, way.definition, way.place, way.path.rule))
    last = way.path.pages[-1]
    back = f"/report/{way.definition.slug}/{last}"
    return render_page("journey/result.html", way.council, signpost=signpost, back=back)


def _ended(ctx: WebContext, slug: str) -> HTMLResponse:
    council, definition = need_process(ctx, slug, None)
    return render_page("journey/ended.html", council, status=410, slug=definition.slug)


def need_process(ctx: WebContext, slug: str, council: str | None) -> tuple[Council, Definition]:
    """The council that is asked, the first that offers the process where none is named, and its table.

    Raises:
        UnknownError: there is nothing at this address.
    """
    try:
        served = ctx.catalogue.council(council)
        if council is None and slug not in served.processes:
            served = next((each for each in ctx.catalogue.councils.values() if slug in each.processes), served)
        return served, in_language(ctx.catalogue.definition(served.slug, slug))
    except InputError as error:
        raise UnknownError("address", error.what_to_do) from None
