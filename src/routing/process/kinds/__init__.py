"""Kinds of questions: a closed union. A kind has a module here, a template for its page, and one line below."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from routing.process.kinds.choice import Choice, ChoiceQuestion
from routing.process.kinds.choices import ChoicesQuestion
from routing.process.kinds.date import DateQuestion
from routing.process.kinds.number import NumberQuestion
from routing.process.kinds.person import PersonQuestion
from routing.process.kinds.photo import PhotoQuestion
from routing.process.kinds.question import BaseQuestion, Given, Keeping, Refused
from routing.process.kinds.text import TextQuestion

KINDS = ("choice", "choices", "number", "date", "text", "photo", "person")


def kind_of(given: Any) -> str | None:
    """The kind of a question as it stands in a file; a choice if it does not say."""
    return given.get("kind", KINDS[0]) if isinstance(given, dict) else getattr(given, "kind", None)


Question = Annotated[
    Annotated[ChoiceQuestion, Tag("choice")]
    | Annotated[ChoicesQuestion, Tag("choices")]
    | Annotated[NumberQuestion, Tag("number")]
    | Annotated[DateQuestion, Tag("date")]
    | Annotated[TextQuestion, Tag("text")]
    | Annotated[PhotoQuestion, Tag("photo")]
    | Annotated[PersonQuestion, Tag("person")],
    Discriminator(kind_of),
]
"""Any question."""

__all__ = ["KINDS", "BaseQuestion", "Choice", "ChoiceQuestion", "Given", "Keeping", "Question", "Refused", "kind_of"]
