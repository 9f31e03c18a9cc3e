"""Messages of cases in stages: what asks somebody to act, what reminds them, and letters. Pure."""

import datetime
from typing import Any

from routing.casework import OutboxMessage
from routing.council import Council
from routing.days import by_moment
from routing.delivery.messages import Sender, contents, finish
from routing.delivery.notifications import Links
from routing.i18n import gettext as _
from routing.i18n import language
from routing.process import Definition
from routing.vocabulary import Role

REMINDER = "We asked you to act on this, and have no answer yet."


def write_ask(
    delivery: OutboxMessage, council: Council, definition: Definition, link: str, sender: Sender,
    now: datetime.datetime,
) -> bytes:  # fmt: skip
    """Write the bytes of the email that asks somebody to act in a stage, or reminds them.

    Args:
        link: to the page on which they answer.
    """
    assert delivery.asked is not None
    text = contents(delivery, council, definition) | ask_in_words(delivery, definition, link)
    return finish("case", text, delivery, delivery.message_id, council, sender, now)


def ask_in_words(delivery: OutboxMessage, definition: Definition, link: str) -> dict[str, Any]:
    """The values for the template that only a message of a stage has."""
    asked = delivery.asked
    assert asked is not None
    by, is_again = by_moment(asked.due), delivery.role is Role.REMINDER
    is_reminder = is_again and not delivery.reason
    start = "Reminder: answer" if is_reminder else "Answer"
    return ({"reason": ""} if is_again else {}) | {
        "subject": f"{start} by {by}: {definition.process.title}, {delivery.reference}",
        "opening": asked.task,
        "reminder": (delivery.reason or REMINDER) if is_again else "",
        "answer_by": by,
        "answer_link": link,
        "said_since": asked.said,
        "steps": [],
    }


def write_letter_to_others(
    delivery: OutboxMessage, council: Council, definition: Definition, sender: Sender, now: datetime.datetime
) -> bytes:
    """Write the bytes of a letter to somebody who is not the citizen."""
    return write_letter(delivery, council, definition, None, sender, now)


def write_letter(
    delivery: OutboxMessage, council: Council, definition: Definition, links: Links | None, sender: Sender,
    now: datetime.datetime,
) -> bytes:  # fmt: skip
    """Write the bytes of a letter.

    Args:
        links: to the page of the report, for its citizen; None for others.
    """
    letter = delivery.letter
    assert letter is not None
    text = {
        "subject": " ".join(letter.subject.split()),
        "paragraphs": [each for each in letter.text.split("\n\n") if each.strip()],
        "reference": delivery.reference,
        "noun": definition.noun,
        "link": links.report if links is not None else "",
        "not_me": links.not_me if links is not None else "",
        "asks": letter.asks_citizen,
        "renews": letter.is_renewal,
        "council": council.name,
        "title": definition.process.title,
        "language": language(),
        "see": _("See what happens to your {noun}").format(noun=definition.noun),
    }
    return finish("letter", text, delivery, delivery.message_id, council, sender, now)
