"""The pages on which people answer in a stage: by the link in a message, and citizens on the page of their report.

A link does nothing by itself, because mail scanners follow links. It dies with the entry for which it was sent; then
its page says what was done, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from routing import present
from routing.casework import (
    AnswerPage,
    NotTaken,
    Standing,
    begin_journey,
    end_journey,
    find_link,
    give_back,
    keep_typed,
    note_late,
    read_answer_page,
    read_answers,
    read_journey,
    take_answer,
)
from routing.database import Transaction
from routing.days import by_moment, with_time
from routing.errors import UnknownError
from routing.i18n import gettext as _
from routing.place import to_degrees, write_reference
from routing.process.case import NotReached
from routing.process.kinds import BaseQuestion
from routing.web.context import WebContext, web_context
from routing.web.fields import error_of, field_of
from routing.web.forms import TRAP, read_form
from routing.web.pages import page
from routing.web.tracking import read_token

router = APIRouter(prefix="/answer/{token}", include_in_schema=False)

ANSWER = "answer"
ROUND = "round"
"""The field that says for which time they are asked. A form that is sent again after that changes nothing."""

LONGEST = 20_000
BACK = {"not-ours": NotReached.NOT_OURS, "wrong-address": NotReached.WRONG_ADDRESS}


@router.get("")
def show_answer(request: Request, token: str, sent: str = "") -> HTMLResponse:
    """What is asked, what was reported, and the form; or what was done.

    Args:
        sent: they have just answered. We say so, even if they are asked once more.
    """
    ctx, token = web_context(request), read_token(token)
    with ctx.database.transaction() as tx:
        found = _find(tx, ctx, token)
        kept = _kept(tx, _secret(token))
    if sent and kept is None and found.standing is Standing.OPEN and found.done_at is not None:
        found = replace(found, standing=Standing.ANSWERED)
    if found.standing is not Standing.OPEN:
        return page("answered.html", found.council, 200, found.definition, **_done(found))
    return page("answer.html", found.council, 200, found.definition, **open_page(found, kept, f"/answer/{token}"))


@router.post("")
async def send_answer(request: Request, token: str) -> Response:
    """Take the answer, or show what to change."""
    return await run_in_threadpool(_answer, request, read_token(token), await read_form(request))


@router.get("/{why}")
def show_give_back(request: Request, token: str, why: str) -> Response:
    """Ask whoever was asked to confirm that it is not theirs, or that the address is wrong."""
    ctx, token = web_context(request), read_token(token)
    with ctx.database.transaction() as tx:
        found = _find(tx, ctx, token)
    if not _offers(found, why):
        return RedirectResponse(f"/answer/{token}", status_code=303)
    return page("give-back.html", found.council, 200, found.definition, **_given_back(found, token, why))


@router.post("/{why}")
async def send_give_back(request: Request, token: str, why: str) -> Response:
    """Take it, once they have confirmed."""
    return await run_in_threadpool(_give_back, request, read_token(token), why, await read_form(request))


def _answer(request: Request, token: str, form: Mapping[str, str]) -> Response:
    ctx = web_context(request)
    ctx.search_limiter.count(request)
    with ctx.database.transaction() as tx:
        found = _find(tx, ctx, token)
        became = take_form(tx, found, form, _secret(token), "link")
    ctx.hint()
    return RedirectResponse(f"/answer/{token}{'' if became is Became.KEPT else '?sent=1'}", status_code=303)


class Became(Enum):
    """What became of a form: taken; kept, with what to change; or noted, because nobody waits for it any more."""

    TAKEN, KEPT, NOTED = range(3)


def take_form(tx: Transaction, found: AnswerPage, form: Mapping[str, str], secret: str, author: str) -> Became:
    """Take what was filled in on an open page, or keep it with what to change."""
    if form.get(TRAP):
        return Became.KEPT
    if found.standing is not Standing.OPEN or form.get(ROUND, str(found.answered)) != str(found.answered):
        note_late(tx, found, author)
        return Became.NOTED
    answers = read_answers(found, {field.id: field.of_form(form) for field in found.fields}, present.now())
    if not answers.refused:
        take_answer(tx, found, answers, author)
        end_journey(tx, secret)
        return Became.TAKEN
    errors = [error_of(field, answers.refused[field.id]) for field in found.fields if field.id in answers.refused]
    typed = {name: value[:LONGEST] for name, value in form.items() if name != TRAP}
    begin_journey(tx, secret, found.council.slug, found.definition.slug)
    keep_typed(tx, secret, NotTaken(ANSWER, typed, errors))
    return Became.KEPT


def _give_back(request: Request, token: str, why: str, form: Mapping[str, str]) -> Response:
    ctx = web_context(request)
    ctx.search_limiter.count(request)
    with ctx.database.transaction() as tx:
        found = _find(tx, ctx, token)
        if _offers(found, why) and not form.get(TRAP):
            give_back(tx, found, BACK[why], "link")
        elif not form.get(TRAP):
            note_late(tx, found, "link")
    ctx.hint()
    return RedirectResponse(f"/answer/{token}", status_code=303)


def _find(tx: Transaction, ctx: WebContext, token: str) -> AnswerPage:
    """The page behind a link.

    Raises:
        UnknownError: it is no link of ours.
    """
    link = find_link(tx, token)
    if link is None:
        raise UnknownError("address", _("Use the full link in our message. There is nothing at this address."))
    return read_answer_page(tx, ctx.catalogue, link, present.now())


def _offers(found: AnswerPage, why: str) -> bool:
    if found.standing is not Standing.OPEN:
        return False
    return found.offers_not_ours if why == "not-ours" else found.offers_wrong_address and why in BACK


def _secret(token: str) -> str:
    return f"answer:{token}"


def _kept(tx: Transaction, secret: str) -> NotTaken | None:
    journey = read_journey(tx, secret)
    return journey.not_taken if journey is not None else None


def read_kept(ctx: WebContext, secret: str) -> NotTaken | None:
    """What was filled in and could not be taken; None if there is nothing."""
    with ctx.database.transaction() as tx:
        return _kept(tx, secret)


def open_page(found: AnswerPage, kept: NotTaken | None, address: str) -> dict[str, Any]:
    """The values of an open page."""
    errors = dict(kept.errors) if kept is not None else {}
    entered = dict(kept.typed) if kept is not None else {}
    assert found.due is not None
    return {
        "found": found,
        "action": address,
        "hidden": {ROUND: str(found.answered)},
        "errors": errors,
        "summary": [{"text": text, "href": f"#{_anchor(found, field)}"} for field, text in errors.items()],
        "asked": [(_condition(found, each), field_of(each, entered, errors, is_page=False)) for each in found.fields],
        "by": by_moment(found.due),
        "button": _("Send answer"),
        "rows": _rows(found),
        "where": _where(found),
        "not_ours": f"{address}/not-ours" if found.offers_not_ours else "",
        "wrong_address": f"{address}/wrong-address" if found.offers_wrong_address else "",
    }


def _anchor(found: AnswerPage, field: str) -> str:
    question = next((each for each in found.fields if each.id == field), None)
    return question.first_field if question is not None else field


def _condition(found: AnswerPage, question: BaseQuestion) -> str:
    """When a field is to be answered, if that depends on another one of the page."""
    own = {each.id: each for each in found.fields}
    parts = [
        _("'{question}' is {answers}").format(
            question=own[name].ask, answers=_(" or ").join(_labels(own[name], allowed))
        )
        for name, allowed in question.only_if.items()
        if name in own
    ]
    return _("Answer this only if {conditions}.").format(conditions=_(" and ").join(parts)) if parts else ""


def _labels(question: BaseQuestion, values: tuple[str, ...]) -> list[str]:
    return [f"'{question.display(each)}'" if question.is_offered(each) else f"'{each}'" for each in values]


def _rows(found: AnswerPage) -> list[dict[str, Any]]:
    """What was reported, as a summary list."""
    reported = found.reported
    assert reported is not None
    rows = [(_("Reference"), found.reference), (_("Sent on"), with_time(reported.received))]
    rows += [(_("It renews"), reported.renews)] if reported.renews else []
    rows += [(_("Where it is"), "\n".join(reported.where))] if reported.where else []
    rows += reported.answers
    rows += [(_("In their own words"), text) for text in reported.texts]
    rows += [(_("Who it is from"), "\n".join(reported.reporter))] if reported.reporter else []
    rows += [(ask, value) for ask, value in reported.since]
    return [{"key": {"text": name}, "value": {"html": _in_lines(value)}} for name, value in rows]


def _in_lines(text: str) -> Markup:
    """A text with its line breaks, escaped."""
    return Markup("<br>").join(text.splitlines())


def _where(found: AnswerPage) -> dict[str, Any] | None:
    """The point for the map, and the link to it; None without a place."""
    assert found.reported is not None
    if found.reported.point is None:
        return None
    easting, northing = found.reported.point
    ((lon, lat),) = to_degrees(np.array([[easting, northing]]))
    if not np.isfinite([lat, lon]).all():
        return None
    metres = {"easting": f"{easting:.0f}", "northing": f"{northing:.0f}"}
    link = found.council.map.link.format(lat=f"{lat:.5f}", lon=f"{lon:.5f}", **metres)
    return {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}", "grid": write_reference(easting, northing), "link": link}


def _done(found: AnswerPage) -> dict[str, Any]:
    """What was done, and nothing else."""
    when = with_time(found.done_at) if found.done_at is not None else ""
    if found.standing is Standing.ANSWERED and found.gave_back:
        text = _("You told us so on {when}. We send it to somebody else, and you do not need to do anything.")
        return {"heading": _("We know that this is not for you"), "text": text.format(when=when)}
    if found.standing is Standing.ANSWERED:
        text = _("You answered on {when}. You do not need to do anything.").format(when=when)
        return {"heading": _("We have your answer"), "text": text}
    text = _("It was dealt with on {when}.").format(when=when) if when else ""
    return {"heading": _("We no longer need an answer"), "text": text}


def _given_back(found: AnswerPage, token: str, why: str) -> dict[str, Any]:
    headings = {"not-ours": _("Is this not yours?"), "wrong-address": _("Is this the wrong address?")}
    texts = {
        "not-ours": _("We send it to somebody else. You do not need to do anything more about it."),
        "wrong-address": _("We send it to somebody else, and check the address. You do not need to do anything more."),
    }
    return {
        "heading": headings[why],
        "text": texts[why],
        "action": f"/answer/{token}/{why}",
        "hidden": {},
        "back": f"/answer/{token}",
        "errors": {},
        "summary": [],
        "button": {"not-ours": _("This is not ours"), "wrong-address": _("This is the wrong address")}[why],
        "reference": found.reference,
    }
