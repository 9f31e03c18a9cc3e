"""Remove what surrounds pasted coordinates: names of notations, links to maps, other characters. Pure."""

import re

_AROUND = " .,;:!?()[]{}<>*"
_DEGREES = r"[+-]?[0-9]{1,3}\.[0-9]{1,20}"
_EXACT = r"([+-]?[0-9]{1,2}\.[0-9]{3,20})"

_BOTH = rf"(?P<lat>{_DEGREES})(?:,|%2C|/|~|%7E)\+?(?P<lon>{_DEGREES})"
_QUERIES = "Q|LL|CENTER|CBLL|DADDR|DESTINATION|QUERY|COORDINATE|CP"
_IN_LINK = (
    re.compile(rf"!3D(?P<lat>{_DEGREES})!4D(?P<lon>{_DEGREES})"),
    re.compile(rf"[?&]M?LAT(?:ITUDE)?=(?P<lat>{_DEGREES})&M?(?:LON|LNG|LONG|LONGITUDE)=(?P<lon>{_DEGREES})"),
    re.compile(rf"(?:GEO:|[?&](?:{_QUERIES})=(?:LOC:)?){_BOTH}"),
    re.compile(
        rf"(?:[@/]|#MAP=(?P<before>[0-9]{{1,2}})[0-9.]{{0,5}}/){_BOTH}(?:,(?P<behind>[0-9]{{1,2}})[0-9.]{{0,5}}Z)?"
    ),
)
"""The values of a place in map links: the pin before the middle of the picture, and the zoom."""

_METRES_IN_LINK = re.compile(r"[?&]X=([0-9]{5,6})(?:\.[0-9]*)?&Y=([0-9]{5,7})\b")
_WAY = "/DIR/"
_ON_WAY = (
    re.compile(rf"!1D(?P<lon>{_DEGREES})!2D(?P<lat>{_DEGREES})"),
    re.compile(rf"/{_BOTH}(?=[/?]|$)"),
)
"""The stops of a route. Its end is the place, never the middle of the picture."""

LEAST_ZOOM = 13
"""Smallest zoom of a map's picture. With less, its middle is not a place."""

_IN_TEXT = (
    re.compile(rf"\bLAT[A-Z]*[^\w+-]{{1,4}}{_EXACT}\W{{1,4}}(?:LON|LNG)[A-Z]*[^\w+-]{{1,4}}{_EXACT}"),
    re.compile(rf"(?<![0-9.]){_EXACT}(?: ?° ?| ?(?:,|;|/|AND) ?| ){{1,3}}{_EXACT}(?![0-9.])"),
)
"""Degrees in a longer text, such as with the place's name after them. Exact ones only, to exclude sums of money."""

_REFERENCE_IN_TEXT = re.compile(
    r"\b([HNOST][A-HJ-Z] ?(?:[0-9]{3} [0-9]{3}|[0-9]{4} [0-9]{4}|[0-9]{5} [0-9]{5}|[0-9]{6}|[0-9]{8}|[0-9]{10}))\b"
)
"""A grid reference in a longer text."""

_NOTATION = re.compile(
    r"^(?:(?:OS|UK|BRITISH|NATIONAL|GRID|MAP) ?)*"
    r"(?:GRID|NGR|OSGR|BNG|GPS|COORDINATES?|COORDS?|LOCATION|LAT ?[/,]? ?LO?NG?|OS(?= [0-9A-Z]))"
    r"(?: ?REF(?:ERENCE)?)?\b[ .:=(]*"
)
_NAMED_BEHIND = re.compile(r" \([^()]*[A-Z]{3}[^()]*\)$")
_COUNTRY_BEHIND = re.compile(r"[ ,]+(?:UK|GB|ENGLAND|GREAT BRITAIN|UNITED KINGDOM)$")
_COMMAS = re.compile(r"^([+-]?[0-9]{2}),([0-9]{3,})[ ;/]+([+-]?[0-9]{1,2}),([0-9]{3,})$")
"""Decimal commas, as some keyboards set them."""

_THOUSANDS = re.compile(r"^([0-9]{3})[, ]([0-9]{3})[ ,;/]+([0-9]{3})[, ]([0-9]{3})$")
_METRES = re.compile(r"^([0-9]{6}) ?- ?([0-9]{6})$")
_SIGNS = str.maketrans({"·": ".", "\u066b": ".", "\u2044": "/", "\u2215": "/", "`": "'", "\u2035": "'", "\u2036": '"'})
_WRITTEN_OUT = (
    (re.compile(r"(?<=[0-9]) ?D(?:EG(?:REES)?)? ?(?=[0-9])"), "°"),
    (re.compile(r"(?<=[0-9]) ?M(?:INS?|INUTES)? ?(?=[0-9NSEW])"), "'"),
    (re.compile(r"(?<=[0-9]) ?S(?:ECS?|ECONDS)? ?(?=[NSEW])"), '"'),
    (re.compile(r"(?<=[0-9]) ?M(?= ?[NE]\b)"), ""),
    (re.compile(r"(?:^|(?<=[ ,;]))([+-]) (?=[0-9])"), r"\1"),
    (re.compile(r"\bX ?[=:]? ?(?=[0-9]{6})"), "E"),
    (re.compile(r"\bY ?[=:]? ?(?=[0-9]{5})"), "N"),
)
_TWICE_NAMED = re.compile(r"\b(?:LATITUDE|LONGITUDE|LAT|LONG?|LNG)\b[ .:=]*(?=[^A-Z]*[NSEW]\b)")
"""*Lat 51.4 N*: the letter means the same."""


def is_link(said: str) -> bool:
    """Whether a text is a web address or a map link."""
    return "://" in said or said[:4].upper() == "GEO:"


def bare(said: str) -> str:
    """Coordinates without surrounding text; for a link to a map its coordinates, or nothing.

    Args:
        said: folded, upper case.
    """
    if is_link(said):
        return _of_link(said)
    said = _COUNTRY_BEHIND.sub("", _NAMED_BEHIND.sub("", said.translate(_SIGNS)).strip(_AROUND))
    said = _NOTATION.sub("", said).strip(_AROUND)
    for pattern, written in _WRITTEN_OUT:
        said = pattern.sub(written, said)
    said = _TWICE_NAMED.sub("", said)
    said = _COMMAS.sub(r"\1.\2, \3.\4", said)
    return _METRES.sub(r"\1, \2", _THOUSANDS.sub(r"\1\2, \3\4", said))


def _of_link(said: str) -> str:
    if metres := _METRES_IN_LINK.search(said):
        return f"{metres[1]}, {metres[2]}"
    if _WAY in said:
        stops = (list(pattern.finditer(said)) for pattern in _ON_WAY)
        found = next((each[-1] for each in stops if each), None)
    else:
        found = next((link for pattern in _IN_LINK if (link := pattern.search(said))), None)
    if found is None:
        return ""
    zoom = found.groupdict().get("before") or found.groupdict().get("behind")
    return f"{found['lat']}, {found['lon']}" if zoom is None or int(zoom) >= LEAST_ZOOM else ""


def pair_within(said: str) -> tuple[str, str] | None:
    """The latitude and longitude in a longer text; None if there are none in Great Britain.

    Args:
        said: folded, upper case.
    """
    for pattern in _IN_TEXT:
        found = pattern.search(said.translate(_SIGNS))
        if found is not None:
            one, other = found.groups()
            if 49 <= float(one) <= 61 and -9 <= float(other) <= 2:
                return one, other
            if 49 <= float(other) <= 61 and -9 <= float(one) <= 2:  # as WKT has them
                return other, one
    return None


def reference_within(said: str) -> str | None:
    """The grid reference in a longer text; None if there is none.

    Args:
        said: folded, upper case.
    """
    found = _REFERENCE_IN_TEXT.search(said)
    return found[1] if found else None
