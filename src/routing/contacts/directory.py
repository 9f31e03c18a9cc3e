"""The contact directory: compare a source with the stored contacts (pure), and the store."""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import tuple_row

from routing.contacts.model import FIELDS, MODERNGOV, OVERRIDE, REFUSED, Contact, ContactState, Published
from routing.contacts.trust import UNREVIEWED, is_trusted
from routing.database import Transaction

PRECEDENCE = (OVERRIDE, MODERNGOV)
"""Contacts that the council entered by hand, which replace a source's."""

KINDS = ("new", "changed", "released", "confirmed")
"""Kinds of changes by a refresh."""


SELECT = (
    "SELECT id, council, parish_code, source, source_url, council_name, clerk, email, raw_email, phone, address, state,"
    " reason, obtained_at, checked_at, author, note, trusted_email FROM contact"
)
STATES = {state.value: state for state in ContactState}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a source said about one parish, where and when."""

    parish_code: str
    source_url: str
    published: Published
    read_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a refresh: what to write, and the kind of change.

    Attributes:
        kind: one of ``KINDS``; released means a new address after a refusal, or a page that we can read again.
        before: the former values of ``fields``.
        waits: its address is outside the domains of the council and the parish, so a person must check it first.
    """

    kind: str
    finding: Finding
    fields: tuple[str, ...]
    state: ContactState
    before: Mapping[str, str | None]
    waits: bool = False

    def is_lost(self, held: Contact | None) -> bool:
        """Whether we could no longer email a parish that we can email now."""
        is_usable = self.finding.published.email is not None and self.state is ContactState.FRESH
        return held is not None and held.is_usable and not is_usable and not self.waits

    def is_other(self, held: Contact | None) -> bool:
        """Whether a parish that we can email gets another address."""
        new = self.finding.published.email
        return held is not None and held.is_usable and new is not None and new != held.published.email

    def reviewed(self) -> "Change":
        """The same change after a person has checked it."""
        return replace(self, state=ContactState.FRESH, waits=False) if self.waits else self


def compare(
    held: Mapping[str, Contact], findings: Iterable[Finding], own: frozenset[str] = frozenset()
) -> list[Change]:
    """The changes of a refresh. A parish that was not found keeps its last good copy. Nothing is ever deleted.

    Args:
        held: parish code → contact of the same source.
        findings: one for each parish that could be read.
        own: domains of the council (``trust.own_domains``).
    """
    return [_judged(held.get(finding.parish_code), finding, own) for finding in findings]


def _judged(contact: Contact | None, finding: Finding, own: frozenset[str]) -> Change:
    """A change, which waits if nobody has checked its address."""
    change = _change(contact, finding)
    email = change.finding.published.email
    waited = contact is not None and contact.state is ContactState.QUARANTINED and contact.reason == UNREVIEWED
    if contact is None or email is None or change.state is ContactState.VACANT:
        return change  # nobody gets messages there
    if change.state is ContactState.QUARANTINED and not waited:
        return change  # its address refused, and has not changed
    if is_trusted(email, contact.trusted_email, own):
        return replace(change, kind="released" if waited else change.kind, state=ContactState.FRESH)
    kind = "confirmed" if waited and "email" not in change.fields else "changed"
    return replace(change, kind=kind, state=ContactState.QUARANTINED, waits=True)


def _was_refused(contact: Contact) -> bool:
    return contact.state is ContactState.QUARANTINED and (contact.reason or REFUSED).startswith(REFUSED)


def _change(contact: Contact | None, finding: Finding) -> Change:
    state = ContactState.VACANT if finding.published.is_vacant else ContactState.FRESH
    if contact is None:
        return Change("new", finding, FIELDS, state, {})
    is_refused = _was_refused(contact)
    if is_refused and finding.published.email is None:  # keep the address that refused
        finding = replace(finding, published=replace(finding.published, email=contact.published.email, raw_email=None))
    old, new = asdict(contact.published), asdict(finding.published)
    fields = tuple(name for name in FIELDS if old[name] != new[name])
    before = {name: old[name] for name in fields if old[name] is not None}
    if contact.state is ContactState.QUARANTINED:
        stays = is_refused and "email" not in fields
        kind, state = ("confirmed", ContactState.QUARANTINED) if stays else ("released", state)
        return Change(kind, finding, fields, state, before)
    return Change("changed" if fields else "confirmed", finding, fields, state, before)


def apply(tx: Transaction, council: str, changes: Sequence[Change]) -> None:
    """Store a refresh: one row for each contact, and one line of history for each change."""
    for change in changes:
        row = tx.execute(
            """
            INSERT INTO contact (id, council, parish_code, source, source_url, council_name, clerk, email, raw_email,
                                 phone, address, state, trusted_email, obtained_at, checked_at)
            VALUES (%(id)s, %(council)s, %(code)s, %(source)s, %(url)s, %(council_name)s, %(clerk)s, %(email)s,
                    %(raw_email)s, %(phone)s, %(address)s, %(state)s, %(trusted)s, %(at)s, %(at)s)
            ON CONFLICT (council, parish_code, source) DO UPDATE SET
                source_url = excluded.source_url, council_name = excluded.council_name, clerk = excluded.clerk,
                email = excluded.email, raw_email = excluded.raw_email, phone = excluded.phone,
                address = excluded.address, state = excluded.state, checked_at = excluded.checked_at,
                reason = CASE WHEN excluded.state = 'quarantined' THEN coalesce(%(reason)s, contact.reason) END,
                trusted_email = coalesce(excluded.trusted_email, contact.trusted_email),
                obtained_at = CASE WHEN %(changed)s THEN excluded.obtained_at ELSE contact.obtained_at END
            RETURNING id
            """,
            _row(council, change),
        ).fetchone()
        if row is not None and (change.kind != "confirmed" or change.fields):
            tx.execute(
                "INSERT INTO contact_change (contact_id, change, fields, author, before) VALUES (%s, %s, %s, %s, %s)",
                (row["id"], change.kind, list(change.fields), MODERNGOV, json.dumps(dict(change.before))),
            )


def _row(council: str, change: Change) -> dict[str, Any]:
    published = asdict(change.finding.published)
    return published | {
        "id": uuid4(),
        "council": council,
        "code": change.finding.parish_code,
        "source": MODERNGOV,
        "url": change.finding.source_url,
        "state": change.state.value,
        "trusted": published["email"] if change.kind == "new" or change.state is ContactState.FRESH else None,
        "reason": UNREVIEWED if change.waits else None,
        "changed": bool(change.fields),
        "at": change.finding.read_at,
    }


def quarantine(tx: Transaction, contact_id: UUID, address: str, reason: str) -> None:
    """A mailbox refused permanently: do not use this contact until its address changes.

    Args:
        address: the address that refused. The contact may have a new one by now, which refused nothing.
        reason: a code such as ``smtp-550``; never the server's own words.
    """
    changed = tx.execute(
        "UPDATE contact SET state = 'quarantined', reason = %s WHERE id = %s AND email = %s"
        " AND (state <> 'quarantined' OR NOT starts_with(coalesce(reason, 'smtp-'), 'smtp-'))",
        (reason, contact_id, address),
    ).rowcount
    if changed:
        tx.execute(
            "INSERT INTO contact_change (contact_id, change, fields, author, note)"
            " VALUES (%s, 'quarantined', '{state}', 'delivery', %s)",
            (contact_id, reason),
        )


def quarantine_by(tx: Transaction, contact_id: UUID, author: str, because: str) -> bool:
    """An officer says that an address is wrong: do not use it until it changes. Returns False if it is not used now."""
    changed = tx.execute(
        "UPDATE contact SET state = 'quarantined', reason = 'officer' WHERE id = %s AND state <> 'quarantined'",
        (contact_id,),
    ).rowcount
    if changed:
        tx.execute(
            "INSERT INTO contact_change (contact_id, change, fields, author, note)"
            " VALUES (%s, 'quarantined', '{state}', %s, %s)",
            (contact_id, author, because),
        )
    return bool(changed)


def hold_directory(tx: Transaction, council: str) -> None:
    """Lock a council's contacts until the transaction ends, against refreshes and refusals."""
    tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('contacts:' || %s, 0))", (council,))
    tx.execute("SELECT 1 FROM contact WHERE council = %s ORDER BY parish_code, source FOR UPDATE", (council,))


def read_contacts(
    tx: Transaction, councils: Sequence[str], parish_codes: Sequence[str] | None = None
) -> dict[tuple[str, str], Contact]:
    """(council, parish code) → the contact in use, in one query.

    Args:
        parish_codes: only of these; None for all.
    """
    query = f"{SELECT} WHERE council = ANY(%(councils)s) AND state <> 'withdrawn'"
    if parish_codes is not None:
        query += " AND parish_code = ANY(%(codes)s)"
    found = _read(tx, query, {"councils": list(councils), "codes": list(parish_codes or ())})
    found.sort(key=lambda contact: PRECEDENCE.index(contact.source), reverse=True)
    return {(contact.council, contact.parish_code): contact for contact in found}


def read_source(tx: Transaction, council: str, source: str = MODERNGOV) -> dict[str, Contact]:
    """Parish code → the contact of one source, even if another replaces it."""
    query = f"{SELECT} WHERE council = %(council)s AND source = %(source)s AND state <> 'withdrawn'"
    return {each.parish_code: each for each in _read(tx, query, {"council": council, "source": source})}


def _read(tx: Transaction, query: str, values: Mapping[str, Any]) -> list[Contact]:
    """Contacts in the order of ``SELECT``'s columns; as tuples, which takes half the time of dictionaries."""
    with tx.cursor(row_factory=tuple_row, binary=True) as cursor:
        rows = cursor.execute(query, values).fetchall()
    return [_contact(*row) for row in rows]


def _contact(identifier: UUID, council: str, code: str, source: str, url: str, *rest: Any) -> Contact:
    published, (state, *others) = rest[:6], rest[6:]
    return Contact(identifier, council, code, source, url, Published(*published), STATES[state], *others)


def read_history(tx: Transaction, council: str, parish_code: str) -> list[dict[str, Any]]:
    """The history of a parish's contacts, newest first: at, source, change, fields, author, note.

    ``before`` has former values while we keep them.
    """
    return tx.execute(
        "SELECT h.at, c.source, h.change, h.fields, h.author, h.note, h.before FROM contact_change h"
        " JOIN contact c ON c.id = h.contact_id WHERE c.council = %s AND c.parish_code = %s ORDER BY h.id DESC",
        (council, parish_code),
    ).fetchall()


def forget_values(tx: Transaction, days: int) -> int:
    """Delete older former values from the history, but keep its lines. Returns how many lines changed."""
    return tx.execute(
        "UPDATE contact_change SET before = '{}' WHERE before <> '{}' AND at < now() - make_interval(days => %s)",
        (days,),
    ).rowcount
