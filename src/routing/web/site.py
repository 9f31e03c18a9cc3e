"""Pages besides the journeys: home, privacy notice, statements, styles and scripts."""

import mimetypes
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from routing.casework import KEPT_ENTERED
from routing.days import in_words
from routing.errors import UnknownError
from routing.i18n import gettext as _
from routing.web.context import web_context
from routing.web.hosts import council_at, host_owner, named_council
from routing.web.journey.session import COOKIE
from routing.web.pages import STATIC, assets, made_of, page

router = APIRouter(include_in_schema=False)

Slug = Annotated[str | None, Query(max_length=60)]
KEPT = "public, max-age=31536000, immutable"
"""For files with a different address for each version."""


@router.get("/")
def home(request: Request) -> HTMLResponse:
    """What people can report here: to the council with this host, else to each."""
    ctx = web_context(request)
    owner = host_owner(ctx, request.scope)
    offered = [
        (council, [ctx.process(council, each) for each in council.processes])
        for council in ([owner] if owner else ctx.catalogue.councils.values())
    ]
    only_reports = all(each.is_report for _council, definitions in offered for each in definitions)
    return page("home.html", council_at(ctx, request.scope), offered=offered, only_reports=only_reports)


@router.get("/privacy")
def privacy(request: Request, council: Slug = None) -> HTMLResponse:
    """The privacy notice, from the council's file and its processes."""
    ctx = web_context(request)
    served = named_council(ctx, request.scope, council)
    definitions = [ctx.process(served, slug) for slug in served.processes]
    titles: dict[str, list[str]] = {}
    for each in definitions:
        titles.setdefault(each.process.lawful_basis or served.privacy.lawful_basis, []).append(each.process.title)
    bases = [{"text": text, "titles": ", ".join(of)} for text, of in titles.items()]
    return page("privacy.html", served, definitions=definitions, bases=bases)


@router.get("/accessibility")
def accessibility(request: Request, council: Slug = None) -> HTMLResponse:
    """The accessibility statement, from the council's file."""
    served = named_council(web_context(request), request.scope, council)
    return page("accessibility.html", served, day=in_words)


@router.get("/cookies")
def cookies(request: Request, council: Slug = None) -> HTMLResponse:
    """The cookies, what they are for, and how long they stay."""
    served = named_council(web_context(request), request.scope, council)
    names = ", ".join(f"{COOKIE}_{slug}" for slug in served.processes)
    return page("cookies.html", served, names=names, hours=int(KEPT_ENTERED.total_seconds()) // 3600)


@router.get("/council/{slug}/colours.css")
def colours(request: Request, slug: str) -> Response:
    """A council's own colours, on top of the design system's."""
    look = web_context(request).catalogue.council(slug).look
    text = f":root{{--govuk-brand-colour:{look.brand_colour};--govuk-link-colour:{look.link_colour}}}"
    return Response(text, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})


@router.get("/assets/{version}/{name:path}")
def asset(request: Request, version: str, name: str) -> FileResponse:
    """A style or script, compressed at build time. Browsers can keep it for long with the current version."""
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
