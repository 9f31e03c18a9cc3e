"""The citizen's pages of a process: start, one question a page, check, send."""

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from routing.casework import (
    Assessment,
    Journey,
    Receipt,
    Repeated,
    begin_journey,
    end_journey,
    filled_signpost,
    read_journey,
    save_pages,
    send_journey,
    sent_receipt,
)
from routing.council import Council
from routing.errors import InputError, UnknownError
from routing.process import PLACE, Definition, in_language
from routing.web.api import web_context
from routing.web.context import WebContext
from routing.web.forms import TRAP, read_form
from routing.web.hosts import asked_council, host_owner
from routing.web.journey.graph import CHECK
from routing.web.journey.reading import MAP, WHICH, PageErrors, read_page
from routing.web.journey.session import csrf_token, drop_secret, is_ours, new_secret, secret_of, set_secret
from routing.web.journey.views import CHANGES, show, show_start
from routing.web.journey.way import Way, find_way
from routing.web.pages import page as render_page

RESULT = "result"
AT_ONCE_S = 60.0
"""So long a form that is sent again, by a second click or over a bad line, leads to the report that it made."""


def start(request: Request) -> Response:
    """What the process does."""
    return show_start(*need_process(request, request.query_params.get("council")))


def begin(request: Request) -> Response:
    """Open a journey, and go to its first page."""
    ctx = web_context(request)
    served, definition = need_process(request, request.query_params.get("council"))
    ctx.pace.count(request)
    secret = new_secret()
    with ctx.database.transaction() as tx:
        begin_journey(tx, secret, served.slug, definition.slug)
        journey = read_journey(tx, secret)
        assert journey is not None
        way = find_way(ctx, journey, tx)
    response = _go(definition.slug, way.next_page)
    set_secret(ctx, response, definition.slug, secret)
    return response


def show_page(request: Request) -> Response:
    """A page, as far as the way leads to it; else the one that comes next."""
    ctx, secret = _who(request)
    slug, page = request.path_params["slug"], request.path_params["page"]
    with ctx.database.statements() as tx:
        journey = read_journey(tx, secret)
        if journey is None or journey.process != slug or journey.is_sent:
            return _ended(request, journey)
        way = find_way(ctx, journey, tx)
        if page == RESULT and way.next_page is None:
            end_journey(tx, secret)
            return _left(ctx, slug, _result(way))
    if not _can_show(way, page):
        return _go(slug, way.next_page)
    return show(way, page, csrf_token(secret), changes=_changes(request))


async def send_page(request: Request) -> Response:
    """Keep what was entered and go on; on the last page, send the report."""
    return await run_in_threadpool(_send, request, await read_form(request))


ROUTES = (
    Route("/report/{slug}", start, methods=["GET"]),
    Route("/report/{slug}", begin, methods=["POST"]),
    Route("/report/{slug}/{page}", show_page, methods=["GET"]),
    Route("/report/{slug}/{page}", send_page, methods=["POST"]),
)
"""Plain ones: what the framework would read of a request for them takes longer than the pages themselves."""


def _send(request: Request, form: Mapping[str, str]) -> Response:
    while True:
        try:
            return _send_page(request, form)
        except Repeated:  # the reference was drawn before, or what it was to be added to has ended
            continue


def _send_page(request: Request, form: Mapping[str, str]) -> Response:
    ctx, secret = _who(request)
    slug, page = request.path_params["slug"], request.path_params["page"]
    with ctx.database.transaction() if page == CHECK else ctx.database.statements() as tx:
        journey = read_journey(tx, secret, hold=page == CHECK)
        if journey is None or journey.process != slug or not is_ours(request, secret, form):
            return _ended(request, journey)
        if journey.sent_s is not None and journey.sent_s > AT_ONCE_S:
            return _ended(request, journey)
        receipt = sent_receipt(tx, secret) if journey.is_sent else None
        way = find_way(ctx, journey, tx) if receipt is None else None
        is_new = way is not None and page == CHECK and _may_send(way, form)
        if way is not None and is_new:
            ctx.pace.count(request)
            receipt = send_journey(tx, ctx.catalogue, secret, way.report(), way.joins)
    if is_new:
        ctx.hint()
    if receipt is not None:
        return _left(ctx, slug, _sent(receipt))
    assert way is not None
    if page == CHECK or not _can_show(way, page) or form.get(TRAP):
        return _go(slug, way.next_page)
    return _keep(request, way, page, form)


def _may_send(way: Way, form: Mapping[str, str]) -> bool:
    """Whether all is answered, and just this was checked: not in another window, or before the boundaries changed."""
    is_done = way.next_page == CHECK and way.path.rule is not None
    return is_done and form.get("seen") == way.digest and not form.get(TRAP)


def _keep(request: Request, way: Way, page: str, form: Mapping[str, str]) -> Response:
    ctx, secret = _who(request)
    if page in (PLACE, MAP):
        ctx.search_pace.count(request)
    try:
        entered = read_page(ctx, way, page, form)
    except PageErrors as error:
        return show(way, page, csrf_token(secret), form, error.errors, changes=_changes(request))
    except InputError as error:
        errors = [(error.field, error.what_to_do)]
        return show(way, page, csrf_token(secret), form, errors, changes=_changes(request))
    with ctx.database.statements() as tx:
        journey = save_pages(tx, secret, entered)
        after = find_way(ctx, journey, tx) if journey is not None else None
    if after is None:
        return _ended(request, way.journey)
    if page == PLACE and after.place is None:
        return _go(way.definition.slug, WHICH)
    return _go(way.definition.slug, after.next_page)


def _who(request: Request) -> tuple[WebContext, str]:
    ctx = web_context(request)
    return ctx, secret_of(ctx, request)


def _changes(request: Request) -> bool:
    """Whether the check led here."""
    return CHANGES[1:] in request.query_params


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
    back = f"/report/{way.definition.slug}?council={way.journey.council}"  # the answers are gone
    return render_page("journey/result.html", way.council, signpost=signpost, back=back)


def _left(ctx: WebContext, slug: str, answer: Response) -> Response:
    """The last answer of a journey: the browser forgets it."""
    drop_secret(ctx, answer, slug)
    return answer


def _ended(request: Request, journey: Journey | None) -> HTMLResponse:
    is_known = journey is not None and journey.process == request.path_params["slug"]
    council, definition = need_process(request, journey.council if journey is not None and is_known else None)
    was_sent = journey is not None and journey.is_sent
    return render_page("journey/ended.html", council, status=410, slug=definition.slug, was_sent=was_sent)


def need_process(request: Request, council: str | None) -> tuple[Council, Definition]:
    """The council that is asked, the first that offers the process where none is named, and its table.

    Raises:
        UnknownError: there is nothing at this address.
    """
    ctx, slug = web_context(request), request.path_params["slug"]
    catalogue = ctx.catalogue
    try:
        served = asked_council(ctx, request.scope, council)
        if council is None and slug not in served.processes and host_owner(ctx, request.scope) is None:
            served = next((each for each in catalogue.councils.values() if slug in each.processes), served)
        return served, in_language(catalogue.definition(served.slug, slug))
    except InputError as error:
        raise UnknownError("address", error.what_to_do) from None
