"""What every question has, and what each kind must define."""

import datetime
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from routing.errors import AnswerNotOffered
from routing.i18n import gettext as _
from routing.i18n import noop
from routing.process.parts import Line, OnPageLine, Part, Switch, Value, When
from routing.working_days import Calendar


@dataclass(frozen=True, slots=True)
class Refused:
    """Why we cannot take an answer.

    Attributes:
        text: what to do, in the language of the page.
        parts: the parts of the answer to change, such as ``day``; empty for all.
    """

    text: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """When and under which calendar an answer is given.

    Attributes:
        on: the day in London.
        calendar: working days of the process.
    """

    on: datetime.date
    calendar: Calendar


class Keeping(StrEnum):
    """With what we keep an answer, and so how long and who can read it.

    ``answers``: codes and numbers. ``words``: what a citizen typed, like the details. ``reporter``: what is about a
    person, with the reporter's data.
    """

    ANSWERS = "answers"
    WORDS = "words"
    REPORTER = "reporter"


class BaseQuestion(Part):
    """A question to a citizen, or a field for whoever acts in a stage.

    Attributes:
        sensitive: its answers are about a person, for example their health. We show them to nobody else, and in no
            subject.
        personal: we keep its answers with the data of the person who reports: not in the history, Prefect or logs.
        needed: False if it can be left empty. Then no table can read it.
        only_if: ask it only if these answers, or fields of stages before, have these values.
        only_if_council_lists: ask only if the council's list with this name has entries. If not, the answer is
            ``otherwise``.
        error: error if it is left empty. Each kind has its own.
        template: template of its page, in ``web/templates/journey/kinds``.
        unanswered: the error of the kind.
        id: its name in rules, and of its answer in the API.
        ask: the question.
        hint: what helps to answer it.
        otherwise: the answer if we do not ask it.
    """

    template: ClassVar[str]
    is_typed: ClassVar[bool] = False
    """Whether its answers are what somebody typed, so that readers must be able to tell them from our own words."""

    unanswered: ClassVar[str] = noop("Answer this question")

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    ask: OnPageLine
    error: OnPageLine | None = None
    hint: OnPageLine | None = None
    needed: Switch = True
    personal: Switch = False
    sensitive: Switch = False
    only_if: When = Field(default_factory=dict)
    only_if_council_lists: Line | None = None
    otherwise: Value | None = None

    @abstractmethod
    def read(self, said: object, given: Given) -> str | Refused:
        """The stored form of an answer from a form or program, or why it is not an answer to this question.

        Nothing at all (``is_nothing``) is not read.
        """

    @property
    def missing(self) -> Refused:
        """What to say to somebody who leaves it empty."""
        return Refused(self.error or _(self.unanswered))

    def is_nothing(self, said: object) -> bool:
        """Whether nothing was answered."""
        return said is None or (isinstance(said, str) and not said.strip())

    @property
    def first_field(self) -> str:
        """The field of its page to which an error about the whole answer leads."""
        return self.id

    def of_form(self, form: Mapping[str, Any]) -> object:
        """What the page of this question sent."""
        return form.get(self.id)

    def typed_in_words(self, form: Mapping[str, str]) -> str:
        """What its page sent, whether or not we can take it, in words; empty if that is nothing."""
        return form.get(self.id, "").strip()

    def form_values(self, value: str) -> dict[str, str]:
        """A stored answer as its page shows it: field → value."""
        return {self.id: value}

    @property
    @abstractmethod
    def expects(self) -> str:
        """One sentence for a program with a wrong answer: what to send."""

    @abstractmethod
    def display(self, value: str) -> str:
        """A stored answer, in words.

        Raises:
            AnswerNotOffered: this version of the question does not have it.
        """

    def is_offered(self, value: object) -> bool:
        """Whether a stored answer is one to this version of the question."""
        if not isinstance(value, str):
            return False
        try:
            self.display(value)
        except AnswerNotOffered:
            return False
        return True

    def takes(self, value: object, given: Given) -> bool:
        """Whether a stored answer, maybe one to another version of the question, is one to this version."""
        if not isinstance(value, str) or not self.is_offered(value):
            return False
        return not isinstance(self.read(self.to_json(value), given), Refused)

    @property
    def partitions(self) -> tuple[str, ...]:
        """The values that tables distinguish. The list is fixed, so that the checks can try all; empty without any."""
        return ()

    def partition(self, value: str, given: Given) -> str:
        """The value of a stored answer in a table. Only for questions with ``partitions``."""
        raise NotImplementedError

    @property
    def is_column(self) -> bool:
        """Whether a table can read it."""
        return self.needed and bool(self.partitions)

    @abstractmethod
    def to_schema(self) -> dict[str, Any]:
        """JSON Schema of an answer from a program."""

    def to_json(self, value: str) -> Any:
        """A stored answer as a program would send it."""
        return value

    def offered(self) -> dict[str, Any]:
        """Further keys of the question in the API: its choices."""
        return {}

    @property
    def kept_with(self) -> Keeping:
        """With what we keep its answers."""
        if self.personal:
            return Keeping.REPORTER
        return Keeping.WORDS if self.is_typed else Keeping.ANSWERS

    def is_sensitive(self, value: str) -> bool:  # noqa: ARG002  # some kinds know it of single answers
        """Whether an answer is sensitive."""
        return self.sensitive or self.personal

    def complaints(self) -> Iterator[str]:
        """What to change before we can ask it."""
        if (self.only_if_council_lists is None) != (self.otherwise is None):
            yield "set both only_if_council_lists and otherwise, or neither."
        if self.otherwise is not None and self.otherwise not in self.partitions:
            known = ", ".join(self.partitions)
            text = f"set otherwise to one of {known}. '{self.otherwise}' is not a choice."
            yield text if known else "remove otherwise. A table cannot read this question."

    def not_offered(self, value: str) -> AnswerNotOffered:
        """The error for a stored answer that this version does not have."""
        return AnswerNotOffered(self.id, value)
