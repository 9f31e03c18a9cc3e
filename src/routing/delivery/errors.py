"""What a channel can answer instead of taking a message; retryable or not is the class.

::

    DeliveryError
    ├── Deferred          not now: try again after a while (4xx, a lost answer)
    │   └── ChannelDown   the mail server cannot be reached; nothing was handed over
    ├── Refused           never: this recipient's server refuses the recipient or the message (5xx on RCPT or DATA)
    └── ChannelStopped    our fault: the server refuses us (5xx on MAIL or sign-in, certificate); sending stops
"""

from typing import ClassVar

from routing.errors import WaywardenError


class DeliveryError(WaywardenError):
    """A message was not taken; ``answer`` is a code such as ``rcpt-550``, never the server's words."""

    code: ClassVar[str] = "delivery"

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class Deferred(DeliveryError):
    """Not taken for the time being."""

    code: ClassVar[str] = "deferred"


class ChannelDown(Deferred):
    """The mail server does not answer."""

    code: ClassVar[str] = "channel-down"


class Refused(DeliveryError):
    """Refused for good."""

    code: ClassVar[str] = "refused"


class ChannelStopped(DeliveryError):
    """The mail server refuses us: an operator has to mend a setting and restart the engine."""

    code: ClassVar[str] = "channel-stopped"
