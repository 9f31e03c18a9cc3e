"""The language of service processes: the content of a definition file (docs/process-language.md)."""

import datetime
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field

from routing.i18n import gettext
from routing.process.about import REPORT, About, ContactNeed, Details, PlaceNeed, Retention, WorkingDaysOf
from routing.process.conditions import Conditions, effective
from routing.process.examples import Example
from routing.process.kinds import Given, Keeping, Question
from routing.process.letters import BUILT_IN, End, Fee, Letter
from routing.process.parts import Part
from routing.process.recipients import Recipient, Signpost
from routing.process.rules import Rule
from routing.process.shown import Shown, part_fields, shown_texts
from routing.process.stages import RECIPIENT, FieldAgain, Stage
from routing.vocabulary import PlaceState
from routing.working_days import Calendar

PLACE = "place"
"""The column of the table for the state of the place. No question may have this id."""

TABLE_STATES = tuple(state for state in PlaceState if state is not PlaceState.OUTSIDE_SERVED)
"""States that a rule may name. For a place in another council on this service, that council's view decides."""


MOST_CHARACTERS = 1000
PLACE_DAYS, MOST_UNCLOSED_DAYS = 1095, 3650


class Definition(Part):
    """A service process from its file.

    Attributes:
        process: its name and first page.
        question: questions for the citizen, in this order. First we ask what the table needs, then those that no rule
            reads.
        details: a field of free text; without it, citizens are not asked for details.
        retention: how long we keep personal data.
        recipient: recipients for rules and stages. In a process without stages ``review`` must be one of them.
        rule: the triage table. The first match decides.
        signpost: answers instead of a case.
        stage: what happens to a case. Without stages, it goes to its recipient, and an officer closes it.
        end: the ends of a case.
        letter: what outcomes send.
        fee: fees that texts name.
        example: cases that the definition is tried on.
    """

    process: About
    question: tuple[Question, ...] = ()
    details: Details | None = None
    retention: Retention
    recipient: tuple[Recipient, ...]
    rule: Annotated[tuple[Rule, ...], Field(min_length=1)]
    signpost: tuple[Signpost, ...] = ()
    stage: tuple[Stage, ...] = ()
    end: tuple[End, ...] = ()
    letter: tuple[Letter, ...] = ()
    fee: tuple[Fee, ...] = ()
    example: tuple[Example, ...] = ()
    sha256: str = ""
    text: str = ""
    scope: str = ""

    @property
    def slug(self) -> str:
        return self.process.slug

    @property
    def version(self) -> str:
        return self.process.version

    @property
    def noun(self) -> str:
        """The word for a case on every page and in every message."""
        return self.process.noun

    @property
    def is_report(self) -> bool:
        """Whether a case is called a report."""
        return self.process.noun in (REPORT, gettext(REPORT))

    def given_on(self, on: datetime.date, council: Calendar) -> Given:
        """Answers on a day, under the calendar of the process.

        Args:
            council: working days of the council.
        """
        return Given(on, self.calendar(council))

    @cached_property
    def questions(self) -> dict[str, Question]:
        return {question.id: question for question in self.question}

    @property
    def has_stages(self) -> bool:
        """Whether its cases go through stages."""
        return bool(self.stage)

    @property
    def has_place(self) -> bool:
        """Whether its cases have a place."""
        return self.process.place is PlaceNeed.NEEDED

    @property
    def needs_contact(self) -> bool:
        """Whether citizens must leave an email address or a telephone number."""
        return self.process.contact is ContactNeed.NEEDED

    @property
    def needs_details(self) -> bool:
        """Whether the details cannot be left empty."""
        return self.details is not None and self.details.needed

    @property
    def most_characters(self) -> int:
        """Longest text that a citizen can write about a case."""
        return self.details.max_characters if self.details is not None else MOST_CHARACTERS

    @property
    def promised_working_days(self) -> int:
        """Working days until an answer is due, in a process without stages."""
        assert self.process.reply_within_working_days is not None  # checked
        return self.process.reply_within_working_days

    @property
    def kept_days(self) -> dict[str, int]:
        """Days to keep each sort of data (``Retention``), with the defaults."""
        place_days = self.retention.details_days if self.has_stages else PLACE_DAYS
        given = self.retention.model_dump()
        return {
            name: place_days if days is None else days for name, days in given.items() if name != "unclosed_days"
        } | {"unclosed_days": self.retention.unclosed_days or MOST_UNCLOSED_DAYS}

    @cached_property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """Every column of the triage table, in the order in which it is asked, with its values."""
        found = {question.id: question.partitions for question in self.question if question.is_column}
        return found | ({PLACE: tuple(state.value for state in TABLE_STATES)} if self.has_place else {})

    @cached_property
    def conditions(self) -> tuple[Conditions, ...]:
        """The conditions of each rule, with those under which its questions are asked."""
        return tuple(effective(rule.when, self.questions) for rule in self.rule)

    @cached_property
    def informing(self) -> tuple[Question, ...]:
        """The questions that no rule reads. We ask them of every case after the table has decided."""
        read = {column for conditions in self.conditions for column in conditions}
        return tuple(question for question in self.question if question.id not in read)

    @property
    def asks_about_people(self) -> bool:
        """Whether we keep some answers with who reported."""
        return any(question.kept_with is Keeping.REPORTER for question in self.question)

    @cached_property
    def stages(self) -> dict[str, Stage]:
        return {stage.id: stage for stage in self.stage}

    @cached_property
    def letters(self) -> dict[str, Letter]:
        return {letter.id: letter for letter in self.letter}

    @cached_property
    def ends(self) -> dict[str, End]:
        return {end.id: end for end in self.end}

    def end_of(self, name: str) -> End:
        """An end of its own, or the built-in one."""
        return self.ends.get(name) or BUILT_IN[name]

    @cached_property
    def fields(self) -> dict[str, Question]:
        """Every field of a stage, by its id, where it is first described."""
        found: dict[str, Question] = {}
        for each in (each for stage in self.stage for each in stage.field if not isinstance(each, FieldAgain)):
            found.setdefault(each.id, each)
        return found

    def asked(self, name: str) -> Question | None:
        """A question or field by its id."""
        return self.questions.get(name) or self.fields.get(name)

    def begins(self, recipient: str, stage: str) -> bool:
        """Whether reports that a rule sends to a recipient begin in a stage that this recipient alone acts in."""
        first = self.recipients[recipient].first_stage
        asks_it = self.stages[stage].who in ((recipient,), (RECIPIENT,))
        return asks_it and any(rule.to == recipient and (rule.stage or first) == stage for rule in self.rule)

    def calendar(self, council: Calendar) -> Calendar:
        """The working days of the process.

        Args:
            council: working days of the council.
        """
        return council.of_any_nation() if self.process.working_days_of is WorkingDaysOf.ANY_NATION else council

    def where_of(self, name: str) -> str:
        """The part of the file in which a question or field is first described."""
        if name in self.questions:
            return f"question {name}"
        return next(f"stage {stage.id}, field {name}" for stage in self.stage for each in stage.field
                    if not isinstance(each, FieldAgain) and each.id == name)  # fmt: skip

    def fields_of(self, stage: Stage) -> tuple[Question, ...]:
        """The fields of a stage, those of other stages with what differs here."""
        found = []
        for each in stage.field:
            if isinstance(each, FieldAgain):
                first = self.fields[each.again]
                needed = first.needed if each.needed is None else each.needed
                found.append(first.model_copy(update={"needed": needed, "only_if": each.only_if}))
            else:
                found.append(each)
        return tuple(found)

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
            listed = parts if isinstance(parts, tuple) else () if parts is None else (parts,)
            at = frozenset(n for n, part in enumerate(listed) if any("{" in text for text, _ in shown_texts(part)))
            found |= {name: at} if at else {}
        return found

    def every_text(self) -> Iterator[tuple[str, str, Shown]]:
        """Every text that a person can read, with its part of the file and its readers."""
        for name in part_fields(type(self)):
            parts = getattr(self, name)
            for part in parts if isinstance(parts, tuple) else () if parts is None else (parts,):
                where = f"{name} {part.id}" if hasattr(part, "id") else name
                yield from ((where, text, shown) for text, shown in shown_texts(part))
