"""Stop further emails to a mailbox, without an account: *this was not me*."""

from routing.database import Transaction

GMAIL = frozenset({"gmail.com", "googlemail.com"})
"""Two domains of one provider, which ignores dots in the name."""

NOT_ME = "recipient"
"""Author of a stop by the link in a message."""


def mailbox_of(address: str) -> str:
    """The mailbox behind an address, as far as we know: without case, tags and dots that mean nothing."""
    name, _, domain = address.strip().lower().rpartition("@")
    name = name.partition("+")[0] or name
    return f"{name.replace('.', '')}@gmail.com" if domain in GMAIL else f"{name}@{domain}"


def is_known(tx: Transaction, address_hash: bytes) -> bool:
    """Whether we ever wrote to an address."""
    row = tx.execute("SELECT FROM delivery WHERE address_hash = %s LIMIT 1", (address_hash,)).fetchone()
    return row is not None


def is_stopped(tx: Transaction, address_hash: bytes) -> bool:
    """Whether emails to an address are stopped."""
    row = tx.execute("SELECT FROM stopped_address WHERE address_hash = %s", (address_hash,)).fetchone()
    return row is not None


def stop_mail(tx: Transaction, address_hash: bytes, author: str = NOT_ME) -> None:
    """Stop emails to an address."""
    tx.execute(
        "INSERT INTO stopped_address (address_hash, author) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (address_hash, author),
    )


def allow_mail(tx: Transaction, address_hash: bytes) -> bool:
    """Allow emails to an address again; returns False if they were not stopped."""
    return bool(tx.execute("DELETE FROM stopped_address WHERE address_hash = %s", (address_hash,)).rowcount)


def hash_of(tx: Transaction, address: str) -> bytes:
    """The hash to count and stop an address, keyed with the installation's secret."""
    row = tx.execute("SELECT address_hash(%s) AS hash", (mailbox_of(address),)).fetchone()
    assert row is not None
    return bytes(row["hash"])
