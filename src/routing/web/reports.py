"""The pages of a sent report, with reference and token: sent, state, add information, withdraw."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from pydantic import AfterValidator
from starlette.concurrency import run_in_threadpool

from routing.casework import NotTaken, PublicStatus, Standing
from routing.days import with_time
from routing.errors import InputError, TransitionError, UnknownError
from routing.i18n import gettext as _
from routing.web.answering import Became, open_page, read_kept, take_form
from routing.web.context import web_context
from routing.web.forms import TRAP, read_form
from routing.web.pages import page
from routing.web.rate_limit import TooMany
from routing.web.satisfaction import HOW, NOT_SAID, how_satisfied, say_how
from routing.web.tracking import (
    add,
    answer_secret,
    can_renew,
    citizens_page,
    drop_draft,
    former_page,
    keep_draft,
    look,
    read_draft,
    read_token,
    withdraw_report,
)

router = APIRouter(prefix="/reports/{reference}", include_in_schema=False)

Token = Annotated[str, Query(max_length=200), AfterValidator(read_token)]
ADDED, ADD, ANSWERED, TOO_LATE = "added", "add", "answered", "too-late"
SERIAL = "serial"
"""The field that says for which stage a form is."""

LONGEST_DRAFT = 20_000


@router.get("/sent")
def show_sent(request: Request, reference: str, token: Token = "") -> HTMLResponse:
    """The page that confirms a report: its reference, what happens next and when, and how to come back."""
    ctx = web_context(request)
    told = look(ctx, reference, token)
    panel = Markup("{}<br><strong>{}</strong>").format(_("Your reference"), told.reference)
    tracking = _address(told.reference, token)
    address = told.council.address(ctx.public_url) + tracking
    given = _told(told) | {"panel": panel, "tracking": tracking, "address": address}
    return page("sent.html", told.council, **given)


@router.get("")
def show_report(request: Request, reference: str, token: Token = "", done: str = "") -> HTMLResponse:
    """The page with the state of a report, to come back to."""
    ctx = web_context(request)
    told = look(ctx, reference, token)
    given: dict[str, Any] = {
        "happened": [(with_time(at), text) for at, text in reversed(told.happened)],
        "rows": _rows(told, with_time(told.received_at)),
        "was_added": done == ADDED,
        "adding": _address(told.reference, token, "/add"),
        "withdrawing": _address(told.reference, token, "/withdraw"),
        "answering": _address(told.reference, token, "/answer"),
        "was_answered": done == ANSWERED,
        "was_too_late": done == TOO_LATE,
        "again": f"/report/{told.definition.slug}?council={told.council.slug}" if can_renew(ctx, told) else "",
        "token": token,
    } | how_satisfied(told, token, done)
    return page("report.html", told.council, **given | _told(told))


@router.get("/add")
def show_add(request: Request, reference: str, token: Token = "") -> Response:
    """A form to add information, with what had errors, and what to change."""
    ctx = web_context(request)
    told, kept = look(ctx, reference, token), read_draft(ctx, reference, token)
    if not told.is_open and kept is None:
        return RedirectResponse(_address(told.reference, token), status_code=303)
    return _form(request, told, token, "text.html", kept, **_adding(told, kept))


@router.post("/add")
async def send_add(request: Request, reference: str) -> Response:
    """Add the information, and go back to the report."""
    return await run_in_threadpool(_add, request, reference, await read_form(request))


@router.get("/answer")
def show_answer(request: Request, reference: str, token: Token = "") -> Response:
    """The form of a stage that asks the citizen."""
    ctx = web_context(request)
    told = look(ctx, reference, token)
    found = citizens_page(ctx, told)
    if found is None:
        return RedirectResponse(_address(told.reference, token), status_code=303)
    kept = read_kept(ctx, answer_secret(told, token))
    given = open_page(found, kept, request.url.path)
    given["hidden"] |= {"token": token, SERIAL: str(found.link.serial)}
    given["back"] = _address(told.reference, token)
    return page("citizen-answer.html", told.council, **given, definition=told.definition)


@router.post("/answer")
async def send_answer(request: Request, reference: str) -> Response:
    """Take the answer, and go back to the report; or show what to change."""
    return await run_in_threadpool(_answer, request, reference, await read_form(request))


@router.post("/satisfied")
async def send_satisfied(request: Request, reference: str) -> Response:
    """Count how satisfied they were, and go back to the report."""
    return await run_in_threadpool(_satisfied, request, reference, await read_form(request))


@router.get("/withdraw")
def show_withdraw(request: Request, reference: str, token: Token = "") -> Response:
    """Ask the citizen to confirm."""
    told = look(web_context(request), reference, token)
    if not told.is_open:
        return RedirectResponse(_address(told.reference, token), status_code=303)
    button = _("Withdraw {noun}").format(noun=told.definition.noun)
    given = {"button": button, "button_classes": "govuk-button--warning"}
    return _form(request, told, token, "withdraw.html", None, **given)


@router.post("/withdraw")
async def send_withdraw(request: Request, reference: str) -> Response:
    """Withdraw it, and go back to the report."""
    return await run_in_threadpool(_withdraw, request, reference, await read_form(request))


def _add(request: Request, reference: str, form: Mapping[str, str]) -> Response:
    ctx, token = web_context(request), read_token(form.get("token", ""))
    told = look(ctx, reference, token)
    typed = {name: form.get(name, "")[:LONGEST_DRAFT] for name in ("text", "once")}
    text = typed["text"].strip()
    problem = _problem(text, told.definition.most_characters)
    try:
        if problem is None and not form.get(TRAP):
            ctx.report_limiter.count(request)
            add(ctx, reference, token, typed["once"], text)
    except TransitionError:
        problem = _("Send a new {noun}. You cannot add to one that has ended").format(noun=told.definition.noun)
    except UnknownError:
        raise
    except InputError:
        problem = _("Contact the council instead. You have added information too often")
    except TooMany:
        keep_draft(ctx, told, token, NotTaken(ADD, typed))
        raise
    if problem is not None:
        keep_draft(ctx, told, token, NotTaken(ADD, typed, [("text", problem)]))
        return RedirectResponse(_address(reference, token, "/add"), status_code=303)
    drop_draft(ctx, reference, token)
    return RedirectResponse(f"{_address(reference, token)}&done={ADDED}", status_code=303)


def _answer(request: Request, reference: str, form: Mapping[str, str]) -> Response:
    ctx, token = web_context(request), read_token(form.get("token", ""))
    told = look(ctx, reference, token)
    ctx.report_limiter.count(request)
    found = citizens_page(ctx, told)
    if found is None or (form.get(SERIAL) or str(found.link.serial)) != str(found.link.serial):
        found = former_page(ctx, told, form.get(SERIAL, ""))
    if found is None:
        return RedirectResponse(_address(told.reference, token), status_code=303)
    fields = {name: value for name, value in form.items() if name not in {"token", SERIAL}}
    with ctx.database.transaction() as tx:
        became = take_form(tx, found, fields, answer_secret(told, token), "page")
    ctx.hint()
    if became is Became.KEPT:
        return RedirectResponse(_address(reference, token, "/answer"), status_code=303)
    done = TOO_LATE if found.standing is Standing.LEFT else ANSWERED
    return RedirectResponse(f"{_address(reference, token)}&done={done}", status_code=303)


def _satisfied(request: Request, reference: str, form: Mapping[str, str]) -> Response:
    ctx, token = web_context(request), read_token(form.get("token", ""))
    told = look(ctx, reference, token)
    ctx.report_limiter.count(request)
    is_said = not form.get(TRAP) and say_how(ctx, told, form.get("level", ""))
    return RedirectResponse(f"{_address(reference, token)}&done={HOW if is_said else NOT_SAID}", status_code=303)


def _problem(text: str, most: int) -> str | None:
    if not text:
        return _("Enter what you want to add")
    if len(text) > most:
        return _("What you add must be {most} characters or less").format(most=f"{most:,}")
    return None


def _withdraw(request: Request, reference: str, form: Mapping[str, str]) -> Response:
    ctx, token = web_context(request), read_token(form.get("token", ""))
    try:
        look(ctx, reference, token)
        if not form.get(TRAP):
            ctx.report_limiter.count(request)
            withdraw_report(ctx, reference, token)
            drop_draft(ctx, reference, token)
    except TransitionError:  # already withdrawn, or closed: its page says which
        pass
    return RedirectResponse(_address(reference, token), status_code=303)


def _form(
    request: Request, told: PublicStatus, token: str, template: str, kept: NotTaken | None = None, **given: Any
) -> Response:
    errors = dict(kept.errors) if kept is not None else {}
    once = kept.typed.get("once") if kept is not None else None
    return page(
        template,
        told.council,
        action=request.url.path,
        hidden={"token": token, "once": once or str(uuid4())},
        back=_address(told.reference, token),
        errors=errors,
        summary=[{"text": text, "href": f"#{field}"} for field, text in errors.items()],
        **_told(told),
        **given,
    )


def _adding(told: PublicStatus, kept: NotTaken | None) -> dict[str, Any]:
    return {
        "name": "text",
        "heading": _("What do you want to add?"),
        "hint": _(
            "We send it to the people who are dealing with your {noun}. Do not include names or number plates."
        ).format(noun=told.definition.noun),
        "most": told.definition.most_characters,
        "value": kept.typed.get("text", "") if kept is not None else "",
        "button": _("Add information"),
    }


def _rows(told: PublicStatus, received: str) -> list[dict[str, Any]]:
    """What was reported, as a summary list, without details and contact: people may share the page's address."""
    rows = [(_("What it is about"), told.definition.process.title)]
    rows += [(_("Where it is"), told.place)] if told.place else []
    rows += [*told.answers, (_("Sent on"), received)]
    return [{"key": {"text": name}, "value": {"text": value}} for name, value in rows]


def _told(told: PublicStatus) -> dict[str, Any]:
    return {"report": told, "definition": told.definition}


def _address(reference: str, token: str, page: str = "") -> str:
    return f"/reports/{reference}{page}?token={token}"
