"""Check whether channels can send, when an engine starts and while they cannot. A change is an event in Prefect."""

import asyncio
import contextlib
from collections.abc import Mapping

from prefect.events import emit_event

from routing.delivery import Channel, ChannelDown, ChannelStopped
from routing.engine.failures import ARTIFACT
from routing.engine.step import guarded
from routing.vocabulary import channel_word


class ChannelAlarm:
    """The engine calls this regularly.

    Automations can use its events: ``waywarden.mail.down``, which gives the reason as a code, ``waywarden.mail.up``,
    and the same with the name of any other channel.
    """

    def __init__(self, channels: Mapping[str, Channel], engine: str) -> None:
        self._channels, self._engine = channels, engine
        self._probed: set[str] = set()
        self._told: dict[str, str | None] = {}

    async def __call__(self) -> None:
        """Test channels if the result may be new, and report changes."""
        for name, channel in self._channels.items():
            await self._look(name, channel)

    async def _look(self, name: str, channel: Channel) -> None:
        trouble = channel.health.trouble
        if name not in self._probed or (trouble is not None and not trouble.is_stopped):
            self._probed.add(name)
            with contextlib.suppress(ChannelDown, ChannelStopped):
                await asyncio.to_thread(channel.probe)
        trouble = channel.health.trouble
        answer = trouble.answer if trouble is not None else None
        if answer != self._told.get(name):
            await guarded(f"{ARTIFACT} {channel_word(name)}-alarm", lambda: self._tell(name, answer))
            self._told[name] = answer

    async def _tell(self, name: str, answer: str | None) -> None:
        resource = {"prefect.resource.id": f"waywarden.engine.{self._engine}", "prefect.resource.name": self._engine}
        emit_event(
            event=f"waywarden.{channel_word(name)}.{'up' if answer is None else 'down'}",
            resource=resource,
            payload={} if answer is None else {"answer": answer},
        )
