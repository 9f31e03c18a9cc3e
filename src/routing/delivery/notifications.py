"""News for a citizen: the state of their report, with a link to its page. It contains nothing a citizen typed. Pure.

So nobody can make the council send their own words to somebody else. An officer's words about a closed report are the
council's own.
"""

import datetime
from dataclasses import dataclass

from routing.casework import STATES, OutboxMessage, PublicStatus
from routing.days import in_words
from routing.delivery.messages import Sender, finish
from routing.i18n import gettext as _
from routing.i18n import language


@dataclass(frozen=True, slots=True)
class Links:
    """The links in a message to a citizen.

    Attributes:
        report: the report's page. Anyone with the link can add to the report and withdraw it.
        not_me: the page that stops further emails to the address. It does not open a report.
    """

    report: str
    not_me: str


def write_notification(
    told: PublicStatus, delivery: OutboxMessage, links: Links, sender: Sender, now: datetime.datetime
) -> bytes:
    """Write the bytes of the email with one piece of news."""
    subject = _(STATES[told.stage].subject).format(reference=told.reference, noun=told.definition.noun)
    text = {
        "subject": subject,
        "told": told,
        "noun": told.definition.noun,
        "received": in_words(told.received_at),
        "link": links.report,
        "not_me": links.not_me,
        "council": told.council.name,
        "language": language(),
    }
    return finish("notification", text, delivery, f"<{delivery.id}@{sender.domain}>", told.council, sender, now)
