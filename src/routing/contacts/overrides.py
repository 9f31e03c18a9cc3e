"""What people decide about a contact: entered by hand, removed, trusted again, or not used for now."""

import datetime
import json
from dataclasses import asdict
from uuid import uuid4

from routing.contacts.model import FIELDS, MODERNGOV, OVERRIDE, REFUSED, ContactState, Published
from routing.contacts.trust import UNREVIEWED
from routing.database import Transaction
from routing.errors import InputError

Before = dict[str, str | None]
"""Former values of fields."""


def set_override(
    tx: Transaction,
    council: str,
    parish_code: str,
    published: Published,
    author: str,
    note: str,
    now: datetime.datetime,
) -> None:
    """Enter a contact by hand. It replaces every source's until it is removed.

    Args:
        note: why, in the author's words.
    """
    before = _before(tx, council, parish_code)
    row = tx.execute(
        """
        INSERT INTO contact (id, council, parish_code, source, source_url, council_name, clerk, email, raw_email,
                             phone, address, state, author, note, obtained_at, checked_at)
        VALUES (%(id)s, %(council)s, %(code)s, %(source)s, '', %(council_name)s, %(clerk)s, %(email)s, %(raw_email)s,
                %(phone)s, %(address)s, 'fresh', %(author)s, %(note)s, %(now)s, %(now)s)
        ON CONFLICT (council, parish_code, source) DO UPDATE SET
            council_name = excluded.council_name, clerk = excluded.clerk, email = excluded.email, raw_email = NULL,
            phone = excluded.phone, address = excluded.address, state = 'fresh', reason = NULL,
            author = excluded.author, note = excluded.note, obtained_at = excluded.obtained_at,
            checked_at = excluded.checked_at
        RETURNING id
        """,
        asdict(published)
        | {"id": uuid4(), "council": council, "code": parish_code, "source": OVERRIDE, "author": author, "note": note}
        | {"now": now},
    ).fetchone()
    assert row is not None
    new = asdict(published)
    fields = [name for name in FIELDS if before.get(name) != new[name]]
    _keep(tx, row["id"], "set", fields, author, note, {name: before.get(name) for name in fields})


def _before(tx: Transaction, council: str, parish_code: str) -> Before:
    row = tx.execute(
        "SELECT * FROM contact WHERE council = %s AND parish_code = %s AND source = %s AND state <> 'withdrawn'"
        " FOR UPDATE",
        (council, parish_code, OVERRIDE),
    ).fetchone()
    return {name: row[name] for name in FIELDS} if row else {}


def _keep(
    tx: Transaction, contact: object, change: str, fields: list[str], author: str, note: str, before: Before
) -> None:
    kept = {name: value for name, value in before.items() if value is not None}
    tx.execute(
        "INSERT INTO contact_change (contact_id, change, fields, author, note, before) VALUES (%s, %s, %s, %s, %s, %s)",
        (contact, change, fields, author, note, json.dumps(kept)),
    )


def withdraw(tx: Transaction, council: str, parish_code: str, author: str, note: str) -> None:
    """Remove a contact entered by hand. We then use the sources again.

    Raises:
        InputError: this parish has no contact entered by hand.
    """
    before = _before(tx, council, parish_code)
    row = tx.execute(
        "UPDATE contact SET state = 'withdrawn', clerk = NULL, email = NULL, phone = NULL, address = NULL, author = %s,"
        " note = %s WHERE council = %s AND parish_code = %s AND source = %s AND state <> 'withdrawn' RETURNING id",
        (author, note, council, parish_code, OVERRIDE),
    ).fetchone()
    if row is None:
        raise InputError(
            "parish",
            f"{parish_code} has no contact entered by hand. To check, run: waywarden contacts show {parish_code}",
        )
    _keep(tx, row["id"], "unset", ["state"], author, note, before)


def release(tx: Transaction, council: str, parish_code: str, author: str, note: str) -> None:
    """Trust a contact that a mail server refused, or whose new address nobody had checked.

    Raises:
        InputError: this parish has no such contact.
    """
    rows = tx.execute(
        "UPDATE contact SET state = 'fresh', reason = NULL, trusted_email = email"
        " WHERE council = %s AND parish_code = %s AND state = %s AND email IS NOT NULL"
        " AND (starts_with(coalesce(reason, %s), %s) OR reason = %s) RETURNING id",
        (council, parish_code, ContactState.QUARANTINED.value, REFUSED, REFUSED, UNREVIEWED),
    ).fetchall()
    if not rows:
        text = f"{parish_code} has no contact in quarantine or with a new address to check."
        text += f" To check, run: waywarden contacts show {parish_code}"
        raise InputError("parish", text)
    _note(tx, [row["id"] for row in rows], "released", author, note)


def suspend(tx: Transaction, council: str, parish_code: str, reason: str, author: str) -> None:
    """Do not use a parish's contact from Modern.Gov until we read it again.

    Args:
        reason: a code, such as ``link-rejected``.
    """
    rows = tx.execute(
        "UPDATE contact SET state = 'quarantined', reason = %s WHERE council = %s AND parish_code = %s AND source = %s"
        " AND state <> 'quarantined' RETURNING id",
        (reason, council, parish_code, MODERNGOV),
    ).fetchall()
    _note(tx, [row["id"] for row in rows], "quarantined", author, reason)


def resume(tx: Transaction, council: str, parish_code: str, moderngov_id: int, author: str) -> None:
    """Use the contact from an id's page again, because its link is back."""
    rows = tx.execute(
        "UPDATE contact SET state = 'fresh', reason = NULL WHERE council = %s AND parish_code = %s AND source = %s"
        " AND state = 'quarantined' AND reason = 'link-changed' AND source_url ~* %s RETURNING id",
        (council, parish_code, MODERNGOV, f"[?&]id={moderngov_id}(&|$)"),
    ).fetchall()
    _note(tx, [row["id"] for row in rows], "released", author, "link-changed")


def forget(tx: Transaction, council: str, parish_code: str, author: str, reason: str) -> None:
    """Remove a parish's contact from Modern.Gov, because the page was not its own."""
    rows = tx.execute(
        "UPDATE contact SET state = 'withdrawn', reason = NULL, clerk = NULL, email = NULL, raw_email = NULL,"
        " phone = NULL, address = NULL WHERE council = %s AND parish_code = %s AND source = %s RETURNING id",
        (council, parish_code, MODERNGOV),
    ).fetchall()
    _note(tx, [row["id"] for row in rows], "unset", author, reason)


def _note(tx: Transaction, contacts: list[object], change: str, author: str, note: str) -> None:
    with tx.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO contact_change (contact_id, change, fields, author, note) VALUES (%s, %s, '{state}', %s, %s)",
            [(contact, change, author, note) for contact in contacts],
        )
