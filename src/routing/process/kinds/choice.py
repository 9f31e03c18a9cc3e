"""A choice: one of a closed list of answers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from routing.i18n import gettext as _
from routing.i18n import noop
from routing.process.kinds.question import BaseQuestion, Given, Refused
from routing.process.parts import OnPageLine, Part, Switch, Value


class Choice(Part):
    """One answer to a question.

    Attributes:
        sensitive: it is about a person, for example their health. We show it to nobody else, and in no subject.
        value: its name in rules.
        label: its text for citizens and recipients.
    """

    value: Value
    label: OnPageLine
    sensitive: Switch = False


class OfChoices(BaseQuestion):
    """A question with a fixed list of answers.

    Attributes:
        choices: the answers to choose from.
    """

    choices: Annotated[tuple[Choice, ...], Field(min_length=2)]

    def chosen(self, value: str) -> Choice | None:
        """Not cached, because a copy with filled or translated labels would keep the old result."""
        return next((choice for choice in self.choices if choice.value == value), None)

    @property
    def values(self) -> tuple[str, ...]:
        """The answers' names."""
        return tuple(choice.value for choice in self.choices)

    def label_of(self, value: str) -> str:
        """The text of one answer.

        Raises:
            AnswerNotOffered: this version of the question does not have it.
        """
        chosen = self.chosen(value)
        if chosen is None:
            raise self.not_offered(value)
        return chosen.label

    def offered(self) -> dict[str, Any]:
        """The choices, for programs."""
        return {"choices": [{"value": each.value, "label": each.label} for each in self.choices]}

    def complaints(self) -> Iterator[str]:
        """Also each value is there once."""
        for value, count in Counter(self.values).items():
            if count > 1:
                yield f"remove one of the choices '{value}'. It is there twice."
        yield from super().complaints()


class ChoiceQuestion(OfChoices):
    """A question with a fixed list of answers, one of which is selected with radio buttons.

    Attributes:
        kind: kind of the question.
    """

    template: ClassVar[str] = "choice.html"
    unanswered: ClassVar[str] = noop("Select an answer")

    kind: Literal["choice"] = "choice"

    def read(self, said: object, given: Given) -> str | Refused:  # noqa: ARG002  # the same on every day
        """One of the values, exactly."""
        if isinstance(said, str) and said in self.partitions:
            return said
        return Refused(self.error or _(self.unanswered))

    @property
    def expects(self) -> str:
        return f"Send one of: {', '.join(self.values)}."

    def display(self, value: str) -> str:
        return self.label_of(value)

    def typed_in_words(self, form: Mapping[str, str]) -> str:
        chosen = self.chosen(form.get(self.id, ""))
        return chosen.label if chosen is not None else ""

    @cached_property
    def partitions(self) -> tuple[str, ...]:
        return self.values

    def partition(self, value: str, given: Given) -> str:  # noqa: ARG002  # the same on every day
        return value

    def to_schema(self) -> dict[str, Any]:
        return {"type": "string", "oneOf": [{"const": each.value, "title": each.label} for each in self.choices]}

    def is_sensitive(self, value: str) -> bool:
        chosen = self.chosen(value)
        return super().is_sensitive(value) or (chosen is not None and chosen.sensitive)
