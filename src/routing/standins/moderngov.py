"""A Modern.Gov for development and tests, in the product's house style: CRLF, counts with a leading space, numeric
entities, labels in spans inside ``#modgov``, the council's own theme around it.

INVENTED: no real answer of ``GetParishCouncils`` and no real parish page is public. Their element names and labels
follow those of the product's other operations and pages.
"""

import csv
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Entry:
    """One parish council as Modern.Gov keeps it."""

    council: str
    moderngov_id: int
    title: str
    clerk: str
    email: str
    phone: str
    address: tuple[str, ...]


class Faults(BaseModel):
    """Answer paths that contain a text with a status, ``error-page`` standing for 200 with an HTML error page."""

    model_config = ConfigDict(extra="forbid")

    status: dict[str, int] = {}
    error_page: list[str] = []


def read_entries(path: Path) -> list[Entry]:
    """Read ``council,moderngov_id,title,clerk,email,phone,address`` (address lines separated by ``|``)."""
    with path.open(encoding="utf-8") as file:
        return [
            Entry(
                row["council"],
                int(row["moderngov_id"]),
                row["title"],
                row["clerk"],
                row["email"],
                row["phone"],
                tuple(line for line in row["address"].split("|") if line),
            )
            for row in csv.DictReader(file)
        ]


def entities(text: str) -> str:
    """Text as the product escapes it: numeric entities for everything but letters, digits and spaces."""
    return "".join(each if each.isalnum() or each == " " else f"&#{ord(each)};" for each in text)


def list_document(entries: Sequence[Entry]) -> bytes:
    """The answer of GetParishCouncils (invented, see above)."""
    known = {entry.moderngov_id: entry.title for entry in entries}
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<parishcouncils>"]
    lines.append(f"  <parishcouncilscount> {len(known)}</parishcouncilscount>")
    for identifier, title in sorted(known.items()):
        lines += [
            "  <parishcouncil>",
            f"    <parishcouncilid>{identifier}</parishcouncilid>",
            f"    <parishcounciltitle>{html.escape(title)}</parishcounciltitle>",
            "    <parishcouncilwebsite>",
            "    </parishcouncilwebsite>",
            "  </parishcouncil>",
        ]
    return "\r\n".join([*lines, "</parishcouncils>"]).encode()


def detail_page(entry: Entry) -> str:
    """A parish council's page (invented, see above)."""
    rows = [("Clerk", entities(entry.clerk))]
    if entry.address:
        rows.append(("Address", "<br />".join(entities(line) for line in entry.address)))
    if entry.phone:
        rows.append(("Telephone", entities(entry.phone)))
    if entry.email:
        shown = entities(entry.email)
        rows.append(("Email", f'<a  href="mailto:{shown}"  title="Send&#32;email">{shown}</a>'))
    body = "\r\n".join(
        f'\t<p><span  class="mgLabel" >{label}:&nbsp;</span>\r\n\t{value}  </p>' for label, value in rows
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><title>Parish council details</title><link rel=STYLESHEET href="theme.css"></head>
<body><nav>The council's own theme</nav>
<h1>Parish council details</h1><div id="modgov">
<div class="mgSubTitle" ><h2 class="mgSubTitleTxt">{entities(entry.title)}</h2></div>
<div class="mgContent" >
<h2 class="mgSectionTitle">Contact information</h2>
{body}
<div class="mgFooter" ></div></div></div>
<a hidden href="/trap.html">do not follow</a></body></html>"""


def moderngov_app(entries: Sequence[Entry]) -> FastAPI:
    """Serve each council below ``/<slug>/``; paths are taken in any case, operation names only in their own."""
    app = FastAPI(title="Stand-in Modern.Gov")
    app.state.faults = Faults()

    @app.put("/faults")
    def set_faults(faults: Faults) -> Faults:
        app.state.faults = faults
        return faults

    @app.get("/{slug}/{page:path}")
    def answer(request: Request, slug: str, page: str) -> Response:
        whole = f"{slug}/{page}?{request.url.query}"
        for part, status in app.state.faults.status.items():
            if part in whole:
                return Response("on demand", status, media_type="text/html")
        if any(part in whole for part in app.state.faults.error_page):
            return Response("<html><body>Something went wrong</body></html>", media_type="text/html")
        ours = [entry for entry in entries if entry.council == slug]
        service, _, operation = page.partition("/")
        if service.lower() == "mgwebservice.asmx":
            if operation != "GetParishCouncils":
                text = f"{operation} Web Service method name is not valid."
                return Response(text, 500, media_type="text/plain")
            return Response(list_document(ours), media_type="text/xml")
        if page.lower() == "mgparishcouncildetails.aspx":
            wanted = request.query_params.get("ID") or request.query_params.get("id") or ""
            found = next((entry for entry in ours if str(entry.moderngov_id) == wanted), None)
            return Response(detail_page(found), media_type="text/html") if found else Response("", 404)
        return Response("", 404)

    return app
