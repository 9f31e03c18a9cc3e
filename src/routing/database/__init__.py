"""The database room: connection, transaction, embedded server, migrations."""

from routing.database.connection import UNAVAILABLE, Database, Transaction
from routing.database.embedded import EmbeddedServer, embedded_server
from routing.database.migrate import upgrade

__all__ = ["UNAVAILABLE", "Database", "EmbeddedServer", "Transaction", "embedded_server", "upgrade"]
