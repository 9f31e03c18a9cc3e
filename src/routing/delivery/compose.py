"""Decisions → outbox rows, and what follows when one is refused. Pure."""

from routing.casework import Decision, NewMessage, OutboxMessage, new_message, to_review
from routing.council import Council
from routing.process import Definition
from routing.vocabulary import Role


def compose(decision: Decision, domain: str) -> tuple[NewMessage, ...]:
    """The messages of a decision, with the ids under which they are recorded before they are sent.

    Args:
        domain: right-hand side of the Message-IDs.
    """
    return tuple(
        new_message(
            decision.report,
            decision.sequence,
            each.recipient,
            each.role,
            each.destination,
            domain,
            _why(decision, each.substitute_for, each.why),
            each.contact,
        )
        for each in decision.addressees
    )


def instead_of_refused(
    delivery: OutboxMessage, sequence: int, council: Council, definition: Definition, domain: str
) -> NewMessage | None:
    """Who gets a message that its recipient's server refused for good.

    Returns:
        The fallback team for a parish that was to act; the review mailbox for a team or a copy; None for the review
        mailbox itself, since nobody is left.
    """
    if delivery.role is Role.REVIEW:
        return None
    recipient = definition.recipients.get(delivery.recipient)
    if delivery.role is Role.TO and recipient is not None and recipient.fallback is not None:
        team = council.mailboxes[definition.mailbox_of(recipient.fallback)].destination
        reason = f"The clerk's mail server refused this report, so your team must act on this report. {delivery.reason}"
        return new_message(delivery.report, sequence, recipient.fallback, Role.TO, team, domain, reason)
    reason = f"The mailbox of {delivery.recipient} refused this report.{with_others(delivery)}"
    return to_review(delivery.report, sequence, council, reason, domain)


def with_others(delivery: OutboxMessage) -> str:
    """A sentence on the other reports of a digest, which share its fate; empty for any other message."""
    others = list(dict.fromkeys(each.reference for each in delivery.members if each.id != delivery.id))
    return f" With it went {', '.join(others)}: they were sent together." if others else ""


def _why(decision: Decision, substitute_for: str | None, why: str) -> str:
    if substitute_for is None:
        return decision.reason
    return f"This was for the parish council, but {why}, so your team must act on this report. {decision.reason}"
