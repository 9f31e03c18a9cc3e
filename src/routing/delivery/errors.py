"""What a channel can answer instead of taking a message; retryable or not is the class.

::

    DeliveryError
    ├── Deferred            not now: try again after a while (4xx from the recipient's side)
    │   ├── AnswerLost      the connection broke while the message was handed over: it may have been taken
    │   └── ChannelDown     our own mail server takes nothing at present: no try of the recipient's
    ├── Refused             never: this message is not taken (5xx on RCPT or DATA)
    │   └── AddressRefused  never: there is no such mailbox
    └── ChannelStopped      our fault: the server refuses us (5xx on MAIL or sign-in, certificate); sending stops
"""

from typing import ClassVar

from routing.errors import WaywardenError


class DeliveryError(WaywardenError):
    """A message was not taken; ``answer`` is a code such as ``rcpt-550-5.1.1``, never the server's words."""

    code: ClassVar[str] = "delivery"

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class Deferred(DeliveryError):
    """Not taken for the time being."""

    code: ClassVar[str] = "deferred"


class AnswerLost(Deferred):
    """Handed over, and the answer did not arrive."""

    code: ClassVar[str] = "answer-lost"


class ChannelDown(Deferred):
    """The mail server does not answer, or is unavailable; nothing was handed over."""

    code: ClassVar[str] = "channel-down"


class Refused(DeliveryError):
    """The message is refused for good, which says nothing about the address."""

    code: ClassVar[str] = "refused"


class AddressRefused(Refused):
    """The address does not exist, or is switched off."""

    code: ClassVar[str] = "address-refused"


class ChannelStopped(DeliveryError):
    """The mail server refuses us: an operator has to fix a setting and restart the engine."""

    code: ClassVar[str] = "channel-stopped"
