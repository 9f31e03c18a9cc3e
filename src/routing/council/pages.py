"""What a council's file says of its pages: colours, map, privacy notice, accessibility statement."""

import datetime
from enum import StrEnum
from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from routing.council.facts import Closed, Colour, Line, need_asked
from routing.outside import ONE_LINE, Plain


class Look(Closed):
    """The council's own colours, as ``#rrggbb``: the brand carries white text, links stand on white.

    Attributes:
        brand_colour: of the band at the top.
        link_colour: of links.
    """

    brand_colour: Colour = "#1d4f5c"
    link_colour: Colour = "#14566b"


TILES = r"^https?://[^/\s;,{}]+/[^\s;,]*\{z\}[^\s;,]*\{[xy]\}[^\s;,]*\{[xy]\}[^\s;,]*$"
"""A host that can stand in a page's policy, and a path with all three."""


ON_MAP = ({"lat", "lon"}, {"easting", "northing"})
"""Placeholders of a link to a map: degrees of WGS84, or metres of OSGB36; both of either."""


def _map_link(text: str) -> str:
    try:
        named = {name for _, name, *_ in Formatter().parse(text) if name is not None}
    except ValueError:
        named = set()
    if named not in ON_MAP:
        raise ValueError("write an address with {lat} and {lon}, or with {easting} and {northing}, and no other braces")
    return need_asked(text)


class MapLook(Closed):
    """The map on which a citizen may put a pin: our own outlines alone, or tiles of somebody else below them.

    Attributes:
        tiles: address with {z}, {x} and {y}; whoever runs it sees who looks at the map: the privacy notice must say so.
        link: of the place in letters to clerks and officers, with {lat} and {lon}, or {easting} and {northing}.
        attribution: whom the licence of tiles, boundaries and postcodes asks you to name.
    """

    link: Annotated[Line, AfterValidator(_map_link)] = "https://www.openstreetmap.org/?mlat={lat}&mlon={lon}&zoom=17"

    tiles: (
        Annotated[str, StringConstraints(pattern=TILES, max_length=300), ONE_LINE, AfterValidator(need_asked)] | None
    ) = None
    attribution: Plain = ""


class Privacy(Closed):
    """What the privacy notice says (UK GDPR, articles 13 and 14).

    Attributes:
        controller: who decides what personal data is used for, with an address.
        contact: of the data protection officer.
        purpose: what it is used for: the rest of the sentence that begins *We use what you tell us*.
        lawful_basis: on what (UK GDPR, article 6); of processes that name none of their own.
        rights: what people can ask for.
        complaints: how to complain.
    """

    controller: Line
    contact: Line
    purpose: Line
    lawful_basis: Line
    rights: Line
    complaints: Line


class Compliance(StrEnum):
    """How far pages comply with the guidelines, in the model statement's words."""

    FULLY = "fully"
    PARTLY = "partly"
    NOT = "not"


class Accessibility(Closed):
    """What the accessibility statement says (PSBAR 2018, regulation 8; the model statement's parts), all of it.

    Attributes:
        able_to: what people can do on these pages, as the council has tried it: *enlarge the text to 200%*.
        complies: how far, with WCAG 2.2 AA, by the test that ``tested`` names; nothing is said where it is left out.
        issues: what is known not to work.
        contact: whom to tell of a problem.
        prepared_on: when the statement was written.
        reviewed_on: when somebody last went through it.
        tested: how, when and by whom.
        enforcement: where to go if the answer does not satisfy.
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
