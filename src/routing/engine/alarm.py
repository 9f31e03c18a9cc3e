"""Whether mail can leave: asked when the engine starts, and again while it cannot; a change is an event in Prefect."""

import asyncio
import contextlib
from uuid import UUID

from prefect.events import emit_event

from routing.delivery import ChannelDown, ChannelStopped, Sender, SmtpChannel
from routing.engine.failures import ARTIFACT
from routing.engine.step import guarded

MAIL_DOWN, MAIL_UP = "waywarden.mail.down", "waywarden.mail.up"
"""Events on which an automation can call somebody; the first says why, as a code."""

NO_DELIVERY = UUID(int=0)
"""In the envelope sender of what is asked without a message: of the shape of theirs, so it is judged alike."""


class MailAlarm:
    """Called every now and then by the engine."""

    def __init__(self, channel: SmtpChannel, engine: str, sender: Sender) -> None:
        self._channel, self._engine = channel, engine
        self._envelope = sender.envelope(NO_DELIVERY)
        self._is_probed = False
        self._told: str | None = None

    async def __call__(self) -> None:
        """Probe where that may tell something new, and tell what changed."""
        trouble = self._channel.trouble
        if not self._is_probed or (trouble is not None and not trouble.is_stopped):
            self._is_probed = True
            with contextlib.suppress(ChannelDown, ChannelStopped):
                await asyncio.to_thread(self._channel.probe, self._envelope)
        trouble = self._channel.trouble
        answer = trouble.answer if trouble is not None else None
        if answer != self._told:
            await guarded(f"{ARTIFACT} mail-alarm", lambda: self._tell(answer))
            self._told = answer

    async def _tell(self, answer: str | None) -> None:
        resource = {"prefect.resource.id": f"waywarden.engine.{self._engine}", "prefect.resource.name": self._engine}
        emit_event(
            event=MAIL_UP if answer is None else MAIL_DOWN,
            resource=resource,
            payload={} if answer is None else {"answer": answer},
        )
