"""A choice: one of a closed list of answers."""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from routing.process.kinds.question import BaseQuestion
from routing.process.parts import OnPageLine, Part, Value


class Choice(Part):
    """One answer to a question.

    Attributes:
        sensitive: it is about a person, for example their health. We show it to nobody else, and in no subject.
        value: its name in rules.
        label: its text for citizens and recipients.
    """

    value: Value
    label: OnPageLine
    sensitive: Annotated[bool, Field(strict=True)] = False


class ChoiceQuestion(BaseQuestion):
    """A question with a fixed list of answers, one of which the citizen selects with radio buttons.

    Attributes:
        kind: kind of the question.
        choices: the answers to choose from.
    """

    template: ClassVar[str] = "choice.html"

    kind: Literal["choice"] = "choice"
    choices: Annotated[tuple[Choice, ...], Field(min_length=2)]

    def _chosen(self, value: str) -> Choice | None:
        """Not cached, because a copy with filled or translated labels would keep the old result."""
        return next((choice for choice in self.choices if choice.value == value), None)

    def read(self, said: object) -> str | None:
        return said if isinstance(said, str) and said in self.partitions else None

    @property
    def expects(self) -> str:
        return f"Send one of: {', '.join(self.partitions)}."

    def display(self, value: str) -> str:
        chosen = self._chosen(value)
        if chosen is None:
            raise self.not_offered(value)
        return chosen.label

    @cached_property
    def partitions(self) -> tuple[str, ...]:
        return tuple(choice.value for choice in self.choices)

    def to_schema(self) -> dict[str, Any]:
        return {"type": "string", "oneOf": [{"const": each.value, "title": each.label} for each in self.choices]}

    def offered(self) -> dict[str, Any]:
        return {"choices": [{"value": each.value, "label": each.label} for each in self.choices]}

    def is_sensitive(self, value: str) -> bool:
        chosen = self._chosen(value)
        return self.sensitive or (chosen is not None and chosen.sensitive)

    def complaints(self) -> Iterator[str]:
        for value, count in Counter(self.partitions).items():
            if count > 1:
                yield f"remove one of the choices '{value}'. It is there twice."
        yield from super().complaints()
