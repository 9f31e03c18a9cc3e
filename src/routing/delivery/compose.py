"""Decisions → outbox rows, and new rows for refused messages. Pure."""

from routing.casework import Decision, NewMessage, OutboxMessage, new_message, to_review
from routing.council import Council
from routing.process import Definition
from routing.vocabulary import Role


def compose(decision: Decision, domain: str) -> tuple[NewMessage, ...]:
    """The messages of a decision, with the ids that we record before sending.

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
        if decision.begun is None or each.role is not Role.TO  # who acts in a stage is asked when the case begins
    )


def instead_of_refused(
    delivery: OutboxMessage, sequence: int, council: Council, definition: Definition, domain: str
) -> NewMessage | None:
    """The message that replaces one that its recipient's server refused permanently.

    Returns:
        To the fallback team if the parish had to act; to the review mailbox for a team or a copy; None for the review
        mailbox itself, because nobody is left.
    """
    if delivery.role is Role.REVIEW:
        return None
    recipient = definition.recipients.get(delivery.recipient)
    if delivery.role is Role.TO and recipient is not None and recipient.fallback is not None:
        team = council.mailboxes[definition.mailbox_of(recipient.fallback)].destination
        reason = f"Your team must act on this, because the clerk's mail server refused it. {delivery.reason}"
        return new_message(delivery.report, sequence, recipient.fallback, Role.TO, team, domain, reason)
    reason = f"The mailbox of {delivery.recipient} refused this message.{with_others(delivery)}{to_print(delivery)}"
    return to_review(delivery.report, sequence, council, reason, domain)


def to_print(delivery: OutboxMessage) -> str:
    """A sentence about where officers find a letter that did not leave; empty for any other message."""
    if delivery.role is not Role.LETTER:
        return ""
    return f" Print it and send it by post: waywarden reports letters {delivery.reference}"


def with_others(delivery: OutboxMessage) -> str:
    """A sentence about the other reports in the same digest; empty for any other message."""
    others = list(dict.fromkeys(each.reference for each in delivery.members if each.id != delivery.id))
    return f" The same message contained {', '.join(others)}." if others else ""


def _why(decision: Decision, substitute_for: str | None, why: str) -> str:
    if substitute_for is None:
        return decision.reason
    return f"Your team must act on this. It was for the parish council, but {why}. {decision.reason}"
