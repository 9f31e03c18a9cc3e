"""News for a citizen: where their report stands, with a link to its page. Nothing that a citizen typed is in it. Pure.

So nobody can make the council send words of their own to somebody else's address; what an officer says of a report that
they close is the council's own.
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
    """Where a message to a citizen leads.

    Attributes:
        report: the report's page; whoever has it can add to the report, and withdraw it.
        not_me: the page that stops further mail to the address; it opens no report.
    """

    report: str
    not_me: str


def write_notification(
    told: PublicStatus, delivery: OutboxMessage, links: Links, sender: Sender, now: datetime.datetime
) -> bytes:
    """Write the e-mail of one piece of news, as it goes over the wire."""
    subject = _(STATES[told.stage].subject).format(reference=told.reference)
    text = {
        "subject": subject,
        "told": told,
        "received": in_words(told.received_at),
        "link": links.report,
        "not_me": links.not_me,
        "council": told.council.name,
        "language": language(),
    }
    return finish("notification", text, delivery, f"<{delivery.id}@{sender.domain}>", told.council, sender, now)
