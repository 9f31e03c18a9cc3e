"""Since when nothing can leave, and why: one line in the log for an outage, not one for each message that waits."""

import datetime
import logging
import threading
from dataclasses import dataclass

from routing.delivery.errors import ChannelDown, ChannelStopped, DeliveryError

log = logging.getLogger("waywarden.delivery")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing can leave.

    Attributes:
        answer: a code, such as ``connect`` or ``sign-in-535``.
        is_stopped: until an operator mends a setting and restarts the engine; else it is tried again.
    """

    answer: str
    is_stopped: bool
    since: datetime.datetime


class Watch:
    """What the channel's tries came to; used by several threads."""

    def __init__(self) -> None:
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
            text = "The mail server refuses us (%s): sending stops. Mend the setting, restart the engine."
        else:
            text = "The mail server takes nothing at present (%s); messages wait and are tried again."
        log.error(text, error.answer)

    def accepted(self) -> None:
        """A message was accepted."""
        self.accepted_at = datetime.datetime.now(datetime.UTC)
        self.works()

    def works(self) -> None:
        """The server is there, and lets us in."""
        with self._lock:
            before, self.trouble = self.trouble, None
        if before is not None:
            log.warning("The mail server takes messages again; it did not since %s.", f"{before.since:%d %B %H:%M} UTC")
