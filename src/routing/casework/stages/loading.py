"""Cases in stages from the store."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.lifecycle import State
from routing.casework.cases.stage_case import CaseEvent, Kind, StageCase
from routing.database import Transaction
from routing.process import complete_answers
from routing.process.case import CaseState, Entry, Review
from routing.process.stages import Period
from routing.vocabulary import PlaceState

LOAD = """
SELECT r.id AS report, r.reference, r.council, r.process, r.process_scope, r.process_version, r.state, r.received_at,
       (SELECT a.code FROM area a JOIN vintage v ON v.id = a.vintage WHERE v.state = 'active' AND a.code = r.area_code)
           AS area_code, r.answers AS given, r.words AS given_words, c.*, k.receipt, p.answers AS given_personal,
       p.email IS NOT NULL AS has_email,
       c.entries > 1 AND EXISTS (SELECT FROM case_event v WHERE v.report = r.id AND v.outcome = 'applied'
            AND (v.kind IN ('answered', 'moved') OR v.rung LIKE '%% late %%')) AS has_acted,
       (SELECT jsonb_agg(jsonb_build_object('serial', e.serial, 'stage', e.stage, 'at', e.entered_at,
            'extended', e.extended, 'reminded', e.reminded,
            'asked_at', (SELECT max(f.asked_at) FROM (SELECT min(s.asked_at) AS asked_at FROM case_seat s
                WHERE s.entry = e.id GROUP BY s.position) f), 'seats', (
                SELECT coalesce(jsonb_agg(jsonb_build_object('seat', s.seat, 'delivery', s.delivery,
                    'asked_at', s.asked_at, 'outcome', s.outcome, 'is_unreached', s.is_unreached)
                    ORDER BY s.position), '[]') FROM case_seat s WHERE s.entry = e.id AND NOT s.is_replaced)))
        FROM case_entry e WHERE e.report = r.id AND e.left_at IS NULL) AS open_entries,
       (SELECT jsonb_agg(jsonb_build_object('id', v.id, 'kind', v.kind, 'entry', v.entry, 'seat', v.seat, 'at', v.at,
            'author', v.author, 'said', v.said, 'because', v.because, 'before', (SELECT count(*) FROM case_event w
                WHERE w.entry = v.entry AND w.seat = v.seat AND w.kind = 'answered' AND w.outcome = 'applied'))
            ORDER BY v.at, v.id)
        FROM case_event v WHERE v.report = r.id AND v.applied_at IS NULL) AS open_events
FROM case_stage c JOIN report r ON r.id = c.report
LEFT JOIN LATERAL (SELECT p.email, p.answers FROM reporter p WHERE p.report = r.id ORDER BY p.given_at LIMIT 1) p
    ON true
LEFT JOIN LATERAL (SELECT k.receipt FROM decision k WHERE k.report = r.id ORDER BY k.sequence DESC LIMIT 1) k ON true
WHERE c.report = ANY(%s) ORDER BY c.report
"""


def load_cases(tx: Transaction, catalogue: Catalogue, reports: Sequence[UUID]) -> list[StageCase]:
    """Where cases stand, and what happened to them since; the versions of their definitions are in the catalogue."""
    rows = tx.execute(LOAD, (list(reports),)).fetchall()
    catalogue.load_versions(tx, {_version(row) for row in rows})
    return [_case(catalogue, row) for row in rows]


def _version(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["process_scope"], row["process"], row["process_version"]


def _case(catalogue: Catalogue, row: Mapping[str, Any]) -> StageCase:
    return StageCase(
        row["report"],
        row["reference"],
        row["council"],
        _version(row),
        State(row["state"]),
        row["area_code"],
        _state(catalogue, row),
        row["step"],
        row["calendar"],
        row["promised"],
        bool(row["has_email"]),
        row["has_acted"],
        row["receipt"] or {},
        tuple(_event(each) for each in row["open_events"] or ()),
    )


def _state(catalogue: Catalogue, row: Mapping[str, Any]) -> CaseState:
    entries = {each["serial"]: _entry(each) for each in row["open_entries"] or ()}
    return CaseState(
        row["received_at"],
        row["recipient"],
        PlaceState(row["place_state"]) if row["place_state"] is not None else None,
        _values(catalogue, row),
        row["columns"],
        row["counts"],
        tuple((moment(begin), moment(until)) for begin, until in row["stood"]),
        entries.get(row["entry"]),
        tuple((entries[serial], moment(at)) for serial, at in row["asked_by"]),
        row["ended"],
        row["is_renewal_settled"],
        row["entries"],
        Review(row["review_since"], row["review_reminded"]) if row["review_since"] is not None else None,
    )


def _values(catalogue: Catalogue, row: Mapping[str, Any]) -> dict[str, str]:
    """Every answer so far, also those that nobody was asked for."""
    council, definition = catalogue.council_of(row["council"]), catalogue.version(*_version(row))
    given = {**row["given"], **row["given_words"], **(row["given_personal"] or {})}
    if definition is not None:
        given = complete_answers(definition, given, {name: bool(council.listed(name)) for name in council.lists})
    return {**given, **row["fields"], **row["words"], **row["personal"]}


def _entry(stored: Mapping[str, Any]) -> Entry:
    """An entry with its seats.

    Time runs from the last message that was accepted. Who takes the place of another has the other's time (rule 3).
    """
    seats = stored["seats"]
    waiting = [each["seat"] for each in seats if each["delivery"] is not None and each["asked_at"] is None]
    return Entry(
        stored["stage"],
        moment(stored["at"]),
        tuple(each["seat"] for each in seats),
        {each["seat"]: each["outcome"] for each in seats if each["outcome"] is not None},
        tuple(Period.model_validate(each) for each in stored["extended"]),
        stored["reminded"],
        tuple(each["seat"] for each in seats if each["is_unreached"]),
        moment(stored["asked_at"]) if stored["asked_at"] is not None else None,
        tuple(waiting),
        stored["serial"],
    )


def _event(stored: Mapping[str, Any]) -> CaseEvent:
    return CaseEvent(
        stored["id"],
        Kind(stored["kind"]),
        UUID(stored["entry"]) if stored["entry"] is not None else None,
        stored["seat"],
        moment(stored["at"]),
        stored["author"],
        stored["said"],
        stored["because"],
        stored["before"],
    )


def moment(text: str) -> datetime.datetime:
    """A moment from JSON."""
    return datetime.datetime.fromisoformat(text)
