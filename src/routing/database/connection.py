"""Connections and transactions. Set-based statements go through psycopg, the desk's queries through SQLModel."""

import contextlib
import select
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from routing.errors import StoreUnavailable

if TYPE_CHECKING:
    from sqlmodel import Session

type_row = dict[str, Any]
Transaction = psycopg.Connection[type_row]
"""An open transaction, whose rows are dictionaries. Whoever opened it commits; store functions take it."""

CONNECT_TIMEOUT_S = 10.0
SHORT_WAIT_S = 0.05
"""A connection that is there is had at once, and new ones are made meanwhile."""

SILENCE_MS = 10_000
"""So long a peer may leave what was sent to it unacknowledged (TCP, RFC 5482): a machine that is gone says nothing."""

STATEMENT_TIMEOUT_S = 20
"""The longest that somebody who looks on waits for one statement, for the lock of another included."""

UNAVAILABLE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,  # after a failover the address may lead to a standby
)


def _check(connection: Transaction) -> None:
    """Ask a connection whether it is well, where its server has said something unasked: mostly goodbye.

    To ask each time would double the round trips of a page.
    """
    said = select.poll()
    said.register(connection, select.POLLIN)
    if said.poll(0):
        ConnectionPool.check_connection(connection)


def _limit_statements(connection: Transaction) -> None:
    connection.execute("SELECT set_config('statement_timeout', %s, false)", (f"{STATEMENT_TIMEOUT_S}s",))
    connection.commit()


class Database:
    """One PostgreSQL database.

    Args:
        url: as psycopg takes it, ``postgresql://…``.
        connections: most connections at once.
        for_people: somebody looks on, and behind everybody who waits there is a queue. So after a wait in vain for a
            connection the next ones are short until one is had, and no statement takes longer than 20 seconds.
    """

    def __init__(self, url: str, connections: int = 10, *, for_people: bool = False) -> None:
        self.url = url
        self._for_people = for_people
        self._is_away = False
        self._sessions: Any = None
        self._pool: ConnectionPool[Transaction] = ConnectionPool(
            url,
            min_size=0,
            max_size=connections,
            timeout=CONNECT_TIMEOUT_S,
            reconnect_timeout=CONNECT_TIMEOUT_S,
            kwargs={"row_factory": dict_row, "connect_timeout": 5, "tcp_user_timeout": SILENCE_MS},
            configure=_limit_statements if for_people else None,
            check=_check,
            open=False,
            name="waywarden",
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: committed at the end of the block, rolled back by an exception.

        Raises:
            StoreUnavailable: no connection, or it broke, or a deadlock was ended at its cost: try again.
        """
        self._pool.open()
        try:
            with self._pool.connection(SHORT_WAIT_S if self._is_away else None) as connection:
                self._is_away = False
                yield connection
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure) as error:
            raise StoreUnavailable("The database gave way to another transaction.") from error
        except PoolTimeout as error:
            self._is_away = self._for_people
            raise StoreUnavailable("The database did not answer.") from error
        except UNAVAILABLE as error:
            raise StoreUnavailable("The database did not answer.") from error

    @contextlib.contextmanager
    def statements(self) -> Iterator[Transaction]:
        """A connection on which each statement is a transaction of its own, committed when it returns.

        Raises:
            StoreUnavailable: no connection, or it broke.
        """
        with self.transaction() as connection:
            connection.autocommit = True
            try:
                yield connection
            finally:
                if not connection.closed:
                    connection.autocommit = False

    @contextlib.contextmanager
    def session(self) -> "Iterator[Session]":
        """A SQLModel session for queries of the desk and the command line."""
        from sqlalchemy import create_engine
        from sqlalchemy.exc import OperationalError
        from sqlmodel import Session

        if self._sessions is None:
            address = self.url.replace("postgresql://", "postgresql+psycopg://", 1)
            self._sessions = create_engine(address, pool_pre_ping=True, pool_size=2, max_overflow=3)
        try:
            with Session(self._sessions) as session:
                yield session
        except OperationalError as error:
            raise StoreUnavailable("The database did not answer.") from error

    def listen(self, channel: str) -> psycopg.Connection[Any]:
        """A connection of its own that LISTENs on a channel; the caller closes it."""
        connection = psycopg.connect(self.url, autocommit=True, connect_timeout=5)
        connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
        return connection

    def close(self) -> None:
        """Close every connection; the object cannot be used afterwards."""
        self._pool.close()
        if self._sessions is not None:
            self._sessions.dispose()
