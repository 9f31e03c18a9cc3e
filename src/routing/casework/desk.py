"""What officers ask and do: list, show, decide, close, retry. Everything through the same states and history."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from routing.casework.history import move
from routing.casework.model import Outgoing
from routing.casework.outbox import cancel_pending, insert_outgoing
from routing.casework.states import OPEN, Event, State
from routing.casework.tables import DecisionRow, DeliveryRow, HistoryRow, ReportRow
from routing.database import Transaction
from routing.errors import InputError, TransitionError, UnknownError
from routing.words import read_reference

if TYPE_CHECKING:
    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of a report, as the desk shows it."""

    report: ReportRow
    decisions: list[DecisionRow]
    deliveries: list[DeliveryRow]
    history: list[HistoryRow]
    merged_into: str | None
    """Reference of the report that this one was added to."""


def count_open(tx: Transaction, area_codes: Sequence[str]) -> dict[str, int]:
    """Area code → how many cases are open there; codes without one are left out."""
    rows = tx.execute(
        "SELECT area_code, count(*) AS cases FROM report WHERE area_code = ANY(%s) AND state = ANY(%s) GROUP BY 1"
        " ORDER BY 1",
        (list(area_codes), sorted(state.value for state in OPEN)),
    ).fetchall()
    return {row["area_code"]: row["cases"] for row in rows}


def list_reports(
    session: "Session", state: str | None = None, council: str | None = None, limit: int = 50
) -> list[ReportRow]:
    """The newest reports, those of a state or council only where given."""
    from sqlmodel import col, select

    query = select(ReportRow).order_by(col(ReportRow.received_at).desc()).limit(limit)
    if state is not None:
        if state not in set(State):
            raise InputError("state", f"Use one of: {', '.join(State)}.")
        query = query.where(ReportRow.state == state)
    if council is not None:
        query = query.where(ReportRow.council == council)
    return list(session.exec(query).all())


def show_report(session: "Session", reference: str) -> Dossier:
    """A report with its decisions, deliveries and history.

    Raises:
        UnknownError: there is no report with this reference.
    """
    from sqlmodel import col, select

    report = session.exec(select(ReportRow).where(ReportRow.reference == _reference(reference))).first()
    if report is None:
        raise UnknownError("reference", f"There is no report {reference}. Check the letters.")
    one = report.id
    return Dossier(
        report,
        list(session.exec(select(DecisionRow).where(DecisionRow.report == one).order_by(col(DecisionRow.sequence)))),
        list(session.exec(select(DeliveryRow).where(DeliveryRow.report == one).order_by(col(DeliveryRow.created_at)))),
        list(session.exec(select(HistoryRow).where(HistoryRow.report == one).order_by(col(HistoryRow.sequence)))),
        session.exec(select(ReportRow.reference).where(ReportRow.id == report.merged_into)).first(),
    )


def lock_report(tx: Transaction, reference: str) -> dict[str, Any]:
    """The row of a report, held until the transaction ends.

    Raises:
        UnknownError: there is no report with this reference.
    """
    row = tx.execute("SELECT * FROM report WHERE reference = %s FOR UPDATE", (_reference(reference),)).fetchone()
    if row is None:
        raise UnknownError("reference", f"There is no report {reference}. Check the letters.")
    return row


def decide_by_officer(
    tx: Transaction,
    report: UUID,
    outgoing: Sequence[Outgoing],
    because: str,
    author: str,
    place: Mapping[str, Any] | None = None,
) -> None:
    """Record an officer's decision and put its messages into the outbox.

    Args:
        outgoing: the message to who is to act, then copies; all of one sequence.
        because: the officer's reason; kept with the decision and shown to the recipient, never in the history.
        place: what the officer said of an uncertain place; goes over what the receipt said.

    Raises:
        TransitionError: the report does not wait for a decision.
    """
    to = outgoing[0]
    if not move(tx, [report], Event.OFFICER_DECIDED, author, {"recipient": to.recipient}):
        raise TransitionError("Only a report in review, declined or escalated can be decided by an officer.")
    receipt = _receipt_by_officer(tx, report, outgoing, because) | dict(place or {})
    tx.execute(
        "INSERT INTO decision (report, sequence, rule, outcome, reason, author, receipt)"
        " VALUES (%s, %s, 'OFFICER', 'case', %s, %s, %s)",
        (report, to.sequence, because, author, json.dumps(receipt)),
    )
    # What the review sent to the officers is done with: only the new message may still go out.
    cancel_pending(tx, [report], follow_ups=True)
    tx.execute(
        "UPDATE report SET review_reason = NULL, decision = %s, area_code = coalesce(%s, area_code) WHERE id = %s",
        (to.sequence, (place or {}).get("place", {}).get("code"), report),
    )
    insert_outgoing(tx, outgoing, None)
    tx.execute("NOTIFY waywarden_work")


def _receipt_by_officer(tx: Transaction, report: UUID, outgoing: Sequence[Outgoing], because: str) -> dict[str, Any]:
    """The last receipt, with what the officer decided over it."""
    last = tx.execute(
        "SELECT receipt FROM decision WHERE report = %s ORDER BY sequence DESC LIMIT 1", (report,)
    ).fetchone()
    return (dict(last["receipt"]) if last else {}) | {
        "rule": "OFFICER",
        "outcome": "case",
        "reason": because,
        "recipients": [{"recipient": each.recipient, "role": each.role.value} for each in outgoing],
        "notes": [],
    }


def close(tx: Transaction, report: UUID, author: str) -> None:
    """Close a report: somebody answered, or there is nothing more to do.

    Raises:
        TransitionError: it is on its way, or ended already.
    """
    if not move(tx, [report], Event.CLOSED, author):
        raise TransitionError("Only a report that was sent or is in review can be closed.")
    cancel_pending(tx, [report], follow_ups=False)


def retry(tx: Transaction, report: UUID, author: str) -> str:
    """Try again now: a report in review is routed anew, a delivery that waits for its time becomes due.

    Returns:
        ``routed`` or ``due``.

    Raises:
        TransitionError: there is nothing to try again.
    """
    if move(tx, [report], Event.RETRIED, author):
        tx.execute(
            "UPDATE report SET attempt = 0, batch = NULL, decision = NULL, review_reason = NULL WHERE id = %s",
            (report,),
        )
        cancel_pending(tx, [report], follow_ups=True)
        tx.execute("NOTIFY waywarden_work")
        return "routed"
    due = tx.execute(
        "UPDATE delivery SET due_at = now() WHERE state = 'pending' AND batch IS NULL AND (report = %(report)s"
        " OR id IN (SELECT d.digest FROM delivery d WHERE d.report = %(report)s AND d.state = 'pending'))",
        {"report": report},
    ).rowcount
    if not due:
        raise TransitionError("Nothing of this report waits to be tried again.")
    tx.execute("NOTIFY waywarden_work")
    return "due"


def _reference(text: str) -> str:
    reference = read_reference(text)
    if reference is None:
        raise UnknownError("reference", f"{text!r} is no reference. It looks like WW-7K3M-Q2XD.")
    return reference
