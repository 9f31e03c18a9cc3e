"""The database room: connection, transaction, embedded server, migrations, backups."""

from routing.database.backup import Snapshot, snapshot, write_backup
from routing.database.connection import UNAVAILABLE, Database, Transaction
from routing.database.embedded import EmbeddedServer, embedded_server
from routing.database.migrate import is_known, is_older, read_revision, upgrade
from routing.database.programs import environment_for, find_programs
from routing.database.restore import Restored, restoring
from routing.database.roles import upgrade_as

__all__ = [
    "UNAVAILABLE",
    "Database",
    "EmbeddedServer",
    "Restored",
    "Snapshot",
    "Transaction",
    "embedded_server",
    "environment_for",
    "find_programs",
    "is_known",
    "is_older",
    "read_revision",
    "restoring",
    "snapshot",
    "upgrade",
    "upgrade_as",
    "write_backup",
]
