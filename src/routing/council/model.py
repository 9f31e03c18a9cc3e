"""What a council's file says. Every fact carries where it was read and when."""

import datetime
import hashlib
import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from routing.outside import ONE_LINE, Plain
from routing.settings import leads_nowhere
from routing.sites import why_not
from routing.words import REVIEW

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,60}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), ONE_LINE]
Code = Annotated[str, StringConstraints(pattern=r"^[EWSN][0-9]{8}$")]

LEAST_CONTRAST = 4.5
"""Between text and what is behind it (WCAG 2.2, 1.4.3)."""


def _with_contrast(colour: str) -> str:
    if contrast_with_white(colour) < LEAST_CONTRAST:
        raise ValueError(f"{colour} is too light beside white (contrast below {LEAST_CONTRAST}). Choose a darker one")
    return colour.lower()


def contrast_with_white(colour: str) -> float:
    """The contrast ratio of ``#rrggbb`` and white (WCAG 2.2, relative luminance)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


WEB_ADDRESS = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?([/?#][!-~]*)?", re.IGNORECASE)
"""A host by its name and what comes after it, without a user's name, in the characters of RFC 3986."""


def _web_address(text: str) -> str:
    if not WEB_ADDRESS.fullmatch(text) or not _can_be_asked(text):
        raise ValueError(f"{text!r} is no web address. Write the whole of it, like https://www.yourcouncil.gov.uk/")
    return text


def _can_be_asked(text: str) -> bool:
    try:
        found = urlsplit(text)
        return found.scheme in {"http", "https"} and bool(found.hostname) and found.port != 0
    except ValueError:  # brackets that are no address, or a port that is none
        return False


def _need_asked(text: str) -> str:
    if " " in text or not _can_be_asked(text):
        raise ValueError(f"{text[:100]!r} is no web address that can be asked. Write the whole of it, with https://")
    return text


Address = Annotated[Line, AfterValidator(_web_address)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$"), AfterValidator(_with_contrast)]


HOST = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$"
"""A name of the domain name system, lower case, without a port; an internationalised one as it is asked for (xn--)."""

Host = Annotated[str, StringConstraints(to_lower=True, max_length=253, pattern=HOST)]


class Closed(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(Closed):
    """A fact with its source."""

    source_url: Line
    checked_on: datetime.date


class About(Sourced):
    """The council itself.

    Attributes:
        gss: its code in the Register of Geographic Codes.
        website: linked at the foot of every page.
        feedback: where citizens say what they think of the service; linked when a report is sent.
    """

    name: Line
    gss: Code
    version: Line
    website: Address | None = None
    feedback: Address | None = None


class Mailbox(Sourced):
    """A team's mailbox."""

    address: Line
    name: Line


def _source_address(text: str) -> str:
    if (why := why_not(text)) is not None:
        raise ValueError(why)
    return text


class ModernGov(Sourced):
    """Where the council's Modern.Gov answers: the folder above ``mgWebService.asmx``, path kept as written."""

    base_url: Annotated[Line, AfterValidator(_source_address)]


class PlaceRules(Closed):
    """A point nearer than ``tolerance_m`` metres to another area is for a person to judge."""

    tolerance_m: float = Field(default=25.0, ge=0, le=200)


class ContactRules(Closed):
    """How long what Modern.Gov said of a clerk is used, and what a refresh may take away unseen.

    Attributes:
        stale_days: a contact that was not confirmed for longer is marked stale.
        last_days: and is used no more after so many.
        most_lost: of the contacts that can be written to, the share that one refresh may lose; beyond, a person looks.
        most_changed: the share whose address it may change.
        most_moved: the share that it may move to a domain that is neither the council's nor the parish's.
    """

    stale_days: int = Field(default=7, ge=1, le=365)
    last_days: int = Field(default=30, ge=1, le=365)
    most_lost: float = Field(default=0.2, ge=0, le=1)
    most_changed: float = Field(default=0.2, ge=0, le=1)
    most_moved: float = Field(default=0.1, ge=0, le=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_days < self.stale_days:
            raise ValueError("last_days must not be less than stale_days")
        return self


class Listed(Sourced):
    """A list that a process may name in a question, such as the trunk roads in the district."""

    values: tuple[Line, ...] = ()


class Look(Closed):
    """The council's own colours, as ``#rrggbb``: the brand carries white text, links stand on white."""

    brand_colour: Colour = "#1d4f5c"
    link_colour: Colour = "#14566b"


TILES = r"^https?://[^/\s;,{}]+/[^\s;,]*\{z\}[^\s;,]*\{[xy]\}[^\s;,]*\{[xy]\}[^\s;,]*$"
"""A host that can stand in a page's policy, and a path with all three."""


class MapLook(Closed):
    """The map on which a citizen may put a pin: our own outlines alone, or tiles of somebody else below them.

    Attributes:
        tiles: address with {z}, {x} and {y}; whoever runs it sees who looks at the map: the privacy notice must say so.
    """

    tiles: (
        Annotated[str, StringConstraints(pattern=TILES, max_length=300), ONE_LINE, AfterValidator(_need_asked)] | None
    ) = None
    attribution: Plain = ""


class Privacy(Closed):
    """What the privacy notice says (UK GDPR, articles 13 and 14)."""

    controller: Line
    contact: Line
    purpose: Line
    lawful_basis: Line
    rights: Line
    complaints: Line


class Accessibility(Closed):
    """What the accessibility statement says (PSBAR 2018, regulation 8; the model statement's parts)."""

    contact: Line
    prepared_on: datetime.date
    reviewed_on: datetime.date
    tested: Line
    issues: tuple[Line, ...] = ()
    enforcement: Line = (
        "If you are not happy with our answer, contact the Equality Advisory and Support Service: "
        "https://www.equalityadvisoryservice.com/"
    )


class Council(Closed):
    """One council that this installation serves.

    Attributes:
        answers_first: it does where several are served, and neither a report nor the host names one.
        hosts: names under which its pages are reached: whoever asks one of them asks this council, and links in its
            messages lead to the first.
    """

    slug: Slug
    answers_first: bool = False
    hosts: tuple[Host, ...] = ()
    council: About
    mailboxes: dict[Slug, Mailbox]
    processes: tuple[Slug, ...]
    privacy: Privacy
    accessibility: Accessibility
    look: Look = Look()
    map: MapLook = MapLook()
    moderngov: ModernGov | None = None
    place: PlaceRules = PlaceRules()
    contacts: ContactRules = ContactRules()
    lists: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,40}$")], Listed] = {}
    sha256: str = ""

    @property
    def name(self) -> str:
        return self.council.name

    @property
    def gss(self) -> str:
        return self.council.gss

    @property
    def domains(self) -> frozenset[str]:
        """Of its website and of its teams' mailboxes, lower case, without ``www.``."""
        site = urlsplit(self.council.website or "").hostname or ""
        mail = {mailbox.address.rpartition("@")[2].lower() for mailbox in self.mailboxes.values()}
        return frozenset({site.removeprefix("www."), *mail} - {""})

    def address(self, public_url: str) -> str:
        """Where its pages are, without a slash at its end: under its own host where it has one.

        Args:
            public_url: of the whole web; its scheme and port are those of each host. Where it leads to this machine, it
                says nothing about others, and a link that may hold a token is https.
        """
        if not self.hosts:
            return public_url
        if leads_nowhere(public_url):
            return f"https://{self.hosts[0]}"
        found = urlsplit(public_url)
        return f"{found.scheme}://{self.hosts[0]}" + (f":{found.port}" if found.port is not None else "")

    @property
    def review_address(self) -> str:
        return self.mailboxes[REVIEW].address

    def listed(self, name: str) -> tuple[str, ...]:
        """The values of one of the council's lists; empty where it has no such list."""
        found = self.lists.get(name)
        return found.values if found else ()


def text_hash(text: str) -> str:
    """SHA-256 of a definition file's text, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
