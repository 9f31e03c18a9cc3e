"""Kinds of questions: a closed union. A kind has a module here, a template for its page, and one line below."""

from routing.process.kinds.choice import Choice, ChoiceQuestion

Question = ChoiceQuestion
"""Any question. With a second kind: ``Annotated[ChoiceQuestion | OtherQuestion, Field(discriminator="kind")]``."""

__all__ = ["Choice", "Question"]
