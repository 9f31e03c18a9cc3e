"""What a council's file says. Every fact carries where it was read and when."""

import hashlib
import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from routing.council.facts import (
    Address,
    Closed,
    Code,
    Host,
    Line,
    MailAddress,
    Name,
    Slug,
    Sourced,
)
from routing.council.pages import Accessibility, Look, MapLook, Privacy
from routing.settings import leads_nowhere
from routing.sites import why_not
from routing.vocabulary import REVIEW, SMTP, Destination


class About(Sourced):
    """The council itself.

    Attributes:
        gss: its code in the Register of Geographic Codes.
        website: linked at the foot of every page.
        feedback: where citizens say what they think of the service; linked when a report is sent.
        name: as citizens read it.
        version: changes with each change of the file: reports keep the one they were decided under.
    """

    name: Name
    gss: Code
    version: Line
    website: Address | None = None
    feedback: Address | None = None


class Mailbox(Sourced):
    """A team's mailbox.

    Attributes:
        address: an e-mail address, without accents before the @.
        name: of the team, as officers read it.
    """

    address: MailAddress
    name: Name

    @property
    def destination(self) -> Destination:
        """Where its messages go."""
        return Destination(SMTP, self.address)


CITIZEN = "citizen"
"""How ``[[replies]]`` names whoever reported."""


class Replies(Closed):
    """Where somebody's answers to our messages go, by ``Reply-To``.

    Attributes:
        process: of which the message is; all where it names none.
        recipient: of the process, or ``citizen``, to whom the message went; all where it names none.
        mailbox: of the council.
    """

    process: Slug | None = None
    recipient: Slug | None = None
    mailbox: Slug


_OF_A_PAGE = re.compile(r"\.as[mp]x|[?#]", re.IGNORECASE)


def _source_address(text: str) -> str:
    if found := _OF_A_PAGE.search(text):
        before = text[: found.start()]
        folder = before.rpartition("/")[0] if found[0].startswith(".") else before
        raise ValueError(f"this is a page's address. Write the folder above mgWebService.asmx, such as {folder[:100]}")
    if (why := why_not(text)) is not None:
        raise ValueError(why)
    return text


class ModernGov(Sourced):
    """Where the council's Modern.Gov answers: the folder above ``mgWebService.asmx``, path kept as written.

    Attributes:
        base_url: that folder; the address of a page is refused.
    """

    base_url: Annotated[Line, AfterValidator(_source_address)]


class PlaceRules(Closed):
    """A point nearer than ``tolerance_m`` metres to another area is for a person to judge.

    Attributes:
        tolerance_m: in metres.
    """

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
    """A list that a process may name in a question, such as the trunk roads in the district.

    Attributes:
        values: of the list; empty where the council has none.
    """

    values: tuple[Line, ...] = ()


class Council(Closed):
    """One council that this installation serves.

    Attributes:
        answers_first: it does where several are served, and neither a report nor the host names one.
        hosts: names under which its pages are reached: whoever asks one of them asks this council, and links in its
            messages lead to the first.
        council: what it is called.
        mailboxes: of its teams, by the names that processes have for them; ``review`` must be one of them.
        replies: where answers to our messages go; without any, to ``WAYWARDEN_SMTP_REPLY_TO``, else to ``review``.
        processes: the ones that it takes, by the names of their folders.
        privacy: what the privacy notice says.
        accessibility: what the accessibility statement says, and all that it says.
        look: colours of the pages.
        map: what lies below the outlines of the parishes.
        moderngov: where clerks are published; left out, contacts are entered by hand.
        place: how near a border is too near for the table.
        contacts: how long a contact is used.
        lists: values that questions and texts name.
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
    def review(self) -> Destination:
        """Where messages to the officers go who judge what no rule may decide."""
        return self.mailboxes[REVIEW].destination

    @property
    def review_address(self) -> str:
        return self.mailboxes[REVIEW].address

    def reply_address(self, process: str, recipient: str) -> str | None:
        """Where answers to a message go: by what ``replies`` says of this, else of the process, the recipient, of all.

        None where it says nothing.
        """
        said = {(each.process, each.recipient): each.mailbox for each in self.replies}
        keys = ((process, recipient), (process, None), (None, recipient), (None, None))
        found = next((said[key] for key in keys if key in said), None)
        return self.mailboxes[found].address if found is not None else None

    def listed(self, name: str) -> tuple[str, ...]:
        """The values of one of the council's lists; empty where it has no such list."""
        found = self.lists.get(name)
        return found.values if found else ()


def text_hash(text: str) -> str:
    """SHA-256 of a definition file's text, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
