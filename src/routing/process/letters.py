"""Ends, letters and fees: tables of a definition with stages."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from routing.i18n import noop
from routing.process.parts import AfterSending, AfterSendingLine, Name, OnPageLine, Part, Slug, When

TO_CITIZEN = "citizen"
TO_FIELD = "field:"

Pounds = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}\.[0-9]{2}$")]
LetterTo = Annotated[str, StringConstraints(pattern=r"^(field:[a-z][a-z0-9_]{0,40}|[a-z][a-z0-9-]{1,60})$")]


class EndKind(StrEnum):
    """Kinds of ends, which are counted. *Withdrawn* and *merged* are built in."""

    ANSWERED = "answered"
    REFUSED = "refused"
    LAPSED = "lapsed"
    UNANSWERED = "unanswered"


class Renew(Part):
    """A letter before a permission runs out, with a link to a new case that knows this one.

    Attributes:
        letter: the letter.
        days_before: how many days before ``holds_until`` it goes.
    """

    letter: Slug
    days_before: Annotated[int, Field(strict=True, ge=1, le=366)]


class End(Part):
    """An end of a case.

    Attributes:
        id: its name.
        title: the citizen's status line from then on.
        kind: how it is counted.
        holds_until: the date until which a permission holds.
        renew: the letter before that.
    """

    id: Slug
    title: OnPageLine
    kind: EndKind
    holds_until: Name | None = None
    renew: Renew | None = None


UNANSWERED = "unanswered"
"""The end of a case that officers left alone (rule 17). A definition can have one of its own with this id."""

WITHDRAWN, CLOSED = "withdrawn", "closed"
"""Ends outside of the stages: by the citizen, and by an officer."""

BUILT_IN = {
    UNANSWERED: End(id=UNANSWERED, title=noop("Closed without an answer"), kind=EndKind.UNANSWERED),
    WITHDRAWN: End(id=WITHDRAWN, title=noop("Withdrawn"), kind=EndKind.LAPSED),
    CLOSED: End(id=CLOSED, title=noop("Closed by an officer"), kind=EndKind.LAPSED),
}


class Letter(Part):
    """A letter that an outcome sends.

    Attributes:
        id: its name.
        subject: subject of the email.
        text: the letter.
        to: ``citizen``, a recipient's id, or ``field:`` and a field of kind person.
    """

    id: Slug
    subject: AfterSendingLine
    text: AfterSending
    to: LetterTo = TO_CITIZEN


class FeeAmount(Part):
    """An amount of a fee.

    Attributes:
        when: where it holds; without it everywhere. The first that matches counts.
        pounds: the amount, such as ``35.00``.
    """

    when: When = Field(default_factory=dict)
    pounds: Pounds


class Fee(Part):
    """A fee. Texts name it as ``{fee.ID}`` and ``{fee.ID.page}``.

    Attributes:
        id: its name.
        page: the page of the council's file where one pays.
        amounts: the amounts, as a table.
        amount_of: a number field with the amount, instead of ``amounts``.
    """

    id: Name
    page: Slug
    amounts: tuple[FeeAmount, ...] = ()
    amount_of: Name | None = None

    @property
    def reads(self) -> frozenset[str]:
        """The questions and fields that its amount depends on."""
        columns = {column for amount in self.amounts for column in amount.when}
        return frozenset(columns | ({self.amount_of} if self.amount_of is not None else set()))
