"""Several messages to one recipient in one email, each with its full text. Pure."""

import datetime
from collections.abc import Sequence

from routing.casework import OutboxMessage
from routing.council import Council
from routing.delivery.messages import Sender, finish, parts
from routing.process import Definition

OPENING = (
    "You do not need to act on these {number} messages. Each is a copy for your information, or adds to a report you "
    "have. We put them in one email because you got many within an hour."
)
SUBJECT = "{number} messages about reports, {first} and others"


def write_digest(
    head: OutboxMessage,
    members: Sequence[tuple[OutboxMessage, Council, Definition]],
    sender: Sender,
    now: datetime.datetime,
) -> bytes:
    """Write the bytes of a digest's email.

    Args:
        head: the message that gives the address and Message-ID.
        members: all messages in it, each with the council that decided it and the definition at the time of the report.
    """
    council = members[0][1]
    text = {
        "subject": SUBJECT.format(number=len(members), first=head.reference),
        "opening": OPENING.format(number=len(members)),
        "messages": [parts(*each) for each in members],
        "council": council.name,
    }
    return finish("digest", text, head, head.message_id, council, sender, now)
