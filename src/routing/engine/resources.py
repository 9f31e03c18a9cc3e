"""What a process needs to run flows: made once from the settings, or given by whoever owns it."""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from routing.casework import Batch, Catalogue, read_catalogue
from routing.database import Database
from routing.delivery import MailServer, Post, Sender, SmtpChannel
from routing.errors import ConfigurationError
from routing.place import CurrentBoundaries
from routing.settings import Settings, read_settings
from routing.texts import choose_language

log = logging.getLogger("waywarden.engine")


@dataclass
class Context:
    """Everything that tasks use and that is not in their arguments.

    Attributes:
        engine: name of this process in batches and heartbeats.
        active: flow run → the batch it works on, for the lease.
    """

    settings: Settings
    database: Database
    catalogue: Catalogue
    boundaries: CurrentBoundaries
    channel: SmtpChannel
    sender: Sender
    engine: str
    active: dict[UUID, Batch] = field(default_factory=dict)

    @property
    def post(self) -> Post:
        settings = self.settings
        address = settings.public_address
        return Post(
            self.database,
            self.catalogue,
            self.channel,
            self.sender,
            settings.retry_after_s,
            address,
            settings.mail_per_citizen_day,
        )

    def close(self) -> None:
        """Close connections."""
        self.channel.close()
        self.database.close()


def make_context(settings: Settings, database_url: str | None = None) -> Context:
    """Build a context.

    Args:
        database_url: address of the database, where it is not ``settings.database_url``.

    Raises:
        ConfigurationError, DefinitionError: a setting, a council or a process is not taken.
    """
    url = database_url or settings.database_url
    if url is None:
        raise ConfigurationError("Set WAYWARDEN_DATABASE_URL, or start everything with: waywarden up")
    choose_language(settings.language, settings.locale_dir)
    server = MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        settings.smtp_password(),
        settings.smtp_ca_file,
        settings.smtp_timeout_s,
        settings.smtp_connections,
    )
    return Context(
        settings,
        Database(url, connections=settings.smtp_connections * (settings.batches + 1) + 8),
        read_catalogue(settings.councils_dir, settings.processes_dir),
        CurrentBoundaries(),
        SmtpChannel(server),
        Sender(settings.smtp_from, settings.smtp_reply_to),
        f"{socket.gethostname()}-{os.getpid()}",
    )


_held: Context | None = None
_making = threading.Lock()


def context() -> Context:
    """The context of this process; in an ordinary Prefect worker's process it is made at first use."""
    global _held
    with _making:
        if _held is None:
            _held = make_context(read_settings())
            adopt(_held)
        return _held


def adopt(ctx: Context) -> None:
    """Keep the definitions that are new; a file that was changed without a new version is refused, and says so."""
    with ctx.database.transaction() as tx:
        ctx.catalogue, conflicts = ctx.catalogue.adopt(tx)
    for sentence in conflicts:
        log.error("%s What was stored goes on. Give the changed file a new version.", sentence)


@contextlib.contextmanager
def using(given: Context) -> Iterator[Context]:
    """Let a context be the one of this process for the duration of a block."""
    global _held
    before, _held = _held, given
    try:
        yield given
    finally:
        _held = before
