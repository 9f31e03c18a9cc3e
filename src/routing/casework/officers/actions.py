"""Actions of officers: list, show, decide, close, retry. All use the same states and history."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import OPEN_VALUES, Event
from routing.casework.cases.model import NewMessage, Reporter
from routing.casework.outbox.follow_ups import NOT_NEEDED, follow_up, hold_case
from routing.casework.outbox.messages import cancel_pending, insert_messages, next_sequence
from routing.casework.stages.closing import end_case
from routing.database import Transaction
from routing.errors import TransitionError, UnknownError
from routing.process.letters import CLOSED
from routing.vocabulary import Role, parse_report_reference

if TYPE_CHECKING:
    from sqlmodel import Session

    from routing.casework.stage_tables import CaseEntryRow, CaseSeatRow, CaseStageRow
    from routing.casework.tables import DecisionRow, DeliveryRow, HistoryRow, ReportRow

CANNOT_DECIDE = (
    "You can only decide a report that is in review, sent, declined or escalated. To send a case in a stage to another "
    "one, run: waywarden reports move"
)
NAME_OF_AREA = (
    "SELECT a.name FROM area a JOIN vintage v ON v.id = a.vintage WHERE v.state = 'active' AND a.code = :code LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything about a report, for the desk."""

    report: "ReportRow"
    decisions: "list[DecisionRow]"
    deliveries: "list[DeliveryRow]"
    history: "list[HistoryRow]"
    merged_into: str | None
    """Reference of the report that this one was added to."""

    renews: str | None = None
    """Reference of the former report whose permission this one is to renew."""

    parish: str | None = None
    """Name of its area in the boundaries in use."""

    stage: "CaseStageRow | None" = None
    entries: "tuple[CaseEntryRow, ...]" = ()
    seats: "tuple[CaseSeatRow, ...]" = ()
    """Where a case in stages stands, every stage that it entered, and whom they asked."""


def count_open(tx: Transaction, area_codes: Sequence[str]) -> dict[str, int]:
    """Area code → number of open cases; codes without cases are left out."""
    rows = tx.execute(
        "SELECT area_code, count(*) AS cases FROM report WHERE area_code = ANY(%s) AND state = ANY(%s) GROUP BY 1"
        " ORDER BY 1",
        (list(area_codes), OPEN_VALUES),
    ).fetchall()
    return {row["area_code"]: row["cases"] for row in rows}


def show_report(session: "Session", reference: str) -> Dossier:
    """A report with its decisions, deliveries and history.

    Raises:
        UnknownError: there is no report with this reference.
    """
    from sqlmodel import col, select, text

    from routing.casework.stage_tables import CaseEntryRow, CaseSeatRow, CaseStageRow
    from routing.casework.tables import DecisionRow, DeliveryRow, HistoryRow, ReportRow

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
        session.exec(select(ReportRow.reference).where(ReportRow.id == report.renews)).first(),
        session.exec(text(NAME_OF_AREA).bindparams(code=report.area_code)).scalar(),  # type: ignore[call-overload]
        session.get(CaseStageRow, one),
        tuple(session.exec(select(CaseEntryRow).where(CaseEntryRow.report == one).order_by(col(CaseEntryRow.serial)))),
        tuple(
            session.exec(
                select(CaseSeatRow)
                .join(CaseEntryRow, col(CaseEntryRow.id) == col(CaseSeatRow.entry))
                .where(CaseEntryRow.report == one)
                .order_by(col(CaseEntryRow.serial), col(CaseSeatRow.position))
            )
        ),
    )


def lock_report(tx: Transaction, reference: str) -> dict[str, Any]:
    """The row of a report, locked until the transaction ends.

    Raises:
        UnknownError: there is no report with this reference.
    """
    row = tx.execute("SELECT * FROM report WHERE reference = %s FOR UPDATE", (_reference(reference),)).fetchone()
    if row is None:
        raise UnknownError("reference", f"There is no report {reference}. Check the letters.")
    return row


def decide_by_officer(
    tx: Transaction,
    report_id: UUID,
    messages: Sequence[NewMessage],
    because: str,
    author: str,
    place: Mapping[str, Any] | None = None,
) -> None:
    """Record an officer's decision and put its messages into the outbox.

    Args:
        outgoing: the message to the recipient who must act, then copies; all of one sequence.
        because: the officer's reason, stored with the decision and shown to the recipient, but never in the history.
        place: what the officer said about an uncertain place; replaces the receipt's place.

    Raises:
        TransitionError: the report does not need a decision.
    """
    to = messages[0]
    if not move(tx, [report_id], Event.OFFICER_DECIDED, author, {"recipient": to.recipient}):
        raise TransitionError(CANNOT_DECIDE)
    recipients = [{"recipient": each.recipient, "role": each.role.value} for each in messages]
    _insert_decision(tx, report_id, to.sequence, recipients, because, author, place)
    # The message to the officers is no longer needed. Only the new message may go out.
    cancel_pending(tx, [report_id], follow_ups=True)
    insert_messages(tx, messages, None)
    tx.execute("NOTIFY waywarden_work")


def record_officer(
    tx: Transaction, report_id: UUID, to: str, because: str, author: str, place: Mapping[str, Any] | None
) -> None:
    """Record an officer's decision about a case in stages. The engine applies it, and asks the recipient."""
    recipients = [{"recipient": to, "role": Role.TO.value}]
    _insert_decision(tx, report_id, next_sequence(tx, report_id), recipients, because, author, place)
    tx.execute(  # the engine cancels what asks in the stage, once it has left it
        "UPDATE delivery SET state = 'cancelled' WHERE report = %s AND state = 'pending' AND role = 'review'",
        (report_id,),
    )
    state = (place or {}).get("place", {}).get("state")
    tx.execute("UPDATE case_stage SET place_state = coalesce(%s, place_state) WHERE report = %s", (state, report_id))


def _insert_decision(
    tx: Transaction, report_id: UUID, sequence: int, recipients: Sequence[Mapping[str, str]], because: str, author: str,
    place: Mapping[str, Any] | None,
) -> None:  # fmt: skip
    """The officer's decision on top of the last receipt. The report has it from now on."""
    last = tx.execute(
        "SELECT receipt FROM decision WHERE report = %s ORDER BY sequence DESC LIMIT 1", (report_id,)
    ).fetchone()
    said = {"rule": "OFFICER", "outcome": "case", "reason": because, "recipients": list(recipients), "notes": []}
    receipt = (dict(last["receipt"]) if last else {}) | said | dict(place or {})
    tx.execute(
        "INSERT INTO decision (report, sequence, rule, outcome, reason, author, receipt)"
        " VALUES (%s, %s, 'OFFICER', 'case', %s, %s, %s)",
        (report_id, sequence, because, author, json.dumps(receipt)),
    )
    tx.execute(
        "UPDATE report SET review_reason = NULL, decision = %s, area_code = coalesce(%s, area_code) WHERE id = %s",
        (sequence, (place or {}).get("place", {}).get("code"), report_id),
    )


def close(tx: Transaction, catalogue: Catalogue, report_id: UUID, author: str, because: str | None = None) -> None:
    """Close a report that was answered, or needs no more work. Whoever is asked hears that they need not answer.

    Args:
        because: what we tell the citizen; kept as long as the citizen's own words.

    Raises:
        TransitionError: it is on its way, or has already ended.
    """
    case = hold_case(tx, report_id)
    asked = [each for each in case.told(tx) if case.is_staged and each["role"] == Role.TO]
    if not move(tx, [report_id], Event.CLOSED, author):
        raise TransitionError("You can only close a report that was sent or is in review.")
    end_case(tx, report_id, CLOSED)
    cancel_pending(tx, [report_id], follow_ups=False)
    for each in asked:
        follow_up(tx, catalogue, case, each, NOT_NEEDED)
    tx.execute("UPDATE report SET closed_because = %s WHERE id = %s", (because, report_id))


def look_at_reporter(tx: Transaction, report_id: UUID, author: str, because: str) -> Reporter:
    """Who reported it. The history records that somebody looked. We keep the reason as long as the reporter."""
    look = uuid4()
    move(tx, [report_id], Event.LOOKED, author, {"look": str(look)})
    tx.execute(
        "INSERT INTO reporter_look (id, report, author, because) VALUES (%s, %s, %s, %s)",
        (look, report_id, author, because),
    )
    row = tx.execute(
        "SELECT name, email, phone, may_pass_on, answers FROM reporter WHERE report = %s ORDER BY given_at LIMIT 1",
        (report_id,),
    ).fetchone()
    return Reporter(**row) if row is not None else Reporter(None, None, None, False)


def retry(tx: Transaction, report_id: UUID, author: str) -> str:
    """Retry now: route a report in review again, or make its waiting deliveries due.

    Returns:
        ``routed`` or ``due``.

    Raises:
        TransitionError: there is nothing to retry.
    """
    in_stage = tx.execute("SELECT 1 FROM case_stage WHERE report = %s AND entries > 0", (report_id,)).fetchone()
    if in_stage is None and move(tx, [report_id], Event.RETRIED, author):
        tx.execute(
            "UPDATE report SET attempt = 0, batch = NULL, decision = NULL, review_reason = NULL WHERE id = %s",
            (report_id,),
        )
        cancel_pending(tx, [report_id], follow_ups=True)
        tx.execute("NOTIFY waywarden_work")
        return "routed"
    due = tx.execute(
        "UPDATE delivery SET due_at = now() WHERE state = 'pending' AND batch IS NULL AND (report = %(report)s"
        " OR id IN (SELECT d.digest FROM delivery d WHERE d.report = %(report)s AND d.state = 'pending'))",
        {"report": report_id},
    ).rowcount
    if not due:
        raise TransitionError("This report has nothing to retry.")
    tx.execute("NOTIFY waywarden_work")
    return "due"


def _reference(text: str) -> str:
    reference = parse_report_reference(text)
    if reference is None:
        raise UnknownError("reference", f"{text!r} is not a reference. It looks like WW-7K3M-Q2XD.")
    return reference
