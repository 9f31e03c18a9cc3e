"""What a channel is: one way by which messages reach recipients.

All share the outbox, its retries, leases and guarantees. A channel takes one message at a time and says what became of
it; one that is down, or stopped, stops nobody else. A channel is one module beside this one, and one line in
``CHANNELS``.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from routing.delivery.channels.health import ChannelHealth


@dataclass(frozen=True, slots=True)
class Handover:
    """One message, written and addressed.

    Attributes:
        delivery: its id in the outbox; each repeat has the same, so that a recipient can tell it from another message.
        address: as the channel's recipients are addressed.
        content: the message as mail (RFC 5322), with CRLF.
        affects_relay_health: whether a refusal says something of the way; not where anybody may have typed the address.
    """

    delivery: UUID
    address: str
    content: bytes
    affects_relay_health: bool = True


class Channel(Protocol):
    """One object for a process, used by several threads.

    Attributes:
        name: in the outbox; never changed, since what waits is known by it.
        slots: how many messages it takes at once.
    """

    name: str
    slots: int
    health: ChannelHealth

    def slot(self) -> AbstractContextManager[None]:
        """One of its few slots, held until what was sent in it is noted: no more messages than that are ever in doubt.

        A crash between an acceptance and our note repeats a message; so slots are counted over all batches.
        """

    def deliver(self, message: Handover) -> str:
        """Hand over one message.

        Returns:
            The code of the acceptance, such as ``data-250``.

        Raises:
            Deferred, AnswerLost, ChannelDown, Refused, AddressRefused, ChannelStopped: see ``delivery.errors``.
        """

    def probe(self) -> None:
        """Try what can be tried without a message: what is wrong is known before one waits, and when it works again.

        Raises:
            ChannelDown, ChannelStopped: nothing can leave.
        """

    def close(self) -> None:
        """Close what it keeps open."""
