"""Who can get a report, and the answers that are not a report: tables of a definition."""

from routing.process.parts import (
    AfterSending,
    Line,
    OnPage,
    OnPageLine,
    Part,
    Slug,
    ToRecipient,
    ToRecipientLine,
)
from routing.vocabulary import RecipientKind


class Wording(Part):
    """A message's subject and opening sentence. Placeholders are in ``process.wording``.

    Attributes:
        subject: subject of the email.
        opening: first sentence of the email.
    """

    subject: ToRecipientLine
    opening: ToRecipient


class Recipient(Part):
    """A recipient of rules, or somebody whom a stage asks.

    Attributes:
        kind: ``parish``: the clerk of the place's parish; ``team``: a mailbox of the council; ``partner``: others
            with an address in the council's file, such as the police.
        fallback: the team that gets reports if we cannot email the parish or partner; needed for both.
        message: the email to a recipient who must act, in a process without stages; ``copy_message`` is for a copy.
        next_steps: what we ask the recipient to do, one step in each line, in a process without stages.
        confirmation: what the citizen reads if this recipient must act. Do not promise an answer here: the page does,
            if we can keep it.
        first_stage: the stage in which reports to this recipient begin, in a process with stages.
        mailbox: the council's mailbox for a team or partner. Several can share one. By default the recipient's id.
        id: its name in rules and commands.
        title: its name for citizens and officers.
        copy_message: the email with a copy; needed if a rule copies to it.
    """

    id: Slug
    kind: RecipientKind
    title: OnPageLine
    message: Wording | None = None
    next_steps: tuple[ToRecipientLine, ...] = ()
    confirmation: AfterSending | None = None
    first_stage: Slug | None = None
    copy_message: Wording | None = None
    fallback: Slug | None = None
    mailbox: Slug | None = None


class Link(Part):
    """A link under a signpost.

    Attributes:
        label: text of the link.
        url: a web address.
    """

    label: OnPageLine
    url: Line


class Signpost(Part):
    """An answer that is not a case.

    Attributes:
        id: its name in rules.
        title: heading of its page.
        text: what the citizen can do instead.
        links: pages that help.
    """

    id: Slug
    title: OnPageLine
    text: OnPage
    links: tuple[Link, ...] = ()
