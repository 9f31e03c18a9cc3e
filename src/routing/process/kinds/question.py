"""What every question has, whatever its kind, and what a kind has to know of itself."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from routing.errors import AnswerNotOffered
from routing.process.parts import Line, OnPageLine, Part, Value


class BaseQuestion(Part):
    """A question of a process.

    Attributes:
        sensitive: its answers say something of a person, as of their health: nobody else is shown them, and no subject
            names them.
        only_if_council_lists: ask only where the council's list of this name has entries; else ``otherwise`` holds.
        error: what a citizen reads who left it empty.
        template: of its page, in ``web/templates/journey/kinds``.
        id: how rules call it, and its answer in the API.
        ask: the question.
        hint: what helps to answer it.
        otherwise: the answer that holds where it is not asked.
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
        """What a form or a program said, as it is stored; None where it is no answer to this question."""

    @property
    @abstractmethod
    def expects(self) -> str:
        """One sentence for a program whose answer was not taken: what to send."""

    @abstractmethod
    def display(self, value: str) -> str:
        """A stored answer in words.

        Raises:
            AnswerNotOffered: this version of the question does not know it.
        """

    @property
    @abstractmethod
    def partitions(self) -> tuple[str, ...]:
        """The values that the triage table tells apart; closed, so that a proof walks all of them."""

    @abstractmethod
    def to_schema(self) -> dict[str, Any]:
        """JSON Schema of an answer, as programs send it."""

    def offered(self) -> dict[str, Any]:
        """Further keys of the question in the API: what it offers to choose from."""
        return {}

    def is_sensitive(self, value: str) -> bool:  # noqa: ARG002  # some kinds know it of single answers
        """Whether one answer is nobody else's business."""
        return self.sensitive

    def complaints(self) -> Iterator[str]:
        """What has to change in it before it can be asked."""
        if (self.only_if_council_lists is None) != (self.otherwise is None):
            yield "only_if_council_lists and otherwise belong together. Set both or neither."
        if self.otherwise is not None and self.otherwise not in self.partitions:
            yield f"otherwise = '{self.otherwise}' is not a choice. Use one of {', '.join(self.partitions)}."

    def not_offered(self, value: str) -> AnswerNotOffered:
        """The error for a stored answer that this version does not know."""
        return AnswerNotOffered(self.id, value)
