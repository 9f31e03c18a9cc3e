"""Cases whose time has come, or to which something happened: found, claimed under a lease, and begun."""

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from routing import present
from routing.casework.cases.addressing import Contacts
from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.lifecycle import State
from routing.casework.cases.model import Decision
from routing.casework.cases.stage_case import calendar_key
from routing.casework.outbox.batches import Batch, limit_of, open_batch
from routing.casework.stages.advancing import begin_case, definition_of
from routing.casework.stages.loading import load_cases
from routing.casework.stages.recording import record_changes
from routing.database import Transaction
from routing.days import day_of
from routing.process.table import table_values

ADVANCE = "advance"
OLDEST = """
SELECT c.attempt FROM case_stage c WHERE c.batch IS NULL AND c.wakes_at <= casework_now()
ORDER BY c.wakes_at LIMIT 1
"""


def claim_cases(tx: Transaction, engine: str, size: int, lease_s: float) -> Batch | None:
    """Claim the cases that have waited longest, all of the same attempt; None if none is due."""
    head = tx.execute(OLDEST).fetchone()
    if head is None:
        return None
    attempt = head["attempt"]
    rows = tx.execute(
        """
        WITH due AS (
            SELECT c.report FROM case_stage c WHERE c.batch IS NULL AND c.wakes_at <= casework_now()
                AND c.attempt = %s ORDER BY c.wakes_at LIMIT %s FOR UPDATE SKIP LOCKED)
        SELECT d.report, r.reference FROM due d JOIN report r ON r.id = d.report
        """,
        (attempt, limit_of(size, attempt)),
    ).fetchall()
    if not rows:
        return None
    batch = open_batch(tx, ADVANCE, engine, lease_s, tuple(row["reference"] for row in rows))
    tx.execute("UPDATE case_stage SET batch = %s WHERE report = ANY(%s)", (batch.id, [row["report"] for row in rows]))
    return batch


def cases_of(tx: Transaction, batch: UUID) -> list[UUID]:
    """The reports of a batch of cases."""
    rows = tx.execute("SELECT report FROM case_stage WHERE batch = %s ORDER BY report", (batch,)).fetchall()
    return [row["report"] for row in rows]


def begin_cases(
    tx: Transaction, catalogue: Catalogue, decisions: Sequence[Decision], contacts: Contacts, batch: UUID, domain: str,
    real_now: datetime.datetime,
) -> int:  # fmt: skip
    """Let the decided cases of processes with stages begin, with the messages that ask; returns how many.

    Call it after ``record`` in the same transaction: it takes those that were recorded.
    """
    begun = {decision.report: decision for decision in decisions if decision.begun is not None}
    if not begun:
        return 0
    rows = tx.execute(
        "SELECT r.id, d.sequence FROM report r JOIN unnest(%s::uuid[], %s::int[]) AS d (report, sequence)"
        " ON d.report = r.id AND d.sequence = r.decision WHERE r.batch = %s AND r.state = ANY(%s) ORDER BY r.id",
        (list(begun), [each.sequence for each in begun.values()], batch, [State.ROUTING.value, State.REVIEW.value]),
    ).fetchall()
    for row in rows:
        place = begun[row["id"]].place
        state = place.state.value if place is not None else None
        tx.execute(
            "INSERT INTO case_stage (report, recipient, place_state, entries) VALUES (%s, '', %s, 0)"
            " ON CONFLICT (report) DO UPDATE SET place_state = excluded.place_state, review_since = NULL"
            " WHERE case_stage.entries = 0",
            (row["id"], state),
        )
    held = load_cases(tx, catalogue, [row["id"] for row in rows])
    new = [each for each in held if each.case.entries == 0]
    changes = [begin_case(each, begun[each.report], catalogue, contacts, real_now) for each in new]
    return len(record_changes(tx, catalogue, changes, batch, domain))


def wait_for_officers(tx: Transaction, catalogue: Catalogue, reports: Sequence[UUID]) -> None:
    """Give reports that went to officers before they were decided the clock of rule 17, so that officers can decide."""
    rows = tx.execute(
        "SELECT id, process_scope, process, process_version FROM report r WHERE id = ANY(%s)"
        " AND state = %s AND NOT EXISTS (SELECT FROM case_stage c WHERE c.report = r.id) ORDER BY id",
        (list(reports), State.REVIEW.value),
    ).fetchall()
    catalogue.load_versions(tx, {(row["process_scope"], row["process"], row["process_version"]) for row in rows})
    staged = [row["id"] for row in rows if _has_stages(catalogue, row)]
    for report in staged:
        tx.execute(
            "INSERT INTO case_stage (report, recipient, entries, review_since, wakes_at)"
            " VALUES (%s, '', 0, casework_now(), casework_now())",
            (report,),
        )
    for held in load_cases(tx, catalogue, staged) if staged else ():
        definition = definition_of(held, catalogue)
        given = definition.given_on(day_of(held.case.received), catalogue.council_of(held.council).calendar)
        columns = json.dumps(table_values(definition, held.case.values, given))
        tx.execute("UPDATE case_stage SET columns = %s WHERE report = %s", (columns, held.report))


def _has_stages(catalogue: Catalogue, row: Mapping[str, Any]) -> bool:
    definition = catalogue.version(row["process_scope"], row["process"], row["process_version"])
    return definition is not None and definition.has_stages


def reckon_anew(tx: Transaction, catalogue: Catalogue) -> int:
    """Look again at open cases whose deadlines were reckoned by other days, such as before a holiday was proclaimed.

    Returns:
        How many there are (rule 10).
    """
    today, found = day_of(present.now()), 0
    for council in catalogue.councils.values():
        calendars = (council.calendar, council.calendar.of_any_nation())
        found += tx.execute(
            "UPDATE case_stage c SET wakes_at = casework_now(), step = step + 1 FROM report r"
            " WHERE r.id = c.report AND r.council = %s"
            " AND c.ended IS NULL AND c.calendar <> ALL(%s)",
            (council.slug, [calendar_key(each, council.office, today) for each in calendars]),
        ).rowcount
    return found
