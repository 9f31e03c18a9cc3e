"""The language of service processes: the content of a definition file (docs/process-language.md)."""

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
"""The column of the table for the state of the place. No question may have this id."""

TABLE_STATES = tuple(state for state in PlaceState if state is not PlaceState.OUTSIDE_SERVED)
"""States that a rule may name. For a place in another council on this service, that council's view decides."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Nearby(StrEnum):
    """Whether we show a citizen similar reports nearby, so that they can join one."""

    ASK = "ask"
    OFF = "off"


class Wording(Part):
    """A message's subject and opening sentence. Placeholders are in ``process.wording``.

    Attributes:
        subject: subject of the email.
        opening: first sentence of the email.
    """

    subject: ToRecipientLine
    opening: ToRecipient


class Recipient(Part):
    """A recipient of rules.

    Attributes:
        kind: ``parish``: the clerk of the place's parish; ``team``: a mailbox of the council.
        fallback: the team that gets reports if we cannot email the parish; needed for ``parish``.
        message: the email to a recipient who must act; ``copy_message`` is for a copy.
        next_steps: what we ask the recipient to do, one step in each line.
        confirmation: what the citizen reads if this recipient must act. Do not promise an answer here: the page does,
            if we can keep it.
        mailbox: the council's mailbox for a team. Teams can share one. By default the team's id.
        id: its name in rules and commands.
        title: its name for citizens and officers.
        copy_message: the email with a copy; needed if a rule copies to it.
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
        label: text of the link.
        url: a web address.
    """

    label: OnPageLine
    url: Line


class Signpost(Part):
    """An answer that is not a case.

    Attributes:
        id: its name in rules.
        title: heading of its page.
        text: what the citizen can do instead.
        links: pages that help.
    """

    id: Slug
    title: OnPageLine
    text: OnPage
    links: tuple[Link, ...] = ()


class Rule(Part):
    """A row of the triage table. The first match decides (DMN hit policy FIRST).

    Exactly one of ``signpost`` and ``to`` is set.

    Attributes:
        id: its name in receipts and explanations.
        when: questions, or ``place``, with the values that match. Other questions can have any value.
        signpost: the signpost to show.
        to: the recipient who must act.
        copy_to: recipients who get a copy.
        because: the reason, for the recipient and officers.
        source: source of the reason, such as a law or a policy.
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
        nearby: whether to ask a citizen about similar reports nearby.
        lawful_basis: lawful basis for using personal data (UK GDPR, article 6). By default the council's.
        slug: its name in addresses and commands, and the name of its folder.
        title: its name in the list of services.
        version: change it with each change of the file. Reports keep the version at their time.
        reply_within_working_days: working days until an answer is due.
        start: text of its first page.
        warning: warning on that page, such as when to call 999.
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
    """The only field of free text.

    Attributes:
        ask: question above the field.
        hint: help for the answer.
        max_characters: longest text.
    """

    ask: OnPageLine
    hint: OnPageLine | None = None
    max_characters: Annotated[int, Field(ge=100, le=5000)] = 1000


class Retention(Part):
    """Days to keep a report's personal data after its end, for each field.

    ``unclosed_days``: a report that nobody closed counts as ended this many days after its last change. After
    ``place_days`` we delete the answers and the name of the place, and round its point to 100 m if there is no street.

    Attributes:
        reporter_days: days to keep who reported it, and why officers looked.
        details_days: days to keep what citizens and officers wrote.
        unclosed_days: days without a change until an unclosed report counts as ended.
        place_days: days to keep the answers, the name of the place and its exact point.
    """

    reporter_days: Annotated[int, Field(ge=1, le=3650)]
    details_days: Annotated[int, Field(ge=1, le=3650)]
    unclosed_days: Annotated[int, Field(ge=1, le=3650)]
    place_days: Annotated[int, Field(ge=1, le=3650)] = 1095


class Definition(Part):
    """A service process from its file.

    Attributes:
        process: its name and first page.
        question: questions for the citizen, in this order. We only ask what the table needs.
        details: the only field of free text.
        retention: how long we keep personal data.
        recipient: recipients for rules. ``review`` must be one of them.
        rule: the triage table. The first match decides.
        signpost: answers instead of a case.
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
        """Name of the council's mailbox for a team."""
        found = self.recipients.get(recipient)
        return (found.mailbox if found is not None else None) or recipient

    @cached_property
    def signposts(self) -> dict[str, Signpost]:
        return {signpost.id: signpost for signpost in self.signpost}

    @cached_property
    def lists(self) -> frozenset[str]:
        """The council lists that questions depend on."""
        return frozenset(q.only_if_council_lists for q in self.question if q.only_if_council_lists is not None)

    def with_parts(self, parts: Mapping[str, Any]) -> Self:
        """A copy with other parts. It does not keep cached look-ups."""
        copied = self.model_copy(update=parts)
        for name, value in vars(Definition).items():
            if isinstance(value, cached_property):
                copied.__dict__.pop(name, None)
        return copied

    @cached_property
    def parts_to_fill(self) -> Mapping[str, frozenset[int]]:
        """Field → positions of its parts with a placeholder. Most have none."""
        found: dict[str, frozenset[int]] = {}
        for name in part_fields(type(self)):
            parts = getattr(self, name)
            listed = parts if isinstance(parts, tuple) else (parts,)
            at = frozenset(n for n, part in enumerate(listed) if any("{" in text for text, _ in shown_texts(part)))
            found |= {name: at} if at else {}
        return found

    def every_text(self) -> Iterator[tuple[str, str, Shown]]:
        """Every text that a person can read, with its part of the file and its readers."""
        for name in part_fields(type(self)):
            parts = getattr(self, name)
            for part in parts if isinstance(parts, tuple) else (parts,):
                where = f"{name} {part.id}" if hasattr(part, "id") else name
                yield from ((where, text, shown) for text, shown in shown_texts(part))
