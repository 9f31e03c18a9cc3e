"""A text: free text. It only informs, and never stands in a subject if a stranger wrote it."""

import unicodedata
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from routing.i18n import gettext as _
from routing.i18n import noop
from routing.process.kinds.question import BaseQuestion, Given, Refused


class TextQuestion(BaseQuestion):
    """A question for free text.

    Attributes:
        kind: kind of the question.
        max_characters: longest text.
    """

    template: ClassVar[str] = "text.html"
    is_typed: ClassVar[bool] = True
    unanswered: ClassVar[str] = noop("Enter an answer")

    kind: Literal["text"]
    max_characters: Annotated[int, Field(strict=True, ge=10, le=5000)] = 1000

    def read(self, said: object, given: Given) -> str | Refused:  # noqa: ARG002  # the same on every day
        """The text in NFC, without blanks around it, each line break as one character."""
        if not isinstance(said, str):
            return Refused(_("Enter a text"))
        text = unicodedata.normalize("NFC", said).replace("\r\n", "\n").replace("\r", "\n").strip()
        if len(text) > self.max_characters:
            return Refused(_("Enter {most} characters or less").format(most=f"{self.max_characters:,}"))
        if any(unicodedata.category(each) in ("Cc", "Cs") for each in text if each not in "\n\t"):
            return Refused(_("Remove the control characters"))
        return text or Refused(self.error or _(self.unanswered))

    @property
    def expects(self) -> str:
        return f"Send a text of up to {self.max_characters:,} characters."

    def display(self, value: str) -> str:
        return value

    def to_schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.max_characters}
