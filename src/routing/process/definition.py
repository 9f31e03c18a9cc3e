"""The language of service processes: what a definition file can say (docs/process-language.md)."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from routing.outside import ONE_LINE, PLAIN
from routing.words import PlaceState, RecipientKind

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,60}$")]
Value = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), PLAIN]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), ONE_LINE]

PLACE = "place"
"""The column of the table that holds the state of the place; no question may have this id."""

TABLE_STATES = tuple(state for state in PlaceState if state is not PlaceState.OUTSIDE_SERVED)
"""States a rule may name. A place in another served council is looked at again from there, so no rule sees it."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Part(BaseModel):
    """A frozen part of a definition that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(Part):
    """One answer to a question."""

    value: Value
    label: Line


class Question(Part):
    """A question with a closed list of answers.

    Attributes:
        only_if_council_lists: ask only where the council's list of this name has entries; else ``otherwise`` holds.
        error: what a citizen reads who left it empty.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,30}$")]
    ask: Line
    error: Line
    choices: Annotated[tuple[Choice, ...], Field(min_length=2)]
    hint: Line | None = None
    only_if_council_lists: Line | None = None
    otherwise: Value | None = None

    @cached_property
    def values(self) -> tuple[str, ...]:
        return tuple(choice.value for choice in self.choices)

    def label(self, value: str) -> str:
        """The words of one answer."""
        return next(choice.label for choice in self.choices if choice.value == value)


class Wording(Part):
    """A message's subject and opening sentence; placeholders as in ``process.wording``."""

    subject: Line
    opening: Text


class Recipient(Part):
    """Somebody a rule can send to.

    Attributes:
        kind: ``parish``: the clerk of the parish in which the place lies; ``team``: a mailbox of the council.
        fallback: the team that gets what a parish contact cannot get; needed for ``parish``.
        message: what a recipient reads who is to act; ``copy_message``: who is to know.
        next_steps: what the recipient is asked to do, a line each.
        confirmation: what the citizen reads when this recipient is the one to act.
    """

    id: Slug
    kind: RecipientKind
    title: Line
    message: Wording
    next_steps: tuple[Line, ...] = ()
    confirmation: Text
    copy_message: Wording | None = None
    fallback: Slug | None = None


class Link(Part):
    """A link under a signpost."""

    label: Line
    url: Line


class Signpost(Part):
    """An answer that is not a case."""

    id: Slug
    title: Line
    text: Text
    links: tuple[Link, ...] = ()


class Rule(Part):
    """A row of the triage table; the first that matches decides (DMN hit policy FIRST).

    Exactly one of ``signpost`` and ``to`` is set.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{1,15}$")]
    when: Mapping[str, Annotated[tuple[str, ...], BeforeValidator(_listed)]] = {}
    signpost: Slug | None = None
    to: Slug | None = None
    copy_to: Annotated[tuple[Slug, ...], Field(alias="copy")] = ()
    because: Line
    source: Line


class About(Part):
    """The head of a definition."""

    slug: Slug
    title: Line
    version: Line
    reply_within_working_days: Annotated[int, Field(ge=1, le=100)]
    start: Text
    warning: Text | None = None


class Details(Part):
    """The one field of free text."""

    ask: Line
    hint: Line | None = None
    max_characters: Annotated[int, Field(ge=100, le=5000)] = 1000


class Retention(Part):
    """Days after its end for which a report's personal data is kept, field by field.

    ``unclosed_days``: a report that nobody closed counts as ended so many days after it last changed. After
    ``place_days`` answers and name of the place go, and where no street was named, its point is kept to 100 m only.
    """

    reporter_days: Annotated[int, Field(ge=1, le=3650)]
    details_days: Annotated[int, Field(ge=1, le=3650)]
    unclosed_days: Annotated[int, Field(ge=1, le=3650)]
    place_days: Annotated[int, Field(ge=1, le=3650)] = 1095


class Definition(Part):
    """A service process as its file describes it."""

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

    @cached_property
    def signposts(self) -> dict[str, Signpost]:
        return {signpost.id: signpost for signpost in self.signpost}

    @cached_property
    def lists(self) -> frozenset[str]:
        """The council lists on which questions depend."""
        return frozenset(q.only_if_council_lists for q in self.question if q.only_if_council_lists is not None)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text that may hold placeholders, with the part of the file in which it stands."""
        yield "process", self.process.start
        if self.process.warning:
            yield "process", self.process.warning
        for question in self.question:
            yield f"question {question.id}", question.ask
        for recipient in self.recipient:
            where = f"recipient {recipient.id}"
            yield where, recipient.title
            yield where, recipient.confirmation
            for wording in (recipient.message, recipient.copy_message):
                if wording is not None:
                    yield where, wording.subject
                    yield where, wording.opening
            for step in recipient.next_steps:
                yield where, step
        for signpost in self.signpost:
            yield f"signpost {signpost.id}", signpost.title
            yield f"signpost {signpost.id}", signpost.text
        for rule in self.rule:
            yield f"rule {rule.id}", rule.because
