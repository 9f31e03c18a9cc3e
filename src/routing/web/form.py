"""A plain form for every process, generated from its definition; it works without JavaScript."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from routing.casework import wording
from routing.council import Council
from routing.errors import InputError, UnknownError
from routing.process import Definition, render
from routing.web.api import web_context
from routing.web.context import WebContext
from routing.web.intake import AnswerMissing, Pointed, ReportIn, take_report
from routing.web.pages import page
from routing.web.tracking import tracked

router = APIRouter(include_in_schema=False)

Slug = Annotated[str | None, Query(max_length=60)]
SENT_BEFORE = "You have already sent a report from this page. Check your answers and send them as a new report"
BOTH_NUMBERS = "Enter both the easting and the northing, or both the latitude and the longitude"
KEY_FIELD = "Idempotency-Key"
PLACE_FIELDS = ("easting", "northing", "lat", "lon")


@router.get("/")
def home(request: Request) -> HTMLResponse:
    """What can be reported here."""
    ctx = web_context(request)
    offered = [
        (council, ctx.catalogue.definition(council.slug, process))
        for council in ctx.catalogue.councils.values()
        for process in council.processes
    ]
    return page("home.html", council=ctx.catalogue.default, offered=offered)


@router.get("/report/{slug}")
def show_form(request: Request, slug: str, council: Slug = None) -> HTMLResponse:
    """The empty form."""
    served, definition = _process(web_context(request), slug, council)
    return _form(served, definition, {"key": secrets.token_urlsafe(16)}, [])


@router.post("/report/{slug}")
async def send_form(request: Request, slug: str, council: Slug = None) -> Response:
    """Send it: a page that says what happens next, a signpost, or the same page with what has to change."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form()
    return await run_in_threadpool(_answer, web_context(request), slug, council, form)


def _answer(ctx: WebContext, slug: str, council: str | None, form: FormData) -> Response:
    served, definition = _process(ctx, slug, council)
    values = {name: str(value).replace("\r\n", "\n") for name, value in form.items()}
    try:
        given = _read(served, definition, values)
        answer = take_report(ctx, given, values.get("key") or None)
    except AnswerMissing as error:
        served, definition = _process(ctx, slug, error.council.slug)
        return _form(served, definition, values, [_in_words(error, definition)])
    except InputError as error:
        if error.field == KEY_FIELD:
            values["key"] = secrets.token_urlsafe(16)
            return _form(served, definition, values, [("details", SENT_BEFORE)])
        return _form(served, definition, values, [_in_words(error, definition)])
    except ValidationError as error:
        errors = [(str(each["loc"][-1]), each["msg"].removeprefix("Value error, ")) for each in error.errors()]
        return _form(served, definition, values, errors)
    if isinstance(answer, Pointed):
        return page("signpost.html", council=answer.council, signpost=answer.signpost)
    receipt = answer.receipt
    return RedirectResponse(f"/reports/{receipt.reference}?token={receipt.token}", status_code=303)


def _read(council: Council, definition: Definition, values: dict[str, str]) -> ReportIn:
    place: dict[str, Any] = {}
    for name in PLACE_FIELDS:
        if values.get(name, "").strip():
            try:
                place[name] = float(values[name].replace(",", "").replace(" ", ""))
            except ValueError:
                place[name] = values[name]
    return ReportIn.model_validate(
        {
            "process": definition.slug,
            "council": council.slug,
            "answers": {name: values[name] for name in definition.questions if values.get(name)},
            "place": place or None,
            "details": values.get("details") or None,
            "reporter": {
                "name": values.get("name") or None,
                "email": values.get("email") or None,
                "phone": values.get("phone") or None,
                "may_pass_on": values.get("may_pass_on") == "yes",
            },
        }
    )


def _in_words(error: InputError, definition: Definition) -> tuple[str, str]:
    """The id of the field on the page, and the words of the definition where it has some."""
    area, _, name = error.field.partition(".")
    if area == "answers":
        question = definition.questions.get(name)
        return (name, question.error) if question else (name, error.what_to_do)
    if area == "place" and not name and "nothing else" in error.what_to_do:
        return "easting", BOTH_NUMBERS
    if area == "place":
        return name if name in PLACE_FIELDS else "easting", error.what_to_do
    return area, error.what_to_do


def _form(
    council: Council, definition: Definition, values: dict[str, str], errors: list[tuple[str, str]]
) -> HTMLResponse:
    words = wording(council, definition)
    asked = [
        (question, render(question.ask, words))
        for question in definition.question
        if question.only_if_council_lists is None or council.listed(question.only_if_council_lists)
    ]
    return page(
        "form.html",
        status=422 if errors else 200,
        council=council,
        definition=definition,
        start=render(definition.process.start, words),
        asked=asked,
        values=values,
        errors=errors,
        error_of=dict(errors),
    )


def _process(ctx: WebContext, slug: str, council: str | None) -> tuple[Council, Definition]:
    try:
        served = ctx.catalogue.council(council)
        return served, ctx.catalogue.definition(served.slug, slug)
    except InputError as error:
        raise UnknownError("address", error.what_to_do) from None


@router.get("/reports/{reference}")
def show_report(request: Request, reference: str, token: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """Where a report stands; the page that confirms it, and the one to come back to."""
    ctx = web_context(request)
    try:
        report = tracked(ctx, reference, token)
    except InputError as error:
        return page("missing.html", status=404, council=ctx.catalogue.default, text=error.what_to_do)
    return page("report.html", council=ctx.catalogue.default, report=report)


@router.get("/privacy")
def privacy(request: Request, council: Slug = None) -> HTMLResponse:
    """The privacy notice, from the council's file and the processes it adopted."""
    ctx = web_context(request)
    served = ctx.catalogue.council(council)
    definitions = [ctx.catalogue.definition(served.slug, slug) for slug in served.processes]
    recipients = [
        (definition, [render(each.title, wording(served, definition)) for each in definition.recipient])
        for definition in definitions
    ]
    return page("privacy.html", council=served, recipients=recipients)
