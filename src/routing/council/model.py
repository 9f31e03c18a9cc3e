"""The content of a council's file. Every fact has its source and date."""

import hashlib
import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from routing.council.about import About
from routing.council.facts import (
    Closed,
    Host,
    Line,
    MailAddress,
    Name,
    Slug,
    Sourced,
    need_web_address,
)
from routing.council.pages import Accessibility, Look, MapLook, Privacy
from routing.settings import leads_nowhere
from routing.sites import why_not
from routing.vocabulary import REVIEW, SMTP, Destination
from routing.working_days import Calendar, Nation, Office


class Mailbox(Sourced):
    """A team's mailbox.

    Attributes:
        address: an email address, without accents before the @.
        name: name of the team, for officers.
    """

    address: MailAddress
    name: Name

    @property
    def destination(self) -> Destination:
        """Where its messages go."""
        return Destination(SMTP, self.address)


CITIZEN = "citizen"
"""The name of the citizen in ``[[replies]]``."""


class Replies(Closed):
    """Where answers to our messages go, with ``Reply-To``.

    Attributes:
        process: process of the message; by default all.
        recipient: recipient of the message, from the process or ``citizen``; by default all.
        mailbox: the council's mailbox for answers.
    """

    process: Slug | None = None
    recipient: Slug | None = None
    mailbox: Slug


_OF_A_PAGE = re.compile(r"\.as[mp]x|[?#]", re.IGNORECASE)


def _source_address(text: str) -> str:
    if found := _OF_A_PAGE.search(text):
        before = text[: found.start()]
        folder = before.rpartition("/")[0] if found[0].startswith(".") else before
        raise ValueError(
            f"enter the folder above mgWebService.asmx, such as {folder[:100]}. This is the address of a page"
        )
    if (why := why_not(text)) is not None:
        raise ValueError(why)
    return text


REFERENCE = "{reference}"


def _with_reference(text: str) -> str:
    if {"{", "}"} & set(text.replace(REFERENCE, "")):
        raise ValueError("enter an address with {reference} or without braces")
    host = need_web_address(text.replace(REFERENCE, "WW-7K3M-Q2XD")).split("/")[2]
    if "WW-7K3M-Q2XD" in host:
        raise ValueError("write {reference} after the name of the website")
    return text


class ModernGov(Sourced):
    """The address of the council's Modern.Gov: the folder above ``mgWebService.asmx``, with the path unchanged.

    Attributes:
        base_url: the folder above ``mgWebService.asmx``, not the address of a page.
    """

    base_url: Annotated[Line, AfterValidator(_source_address)]


class PlaceRules(Closed):
    """A person must decide about a point nearer than ``tolerance_m`` metres to another area.

    Attributes:
        tolerance_m: distance to another area in metres, below which a person must decide.
    """

    tolerance_m: float = Field(default=25.0, ge=0, le=200)


class ContactRules(Closed):
    """How long we use a clerk's contact from Modern.Gov, and what a refresh may change without review.

    Attributes:
        stale_days: days without confirmation until a contact is stale.
        last_days: days without confirmation until we stop using a contact.
        most_lost: largest share of contacts that we can email that one refresh may lose without review.
        most_changed: largest share whose address it may change without review.
        most_moved: largest share that it may move to a domain outside the council's and the parish's without review.
    """

    stale_days: int = Field(default=7, ge=1, le=365)
    last_days: int = Field(default=30, ge=1, le=365)
    most_lost: float = Field(default=0.2, ge=0, le=1)
    most_changed: float = Field(default=0.2, ge=0, le=1)
    most_moved: float = Field(default=0.1, ge=0, le=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_days < self.stale_days:
            raise ValueError("set last_days to at least stale_days")
        return self


class Page(Sourced):
    """A page of the council that texts can name, such as where one pays.

    Attributes:
        name: text of the link.
        url: its address. ``{reference}`` in it is filled with our reference, once there is one.
    """

    name: Name
    url: Annotated[Line, AfterValidator(_with_reference)]

    def address(self, reference: str) -> str:
        """Its address; without a reference, also without the parameters for it."""
        if reference:
            return self.url.replace(REFERENCE, reference)
        parts = urlsplit(self.url)
        query = "&".join(each for each in parts.query.split("&") if REFERENCE not in each)
        return parts._replace(query=query).geturl().replace(REFERENCE, "")


class Listed(Sourced):
    """A list that a question can use, such as the trunk roads in the district.

    Attributes:
        values: values of the list; empty if the council has none.
    """

    values: tuple[Line, ...] = ()


class Council(Closed):
    """One council on this service.

    Attributes:
        answers_first: use this council first if there are several, and neither the report nor the host names one.
        hosts: host names of its pages. Requests to one of them are for this council, and links in its messages use
            the first.
        council: facts about the council.
        mailboxes: mailboxes of its teams, by their names in processes. ``review`` must be one of them.
        replies: where answers to our messages go; by default to ``WAYWARDEN_SMTP_REPLY_TO``, else to ``review``.
        processes: processes that it uses, by the names of their folders.
        privacy: content of the privacy notice.
        accessibility: full content of the accessibility statement.
        look: colours of the pages.
        map: background of the map with the parishes.
        moderngov: source of the clerks' contacts. Without it, enter contacts by hand.
        place: how near to a border a person must decide.
        contacts: how long we use a contact.
        lists: values for questions and texts.
        pages: pages of the council for processes, such as where one pays a fee.
    """

    slug: Slug
    answers_first: bool = False
    hosts: tuple[Host, ...] = ()
    council: About
    mailboxes: dict[Slug, Mailbox]
    replies: tuple[Replies, ...] = ()
    processes: tuple[Slug, ...]
    privacy: Privacy
    accessibility: Accessibility
    look: Look = Look()
    map: MapLook = MapLook()
    moderngov: ModernGov | None = None
    place: PlaceRules = PlaceRules()
    contacts: ContactRules = ContactRules()
    lists: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,40}$")], Listed] = Field(default={})
    pages: dict[Slug, Page] = Field(default={})
    sha256: str = ""

    @property
    def name(self) -> str:
        return self.council.name

    @property
    def gss(self) -> str:
        return self.council.gss

    @property
    def nation(self) -> Nation:
        """Whose bank holidays count."""
        return self.council.nation or Nation.of(self.council.gss)

    @property
    def calendar(self) -> Calendar:
        """Its working days."""
        about = self.council
        days = (about.added_holidays, about.removed_holidays, about.proclaimed_holidays)
        return Calendar((self.nation.part,), *map(frozenset, days))

    @property
    def office(self) -> Office:
        """When it reminds, takes silence for an answer, and sends the letters about it."""
        return Office(self.calendar, self.council.letters_from)

    @property
    def domains(self) -> frozenset[str]:
        """Domains of its website and its teams' mailboxes, lower case, without ``www.``."""
        site = urlsplit(self.council.website or "").hostname or ""
        mail = {mailbox.address.rpartition("@")[2].lower() for mailbox in self.mailboxes.values()}
        return frozenset({site.removeprefix("www."), *mail} - {""})

    def address(self, public_url: str) -> str:
        """The address of its pages, without a slash at its end, with its own host if it has one.

        Args:
            public_url: address of the whole web. All hosts use its scheme and port. If it is this machine's, links use
                https, because they may contain a token.
        """
        if not self.hosts:
            return public_url
        if leads_nowhere(public_url):
            return f"https://{self.hosts[0]}"
        found = urlsplit(public_url)
        return f"{found.scheme}://{self.hosts[0]}" + (f":{found.port}" if found.port is not None else "")

    @property
    def review(self) -> Destination:
        """The address of the officers who decide what no rule can."""
        return self.mailboxes[REVIEW].destination

    @property
    def review_address(self) -> str:
        return self.mailboxes[REVIEW].address

    def reply_address(self, process: str, recipient: str) -> str | None:
        """Where answers to a message go: the entry in ``replies`` for both, else for the process, recipient or all.

        None if there is no entry.
        """
        said = {(each.process, each.recipient): each.mailbox for each in self.replies}
        keys = ((process, recipient), (process, None), (None, recipient), (None, None))
        found = next((said[key] for key in keys if key in said), None)
        return self.mailboxes[found].address if found is not None else None

    def page_address(self, name: str, reference: str) -> str:
        """The address of a page, with our reference if there is one; without such a page, the council's website."""
        found = self.pages.get(name)
        return found.address(reference) if found is not None else self.council.website or ""

    def listed(self, name: str) -> tuple[str, ...]:
        """The values of one of the council's lists; empty if there is no such list."""
        found = self.lists.get(name)
        return found.values if found else ()


def text_hash(text: str) -> str:
    """SHA-256 of a definition file's text, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
