"""Resources to run flows, made once from the settings, or given by their owner."""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from routing.casework import Batch, Catalogue, officers, read_catalogue, reckon_anew
from routing.database import Database
from routing.delivery import Channel, DeliveryContext, Sender, make_channels
from routing.errors import ConfigurationError
from routing.i18n import choose_language
from routing.place import CurrentBoundaries
from routing.settings import Settings, read_settings

log = logging.getLogger("waywarden.engine")


@dataclass
class Context:
    """Everything that tasks use besides their arguments.

    Attributes:
        engine: name of this process in batches and heartbeats.
        channels: by name.
        active: flow run → its batch, for the lease.
    """

    settings: Settings
    database: Database
    catalogue: Catalogue
    boundaries: CurrentBoundaries
    channels: dict[str, Channel]
    sender: Sender
    engine: str
    active: dict[UUID, Batch] = field(default_factory=dict)

    @property
    def delivery(self) -> DeliveryContext:
        settings = self.settings
        address = settings.public_address
        return DeliveryContext(
            self.database,
            self.catalogue,
            self.channels,
            self.sender,
            settings.retry_after_s,
            address,
            settings.mail_per_citizen_day,
        )

    @property
    def all_stopped(self) -> bool:
        """Whether no channel can send until an operator acts."""
        return all(channel.health.stopped is not None for channel in self.channels.values())

    def close(self) -> None:
        """Close connections."""
        for channel in self.channels.values():
            channel.close()
        self.database.close()


def make_context(settings: Settings, database_url: str | None = None) -> Context:
    """Build a context.

    Args:
        database_url: address of the database, if not ``settings.database_url``.

    Raises:
        ConfigurationError, DefinitionError: a setting, a council or a process has an error.
    """
    url = database_url or settings.database_url
    if url is None:
        raise ConfigurationError("Set WAYWARDEN_DATABASE_URL, or start everything with: waywarden up")
    choose_language(settings.language, settings.locale_dir)
    channels = make_channels(settings)
    return Context(
        settings,
        Database(url, connections=sum(each.slots for each in channels.values()) * (settings.batches + 1) + 8),
        read_catalogue(settings.councils_dir, settings.processes_dir),
        CurrentBoundaries(),
        channels,
        Sender(settings.smtp_from, settings.smtp_reply_to),
        f"{socket.gethostname()}-{os.getpid()}",
    )


_held: Context | None = None
_making = threading.Lock()


def context() -> Context:
    """The context of this process. A Prefect worker's process makes it at first use."""
    global _held
    with _making:
        if _held is None:
            _held = make_context(read_settings())
            adopt(_held)
        return _held


def adopt(ctx: Context) -> None:
    """Store new definitions, and look again at cases whose deadlines other days move.

    Refuses and logs files that changed without a new version.
    """
    with ctx.database.transaction() as tx:
        ctx.catalogue, conflicts = ctx.catalogue.adopt(tx)
        reckon_anew(tx, ctx.catalogue)
        lost = officers.lost_stages(tx, ctx.catalogue)
    for sentence in lost:
        log.warning("%s They go on by their own version. To move them, run: waywarden reports migrate", sentence)
    for sentence in conflicts:
        log.error("%s The stored version stays in use. Give the changed file a new version.", sentence)


@contextlib.contextmanager
def using(given: Context) -> Iterator[Context]:
    """Use a context for this process during a block."""
    global _held
    before, _held = _held, given
    try:
        yield given
    finally:
        _held = before
