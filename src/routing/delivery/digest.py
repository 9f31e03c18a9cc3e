"""Several messages to one recipient in one e-mail: each says in it what it would have said by itself. Pure."""

import datetime
from collections.abc import Sequence

from routing.casework import OutboxMessage
from routing.council import Council
from routing.delivery.messages import Sender, finish, parts
from routing.process import Definition

OPENING = (
    "You got many messages from us within an hour, so these {number} come together. None of them asks you to act: each "
    "is a copy for you to know, or adds to what you have."
)
SUBJECT = "{number} messages about reports, {first} and others"


def write_digest(
    head: OutboxMessage,
    members: Sequence[tuple[OutboxMessage, Council, Definition]],
    sender: Sender,
    now: datetime.datetime,
) -> bytes:
    """Write the e-mail of a digest, as it goes over the wire.

    Args:
        head: whose message it is, by its address and Message-ID.
        members: all that stand in it, with the council that decided each and the definition it was submitted under.
    """
    council = members[0][1]
    text = {
        "subject": SUBJECT.format(number=len(members), first=head.reference),
        "opening": OPENING.format(number=len(members)),
        "messages": [parts(*each) for each in members],
        "council": council.name,
    }
    return finish("digest", text, head, head.message_id, council, sender, now)
