"""Since when a channel cannot send, and why. An outage gets one line in the log, not one for each waiting message."""

import datetime
import logging
import threading
from dataclasses import dataclass

from routing.delivery.errors import ChannelDown, ChannelStopped, DeliveryError
from routing.vocabulary import SMTP

log = logging.getLogger("waywarden.delivery")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a channel cannot send.

    Attributes:
        answer: a code, such as ``connect`` or ``sign-in-535``.
        is_stopped: True until an operator fixes a setting and restarts the engine. If False, we retry.
    """

    answer: str
    is_stopped: bool
    since: datetime.datetime


class ChannelHealth:
    """Results of a channel's attempts; used by several threads.

    Attributes:
        name: of the channel, for the log.
        trouble: why it cannot send, and since when; None if the last attempt worked, or there was none.
        stopped: code of why we stopped, until an operator fixes a setting. None while it works.
        accepted_at: when a message was last accepted by this process.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.stopped: str | None = None
        self.trouble: Trouble | None = None
        self.accepted_at: datetime.datetime | None = None
        self._lock = threading.Lock()

    def failed(self, error: DeliveryError) -> None:
        """An attempt failed. It only counts if the channel failed, not this message or its recipient."""
        if not isinstance(error, ChannelDown | ChannelStopped):
            return
        with self._lock:
            before = self.trouble
            since = before.since if before is not None else datetime.datetime.now(datetime.UTC)
            self.trouble = Trouble(error.answer, isinstance(error, ChannelStopped), since)
            if before is not None and before.answer == error.answer:
                return
        if isinstance(error, ChannelStopped):
            text = "%s refuses us (%s). Sending has stopped. Fix the settings, then restart the engine."
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
        """The server answers and accepts us."""
        with self._lock:
            before, self.trouble = self.trouble, None
        if before is not None:
            since = f"{before.since:%d %B %H:%M} UTC"
            log.warning("%s accepts messages again. It was unavailable since %s.", self._called, since)
