"""What a channel is: one way to send messages to recipients.

All share the outbox, its retries, leases and guarantees. A channel takes one message at a time and reports the result.
If one is down or stopped, the others go on. A channel is one module in this folder, and one line in ``CHANNELS``.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from routing.delivery.channels.health import ChannelHealth


@dataclass(frozen=True, slots=True)
class Handover:
    """One message, ready to send.

    Attributes:
        delivery: its id in the outbox. Repeats have the same id, so that a recipient can recognise them.
        address: address of the recipient, in the channel's format.
        content: the message as an email (RFC 5322), with CRLF.
        affects_relay_health: whether a refusal says something about the relay; False if anybody may have typed the
            address.
    """

    delivery: UUID
    address: str
    content: bytes
    affects_relay_health: bool = True


class Channel(Protocol):
    """One object for a process, used by several threads.

    Attributes:
        name: name in the outbox. Never change it, because waiting messages have it.
        slots: number of messages it can send at once.
    """

    name: str
    slots: int
    health: ChannelHealth

    def slot(self) -> AbstractContextManager[None]:
        """One of its slots, held until we have noted the result. This limits the number of messages in doubt.

        A crash between an acceptance and our note repeats a message. So slots count over all batches.
        """

    def deliver(self, message: Handover) -> str:
        """Send one message.

        Returns:
            The code of the acceptance, such as ``data-250``.

        Raises:
            Deferred, AnswerLost, ChannelDown, Refused, AddressRefused, ChannelStopped: see ``delivery.errors``.
        """

    def probe(self) -> None:
        """Test the channel without a message, to find problems early and notice when it works again.

        Raises:
            ChannelDown, ChannelStopped: the channel cannot send.
        """

    def close(self) -> None:
        """Close open connections."""
