"""The citizen's pages of a process: start, one question on each page, check, send."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from routing.casework import (
    Assessment,
    Journey,
    NotTaken,
    Receipt,
    RetrySubmission,
    begin_journey,
    end_journey,
    filled_signpost,
    keep_typed,
    read_journey,
    save_pages,
    send_journey,
    sent_receipt,
)
from routing.council import Council
from routing.database import Transaction
from routing.errors import InputError, UnknownError
from routing.process import FIELDS, PLACE, Definition
from routing.web.context import WebContext, web_context
from routing.web.edge import is_head
from routing.web.forms import TRAP, read_form
from routing.web.hosts import asked_council, host_owner
from routing.web.journey.forms import MAP, STRETCH, WHICH, PageErrors, read_page
from routing.web.journey.journey_view import JourneyView, place_key, view_journey
from routing.web.journey.page_sequence import CHECK
from routing.web.journey.session import (
    Tab,
    drop_secret,
    is_from_elsewhere,
    is_from_us,
    new_secret,
    set_secret,
    tab_of,
    tab_shown,
)
from routing.web.journey.views import show, show_start, typed_words
from routing.web.pages import page as render_page
from routing.web.rate_limit import TooMany
from routing.web.tracking import renewed_report

RESULT = "result"
PLACES = (PLACE, WHICH, STRETCH, MAP)
"""Pages of one question: where it is."""

AT_ONCE_S = 60.0
"""For this long, sending a form again, by a second click or on a bad connection, leads to its report."""


def start(request: Request) -> Response:
    """The start page of a process."""
    return show_start(*need_process(request, request.query_params.get("council")))


async def begin(request: Request) -> Response:
    """Start a journey, and go to its first page."""
    return await run_in_threadpool(_begin, request, await read_form(request))


def _begin(request: Request, form: Mapping[str, str]) -> Response:
    ctx = web_context(request)
    served, definition = need_process(request, request.query_params.get("council"))
    return _begun(ctx, request, served, definition, renews=renewed_report(ctx, definition.slug, form))


def _begun(
    ctx: WebContext, request: Request, served: Council, definition: Definition, kept: NotTaken | None = None,
    renews: UUID | None = None,
) -> Response:  # fmt: skip
    ctx.report_limiter.count(request)
    tab = Tab(definition.slug, new_secret())
    with ctx.database.transaction() as tx:
        begin_journey(tx, tab.secret, served.slug, definition.slug, renews)
        if kept is not None:
            keep_typed(tx, tab.secret, kept)
        journey = read_journey(tx, tab.secret)
        assert journey is not None
        view = view_journey(ctx, journey, tx)
    response = _go(tab, view.next_page)
    set_secret(ctx, request, response, tab.secret)
    return response


def show_page(request: Request) -> Response:
    """A page, if the journey has reached it; else the next one."""
    ctx, page = web_context(request), request.path_params["page"]
    tab = tab_shown(ctx, request)
    with ctx.database.statements() as tx:
        journey = read_journey(tx, tab.secret)
        if journey is None or journey.process != tab.slug or journey.is_sent:
            return _ended(request, journey)
        view = view_journey(ctx, journey, tx)
        if page == RESULT and view.next_page is None:
            if is_head(request.scope):  # a request for the headers only has not shown the page
                return _result(view)
            end_journey(tx, tab.secret)
            return _left(ctx, request, tab, _result(view))
    if not _can_show(view, page):
        return _go(tab, view.next_page)
    return show(view, page, tab)


async def send_page(request: Request) -> Response:
    """Store what was entered and continue. On the last page, send the report."""
    return await run_in_threadpool(_send, request, await read_form(request))


ROUTES = (
    Route("/report/{slug}", start, methods=["GET"]),
    Route("/report/{slug}", begin, methods=["POST"]),
    Route("/report/{slug}/{page}", show_page, methods=["GET"]),
    Route("/report/{slug}/{page}", send_page, methods=["POST"]),
)
"""Plain functions, because the framework's reading of a request takes longer than the pages themselves."""


def _send(request: Request, form: Mapping[str, str]) -> Response:
    while True:
        try:
            return _send_page(request, form)
        except RetrySubmission:  # the reference exists, or the case to join has ended
            continue


def _send_page(request: Request, form: Mapping[str, str]) -> Response:
    ctx, page = web_context(request), request.path_params["page"]
    tab = tab_of(ctx, request, form)
    if tab is None:
        return _lost(request, page, form)
    with ctx.database.transaction() if page == CHECK else ctx.database.statements() as tx:
        journey = read_journey(tx, tab.secret, hold=page == CHECK)
        if journey is None or journey.process != tab.slug:
            return _lost(request, page, form)
        if journey.sent_s is not None and journey.sent_s > AT_ONCE_S:
            return _ended(request, journey)
        receipt = sent_receipt(tx, tab.secret) if journey.is_sent else None
        view = view_journey(ctx, journey, tx) if receipt is None else None
        is_new = view is not None and page == CHECK and _may_send(view, form)
        if view is not None and is_new and view.asks_nearby and not view.has_confirmed:
            view = _confirmed(ctx, tab, view, tx)
            is_new = view.next_page == CHECK  # there are no reports nearby
        if view is not None and is_new:
            ctx.report_limiter.count(request)
            receipt = send_journey(tx, ctx.catalogue, tab.secret, view.report(), view.joins)
    if is_new:
        ctx.hint()
    if receipt is not None:
        return _left(ctx, request, tab, _sent(receipt))
    assert view is not None
    if page == CHECK or not _can_show(view, page) or form.get(TRAP):
        return _go(tab, view.next_page)
    return _keep(request, tab, view, page, form)


def _confirmed(ctx: WebContext, tab: Tab, view: JourneyView, tx: Transaction) -> JourneyView:
    """The journey of a citizen who has checked and sent the place. Now we can show reports nearby."""
    journey = save_pages(tx, tab.secret, {CHECK: {"at": place_key(view.journey.entered)}})
    assert journey is not None
    return view_journey(ctx, journey, tx)


def _may_send(view: JourneyView, form: Mapping[str, str]) -> bool:
    """Whether everything is answered, and the citizen checked exactly this, not another window or version."""
    is_done = view.next_page == CHECK and view.sequence.rule is not None
    return is_done and form.get("seen") == view.digest and not form.get(TRAP)


def _keep(request: Request, tab: Tab, view: JourneyView, page: str, form: Mapping[str, str]) -> Response:
    ctx = web_context(request)
    try:
        if page in PLACES:
            ctx.search_limiter.count(request)
        entered = read_page(ctx, view, page, form)
    except TooMany:
        _keep_typed(ctx, tab, NotTaken(page, _typed(form)))
        raise
    except PageErrors as error:
        return _wrong(request, tab, NotTaken(page, _typed(form), error.errors))
    except InputError as error:
        return _wrong(request, tab, NotTaken(page, _typed(form), [(error.field, error.what_to_do)]))
    with ctx.database.statements() as tx:
        journey = save_pages(tx, tab.secret, entered, PLACES if page in PLACES else (page,))
        after = view_journey(ctx, journey, tx) if journey is not None else None
    if after is None:
        return _ended(request, view.journey)
    if PLACE in entered and after.place is None:
        return _go(tab, _place_page(entered[PLACE], page))
    return _go(tab, after.next_page)


def _wrong(request: Request, tab: Tab, what: NotTaken) -> Response:
    """Redirect to the page, which shows what to change, so that going back does not send it again."""
    if not _keep_typed(web_context(request), tab, what):
        return _ended(request, None, what)
    return RedirectResponse(tab.address(what.page, changes=tab.changes), status_code=303)


def _keep_typed(ctx: WebContext, tab: Tab, what: NotTaken) -> bool:
    with ctx.database.statements() as tx:
        return keep_typed(tx, tab.secret, what)


def _lost(request: Request, page: str, form: Mapping[str, str]) -> Response:
    """A form of an expired journey. A new one keeps what was typed, if our own page sent it."""
    if is_from_elsewhere(request):
        return _ended(request, None)
    served, definition = need_process(request, form.get("council"))
    kept = NotTaken(page, _typed(form), restarted=True)
    if not is_from_us(request) or not typed_words(definition, kept) or form.get(TRAP):
        return _ended(request, None, kept)
    try:
        return _begun(web_context(request), request, served, definition, kept)
    except TooMany:
        return _ended(request, None, kept)


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    """The values of a form that a citizen entered, without the page's own."""
    return {name: text for name, text in form.items() if name not in FIELDS}


def _place_page(kept: Mapping[str, Any], page: str) -> str:
    """The next page while the place is unclear: a choice, the stretch of a long road, or the place again."""
    if "options" in kept and (page != WHICH or "road" not in kept):
        return WHICH
    return STRETCH if "road" in kept else PLACE


def _can_show(view: JourneyView, page: str) -> bool:
    if page == WHICH:
        return view.is_open(PLACE) and bool(view.journey.entered.get(PLACE, {}).get("options"))
    if page == STRETCH:
        return view.is_open(PLACE) and "road" in view.journey.entered.get(PLACE, {})
    return view.is_open(PLACE if page == MAP else page)


def _go(tab: Tab, page: str | None) -> Response:
    return RedirectResponse(tab.address(page or RESULT), status_code=303)


def _sent(receipt: Receipt) -> Response:
    return RedirectResponse(f"/reports/{receipt.reference}/sent?token={receipt.token}", status_code=303)


def _result(view: JourneyView) -> HTMLResponse:
    assert view.sequence.rule is not None
    signpost = filled_signpost(Assessment(view.council, view.definition, view.place, view.sequence.rule))
    back = f"/report/{view.definition.slug}?council={view.journey.council}"  # we have deleted the answers
    return render_page("journey/result.html", view.council, signpost=signpost, back=back, definition=view.definition)


def _left(ctx: WebContext, request: Request, tab: Tab, answer: Response) -> Response:
    """The last answer of a journey, which deletes its cookie."""
    drop_secret(ctx, request, answer, tab.secret)
    return answer


def _ended(request: Request, journey: Journey | None, kept: NotTaken | None = None) -> HTMLResponse:
    is_known = journey is not None and journey.process == request.path_params["slug"]
    council, definition = need_process(request, journey.council if journey is not None and is_known else None)
    typed = typed_words(definition, kept) if kept is not None else []
    given: dict[str, Any] = {
        "was_sent": journey is not None and journey.is_sent,
        "typed": typed,
        "definition": definition,
    }
    return render_page("journey/ended.html", council, status=410, slug=definition.slug, **given)


def need_process(request: Request, council: str | None) -> tuple[Council, Definition]:
    """The council of the request, or the first with the process, and its table.

    Raises:
        UnknownError: there is nothing at this address.
    """
    ctx, slug = web_context(request), request.path_params["slug"]
    catalogue = ctx.catalogue
    try:
        served = asked_council(ctx, request.scope, council)
        if council is None and slug not in served.processes and host_owner(ctx, request.scope) is None:
            served = next((each for each in catalogue.councils.values() if slug in each.processes), served)
        return served, ctx.process(served, slug)
    except InputError as error:
        raise UnknownError("address", error.what_to_do) from None
