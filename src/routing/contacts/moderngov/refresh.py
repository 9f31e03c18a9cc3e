"""Ask a Modern.Gov for every linked parish, page by page; what cannot be read is named and left as it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from routing.contacts.directory import Finding
from routing.contacts.model import Published
from routing.contacts.moderngov.client import ModernGov
from routing.contacts.moderngov.errors import ModernGovError, UnexpectedShape
from routing.contacts.moderngov.transport import Transport
from routing.council import Council
from routing.settings import Settings


@dataclass(frozen=True)
class Harvest:
    """What a refresh found.

    Attributes:
        problems: parish code, or empty for the list → code of the error.
        unlisted: parish codes whose Modern.Gov id the list no longer has.
    """

    findings: list[Finding] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    unlisted: list[str] = field(default_factory=list)


def harvest(
    client: ModernGov, links: Mapping[str, int], progress: Callable[[int, int], None] = lambda done, of: None
) -> Harvest:
    """Read the list, then the page of each linked council once, also where it speaks for several parishes.

    Args:
        links: parish code → Modern.Gov id.
        progress: called with pages read and pages in all.
    """
    result = Harvest()
    try:
        listed = {ref.id: ref.title for ref in client.parish_councils()}
    except ModernGovError as error:
        result.problems[""] = error.code
        listed = dict.fromkeys(links.values(), "")
    pages: dict[int, tuple[str, Published] | str] = {}
    wanted = sorted(set(links.values()))
    for number, identifier in enumerate(wanted, start=1):
        try:
            pages[identifier] = _named(*client.parish_council(identifier), listed.get(identifier, ""))
        except ModernGovError as error:
            pages[identifier] = error.code
        progress(number, len(wanted))
    for code, identifier in sorted(links.items()):
        page = pages[identifier]
        if isinstance(page, str):
            result.problems[code] = page
        else:
            result.findings.append(Finding(code, *page))
        if identifier not in listed:
            result.unlisted.append(code)
    return result


def _named(url: str, published: Published, title: str) -> tuple[str, Published]:
    """The page with the council's name; from the list where a theme shows it elsewhere."""
    name = published.council_name or title
    if not name:
        raise UnexpectedShape(url)
    return url, replace(published, council_name=name)


def harvest_council(
    settings: Settings,
    council: Council,
    links: Mapping[str, int],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Harvest:
    """Harvest one council's Modern.Gov, or the stand-in that development asks instead; nothing where it has none."""
    if council.moderngov is None:
        return Harvest()
    standin = settings.moderngov_standin_url
    base_url = f"{standin.rstrip('/')}/{council.slug}" if standin else council.moderngov.base_url
    transport = Transport(base_url, ca_file=settings.moderngov_ca_file, interval_s=settings.moderngov_interval_s)
    try:
        return harvest(ModernGov(transport), links, progress)
    finally:
        transport.close()
