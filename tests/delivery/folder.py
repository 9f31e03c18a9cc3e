"""A second channel, as small as one can be: each message becomes a file in a folder."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from routing.delivery import ChannelDown, ChannelHealth, ChannelStopped, Handover


class FolderChannel:
    """Can be down, stopped, or hold a message for as long as somebody wants."""

    name = "folder"
    slots = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.health = ChannelHealth(self.name)
        self.is_down = False
        self.may_go = threading.Event()
        self.may_go.set()
        self.has_one = threading.Event()
        self._slot = threading.BoundedSemaphore(self.slots)

    @contextlib.contextmanager
    def slot(self) -> Iterator[None]:
        with self._slot:
            yield

    def deliver(self, message: Handover) -> str:
        self.probe()
        self.has_one.set()
        assert self.may_go.wait(30)
        (self.folder / f"{message.address}-{message.delivery}").write_bytes(message.content)
        self.health.accepted()
        return "written"

    def probe(self) -> None:
        wrong = (
            ChannelStopped("no-folder") if not self.folder.is_dir() else ChannelDown("away") if self.is_down else None
        )
        if wrong is not None:
            self.health.stopped = wrong.answer if isinstance(wrong, ChannelStopped) else None
            self.health.failed(wrong)
            raise wrong

    def close(self) -> None:
        """It keeps nothing open."""
