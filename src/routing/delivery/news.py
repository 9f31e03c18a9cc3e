"""News for a citizen: where their report stands, with a link to its page. Nothing that anybody typed is in it. Pure.

So nobody can make the council send words of their own to somebody else's address.
"""

import datetime
import zoneinfo
from dataclasses import dataclass

from routing.casework import LONDON, Dispatch, Standing, State, in_words
from routing.delivery.messages import Sender, finish
from routing.texts import gettext as _
from routing.texts import language, noop

HAVE = noop("We have your report {reference}")
SUBJECTS = {
    State.RECEIVED: HAVE,
    State.ROUTING: HAVE,
    State.SENT: noop("We have sent your report {reference}"),
    State.ACKNOWLEDGED: noop("Your report {reference} is being looked at"),
    State.REVIEW: noop("One of our officers is looking at your report {reference}"),
    State.DECLINED: noop("We are finding out who can deal with your report {reference}"),
    State.ESCALATED: noop("We have asked again about your report {reference}"),
    State.WITHDRAWN: noop("You have withdrawn your report {reference}"),
    State.MERGED: HAVE,
    State.CLOSED: noop("Your report {reference} is closed"),
}


@dataclass(frozen=True, slots=True)
class Links:
    """Where a message to a citizen leads.

    Attributes:
        report: the report's page; whoever has it can add to the report, and withdraw it.
        not_me: the page that stops further mail to the address; it opens no report.
    """

    report: str
    not_me: str


def write_news(told: Standing, dispatch: Dispatch, links: Links, sender: Sender, now: datetime.datetime) -> bytes:
    """Write the e-mail of one piece of news, as it goes over the wire."""
    subject = _(SUBJECTS[told.stage]).format(reference=told.reference)
    text = {
        "subject": subject,
        "told": told,
        "expected_by": in_words(told.expected_by) if told.expected_by else None,
        "received": in_words(told.received_at.astimezone(zoneinfo.ZoneInfo(LONDON))),
        "link": links.report,
        "not_me": links.not_me,
        "council": told.council.name,
        "language": language(),
    }
    return finish("news", text, dispatch, f"<{dispatch.id}@{sender.domain}>", told.council, sender, now)
