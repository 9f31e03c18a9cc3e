"""Since when nothing can leave, and why: one line in the log for an outage, not one for each message that waits."""

import datetime
import logging
import threading
from dataclasses import dataclass

from routing.delivery.errors import ChannelDown, ChannelStopped, DeliveryError
from routing.vocabulary import SMTP

log = logging.getLogger("waywarden.delivery")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing can leave.

    Attributes:
        answer: a code, such as ``connect`` or ``sign-in-535``.
        is_stopped: until an operator fixes a setting and restarts the engine; else it is tried again.
    """

    answer: str
    is_stopped: bool
    since: datetime.datetime


class ChannelHealth:
    """What a channel's tries came to; used by several threads.

    Attributes:
        name: of the channel, for the log.
        trouble: why nothing can leave, and since when; None where the last try was well, or none was made.
        stopped: why nothing is tried any more, as a code: an operator has to change a setting. None while it works.
        accepted_at: when a message was last accepted by this process.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.stopped: str | None = None
        self.trouble: Trouble | None = None
        self.accepted_at: datetime.datetime | None = None
        self._lock = threading.Lock()

    def failed(self, error: DeliveryError) -> None:
        """A try failed; counts only where it was not this one message's, or its recipient's, failure."""
        if not isinstance(error, ChannelDown | ChannelStopped):
            return
        with self._lock:
            before = self.trouble
            since = before.since if before is not None else datetime.datetime.now(datetime.UTC)
            self.trouble = Trouble(error.answer, isinstance(error, ChannelStopped), since)
            if before is not None and before.answer == error.answer:
                return
        if isinstance(error, ChannelStopped):
            text = "%s refuses us (%s): sending stops. Fix its settings, then restart the engine."
        else:
            text = "%s is unavailable (%s). Messages wait; we retry every minute."
        log.error(text, self._called, error.answer)

    @property
    def _called(self) -> str:
        return "The mail server" if self.name == SMTP else f"The channel {self.name}"

    def accepted(self) -> None:
        """A message was accepted."""
        self.accepted_at = datetime.datetime.now(datetime.UTC)
        self.works()

    def works(self) -> None:
        """The server is there, and lets us in."""
        with self._lock:
            before, self.trouble = self.trouble, None
        if before is not None:
            since = f"{before.since:%d %B %H:%M} UTC"
            log.warning("%s takes messages again; it did not since %s.", self._called, since)
