"""Decisions → outbox rows, and what follows when one is refused. Pure."""

from uuid import UUID, uuid4

from routing.casework import Decision, Dispatch, Outgoing
from routing.council import Council
from routing.process import Definition
from routing.words import REVIEW, Role

SMTP = "smtp"


def compose(decision: Decision, domain: str) -> tuple[Outgoing, ...]:
    """The messages of a decision, with the ids under which they are recorded before they are sent.

    Args:
        domain: right-hand side of the Message-IDs.
    """
    return tuple(
        outgoing(
            decision.report,
            decision.sequence,
            each.recipient,
            each.role,
            each.address,
            domain,
            _why(decision, each.substitute_for, each.why),
            each.contact,
        )
        for each in decision.addressees
    )


def outgoing(
    report: UUID,
    sequence: int,
    recipient: str,
    role: Role,
    address: str,
    domain: str,
    reason: str,
    contact: UUID | None = None,
) -> Outgoing:
    """One message to one recipient, with a Message-ID of its own that every repeat keeps."""
    identifier = uuid4()
    message_id = f"<{identifier}@{domain}>"
    return Outgoing(identifier, report, sequence, recipient, role, SMTP, address, message_id, reason, contact)


def to_review(report: UUID, sequence: int, council: Council, reason: str, domain: str) -> Outgoing:
    """The one message to the council's review mailbox."""
    return outgoing(report, sequence, REVIEW, Role.REVIEW, council.review_address, domain, reason)


def instead_of_refused(
    dispatch: Dispatch, sequence: int, council: Council, definition: Definition, domain: str
) -> Outgoing | None:
    """Who gets a message that its recipient's server refused for good.

    Returns:
        The fallback team for a parish that was to act; the review mailbox for a team or a copy; None for the review
        mailbox itself, since nobody is left.
    """
    if dispatch.role is Role.REVIEW:
        return None
    recipient = definition.recipients.get(dispatch.recipient)
    if dispatch.role is Role.TO and recipient is not None and recipient.fallback is not None:
        address = council.mailboxes[recipient.fallback].address
        reason = f"The clerk's mail server refused this report, so it is yours to act on. {dispatch.reason}"
        return outgoing(dispatch.report, sequence, recipient.fallback, Role.TO, address, domain, reason)
    reason = f"The mailbox of {dispatch.recipient} refused this report.{with_others(dispatch)}"
    return to_review(dispatch.report, sequence, council, reason, domain)


def with_others(dispatch: Dispatch) -> str:
    """A sentence on the other reports of a digest, which share its fate; empty for any other message."""
    others = list(dict.fromkeys(each.reference for each in dispatch.members if each.id != dispatch.id))
    return f" With it went {', '.join(others)}: they were sent together." if others else ""


def _why(decision: Decision, substitute_for: str | None, why: str) -> str:
    if substitute_for is None:
        return decision.reason
    return f"This was for the parish council, but {why}, so it is yours to act on. {decision.reason}"
