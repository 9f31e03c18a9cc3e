"""Mail of reports that are in the store, sent as the engine does, to the mailbox of a test."""

import contextlib
from collections.abc import Iterator

from routing import casework
from routing.casework import Catalogue
from routing.database import Database
from routing.delivery import DeliveryContext, MailServer, Sender, SmtpChannel, send_all
from tests import servers
from tests.casework.factory import claim, decide_batch

SENDER = "waywarden@reports.example"


@contextlib.contextmanager
def posting(
    database: Database, catalogue: Catalogue, mailbox: servers.MailServer, public_url: str = "https://reports.example"
) -> Iterator[DeliveryContext]:
    """What sends to a mailbox, with links that begin with an address."""
    channel = SmtpChannel(MailServer("127.0.0.1", mailbox.port, "none", timeout_s=5), Sender(SENDER))
    try:
        yield DeliveryContext(
            database, catalogue, {channel.name: channel}, Sender(SENDER), (60.0, 300.0), public_url, 20
        )
    finally:
        channel.close()


def send_reports(post: DeliveryContext) -> dict[str, int]:
    """Decide every report that waits, and send its messages: how many went which way."""
    batch = claim(post.database)
    decide_batch(post.database, post.catalogue, batch)
    with post.database.transaction() as tx:
        outbox = casework.read_outbox(tx, batch.id)
    sent = send_all(post, outbox)
    with post.database.transaction() as tx:
        casework.finish(tx, batch.id)
    return sent
