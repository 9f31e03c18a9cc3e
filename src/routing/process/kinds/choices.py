"""Choices: one or more of a closed list of answers."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from routing.errors import AnswerNotOffered
from routing.i18n import gettext as _
from routing.i18n import noop
from routing.process.kinds.choice import OfChoices
from routing.process.kinds.question import Given, Refused

SEPARATOR = ","


class ChoicesQuestion(OfChoices):
    """A question with a fixed list of answers, some of which are selected with checkboxes. It only informs.

    Attributes:
        kind: kind of the question.
    """

    template: ClassVar[str] = "choices.html"
    unanswered: ClassVar[str] = noop("Select at least one answer")

    kind: Literal["choices"]

    def is_nothing(self, said: object) -> bool:
        return super().is_nothing(said) or said in ([], ())

    def of_form(self, form: Mapping[str, Any]) -> object:
        return [value for value in self.values if form.get(f"{self.id}-{value}")]

    def typed_in_words(self, form: Mapping[str, str]) -> str:
        return ", ".join(each.label for each in self.choices if form.get(f"{self.id}-{each.value}"))

    def form_values(self, value: str) -> dict[str, str]:
        return {f"{self.id}-{each}": each for each in value.split(SEPARATOR)}

    def read(self, said: object, given: Given) -> str | Refused:  # noqa: ARG002  # the same on every day
        """A list of the values, or one of them; kept in the order of the file, each once."""
        asked = said.split(SEPARATOR) if isinstance(said, str) else said
        if not isinstance(asked, list | tuple) or not asked or not all(each in self.values for each in asked):
            return Refused(self.error or _(self.unanswered))
        return SEPARATOR.join(value for value in self.values if value in asked)

    @property
    def expects(self) -> str:
        return f"Send a list with some of: {', '.join(self.values)}."

    def display(self, value: str) -> str:
        try:
            return ", ".join(self.label_of(each) for each in value.split(SEPARATOR))
        except AnswerNotOffered:
            raise self.not_offered(value) from None

    def to_schema(self) -> dict[str, Any]:
        each = {"type": "string", "oneOf": [{"const": one.value, "title": one.label} for one in self.choices]}
        return {"type": "array", "items": each, "minItems": 1, "uniqueItems": True}

    def to_json(self, value: str) -> Any:
        return value.split(SEPARATOR)

    def is_sensitive(self, value: str) -> bool:
        chosen = [self.chosen(each) for each in value.split(SEPARATOR)]
        return super().is_sensitive(value) or any(each is not None and each.sensitive for each in chosen)
