"""Gather, record, and the outbox: decisions and messages, each committed before the next step."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import Event
from routing.casework.cases.model import Addition, Case, Decision, NewMessage, Other, OutboxMessage, Reporter
from routing.casework.outbox.notifications import send_with
from routing.database import Transaction
from routing.place import hold_active
from routing.vocabulary import Role

OF_BATCH = """(d.state = 'pending' AND d.id = ANY (ARRAY(
    SELECT b.id FROM delivery b WHERE b.batch = %(batch)s
    UNION SELECT m.id FROM delivery h JOIN delivery m ON m.digest = h.id AND m.state = 'pending'
        WHERE h.batch = %(batch)s AND h.digest = h.id)))"""
"""What a batch has to send, with members of its digests. We find them by ids, because *or* would read everything."""


def gather(tx: Transaction, batch: UUID, catalogue: Catalogue) -> list[Case]:
    """The reports of a batch in one query, with points and what tables can read, without contact, words and details.

    The versions of their definitions are in the catalogue then.
    """
    rows = tx.execute(
        """
        SELECT r.id, r.reference, r.council, r.process, r.process_scope, r.process_version,
               r.answers, coalesce((SELECT p.answers FROM reporter p WHERE p.report = r.id
                                    ORDER BY p.given_at LIMIT 1), '{}') AS personal,
               r.easting, r.northing, r.received_at, r.attempt, r.decision,
               greatest((SELECT max(d.sequence) FROM decision d WHERE d.report = r.id),
                        (SELECT max(d.sequence) FROM delivery d WHERE d.report = r.id), 0) AS last_sequence
        FROM report r WHERE r.batch = %s AND r.state = 'routing' ORDER BY r.received_at
        """,
        (batch,),
    ).fetchall()
    catalogue.load_versions(tx, {(row["process_scope"], row["process"], row["process_version"]) for row in rows})
    return [Case(**row | {"answers": _columns(row, row.pop("personal"), catalogue)}) for row in rows]


def _columns(row: Mapping[str, Any], personal: Mapping[str, str], catalogue: Catalogue) -> dict[str, str]:
    """The answers that a table can read. Of those about a person, an address and free text stay in the store."""
    definition = catalogue.version(row["process_scope"], row["process"], row["process_version"])
    columns = definition.columns if definition is not None else {}
    return {**row["answers"], **{name: value for name, value in personal.items() if name in columns}}


def record(tx: Transaction, batch: UUID, decisions: Sequence[Decision], messages: Sequence[NewMessage]) -> int | None:
    """Store decisions and their outbox rows, for the reports that this batch still has.

    Returns:
        The number of stored decisions, which is lower if another engine took the lease. None if the vintage of the
        boundaries has changed since: nothing is stored, so decide again.
    """
    vintage = hold_active(tx)  # before locking any row, in the same order as changes of the vintage
    if any(decision.place is not None and decision.place.vintage != vintage for decision in decisions):
        return None
    rows = tx.execute(
        "SELECT id FROM report WHERE batch = %s AND state = 'routing' AND decision IS NULL ORDER BY id FOR UPDATE",
        (batch,),
    ).fetchall()
    held = {row["id"] for row in rows}
    kept = [decision for decision in decisions if decision.report in held]
    _insert_decisions(tx, kept)
    insert_messages(tx, [each for each in messages if each.report in held], batch)
    for council in {decision.council for decision in kept}:
        ids = [decision.report for decision in kept if decision.council == council]
        tx.execute("UPDATE report SET council = %s WHERE id = ANY(%s) AND council <> %s", (council, ids, council))
    for rule in {decision.rule for decision in kept}:
        ids = [decision.report for decision in kept if decision.rule == rule]
        move(tx, ids, Event.DECIDED, "table", {"rule": rule, "batch": str(batch)})
    to_review = [decision for decision in kept if decision.outcome == "review"]
    for reason in {decision.reason for decision in to_review}:
        ids = [decision.report for decision in to_review if decision.reason == reason]
        enter_review(tx, ids, reason, "table")
    send_with(tx, [decision.report for decision in kept], batch)
    return len(kept)


def _insert_decisions(tx: Transaction, decisions: Sequence[Decision]) -> None:
    rows = [(d.report, d.sequence, d.rule, d.outcome, d.reason, d.author, json.dumps(d.receipt())) for d in decisions]
    _copy(tx, "decision (report, sequence, rule, outcome, reason, author, receipt)", rows)
    areas = [d.place.area.code if d.place is not None and d.place.area else None for d in decisions]
    tx.execute(
        "UPDATE report r SET decision = d.sequence, area_code = d.area"
        " FROM unnest(%s::uuid[], %s::int[], %s::text[]) AS d (report, sequence, area) WHERE r.id = d.report",
        ([d.report for d in decisions], [d.sequence for d in decisions], areas),
    )


def insert_messages(tx: Transaction, messages: Sequence[NewMessage], batch: UUID | None) -> None:
    """Put messages into the outbox. Each message of a decision can only be there once."""
    rows = [
        (
            o.id,
            o.report,
            o.sequence,
            o.recipient,
            o.role.value,
            o.destination.channel,
            o.destination.address,
            o.message_id,
            o.reason,
            o.contact,
            o.entry,
            o.letter,
        )
        for o in messages
    ]
    table = (
        "delivery (id, report, sequence, recipient, role, channel, address, message_id, reason, contact, entry, letter,"
        " state, batch)"
    )
    _copy(tx, table, [(*row, "pending", batch) for row in rows])


def _copy(tx: Transaction, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert many rows in one statement; ``table`` with its columns."""
    if rows:
        with tx.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def enter_review(tx: Transaction, reports: Sequence[UUID], reason: str, actor: str) -> list[UUID]:
    """Send reports to review. The reason is our own text, never a citizen's words. Returns those that moved."""
    moved = move(tx, reports, Event.REVIEWED, actor)
    tx.execute("UPDATE report SET review_reason = %s WHERE id = ANY(%s)", (reason, moved))
    return moved


def cancel_pending(tx: Transaction, reports: Sequence[UUID], *, follow_ups: bool) -> None:
    """Cancel waiting messages of these reports, except news for the citizen, and letters, which say what was done.

    Args:
        follow_ups: cancel these too, because the next recipient gets everything.
    """
    tx.execute(
        "UPDATE delivery SET state = 'cancelled' WHERE report = ANY(%s) AND state = 'pending'"
        " AND role NOT IN ('citizen', 'letter') AND (%s OR role <> 'follow-up')",
        (list(reports), follow_ups),
    )


def read_outbox(tx: Transaction, batch: UUID) -> list[OutboxMessage]:
    """What a batch has to send, with the content of the messages. A digest is its head with its members."""
    rows = tx.execute(
        f"""
        SELECT d.id, d.report, r.reference, r.council, r.process, r.process_scope, r.process_version, d.sequence,
               d.recipient, d.role, d.channel, d.message_id,
               CASE WHEN d.role = 'citizen' OR (d.role = 'letter' AND d.recipient = 'reporter')
                   THEN coalesce(p.email, '')
                   WHEN d.role = 'letter' AND d.recipient LIKE 'field:%%' THEN coalesce((
                       SELECT (c.personal ->> substring(d.recipient FROM 7))::jsonb ->> 'email' FROM case_stage c
                       WHERE c.report = d.report), '')
                   ELSE d.address END AS address,
               d.reason, d.contact, d.attempt, d.batch, r.answers,
               r.easting, r.northing, r.place_name, r.received_at, r.details, r.words, p.name, p.email, p.phone,
               p.may_pass_on, p.answers AS personal, k.receipt,
               d.addition, d.digest, d.entry, coalesce(o.role = 'copy', false) AS follows_copy,
               (SELECT m.message_id FROM delivery f JOIN delivery m ON m.id = coalesce(f.digest, f.id)
                WHERE f.id = d.follows) AS follows,
               CASE WHEN d.role NOT IN ('citizen', 'follow-up', 'letter') THEN (
                   SELECT jsonb_agg(jsonb_build_array(e.recipient, e.role, e.address) ORDER BY e.role DESC, e.sequence)
                   FROM delivery e WHERE e.report = d.report AND e.role IN ('to', 'copy')
                       AND e.state IN ('pending', 'sent') AND e.sequence >= r.decision AND e.address <> d.address
                       AND (d.entry IS NULL OR e.entry = d.entry OR (e.role = 'copy' AND e.sequence = d.sequence))
               ) END AS others
        FROM delivery d JOIN report r ON r.id = d.report
        LEFT JOIN LATERAL (SELECT * FROM reporter p WHERE p.report = r.id ORDER BY p.given_at LIMIT 1) p ON true
        LEFT JOIN delivery o ON o.id = d.follows
        -- The decision by which that was sent which this follows; of all others the last.
        LEFT JOIN LATERAL (SELECT k.receipt FROM decision k WHERE k.report = r.id
            AND (o.id IS NULL OR k.sequence <= o.sequence) ORDER BY k.sequence DESC LIMIT 1) k ON true
        WHERE {OF_BATCH} AND (d.due_at <= now() OR d.digest <> d.id) ORDER BY r.received_at, d.role DESC, d.sequence
        """,  # noqa: S608  # a constant of ours
        {"batch": batch},
    ).fetchall()
    additions = _additions(tx, batch)
    heads = {row["id"]: row.pop("digest") for row in rows}
    found = {row["id"]: _outbox_message(row, additions.get(row["id"], ())) for row in rows}
    return [_with_members(each, found, heads) for each in found.values() if heads[each.id] in (None, each.id)]


def _with_members(
    head: OutboxMessage, found: Mapping[UUID, OutboxMessage], heads: Mapping[UUID, UUID | None]
) -> OutboxMessage:
    """The head of a digest with its members; any other message unchanged."""
    if heads[head.id] is None:
        return head
    return replace(head, members=tuple(each for each in found.values() if heads[each.id] == head.id))


def versions_of(outbox: Sequence[OutboxMessage]) -> set[tuple[str, str, str]]:
    """(scope, process, version) of the definitions for messages, including those in digests."""
    each_of = (each for head in outbox for each in (head, *head.members))
    return {(each.process_scope, each.process, each.process_version) for each in each_of}


def _outbox_message(row: dict[str, Any], additions: Sequence[Addition]) -> OutboxMessage:
    row["role"] = Role(row["role"])
    row["receipt"] = row["receipt"] or {}
    others = tuple(Other(name, Role(role), address) for name, role, address in row.pop("others") or ())
    return OutboxMessage(reporter=_reporter(row), additions=tuple(additions), others=others, **row)


def _reporter(row: dict[str, Any]) -> Reporter:
    personal = row.pop("personal") or {}
    return Reporter(row.pop("name"), row.pop("email"), row.pop("phone"), bool(row.pop("may_pass_on")), personal)


def _additions(tx: Transaction, batch: UUID) -> dict[UUID, list[Addition]]:
    """Message → its additions: for a follow-up the one it is about, for others all earlier ones."""
    rows = tx.execute(
        f"""
        SELECT d.id, j.reference, a.is_joining, coalesce(a.text, j.details) AS text, j.answers, j.words,
               j.easting, j.northing, j.place_name,
               p.name, p.email, p.phone, p.may_pass_on, p.answers AS personal
        FROM delivery d JOIN addition a ON a.report = d.report AND CASE d.role WHEN 'citizen' THEN false
            WHEN 'letter' THEN false WHEN 'follow-up' THEN a.id = d.addition
            ELSE a.sequence IS NULL OR a.sequence < d.sequence END
            AND (a.is_joining OR a.text IS NOT NULL)
        JOIN report j ON j.id = a.given_by AND j.state <> 'withdrawn'
        LEFT JOIN LATERAL (SELECT * FROM reporter p WHERE p.report = j.id ORDER BY p.given_at LIMIT 1) p ON true
        WHERE {OF_BATCH} ORDER BY a.given_at
        """,  # noqa: S608  # a constant of ours
        {"batch": batch},
    ).fetchall()
    found: dict[UUID, list[Addition]] = {}
    for row in rows:
        where = (row["easting"], row["northing"]) if row["easting"] is not None else None
        each = Addition(
            row["reference"], row["is_joining"], row["text"], row["answers"], where, row["place_name"], _reporter(row),
            row["words"],
        )  # fmt: skip
        found.setdefault(row["id"], []).append(each)
    return found


def next_sequence(tx: Transaction, report_id: UUID) -> int:
    """The number for the next message or decision of a report, whose row the transaction has locked."""
    row = tx.execute(
        "SELECT greatest((SELECT max(sequence) FROM decision WHERE report = %(id)s),"
        " (SELECT max(sequence) FROM delivery WHERE report = %(id)s), 0) + 1 AS next",
        {"id": report_id},
    ).fetchone()
    assert row is not None
    return int(row["next"])
