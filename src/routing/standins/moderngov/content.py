"""What a Modern.Gov says, in the product's house style: CRLF, counts with a leading space, elements that hold only
white space where they are empty, numeric entities, labels in spans inside ``#modgov``, a council's own theme around.

INVENTED: no real answer of ``GetParishCouncils`` and no real parish page is public. Their element names and labels
follow those of the product's other operations and pages (facts 2.1, 3.1 and 3.2).
"""

import csv
import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

NAMESPACE = "http://moderngov.co.uk/namespaces"
OPERATIONS = (
    "CheckComms",
    "GetAllMeetingsByDate",
    "GetAttachment",
    "GetAttachmentByPath",
    "GetCalendarEvents",
    "GetCommittees",
    "GetCommitteesByUser",
    "GetCouncillorsByPostcode",
    "GetCouncillorsByWard",
    "GetCouncillorsByWardId",
    "GetDeletedWebcastMeetings",
    "GetElectionResults",
    "GetElectionResultsRdf",
    "GetMeeting",
    "GetMeetings",
    "GetMemberGroup",
    "GetMpOrMepAndWardsByPostcode",
    "GetMpOrMepsAndWards",
    "GetParishCouncils",
    "GetServerDiagnostics",
    "GetWebCastMeetings",
)
"""The 21 operations that every install lists (facts 1.1); the stand-in answers ``GetParishCouncils`` alone."""


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
    website: str = ""


@dataclass(frozen=True)
class Style:
    """How pages are written, for installs differ (facts 3.2, faults 11, 28 and 31).

    Attributes:
        escapes: how often text is escaped in the list.
        title: where the council's name stands: in a sub-title, in the main title inside ``#modgov``, or outside of it.
        labels: what the labels of clerk, address, telephone and e-mail are called.
        root: the id of the element that holds everything.
        with_trap: a hidden link of a firewall, which no visitor sees.
    """

    escapes: int = 1
    title: str = "sub-title"
    labels: tuple[str, str, str, str] = ("Clerk", "Address", "Telephone", "Email")
    root: str = "modgov"
    with_trap: bool = True


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


def unique(entries: Sequence[Entry]) -> list[Entry]:
    """One entry an id: a council that speaks for several parishes is listed once."""
    return list({entry.moderngov_id: entry for entry in reversed(entries)}.values())[::-1]


def entities(text: str) -> str:
    """Text as the product's pages escape it: numeric entities for everything but letters, digits and spaces."""
    return "".join(each if each.isalnum() or each == " " else f"&#{ord(each)};" for each in text)


def list_document(entries: Sequence[Entry], style: Style = Style()) -> str:
    """The answer of GetParishCouncils (invented, see above)."""
    known = sorted(unique(entries), key=lambda entry: entry.moderngov_id)
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<parishcouncils>"]
    lines.append(f"  <parishcouncilscount> {len(known)}</parishcouncilscount>")
    for entry in known:
        title = entry.title
        for _ in range(style.escapes):
            title = html.escape(title)
        lines += [
            "  <parishcouncil>",
            f"    <parishcouncilid>{entry.moderngov_id}</parishcouncilid>",
            f"    <parishcounciltitle>{title}</parishcounciltitle>",
            "    <parishcouncilwebsite>",
            "    </parishcouncilwebsite>",
            "  </parishcouncil>",
        ]
    return "\r\n".join([*lines, "</parishcouncils>"])


EMPTY_LISTS = {
    "element": '<?xml version="1.0" encoding="utf-8"?>\r\n<parishcouncils>\r\n</parishcouncils>',
    "self-closed": '<?xml version="1.0" encoding="utf-8"?>\r\n<parishcouncils />',
    "counts": '<?xml version="1.0" encoding="utf-8"?>\r\n<parishcouncils>\r\n  <parishcouncilscount> 0'
    "</parishcouncilscount>\r\n</parishcouncils>",
}
"""An empty result is spelled in three ways (E9)."""


def soap(document: str) -> str:
    """The same document as the SOAP 1.1 binding sends it."""
    inner = document.partition("?>")[2].strip().replace("<parishcouncils", f'<parishcouncils xmlns="{NAMESPACE}"', 1)
    return (
        '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<soap:Body><GetParishCouncilsResponse xmlns="{NAMESPACE}"><GetParishCouncilsResult>{inner}'
        "</GetParishCouncilsResult></GetParishCouncilsResponse></soap:Body></soap:Envelope>"
    )


def detail_page(entry: Entry, style: Style = Style()) -> str:
    """A parish council's page (invented, see above)."""
    return themed(entities(entry.title), _contact(entry, style), style)


def _contact(entry: Entry, style: Style) -> str:
    clerk, address, telephone, email = style.labels
    rows = [(clerk, entities(entry.clerk))] if entry.clerk else []
    if entry.address:
        rows.append((address, "<br />".join(entities(line) for line in entry.address)))
    if entry.phone:
        rows.append((telephone, entities(entry.phone)))
    if entry.email:
        shown = entities(entry.email)
        rows.append((email, f'<a  href="mailto:{shown}"  title="Send&#32;email">{shown}</a>'))
    if entry.website:
        rows.append(("Website", f'<a  href="{entities(entry.website)}">{entities(entry.website)}</a>'))
    body = "\r\n".join(
        f'\t<p><span  class="mgLabel" >{label}:&nbsp;</span>\r\n\t{value}  </p>' for label, value in rows
    )
    section = '<h2 class="mgSectionTitle">Contact information</h2>' if rows else ""
    return f"{section}\r\n{body}"


def councillor_page() -> str:
    """A page of the same product that has a name and an address too: that of a councillor (facts 3.2)."""
    rows = (
        ("Party", "Independent"),
        ("Ward", "Beckwith"),
        ("Email", "councillor@example.com"),
        ("Phone", "01632 960998"),
    )
    body = "".join(f'<p><span  class="mgLabel" >{label}:&nbsp;</span>{entities(value)}</p>' for label, value in rows)
    return themed("Councillor Jo Example", f'{body}<h2 class="mgSectionTitle">Committee appointments</h2>', Style())


def everybody_page(entries: Sequence[Entry], style: Style = Style()) -> str:
    """All parish councils with their contact information on one page (invented)."""
    blocks = "\r\n".join(
        f'<h2 class="mgSubTitleTxt">{entities(entry.title)}</h2>\r\n{_contact(entry, style)}'
        for entry in unique(entries)
    )
    return themed("Parish councils", blocks, replace(style, title="main-title"))


def index_page(entries: Sequence[Entry], style: Style = Style()) -> str:
    """The index of parish councils, ``?bcr=1``: a list of links without a leading slash (invented)."""
    links = "\r\n".join(
        f'<li><a  href="mgParishCouncilDetails.aspx?ID={entry.moderngov_id}&amp;bcr=1"  title="Link&#32;to">'
        f"{entities(entry.title)}</a></li>"
        for entry in unique(entries)
    )
    return themed("Parish councils", f'<ul  class="mgBulletList" >\r\n{links}\r\n</ul>', style)


def themed(title: str, content: str, style: Style) -> str:
    """Content inside ``#modgov`` inside a council's own theme."""
    sub_title = f'<div class="mgSubTitle" ><h2 class="mgSubTitleTxt">{title}</h2></div>'
    main_title = f'<div class="mgHeader"><h1  class="mgMainTitleTxt" >{title}</h1></div>'
    inside = {"sub-title": sub_title, "main-title": main_title}.get(style.title, "")
    outside = title if style.title == "outside" else "Parish council details"
    trap = '<a hidden href="/trap.html">do not follow</a>' if style.with_trap else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><title>Parish council details</title><link rel=STYLESHEET href="theme.css"></head>
<body><nav><a href="/">The council's own theme</a> <span class="mgLabel">Email:</span> theme@council.example</nav>
<h1>{outside}</h1><div id="{style.root}">
{inside}
<div class="mgContent" >
{content}
<div class="mgFooter" ></div></div></div>
{trap}</body></html>"""


def help_page() -> str:
    """What ``mgWebService.asmx`` shows without an operation."""
    links = "".join(f'<li><a href="mgWebService.asmx?op={name}">{name}</a></li>' for name in OPERATIONS)
    return f"<html><head><title>mgWebService Web Service</title></head><body><ul>{links}</ul></body></html>"


def wsdl() -> str:
    """The names of the operations, in the frame of a WSDL."""
    named = "".join(f'<wsdl:operation name="{name}"/>' for name in OPERATIONS)
    return (
        '<?xml version="1.0" encoding="utf-8"?><wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" '
        f'targetNamespace="{NAMESPACE}"><wsdl:portType name="mgWebServiceSoap">{named}</wsdl:portType>'
        "</wsdl:definitions>"
    )


def without(entry: Entry, *fields: str) -> Entry:
    """An entry with some of its fields empty."""
    emptied: dict[str, Any] = {name: () if name == "address" else "" for name in fields}
    return replace(entry, **emptied)
