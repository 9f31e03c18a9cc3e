"""Facts about a council's pages: colours, map, privacy notice, accessibility statement."""

import datetime
from enum import StrEnum
from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from routing.council.facts import Closed, Colour, Line, need_asked
from routing.outside import ONE_LINE, Plain


class Look(Closed):
    """The council's own colours, as ``#rrggbb``. The brand colour has white text on it, links are on white.

    Attributes:
        brand_colour: colour of the bar at the top.
        link_colour: colour of links.
    """

    brand_colour: Colour = "#1d4f5c"
    link_colour: Colour = "#14566b"


TILES = r"^https?://[^/\s;,{}]+/[^\s;,]*\{z\}[^\s;,]*\{[xy]\}[^\s;,]*\{[xy]\}[^\s;,]*$"
"""A host that a page's policy can contain, and a path with all three placeholders."""


ON_MAP = ({"lat", "lon"}, {"easting", "northing"})
"""Placeholders of a link to a map: degrees of WGS84, or metres of OSGB36, in pairs."""


def _map_link(text: str) -> str:
    try:
        named = {name for _, name, *_ in Formatter().parse(text) if name is not None}
    except ValueError:
        named = set()
    if named not in ON_MAP:
        raise ValueError("enter an address with {lat} and {lon}, or with {easting} and {northing}, and no other braces")
    return need_asked(text)


class MapLook(Closed):
    """The map for a citizen's pin: our own outlines only, or with somebody else's tiles below them.

    Attributes:
        tiles: address with {z}, {x} and {y}. Its owner sees who uses the map, so your privacy notice must say so.
        link: link to the place in emails to clerks and officers, with {lat} and {lon}, or {easting} and {northing}.
        attribution: names that the licences of tiles, boundaries and postcodes ask you to show.
    """

    link: Annotated[Line, AfterValidator(_map_link)] = "https://www.openstreetmap.org/?mlat={lat}&mlon={lon}&zoom=17"

    tiles: (
        Annotated[str, StringConstraints(pattern=TILES, max_length=300), ONE_LINE, AfterValidator(need_asked)] | None
    ) = None
    attribution: Plain = ""


class Privacy(Closed):
    """Content of the privacy notice (UK GDPR, articles 13 and 14).

    Attributes:
        controller: who is responsible for personal data, with an address.
        contact: contact of the data protection officer.
        purpose: why you use it, as the end of the sentence *We use what you tell us*.
        lawful_basis: lawful basis (UK GDPR, article 6) of processes that do not have their own.
        rights: rights that people have.
        complaints: how to complain.
    """

    controller: Line
    contact: Line
    purpose: Line
    lawful_basis: Line
    rights: Line
    complaints: Line


class Compliance(StrEnum):
    """How much the pages comply with the guidelines, in the model statement's words."""

    FULLY = "fully"
    PARTLY = "partly"
    NOT = "not"


class Accessibility(Closed):
    """Full content of the accessibility statement (PSBAR 2018, regulation 8, with the model statement's parts).

    Attributes:
        able_to: what people can do on these pages, as tested by the council, such as *enlarge the text to 200%*.
        complies: how much it complies with WCAG 2.2 AA, in the test in ``tested``; left out by default.
        issues: known problems.
        contact: contact for problems.
        prepared_on: day of the statement.
        reviewed_on: day of the last review.
        tested: how, when and who tested it.
        enforcement: contact for people who are not happy with the answer.
    """

    contact: Line
    able_to: tuple[Line, ...] = ()
    complies: Compliance | None = None
    prepared_on: datetime.date
    reviewed_on: datetime.date
    tested: Line
    issues: tuple[Line, ...] = ()
    enforcement: Line = (
        "If you are not happy with our answer, contact the Equality Advisory and Support Service: "
        "https://www.equalityadvisoryservice.com/"
    )
