"""The contact directory: compare what a source says with what is kept (pure), and the store."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid4

from routing.contacts.model import Contact, ContactState, Published
from routing.database import Transaction

MODERNGOV = "moderngov"
OVERRIDE = "override"
PRECEDENCE = (OVERRIDE, MODERNGOV)
"""What the council entered by hand wins over what a source publishes."""

FIELDS = ("council_name", "clerk", "email", "raw_email", "phone", "address")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a source said of one parish, and where."""

    parish_code: str
    source_url: str
    published: Published


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a refresh: what to write, and what kind of change it is.

    Attributes:
        kind: ``new``, ``changed``, ``released`` (another address after a quarantine) or ``confirmed``.
    """

    kind: str
    finding: Finding
    contact_id: UUID
    fields: tuple[str, ...]
    state: ContactState


def compare(held: Mapping[str, Contact], findings: Iterable[Finding]) -> list[Change]:
    """What a refresh changes. A parish that was not found keeps its last good copy: nothing is ever taken away.

    Args:
        held: parish code → contact of the same source.
        findings: one for each parish that could be read.
    """
    return [_change(held.get(finding.parish_code), finding) for finding in findings]


def _change(contact: Contact | None, finding: Finding) -> Change:
    state = ContactState.VACANT if finding.published.is_vacant else ContactState.FRESH
    if contact is None:
        return Change("new", finding, uuid4(), FIELDS, state)
    old, new = asdict(contact.published), asdict(finding.published)
    fields = tuple(name for name in FIELDS if old[name] != new[name])
    if contact.state is ContactState.QUARANTINED:
        if "email" not in fields:
            return Change("confirmed", finding, contact.id, fields, ContactState.QUARANTINED)
        return Change("released", finding, contact.id, fields, state)
    return Change("changed" if fields else "confirmed", finding, contact.id, fields, state)


def apply(tx: Transaction, council: str, changes: Sequence[Change], now: datetime.datetime) -> None:
    """Write a refresh: one row a contact, and one line of history for each that changed."""
    with tx.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO contact (id, council, parish_code, source, source_url, council_name, clerk, email, raw_email,
                                 phone, address, state, obtained_at, checked_at)
            VALUES (%(id)s, %(council)s, %(code)s, %(source)s, %(url)s, %(council_name)s, %(clerk)s, %(email)s,
                    %(raw_email)s, %(phone)s, %(address)s, %(state)s, %(now)s, %(now)s)
            ON CONFLICT (council, parish_code, source) DO UPDATE SET
                source_url = excluded.source_url, council_name = excluded.council_name, clerk = excluded.clerk,
                email = excluded.email, raw_email = excluded.raw_email, phone = excluded.phone,
                address = excluded.address, state = excluded.state, checked_at = excluded.checked_at,
                reason = CASE WHEN excluded.state = 'quarantined' THEN contact.reason END,
                obtained_at = CASE WHEN %(changed)s THEN excluded.obtained_at ELSE contact.obtained_at END
            """,
            [_row(council, change, now) for change in changes],
        )
        cursor.executemany(
            "INSERT INTO contact_change (contact_id, change, fields, author) VALUES (%s, %s, %s, %s)",
            [
                (change.contact_id, change.kind, list(change.fields), MODERNGOV)
                for change in changes
                if change.kind != "confirmed"
            ],
        )


def _row(council: str, change: Change, now: datetime.datetime) -> dict[str, Any]:
    published = asdict(change.finding.published)
    return published | {
        "id": change.contact_id,
        "council": council,
        "code": change.finding.parish_code,
        "source": MODERNGOV,
        "url": change.finding.source_url,
        "state": change.state.value,
        "changed": bool(change.fields),
        "now": now,
    }


def quarantine(tx: Transaction, contact_id: UUID, reason: str) -> None:
    """A mailbox refused for good: do not use this contact until its address changes.

    Args:
        reason: a code such as ``smtp-550``; never the server's own words.
    """
    changed = tx.execute(
        "UPDATE contact SET state = 'quarantined', reason = %s WHERE id = %s AND state <> 'quarantined'",
        (reason, contact_id),
    ).rowcount
    if changed:
        tx.execute(
            "INSERT INTO contact_change (contact_id, change, fields, author)"
            " VALUES (%s, 'quarantined', '{state}', 'delivery')",
            (contact_id,),
        )


def follow_codes(tx: Transaction, successors: Mapping[str, str]) -> int:
    """Carry contacts and links of retired parish codes over to the codes that follow them.

    The old entries stay, so that going back to an earlier vintage finds them; what is known of the new code stays too.

    Args:
        successors: retired code → the one code that follows it.

    Returns:
        How many contacts were carried over.
    """
    carried = 0
    for old, new in sorted(successors.items()):
        rows = tx.execute(
            """
            INSERT INTO contact (id, council, parish_code, source, source_url, council_name, clerk, email, raw_email,
                                 phone, address, state, reason, obtained_at, checked_at)
            SELECT gen_random_uuid(), council, %(new)s, source, source_url, council_name, clerk, email, raw_email,
                   phone, address, state, reason, obtained_at, checked_at FROM contact WHERE parish_code = %(old)s
            ON CONFLICT (council, parish_code, source) DO NOTHING RETURNING id
            """,
            {"old": old, "new": new},
        ).fetchall()
        with tx.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO contact_change (contact_id, change, fields, author)"
                " VALUES (%s, 'followed', '{parish_code}', 'boundaries')",
                [(row["id"],) for row in rows],
            )
        tx.execute(
            "INSERT INTO parish_link (council, parish_code, moderngov_id, confirmed_by)"
            " SELECT council, %s, moderngov_id, 'boundaries' FROM parish_link WHERE parish_code = %s"
            " ON CONFLICT (council, parish_code) DO NOTHING",
            (new, old),
        )
        carried += len(rows)
    return carried


def store_links(tx: Transaction, council: str, links: Mapping[str, int]) -> None:
    """Replace a council's reviewed links of parish → Modern.Gov id with those of its file."""
    tx.execute("DELETE FROM parish_link WHERE council = %s AND confirmed_by = 'file'", (council,))
    with tx.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO parish_link (council, parish_code, moderngov_id, confirmed_by) VALUES (%s, %s, %s, 'file')"
            " ON CONFLICT (council, parish_code) DO NOTHING",
            [(council, code, identifier) for code, identifier in links.items()],
        )


def read_links(tx: Transaction, council: str) -> dict[str, int]:
    """Parish code → Modern.Gov id."""
    rows = tx.execute("SELECT parish_code, moderngov_id FROM parish_link WHERE council = %s", (council,)).fetchall()
    return {row["parish_code"]: row["moderngov_id"] for row in rows}


def read_contacts(tx: Transaction, councils: Sequence[str]) -> dict[tuple[str, str], Contact]:
    """(council, parish code) → the contact that counts, in one query."""
    rows = tx.execute("SELECT * FROM contact WHERE council = ANY(%s)", (list(councils),)).fetchall()
    rows.sort(key=lambda row: PRECEDENCE.index(row["source"]), reverse=True)
    return {(row["council"], row["parish_code"]): _contact(row) for row in rows}


def read_source(tx: Transaction, council: str, source: str = MODERNGOV) -> dict[str, Contact]:
    """Parish code → what one source said, whatever overrides it."""
    rows = tx.execute("SELECT * FROM contact WHERE council = %s AND source = %s", (council, source)).fetchall()
    return {row["parish_code"]: _contact(row) for row in rows}


def _contact(row: dict[str, Any]) -> Contact:
    return Contact(
        row["id"],
        row["council"],
        row["parish_code"],
        row["source"],
        row["source_url"],
        Published(**{name: row[name] for name in FIELDS}),
        ContactState(row["state"]),
        row["reason"],
        row["obtained_at"],
        row["checked_at"],
    )
