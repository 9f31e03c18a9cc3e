"""The pages of a report that was sent, behind reference and token: sent, where it stands, add to it, withdraw it."""

import zoneinfo
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from routing.casework import LONDON, Standing, in_words
from routing.errors import InputError, TransitionError, UnknownError
from routing.texts import gettext as _
from routing.web.api import web_context
from routing.web.forms import TRAP, read_form
from routing.web.pace import TooMany
from routing.web.pages import page
from routing.web.tracking import add, look, take_back

router = APIRouter(prefix="/reports/{reference}", include_in_schema=False)

Token = Annotated[str, Query(max_length=200)]
ADDED = "added"


@router.get("/sent")
def show_sent(request: Request, reference: str, token: Token = "") -> HTMLResponse:
    """The page that confirms a report: its reference, what happens next and by when, and how to come back."""
    ctx = web_context(request)
    told = look(ctx, reference, token)
    panel = Markup("{}<br><strong>{}</strong>").format(_("Your reference"), told.reference)
    tracking = _address(told.reference, token)
    address = told.council.address(ctx.public_url) + tracking
    given = _told(told) | {"panel": panel, "tracking": tracking, "address": address}
    return page("sent.html", told.council, **given)


@router.get("")
def show_report(request: Request, reference: str, token: Token = "", done: str = "") -> HTMLResponse:
    """Where a report stands; the page to come back to."""
    ctx = web_context(request)
    told = look(ctx, reference, token)
    here = zoneinfo.ZoneInfo(LONDON)
    given: dict[str, Any] = {
        "happened": [(in_words(at.astimezone(here)), text) for at, text in reversed(told.happened)],
        "rows": _rows(told, in_words(told.received_at.astimezone(here))),
        "was_added": done == ADDED,
        "adding": _address(told.reference, token, "/add"),
        "withdrawing": _address(told.reference, token, "/withdraw"),
    }
    return page("report.html", told.council, **given | _told(told))


@router.get("/add")
def show_add(request: Request, reference: str, token: Token = "") -> Response:
    """A form for what a citizen has to add."""
    return _form(request, reference, token, _adding, {})


@router.post("/add")
async def send_add(request: Request, reference: str) -> Response:
    """Add it, and go back to the report."""
    return await run_in_threadpool(_add, request, reference, await read_form(request))


@router.get("/withdraw")
def show_withdraw(request: Request, reference: str, token: Token = "") -> Response:
    """Ask whether it is meant."""
    return _form(request, reference, token, _withdrawing, {})


@router.post("/withdraw")
async def send_withdraw(request: Request, reference: str) -> Response:
    """Withdraw it, and go back to the report."""
    return await run_in_threadpool(_withdraw, request, reference, await read_form(request))


def _add(request: Request, reference: str, form: Mapping[str, str]) -> Response:
    ctx, token = web_context(request), form.get("token", "")
    text = form.get("text", "").replace("\r\n", "\n").strip()
    try:
        most = look(ctx, reference, token).definition.details.max_characters
        problem = _problem(text, most)
        if problem is None and not form.get(TRAP):
            ctx.pace.count(request)
            add(ctx, reference, token, form.get("once", ""), text)
    except TransitionError:
        problem = _("This report has ended, so nothing can be added to it. Send a new report")
    except UnknownError:
        raise
    except InputError:
        problem = _("You have added information too often. Contact the council instead")
    except TooMany as error:
        text = _("Too much has come from here. Send this again in {minutes} minutes")
        answer = _form(request, reference, token, _adding, form, text.format(minutes=-(-error.wait_s // 60)), 429)
        answer.headers["Retry-After"] = str(error.wait_s)
        return answer
    if problem is not None:
        return _form(request, reference, token, _adding, form, problem)
    return RedirectResponse(f"{_address(reference, token)}&done={ADDED}", status_code=303)


def _problem(text: str, most: int) -> str | None:
    if not text:
        return _("Enter what you want to add")
    if len(text) > most:
        return _("What you add must be {most} characters or less").format(most=f"{most:,}")
    return None


def _withdraw(request: Request, reference: str, form: Mapping[str, str]) -> Response:
    ctx, token = web_context(request), form.get("token", "")
    try:
        look(ctx, reference, token)
        if not form.get(TRAP):
            ctx.pace.count(request)
            take_back(ctx, reference, token)
    except TransitionError:  # withdrawn before, or closed meanwhile: its page says which
        pass
    return RedirectResponse(_address(reference, token), status_code=303)


def _form(
    request: Request,
    reference: str,
    token: str,
    contents: Any,
    form: Mapping[str, str],
    problem: str | None = None,
    status: int = 422,
) -> Response:
    """A form of a report that has not ended, else where it stands; with a problem, the same with what was typed."""
    ctx = web_context(request)
    told = look(ctx, reference, token)
    if not told.is_open and problem is None:
        return RedirectResponse(_address(told.reference, token), status_code=303)
    template, given = contents(told, form)
    return page(
        template,
        told.council,
        status=status if problem else 200,
        action=request.url.path,
        hidden={"token": token, "once": form.get("once") or str(uuid4())},
        back=_address(told.reference, token),
        errors={"text": problem} if problem else {},
        summary=[{"text": problem, "href": "#text"}] if problem else [],
        **given,
    )


def _adding(told: Standing, form: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    return "text.html", {
        "name": "text",
        "heading": _("What do you want to add?"),
        "hint": _("We send it to whoever is dealing with your report. Do not include names or number plates."),
        "most": told.definition.details.max_characters,
        "value": form.get("text", ""),
        "button": _("Add information"),
    }


def _withdrawing(told: Standing, _form: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    return "withdraw.html", {"report": told, "button": _("Withdraw report"), "button_classes": "govuk-button--warning"}


def _rows(told: Standing, received: str) -> list[dict[str, Any]]:
    """What was reported, as a summary list; neither details nor contact, since the page's address may be passed on."""
    rows = [(_("What it is about"), told.definition.process.title)]
    rows += [(_("Where it is"), told.place)] if told.place else []
    rows += [*told.answers, (_("Reported on"), received)]
    return [{"key": {"text": name}, "value": {"text": value}} for name, value in rows]


def _told(told: Standing) -> dict[str, Any]:
    return {"report": told, "expected_by": in_words(told.expected_by) if told.expected_by else None}


def _address(reference: str, token: str, page: str = "") -> str:
    return f"/reports/{reference}{page}?token={token}"
