"""The language of service processes: what a definition file can say (docs/process-language.md)."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints

from routing.process.kinds import Question
from routing.process.parts import (
    AfterSending,
    Line,
    OnPage,
    OnPageLine,
    Part,
    Slug,
    ToRecipient,
    ToRecipientLine,
)
from routing.process.shown import Shown, part_fields, shown_texts
from routing.vocabulary import PlaceState, RecipientKind

PLACE = "place"
"""The column of the table that holds the state of the place; no question may have this id."""

TABLE_STATES = tuple(state for state in PlaceState if state is not PlaceState.OUTSIDE_SERVED)
"""States a rule may name. A place in another served council is looked at again from there, so no rule sees it."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Nearby(StrEnum):
    """Whether a citizen is shown that the same was reported near by, and may join it."""

    ASK = "ask"
    OFF = "off"


class Wording(Part):
    """A message's subject and opening sentence; placeholders as in ``process.wording``.

    Attributes:
        subject: of the e-mail.
        opening: its first sentence.
    """

    subject: ToRecipientLine
    opening: ToRecipient


class Recipient(Part):
    """Somebody a rule can send to.

    Attributes:
        kind: ``parish``: the clerk of the parish in which the place lies; ``team``: a mailbox of the council.
        fallback: the team that gets what a parish contact cannot get; needed for ``parish``.
        message: what a recipient reads who is to act; ``copy_message``: who is to know.
        next_steps: what the recipient is asked to do, a line each.
        confirmation: what the citizen reads when this recipient is the one to act; no promise of an answer, which the
            page makes as far as it can be kept.
        mailbox: of the council's mailboxes the one of a team, which several may share; its own id where it is left out.
        id: how rules and commands call it.
        title: how citizens and officers read it.
        copy_message: what a recipient reads who is to know; needed where a rule copies to it.
    """

    id: Slug
    kind: RecipientKind
    title: OnPageLine
    message: Wording
    next_steps: tuple[ToRecipientLine, ...] = ()
    confirmation: AfterSending
    copy_message: Wording | None = None
    fallback: Slug | None = None
    mailbox: Slug | None = None


class Link(Part):
    """A link under a signpost.

    Attributes:
        label: its words.
        url: a web address.
    """

    label: OnPageLine
    url: Line


class Signpost(Part):
    """An answer that is not a case.

    Attributes:
        id: how rules call it.
        title: heading of the page.
        text: what to do instead.
        links: where to go.
    """

    id: Slug
    title: OnPageLine
    text: OnPage
    links: tuple[Link, ...] = ()


class Rule(Part):
    """A row of the triage table; the first that matches decides (DMN hit policy FIRST).

    Exactly one of ``signpost`` and ``to`` is set.

    Attributes:
        id: how receipts and explanations call it.
        when: question, or ``place``, and the values that match; what it does not name matches.
        signpost: the signpost that answers.
        to: the recipient who is to act.
        copy_to: recipients who are to know.
        because: why, for the recipient and for officers.
        source: where that is written: a law, a policy.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{1,15}$")]
    when: Mapping[str, Annotated[tuple[str, ...], BeforeValidator(_listed)]] = {}
    signpost: Slug | None = None
    to: Slug | None = None
    copy_to: Annotated[tuple[Slug, ...], Field(alias="copy")] = ()
    because: ToRecipientLine
    source: Line


class About(Part):
    """The head of a definition.

    Attributes:
        nearby: whether whoever reports it is asked about the same near by; off unless the file says otherwise.
        lawful_basis: on what its personal data is used (UK GDPR, article 6); the council's where it is left out.
        slug: its name in addresses and commands, and of its folder.
        title: what citizens read on the list of services.
        version: changes with each change of the file: reports keep the one they were taken under.
        reply_within_working_days: by when an answer is promised.
        start: the text of its first page.
        warning: what stands out on that page, as when to call 999.
    """

    slug: Slug
    title: OnPageLine
    version: Line
    reply_within_working_days: Annotated[int, Field(ge=1, le=100)]
    start: OnPage
    warning: OnPage | None = None
    nearby: Nearby = Nearby.OFF
    lawful_basis: OnPageLine | None = None


class Details(Part):
    """The one field of free text.

    Attributes:
        ask: the question above the field.
        hint: what helps to answer it.
        max_characters: how long it may be.
    """

    ask: OnPageLine
    hint: OnPageLine | None = None
    max_characters: Annotated[int, Field(ge=100, le=5000)] = 1000


class Retention(Part):
    """Days after its end for which a report's personal data is kept, field by field.

    ``unclosed_days``: a report that nobody closed counts as ended so many days after it last changed. After
    ``place_days`` answers and name of the place go, and where no street was named, its point is kept to 100 m only.

    Attributes:
        reporter_days: for who reported it, and why officers looked.
        details_days: for what they and the officers wrote.
        unclosed_days: without a change, after which a report that nobody closed counts as ended.
        place_days: for the answers, the name of the place and its exact point.
    """

    reporter_days: Annotated[int, Field(ge=1, le=3650)]
    details_days: Annotated[int, Field(ge=1, le=3650)]
    unclosed_days: Annotated[int, Field(ge=1, le=3650)]
    place_days: Annotated[int, Field(ge=1, le=3650)] = 1095


class Definition(Part):
    """A service process as its file describes it.

    Attributes:
        process: what it is called, and how it begins.
        question: what the citizen is asked, in this order, as far as the table needs it.
        details: the one field of free text.
        retention: how long personal data is kept.
        recipient: who a rule can send to; ``review`` must be one of them.
        rule: the triage table: the first that matches decides.
        signpost: answers that are not a case.
    """

    process: About
    question: tuple[Question, ...]
    details: Details
    retention: Retention
    recipient: tuple[Recipient, ...]
    rule: Annotated[tuple[Rule, ...], Field(min_length=1)]
    signpost: tuple[Signpost, ...] = ()
    sha256: str = ""
    text: str = ""
    scope: str = ""

    @property
    def slug(self) -> str:
        return self.process.slug

    @property
    def version(self) -> str:
        return self.process.version

    @cached_property
    def questions(self) -> dict[str, Question]:
        return {question.id: question for question in self.question}

    @cached_property
    def recipients(self) -> dict[str, Recipient]:
        return {recipient.id: recipient for recipient in self.recipient}

    def mailbox_of(self, recipient: str) -> str:
        """Name of the council's mailbox in which a team is reached."""
        found = self.recipients.get(recipient)
        return (found.mailbox if found is not None else None) or recipient

    @cached_property
    def signposts(self) -> dict[str, Signpost]:
        return {signpost.id: signpost for signpost in self.signpost}

    @cached_property
    def lists(self) -> frozenset[str]:
        """The council lists on which questions depend."""
        return frozenset(q.only_if_council_lists for q in self.question if q.only_if_council_lists is not None)

    def with_parts(self, parts: Mapping[str, Any]) -> Self:
        """The same with other parts; what was looked up in the former ones is not kept."""
        copied = self.model_copy(update=parts)
        for name, value in vars(Definition).items():
            if isinstance(value, cached_property):
                copied.__dict__.pop(name, None)
        return copied

    @cached_property
    def parts_to_fill(self) -> Mapping[str, frozenset[int]]:
        """Field → places of its parts that hold a placeholder; most hold none."""
        found: dict[str, frozenset[int]] = {}
        for name in part_fields(type(self)):
            parts = getattr(self, name)
            listed = parts if isinstance(parts, tuple) else (parts,)
            at = frozenset(n for n, part in enumerate(listed) if any("{" in text for text, _ in shown_texts(part)))
            found |= {name: at} if at else {}
        return found

    def texts(self) -> Iterator[tuple[str, str, Shown]]:
        """Every text that a person can read, with the part of the file in which it stands and who reads it."""
        for name in part_fields(type(self)):
            parts = getattr(self, name)
            for part in parts if isinstance(parts, tuple) else (parts,):
                where = f"{name} {part.id}" if hasattr(part, "id") else name
                yield from ((where, text, shown) for text, shown in shown_texts(part))
