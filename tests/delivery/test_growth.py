"""What is done for each batch and message does not read every case that ever was."""

import psycopg
import pytest

from benchmarks.load import put_closed
from routing import casework
from routing.casework import Reporter
from routing.database import Database
from routing.delivery import DeliveryContext, MailServer, Sender, SmtpChannel
from routing.health.looking import look
from tests.casework.factory import claim, decide_batch, know_clerk, submit
from tests.conftest import until
from tests.delivery.sending import send
from tests.present import present
from tests.samples import code

GROWING = ("addition", "batch", "decision", "delivery", "history", "report", "reporter", "tracking_token")
CLOSED = 3_000
PER_HOUR = 2


@pytest.fixture
def before(database_url):
    """A store with many closed reports; table → how many of its rows had been read before."""
    filling = Database(database_url, connections=1)
    with filling.transaction() as tx:
        put_closed(tx, CLOSED)
        tx.execute(f"ANALYZE {', '.join(GROWING)}")
    filling.close()
    return rows_read_in_order(database_url)


@pytest.fixture
def post(before, database_url, catalogue, mailbox):
    """On a database of its own connections: what they read is known for certain when they have ended."""
    database = Database(database_url, connections=8)
    channel = SmtpChannel(
        MailServer("127.0.0.1", mailbox.port, "none", timeout_s=5), Sender("waywarden@reports.example")
    )
    yield DeliveryContext(
        database,
        catalogue,
        {channel.name: channel},
        Sender("waywarden@reports.example"),
        (60.0,),
        "https://r.example",
        20,
    )
    channel.close()
    database.close()


def rows_read_in_order(url: str) -> dict[str, int]:
    """Table → how many rows were read from its beginning on, in the whole life of the database."""
    connected = (
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database()"
    )
    query = "SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE relname = ANY(%s)"
    with psycopg.connect(url, autocommit=True) as connection:
        # A connection tells what it read when it has ended, which is a moment after it was closed.
        until(lambda: present(connection.execute(connected).fetchone())[0] == 1)
        return dict(connection.execute(query, [list(GROWING)]).fetchall())


def test_no_table_that_grows_is_read_whole_to_route_to_send_or_to_tell(post, before, database_url, catalogue, mailbox):
    know_clerk(post.database, code("parish"), "clerk@parish.example")
    for number in range(4):
        submit(post.database, "parish", reporter=Reporter(None, f"c{number}@x.example", None, False))
    routed = claim(post.database, size=100)
    decide_batch(post.database, catalogue, routed)
    assert send(post, routed, PER_HOUR) == {"sent": 8}, (
        "four letters, four citizens told; the team had its fill of copies"
    )
    with post.database.transaction() as tx:
        tx.execute("UPDATE delivery SET due_at = now() WHERE batch IS NULL AND state = 'pending'")
        due = present(casework.claim_deliveries(tx, "test", 100, 60))
    assert send(post, due, PER_HOUR) == {"sent": 1}, "the digest of the four copies"
    with post.database.transaction() as tx:
        casework.waiting(tx)
        casework.lapsed(tx)
    assert look(post.database, ["merewold"], None).database == "ok", "else the rest was not looked at"
    post.database.close()
    read = {table: after - before[table] for table, after in rows_read_in_order(database_url).items()}
    assert {table: rows for table, rows in read.items() if rows >= CLOSED} == {}
