"""What every question has, and what each kind must define."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from routing.errors import AnswerNotOffered
from routing.process.parts import Line, OnPageLine, Part, Value


class BaseQuestion(Part):
    """A question of a process.

    Attributes:
        sensitive: its answers are about a person, for example their health. We show them to nobody else, and in no
            subject.
        only_if_council_lists: ask only if the council's list with this name has entries. If not, the answer is
            ``otherwise``.
        error: error if the citizen leaves it empty.
        template: template of its page, in ``web/templates/journey/kinds``.
        id: its name in rules, and of its answer in the API.
        ask: the question.
        hint: what helps to answer it.
        otherwise: the answer if we do not ask it.
    """

    template: ClassVar[str]

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,30}$")]
    ask: OnPageLine
    error: OnPageLine
    hint: OnPageLine | None = None
    sensitive: Annotated[bool, Field(strict=True)] = False
    only_if_council_lists: Line | None = None
    otherwise: Value | None = None

    @abstractmethod
    def read(self, said: object) -> str | None:
        """The stored form of an answer from a form or program; None if it is not an answer to this question."""

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

    @property
    @abstractmethod
    def partitions(self) -> tuple[str, ...]:
        """The values that the triage table distinguishes. The list is fixed, so that the checks can try all."""

    @abstractmethod
    def to_schema(self) -> dict[str, Any]:
        """JSON Schema of an answer from a program."""

    def offered(self) -> dict[str, Any]:
        """Further keys of the question in the API: its choices."""
        return {}

    def is_sensitive(self, value: str) -> bool:  # noqa: ARG002  # some kinds know it of single answers
        """Whether an answer is sensitive."""
        return self.sensitive

    def complaints(self) -> Iterator[str]:
        """What to change before we can ask it."""
        if (self.only_if_council_lists is None) != (self.otherwise is None):
            yield "set both only_if_council_lists and otherwise, or neither."
        if self.otherwise is not None and self.otherwise not in self.partitions:
            yield f"set otherwise to one of {', '.join(self.partitions)}. '{self.otherwise}' is not a choice."

    def not_offered(self, value: str) -> AnswerNotOffered:
        """The error for a stored answer that this version does not have."""
        return AnswerNotOffered(self.id, value)
