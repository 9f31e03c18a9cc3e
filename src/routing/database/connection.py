"""Connections and transactions. Set-based statements use psycopg, queries of the desk use SQLModel."""

import contextlib
import os
import select
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from routing import present
from routing.errors import StoreUnavailable

if TYPE_CHECKING:
    from sqlmodel import Session

type_row = dict[str, Any]
Transaction = psycopg.Connection[type_row]
"""An open transaction with rows as dictionaries. Its opener commits. Functions of the store use it."""

CONNECT_TIMEOUT_S = 10.0
SHORT_WAIT_S = 0.05
"""Seconds to wait for a free connection. The pool makes new ones in the meantime."""

SILENCE_MS = 10_000
"""Longest time without an acknowledgement from a peer (TCP, RFC 5482), because a dead machine sends nothing."""

STATEMENT_TIMEOUT_S = 20
"""Longest wait of a person for one statement, including locks of others."""

UNAVAILABLE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,  # after a failover the address may lead to a standby
)


def _check(connection: Transaction) -> None:
    """Test a connection if its server has sent something unexpected, which usually means it closes.

    Testing it each time would double the round trips of a page.
    """
    said = select.poll()
    said.register(connection, select.POLLIN)
    if said.poll(0):
        ConnectionPool.check_connection(connection)


def _limit_statements(connection: Transaction) -> None:
    connection.execute("SELECT set_config('statement_timeout', %s, false)", (f"{STATEMENT_TIMEOUT_S}s",))
    connection.commit()


def _set_ahead(connection: Transaction) -> None:
    """Tell the database by how much the time of cases is ahead, where a file says so."""
    if present.VARIABLE in os.environ:
        connection.execute("SELECT set_config('waywarden.ahead', %s, false)", (str(present.ahead_s()),))
        connection.commit()


class Database:
    """One PostgreSQL database.

    Args:
        url: address for psycopg, ``postgresql://…``.
        connections: most connections at once.
        for_people: people wait for answers, and others queue behind them. So after a failed wait for a connection, the
            next waits are short until one succeeds, and no statement takes longer than 20 seconds.
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
            StoreUnavailable: no connection, or it broke, or a deadlock ended it. Try again.
        """
        self._pool.open()
        try:
            with self._pool.connection(SHORT_WAIT_S if self._is_away else None) as connection:
                self._is_away = False
                _set_ahead(connection)
                yield connection
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure) as error:
            raise StoreUnavailable("The database cancelled this because of another transaction.") from error
        except PoolTimeout as error:
            self._is_away = self._for_people
            raise StoreUnavailable("The database did not answer.") from error
        except UNAVAILABLE as error:
            raise StoreUnavailable("The database did not answer.") from error

    @contextlib.contextmanager
    def statements(self) -> Iterator[Transaction]:
        """A connection where each statement is a separate transaction, committed when it returns.

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
        """A separate connection that LISTENs on a channel. The caller must close it."""
        connection = psycopg.connect(self.url, autocommit=True, connect_timeout=5)
        connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
        return connection

    def close(self) -> None:
        """Close every connection. You cannot use the object afterwards."""
        self._pool.close()
        if self._sessions is not None:
            self._sessions.dispose()
