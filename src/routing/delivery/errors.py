"""Why a channel did not accept a message. The class says whether to retry.

::

    DeliveryError
    ├── Deferred            not now: retry later (4xx from the recipient's side)
    │   ├── AnswerLost      the connection broke while sending: the message may have arrived
    │   └── ChannelDown     our own mail server accepts nothing at the moment: no attempt was made
    ├── Refused             never: this message is refused (5xx on RCPT or DATA)
    │   └── AddressRefused  never: there is no such mailbox
    └── ChannelStopped      our fault: the server refuses us (5xx on MAIL or sign-in, certificate); sending stops
"""

from typing import ClassVar

from routing.errors import WaywardenError


class DeliveryError(WaywardenError):
    """A message was not accepted; ``answer`` is a code such as ``rcpt-550-5.1.1``, never the server's words."""

    code: ClassVar[str] = "delivery"

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class Deferred(DeliveryError):
    """Not accepted for now."""

    code: ClassVar[str] = "deferred"


class AnswerLost(Deferred):
    """Sent, but the answer did not arrive."""

    code: ClassVar[str] = "answer-lost"


class ChannelDown(Deferred):
    """The mail server does not answer, or is unavailable. Nothing was sent."""

    code: ClassVar[str] = "channel-down"


class Refused(DeliveryError):
    """The message is refused permanently, but the address may be right."""

    code: ClassVar[str] = "refused"


class AddressRefused(Refused):
    """The address does not exist, or is disabled."""

    code: ClassVar[str] = "address-refused"


class ChannelStopped(DeliveryError):
    """The mail server refuses us: an operator must fix a setting and restart the engine."""

    code: ClassVar[str] = "channel-stopped"
