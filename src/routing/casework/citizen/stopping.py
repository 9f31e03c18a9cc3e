"""Whoever has a mailbox stops further mail to it, without an account: *this was not me*."""

from routing.database import Transaction

GMAIL = frozenset({"gmail.com", "googlemail.com"})
"""Two names of one provider, at which dots in the name make no difference."""

NOT_ME = "recipient"
"""Author of a stop by the link in a message."""


def mailbox_of(address: str) -> str:
    """The mailbox that an address leads to, as far as can be told: without case, tag and dots that mean nothing."""
    name, _, domain = address.strip().lower().rpartition("@")
    name = name.partition("+")[0] or name
    return f"{name.replace('.', '')}@gmail.com" if domain in GMAIL else f"{name}@{domain}"


def is_known(tx: Transaction, address_hash: bytes) -> bool:
    """Whether anything was ever written to an address."""
    row = tx.execute("SELECT FROM delivery WHERE address_hash = %s LIMIT 1", (address_hash,)).fetchone()
    return row is not None


def is_stopped(tx: Transaction, address_hash: bytes) -> bool:
    """Whether nothing is written to an address any more."""
    row = tx.execute("SELECT FROM stopped_address WHERE address_hash = %s", (address_hash,)).fetchone()
    return row is not None


def stop_mail(tx: Transaction, address_hash: bytes, author: str = NOT_ME) -> None:
    """Nothing is written to an address any more."""
    tx.execute(
        "INSERT INTO stopped_address (address_hash, author) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (address_hash, author),
    )


def allow_mail(tx: Transaction, address_hash: bytes) -> bool:
    """Write to an address again; false where nothing was stopped."""
    return bool(tx.execute("DELETE FROM stopped_address WHERE address_hash = %s", (address_hash,)).rowcount)


def hash_of(tx: Transaction, address: str) -> bytes:
    """Under which an address is counted and stopped: keyed with the installation's secret."""
    row = tx.execute("SELECT address_hash(%s) AS hash", (mailbox_of(address),)).fetchone()
    assert row is not None
    return bytes(row["hash"])
