"""Store what cases became, with everything to send, in one transaction."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.changes import Change
from routing.casework.cases.comparing import asks_citizen_anew
from routing.casework.cases.history import REPORTER, tell_news
from routing.casework.cases.letters import NewLetter
from routing.casework.cases.lifecycle import allowed
from routing.casework.cases.model import Addressee, NewMessage
from routing.casework.cases.stage_case import entry_id
from routing.casework.outbox.follow_ups import MOVED, asked_now, follow_up, hold_case
from routing.casework.outbox.messages import insert_messages
from routing.casework.outbox.new_messages import new_message, tell_review
from routing.casework.stages.advancing import definition_of
from routing.casework.stages.rows import answered_rows, case_row, entry_rows, open_entries, seat_rows
from routing.database import Transaction
from routing.process import kept_apart
from routing.process.letters import TO_CITIZEN
from routing.process.stages import CITIZEN
from routing.vocabulary import REVIEW, SMTP, Destination, Role

Row = tuple[Any, ...]
HOLD = """
SELECT c.report, greatest((SELECT max(k.sequence) FROM decision k WHERE k.report = c.report),
    (SELECT max(d.sequence) FROM delivery d WHERE d.report = c.report), 0) AS last
FROM unnest(%s::uuid[], %s::int[]) AS w (report, step) JOIN case_stage c ON c.report = w.report AND c.step = w.step
JOIN report r ON r.id = c.report ORDER BY c.report FOR UPDATE OF r, c
"""
CASE = """
UPDATE case_stage SET recipient = %s, stage = %s, entry = %s, entries = %s, counts = %s, stood = %s, asked_by = %s,
    columns = %s, review_since = %s, review_reminded = %s, ended = %s, end_kind = %s, holds_until = %s,
    is_renewal_settled = %s, calendar = %s, promised = %s, wakes_at = %s, fields = fields || %s, words = words || %s,
    personal = personal || %s, attempt = 0, step = step + 1 WHERE report = %s
"""
ENTRY = """
INSERT INTO case_entry (id, report, serial, stage, entered_at, extended, reminded, because)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET extended = excluded.extended, reminded = excluded.reminded, left_at = NULL
"""
SEAT = """
INSERT INTO case_seat (entry, seat, position, outcome, answered_at, is_unreached)
VALUES (%s, %s, %s, %s, CASE WHEN %s THEN casework_now() END, %s)
ON CONFLICT (entry, seat) DO UPDATE SET outcome = excluded.outcome, is_unreached = excluded.is_unreached,
    position = excluded.position, is_replaced = false,
    answered_at = CASE WHEN excluded.outcome IS NULL THEN NULL
        ELSE coalesce(case_seat.answered_at, excluded.answered_at) END
"""


def record_changes(
    tx: Transaction, catalogue: Catalogue, changes: Sequence[Change], batch: UUID | None, domain: str
) -> list[Change]:
    """Store changes of cases that nobody else has changed since they were loaded, with their messages.

    Args:
        batch: that sends the messages; None: they are due.
        domain: of our Message-IDs.

    Returns:
        The changes that were stored.
    """
    wanted = {change.held.report: change for change in changes}
    steps = [change.held.step for change in wanted.values()]
    rows = tx.execute(HOLD, (list(wanted), steps)).fetchall()
    kept = [(wanted[row["report"]], row["last"] + 1) for row in rows]
    changed = [(change, number) for change, number in kept if not is_idle(change)]
    asked = {change.held.report: _asked(tx, change) for change, _ in changed if change.is_taken_away}
    _store_cases(tx, catalogue, [change for change, _ in kept])
    messages = [each for change, number in changed for each in _messages(change, number, domain)]
    _store_letters(tx, [change for change, _ in changed])
    insert_messages(tx, messages, batch)
    asks = [(each.id, None, each.entry, each.recipient) for each in messages if each.role is Role.TO]
    asks += _citizens_asked([change for change, _ in changed], messages)
    with tx.cursor() as cursor:
        cursor.executemany(  # a message that asked them before and has not left is not needed any more
            "UPDATE delivery d SET state = 'cancelled' FROM case_seat s WHERE s.entry = %s AND s.seat = %s"
            " AND d.id = s.delivery AND d.state = 'pending'",
            [(entry, seat) for _, _, entry, seat in asks],
        )
        cursor.executemany("UPDATE case_seat SET delivery = %s, asked_at = %s WHERE entry = %s AND seat = %s", asks)
        cursor.executemany("SELECT report_move(%s, %s, %s, %s, %s, %s)", list(_told(changed)))
    _settle_events(tx, [change for change, _ in changed])
    for report, holders in asked.items():
        case = hold_case(tx, report)
        for each in holders:
            follow_up(tx, catalogue, case, each, MOVED)
    _tell(tx, catalogue, [change for change, _ in changed], batch, domain)
    return [change for change, _ in kept]


def _asked(tx: Transaction, change: Change) -> list[dict[str, Any]]:
    """The accepted messages to those who are asked now, and neither after a change nor when their time goes on."""
    report = change.held.report
    still = {each.destination.address for each in change.asks}
    kept = {entry_id(report, entry.serial) for entry in open_entries(change)}
    asked = [each for each in asked_now(tx, report) if each["sent_at"] is not None]
    return [each for each in asked if each["address"] not in still and each["entry"] not in kept]


def is_idle(change: Change) -> bool:
    """Whether a case was only looked at."""
    return not (change.told or change.applied or change.rungs or change.letters or change.reminders or change.asks)


def _citizens_asked(changes: Sequence[Change], messages: Sequence[NewMessage]) -> Iterator[Row]:
    """What asks citizens: the last letter to them, or their page, which asks at once (rule 14)."""
    letters = {each.report: each.id for each in messages if each.role is Role.LETTER and each.recipient == REPORTER}
    for change in changes:
        entry = change.after.entry
        if entry is not None and asks_citizen_anew(change.held.case, change.after):
            letter = letters.get(change.held.report)
            yield letter, None if letter else entry.asked_at, entry_id(change.held.report, entry.serial), CITIZEN


def _told(changed: Sequence[tuple[Change, int]]) -> Iterator[tuple[Any, ...]]:
    for change, _ in changed:
        for each in change.told:
            before, after = allowed(each.event)
            yield [change.held.report], before, after, each.event.value, each.actor, json.dumps(dict(each.codes))


def _store_cases(tx: Transaction, catalogue: Catalogue, changes: Sequence[Change]) -> None:
    cases, entries, seats, left, answered = list[Row](), list[Row](), list[Row](), list[Row](), list[Row]()
    for change in changes:
        definition = definition_of(change.held, catalogue)
        apart = kept_apart(definition, change.values)
        said = tuple(json.dumps(dict(each)) for each in (apart.answers, apart.words, apart.personal))
        cases.append((*case_row(change, definition), *said, change.held.report))
        if not is_idle(change):
            entries += entry_rows(change)
            seats += seat_rows(change)
            left.append((change.held.report, [entry.serial for entry in open_entries(change)]))
            answered += answered_rows(change)
    with tx.cursor() as cursor:
        cursor.executemany(
            "UPDATE case_entry SET left_at = casework_now() WHERE report = %s AND left_at IS NULL"
            " AND serial <> ALL(%s::int[])",
            left,
        )
        cursor.executemany(
            "UPDATE case_seat SET outcome = %s, answered_at = casework_now(),"
            " asked_at = coalesce(asked_at, CASE WHEN delivery IS NOT NULL THEN casework_now() END)"
            " WHERE entry = %s AND seat = %s",
            answered,
        )
        cursor.executemany(ENTRY, entries)
        cursor.executemany(
            "UPDATE case_seat SET is_replaced = true WHERE entry = %s AND seat <> ALL(%s)",
            [(entry_id(change.held.report, entry.serial), list(entry.seats))
             for change in changes if not is_idle(change) for entry in open_entries(change)],
        )  # fmt: skip
        cursor.executemany(SEAT, seats)
        # Nobody asks any more what was not sent yet, and nobody reminds of it.
        cursor.executemany(
            "UPDATE delivery d SET state = 'cancelled' FROM case_entry e WHERE e.report = %s AND e.left_at IS NOT NULL"
            " AND d.entry = e.id AND d.state = 'pending' AND d.role IN ('to', 'reminder')",
            [(report,) for report, _ in left],
        )
        cursor.executemany(CASE, cases)


def _messages(change: Change, number: int, domain: str) -> Iterator[NewMessage]:
    """Asks, reminders and letters, each with a number of its own, so that they stay in order."""
    report, after = change.held.report, change.after
    entry = entry_id(report, after.entry.serial) if after.entry is not None else None

    def message(each: Addressee, role: Role, reason: str) -> NewMessage:
        return new_message(report, number, each.recipient, role, each.destination, domain, reason, each.contact)

    for each in change.asks:
        why = f"It was for the parish council, but {each.why}." if each.substitute_for and each.why else ""
        reason = " ".join(part for part in (why, change.reason) if part)
        yield replace(message(each, Role.TO, reason), entry=entry)
    for each in change.reminders:
        number += 1
        if each.recipient == REVIEW:
            yield message(each, Role.REVIEW, REMINDED_REVIEW)
        else:
            yield replace(message(each, Role.REMINDER, "" if each.substitute_for else each.why), entry=entry)
    for letter in change.letters:
        number += 1
        if can_send(change, letter):
            to = letter.addressee or Addressee(_hidden(letter.recipient), Role.LETTER, Destination(SMTP, ""))
            yield replace(message(to, Role.LETTER, ""), letter=letter.id)


REMINDED_REVIEW = "This still waits for you to decide."


def _hidden(recipient: str) -> str:
    """The name in the outbox of somebody whose address is never there."""
    return REPORTER if recipient == TO_CITIZEN else recipient


def can_send(change: Change, letter: NewLetter) -> bool:
    """Whether a letter can go by email. Otherwise officers print it (rule 14)."""
    return change.held.has_email if letter.recipient == TO_CITIZEN else letter.can_email


def _store_letters(tx: Transaction, changes: Sequence[Change]) -> None:
    rows = [
        (
            each.id,
            change.held.report,
            each.letter,
            each.recipient,
            each.subject,
            each.text,
            not can_send(change, each),
        )
        for change in changes
        for each in change.letters
    ]
    with tx.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO letter (id, report, letter, recipient, subject, text, needs_print, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, casework_now())",
            rows,
        )


def _settle_events(tx: Transaction, changes: Sequence[Change]) -> None:
    """Applied events keep no words; what the clock did is a row that can only be there once."""
    applied = [(outcome, event) for change in changes for event, outcome in change.applied.items()]
    rungs = [(change.held.report, rung) for change in changes for rung in change.rungs]
    with tx.cursor() as cursor:
        cursor.executemany(
            "UPDATE case_event SET applied_at = casework_now(), outcome = %s, said = said - 'values' - 'columns',"
            " because = NULL WHERE id = %s",
            applied,
        )
        cursor.executemany(
            "INSERT INTO case_event (report, kind, rung, author, at, applied_at, outcome)"
            " VALUES (%s, 'rung', %s, 'clock', casework_now(), casework_now(), 'applied')",
            rungs,
        )


def _tell(tx: Transaction, catalogue: Catalogue, changes: Sequence[Change], batch: UUID | None, domain: str) -> None:
    """News for citizens, and what officers must see to."""
    tell_news(tx, [change.held.report for change in changes if change.tells_citizen], batch)
    lettered = [
        change.held.report
        for change in changes
        if not change.tells_citizen and any(each.recipient == TO_CITIZEN for each in change.letters)
    ]
    tell_news(tx, lettered, batch, only_joined=True)
    for change in changes:
        if change.notice:
            tell_review(tx, catalogue, domain, [(change.held.report, change.held.council)], change.notice)
        if change.review:
            tx.execute("UPDATE report SET review_reason = %s WHERE id = %s", (change.review, change.held.report))
            tell_review(tx, catalogue, domain, [(change.held.report, change.held.council)], change.review)
