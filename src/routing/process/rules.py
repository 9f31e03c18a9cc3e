"""Rules: the rows of the triage table of a definition."""

from typing import Annotated

from pydantic import Field, StringConstraints

from routing.process.parts import Line, Part, Slug, ToRecipientLine, When


class Rule(Part):
    """A row of the triage table. The first match decides (DMN hit policy FIRST).

    Exactly one of ``signpost`` and ``to`` is set.

    Attributes:
        id: its name in receipts and explanations.
        when: questions, or ``place``, with the values that match. Other questions can have any value.
        signpost: the signpost to show.
        to: the recipient who must act.
        stage: the stage in which the report begins, if not the recipient's ``first_stage``.
        copy_to: recipients who get a copy.
        because: the reason, for the recipient and officers.
        source: source of the reason, such as a law or a policy.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{1,15}$")]
    when: When = Field(default_factory=dict)
    signpost: Slug | None = None
    to: Slug | None = None
    stage: Slug | None = None
    copy_to: Annotated[tuple[Slug, ...], Field(alias="copy")] = ()
    because: ToRecipientLine
    source: Line
