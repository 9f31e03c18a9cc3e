"""The services of the ONS Open Geography Portal. We look them up, because names change with each vintage."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from routing.bounded_http import redirected
from routing.errors import BoundaryError
from routing.outside import plain
from routing.place.build.feature_server import as_object
from routing.place.build.fetch import Fetcher
from routing.sites import why_not

PORTAL = "https://geoportal.statistics.gov.uk/api/search/v1"
"""The portal's search (facts 1.1)."""

MOST_PAGES = 20
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PARISHES = "Parishes and Non Civil Parished Areas"
DISTRICTS = "Local Authority Districts"
SERVICE = {
    PARISHES: re.compile(r"^(PARNCP|Parishes_and_Non_Civil_Parished_Areas)_", re.IGNORECASE),
    DISTRICTS: re.compile(r"^(LAD|Local_Authority_Districts)_", re.IGNORECASE),
}
EDITION = re.compile(r"_([A-Za-z]{3,9})_((?:19|20)\d\d)(?=_|$)")
GENERALISATION = re.compile(r"_(BFE|BFC|BGC|BGG|BSC|BUC)(?=_|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """A service on the portal.

    Attributes:
        service: its name, from its address.
        edition: year and month in its name, such as ``2025-12``; empty if there is none.
        generalisation: BFE or BFC in full, BGC 20 m, others coarser; empty if there is none.
        modified_ms: milliseconds since 1970.
    """

    title: str
    service: str
    url: str
    edition: str
    generalisation: str
    modified_ms: int
    licence: str


def search(fetcher: Fetcher, portal: str, terms: str) -> list[Source]:
    """Feature services that match words, newest vintage first.

    Args:
        portal: address of the search, without ``/collections``.

    Raises:
        BoundaryError: ``answer``, ``read``, ``unreachable`` or ``paging``.
    """
    url = f"{portal.rstrip('/')}/collections/dataset/items"
    parameters = {"q": terms, "limit": "50", "sortBy": "-properties.modified"}
    found: list[Source] = []
    for _ in range(MOST_PAGES):
        answer = fetcher.get_json(url, parameters)
        items = [as_object(as_object(feature).get("properties")) for feature in as_list(answer.get("features"))]
        found += [source for item in items if (source := _source(item)) is not None]
        links = [as_object(link) for link in as_list(answer.get("links"))]
        next_links = [link.get("href") for link in links if link.get("rel") == "next"]
        if not next_links or not items:
            return sorted(found, key=lambda source: (source.edition, source.modified_ms), reverse=True)
        url, parameters = _same_site(url, str(next_links[0])), {}
    raise BoundaryError("paging", f"Search with more words. {portal} lists more than {MOST_PAGES} pages.")


def newest(sources: Sequence[Source], kind: str, generalisation: str) -> Source:
    """The newest vintage of a kind (``PARISHES`` or ``DISTRICTS``) in one generalisation.

    Raises:
        BoundaryError: ``sources``: the portal has none.
    """
    fitting = [
        source
        for source in sources
        if SERVICE[kind].match(source.service) and source.generalisation == generalisation and source.edition
    ]
    if not fitting:
        have = ", ".join(source.service for source in sources[:6]) or "nothing"
        raise BoundaryError(
            "sources",
            "Set WAYWARDEN_BOUNDARIES_URL to a layer, or WAYWARDEN_BOUNDARIES_DISTRICTS to districts. The portal has "
            f"no {kind} in {generalisation}; it has {have}.",
        )
    return max(fitting, key=lambda source: (source.edition, source.modified_ms))


def as_list(value: object) -> list[object]:
    """A JSON array; an empty one if it is not an array."""
    return value if isinstance(value, list) else []


def _source(item: dict[str, object]) -> Source | None:
    """A service in the portal's list; None if we cannot use its address."""
    url = plain(str(item.get("url") or ""))
    if why_not(url) is not None:
        return None
    parts = urlsplit(url).path.split("/")
    if "FeatureServer" not in parts:
        return None
    service = parts[parts.index("FeatureServer") - 1]
    level = GENERALISATION.search(service)
    return Source(
        plain(str(item.get("title") or service)),
        service,
        url,
        _edition(service),
        level[1].upper() if level else "",
        modified if isinstance(modified := item.get("modified"), int) else 0,
        plain(str(item.get("licenseInfo") or "")),
    )


def _edition(service: str) -> str:
    found = EDITION.search(service)
    month = found[1][:3].lower() if found else ""
    return f"{found[2]}-{MONTHS.index(month) + 1:02}" if found and month in MONTHS else ""


def _same_site(url: str, next_link: str) -> str:
    target = redirected(url, next_link)
    if target is None:
        text = f"The next page of {url} is on another site. Check WAYWARDEN_BOUNDARIES_PORTAL."
        raise BoundaryError("paging", text)
    return target
