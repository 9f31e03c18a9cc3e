"""What stands beside the journeys: home, a report's pages, privacy notice, styles and scripts."""

import datetime
import mimetypes
import zoneinfo
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from markupsafe import Markup

from routing.casework import KEPT_ENTERED, LONDON, wording
from routing.errors import InputError, UnknownError
from routing.process import render
from routing.web.api import web_context
from routing.web.context import WebContext
from routing.web.journey.session import COOKIE
from routing.web.pages import STATIC, assets, made_of, page
from routing.web.texts import gettext as _
from routing.web.texts import noop
from routing.web.tracking import tracked
from routing.web.translation import in_language

router = APIRouter(include_in_schema=False)

Slug = Annotated[str | None, Query(max_length=60)]
Token = Annotated[str, Query(max_length=200)]
MONTHS = (
    noop("January"), noop("February"), noop("March"), noop("April"), noop("May"), noop("June"), noop("July"),
    noop("August"), noop("September"), noop("October"), noop("November"), noop("December"),
)  # fmt: skip
KEPT = "public, max-age=31536000, immutable"
"""For what has an address of its own for each version."""


@router.get("/")
def home(request: Request) -> HTMLResponse:
    """What can be reported here."""
    ctx = web_context(request)
    offered = [
        (council, [in_language(ctx.catalogue.definition(council.slug, each)) for each in council.processes])
        for council in ctx.catalogue.councils.values()
    ]
    return page("home.html", ctx.catalogue.default, offered=offered)


@router.get("/reports/{reference}/sent")
def show_sent(request: Request, reference: str, token: Token = "") -> HTMLResponse:
    """The page that confirms a report: its reference, what happens next and by when, and how to come back."""
    ctx = web_context(request)
    found = _tracked(ctx, reference, token)
    if isinstance(found, HTMLResponse):
        return found
    tracking = f"/reports/{found['reference']}?token={token}"
    panel = Markup("{}<br><strong>{}</strong>").format(_("Your reference"), found["reference"])
    given: dict[str, Any] = {
        "tracking": tracking,
        "address": f"{ctx.public_url}{tracking}",
        "expected_by": _expected_by(found),
    }
    return page("sent.html", ctx.catalogue.council(found["council_slug"]), report=found, panel=panel, **given)


@router.get("/reports/{reference}")
def show_report(request: Request, reference: str, token: Token = "") -> HTMLResponse:
    """Where a report stands; the page to come back to."""
    ctx = web_context(request)
    found = _tracked(ctx, reference, token)
    if isinstance(found, HTMLResponse):
        return found
    happened = [(_day(each["at"]), each["text"]) for each in reversed(found["happened"])]
    council = ctx.catalogue.council(found["council_slug"])
    return page("report.html", council, report=found, happened=happened, expected_by=_expected_by(found))


def _expected_by(found: Mapping[str, Any]) -> str | None:
    return in_words(datetime.date.fromisoformat(found["expected_by"])) if found["expected_by"] else None


def _day(moment: str) -> str:
    """The day of a moment, as a citizen's calendar has it."""
    return in_words(datetime.datetime.fromisoformat(moment).astimezone(zoneinfo.ZoneInfo(LONDON)))


def _tracked(ctx: WebContext, reference: str, token: str) -> dict[str, Any] | HTMLResponse:
    try:
        return tracked(ctx, reference, token)
    except InputError as error:
        return page("missing.html", ctx.catalogue.default, status=404, text=error.what_to_do)


def in_words(when: datetime.date) -> str:
    """A day, as people write it."""
    return f"{when.day} {_(MONTHS[when.month - 1])} {when.year}"


@router.get("/privacy")
def privacy(request: Request, council: Slug = None) -> HTMLResponse:
    """The privacy notice, from the council's file and the processes it adopted."""
    ctx = web_context(request)
    served = ctx.catalogue.council(council)
    definitions = [in_language(ctx.catalogue.definition(served.slug, slug)) for slug in served.processes]
    recipients = [
        (definition, [render(each.title, wording(served, definition)) for each in definition.recipient])
        for definition in definitions
    ]
    return page("privacy.html", served, recipients=recipients)


@router.get("/accessibility")
def accessibility(request: Request, council: Slug = None) -> HTMLResponse:
    """The accessibility statement, from the council's file."""
    served = web_context(request).catalogue.council(council)
    return page("accessibility.html", served, day=in_words)


@router.get("/cookies")
def cookies(request: Request, council: Slug = None) -> HTMLResponse:
    """Which cookies there are, what they are for, how long they stay."""
    served = web_context(request).catalogue.council(council)
    names = ", ".join(f"{COOKIE}_{slug}" for slug in served.processes)
    return page("cookies.html", served, names=names, hours=int(KEPT_ENTERED.total_seconds()) // 3600)


@router.get("/council/{slug}/colours.css")
def colours(request: Request, slug: str) -> Response:
    """A council's own colours, over those of the design system."""
    look = web_context(request).catalogue.council(slug).look
    text = f":root{{--govuk-brand-colour:{look.brand_colour};--govuk-link-colour:{look.link_colour}}}"
    return Response(text, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})


@router.get("/assets/{version}/{name:path}")
def asset(request: Request, version: str, name: str) -> FileResponse:
    """A style or script, compressed when it was built; kept for long under the version that there is."""
    if name not in assets():
        raise UnknownError("address", _("There is nothing at this address."))
    found = STATIC / name
    kept = KEPT if version == made_of() else "no-store"
    headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    small = found.with_name(f"{found.name}.gz")
    if "gzip" in request.headers.get("Accept-Encoding", "") and small.is_file():
        kind = mimetypes.guess_type(found.name)[0]
        return FileResponse(small, headers=headers | {"Content-Encoding": "gzip"}, media_type=kind)
    return FileResponse(found, headers=headers)
