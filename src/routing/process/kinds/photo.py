"""A photo: in the language and its checks. No page takes one yet, so it has no template."""

from typing import Any, ClassVar, Literal

from routing.i18n import noop
from routing.process.kinds.question import BaseQuestion, Given, Refused

PHOTO = "photo"
"""The value of a photo in a played example."""


class PhotoQuestion(BaseQuestion):
    """A question for photos.

    Attributes:
        kind: kind of the question.
    """

    template: ClassVar[str] = ""
    unanswered: ClassVar[str] = noop("Add a photo")

    kind: Literal["photo"]

    def read(self, said: object, given: Given) -> str | Refused:  # noqa: ARG002  # the same on every day
        """In played examples only."""
        return PHOTO if said == PHOTO else self.missing

    @property
    def expects(self) -> str:
        return "Programs cannot send photos yet."

    def display(self, value: str) -> str:
        return value

    def to_schema(self) -> dict[str, Any]:
        return {"const": PHOTO}
