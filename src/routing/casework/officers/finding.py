"""Find reports by place, topic, or the day an answer is due."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.lifecycle import OPEN, OPEN_VALUES, State
from routing.casework.cases.promise import expected_answer
from routing.database import Transaction
from routing.days import today
from routing.errors import InputError
from routing.vocabulary import folded

FIND = """
SELECT r.reference, r.state, r.council, r.process, r.process_scope, r.process_version, r.received_at, r.review_reason,
       r.place_name AS street, r.area_code, a.name AS parish,
       c.stage, c.ended, c.promised, c.report IS NOT NULL AS is_staged
FROM report r
LEFT JOIN case_stage c ON c.report = r.id
LEFT JOIN vintage v ON v.state = 'active'
LEFT JOIN area a ON a.vintage = v.id AND a.code = r.area_code
WHERE (%(state)s::text IS NULL OR r.state = %(state)s) AND (%(council)s::text IS NULL OR r.council = %(council)s)
  AND (%(process)s::text IS NULL OR r.process = %(process)s)
  AND (%(street)s::text IS NULL OR r.place_name ILIKE %(street)s)
  AND (%(code)s::text IS NULL OR r.area_code = %(code)s) AND (%(parish)s::text IS NULL OR a.name ILIKE %(parish)s)
  AND (%(stage)s::text IS NULL OR c.stage = %(stage)s)
  AND (NOT %(open)s OR r.state = ANY(%(open_states)s))
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; None or False means any.

    Attributes:
        street, parish: part of the name, in upper or lower case; for the parish also its code.
        due: reports due for an answer by this day.
        late: reports that are overdue.
        stage: cases in this stage.
    """

    state: str | None = None
    council: str | None = None
    process: str | None = None
    street: str | None = None
    parish: str | None = None
    due: datetime.date | None = None
    late: bool = False
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A report in a list.

    Attributes:
        due: the day an answer is due; None if the report has ended.
        stage: of a case in stages; None without one.
    """

    reference: str
    state: str
    council: str
    process: str
    received_at: datetime.datetime
    review_reason: str | None
    street: str | None
    parish: str | None
    due: datetime.date | None
    is_late: bool
    stage: str | None = None


def find_reports(tx: Transaction, catalogue: Catalogue, wanted: Wanted, limit: int = 50) -> list[Row]:
    """The newest reports that match; with ``due`` or ``late``, those that have waited longest.

    Raises:
        InputError: there is no such state, process or council.
    """
    known = sorted({process for council in catalogue.councils.values() for process in council.processes})
    if wanted.process is not None and wanted.process not in known:
        raise InputError("process", f"Use one of: {', '.join(known)}.")
    if wanted.council is not None and wanted.council not in catalogue.councils:
        raise InputError("council", f"Use one of: {', '.join(catalogue.councils)}.")
    if wanted.state is not None and wanted.state not in set(State):
        raise InputError("state", f"Use one of: {', '.join(State)}.")
    by_day = wanted.due is not None or wanted.late
    order = "ORDER BY r.received_at" if by_day else "ORDER BY r.received_at DESC LIMIT %(limit)s"
    rows = tx.execute(f"{FIND} {order}", _values(wanted, by_day, limit)).fetchall()
    catalogue.load_versions(tx, {(row["process_scope"], row["process"], row["process_version"]) for row in rows})
    found = _as_wanted(rows, catalogue, wanted)
    return [each for _, each in zip(range(limit), found, strict=False)]


def _values(wanted: Wanted, by_day: bool, limit: int) -> dict[str, Any]:  # noqa: FBT001  # names of a query's
    parish = folded(wanted.parish or "")
    is_code = len(parish) == 9 and parish[1:].isdigit()
    return {
        "state": wanted.state,
        "council": wanted.council,
        "process": wanted.process,
        "stage": wanted.stage,
        "street": _part(wanted.street),
        "code": parish.upper() if is_code else None,
        "parish": None if is_code else _part(wanted.parish),
        "open": by_day,
        "open_states": OPEN_VALUES,
        "limit": limit,
    }


def _part(text: str | None) -> str | None:
    """A pattern for names that contain a text."""
    said = folded(text or "")
    if not said:
        return None
    escaped = said.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _as_wanted(rows: list[dict[str, Any]], catalogue: Catalogue, wanted: Wanted) -> Iterator[Row]:
    now = today()
    for row in rows:
        due = _due(row, catalogue)
        is_late = due is not None and due < now
        if (wanted.late and not is_late) or (wanted.due is not None and (due is None or due > wanted.due)):
            continue
        said = {name: row[name] for name in ("reference", "state", "council", "process", "received_at")}
        yield Row(
            **said,
            review_reason=row["review_reason"],
            street=row["street"],
            parish=row["parish"] or row["area_code"],
            due=due,
            is_late=is_late,
            stage=row["stage"],
        )


def _due(row: dict[str, Any], catalogue: Catalogue) -> datetime.date | None:
    if State(row["state"]) not in OPEN:
        return None
    if row["is_staged"]:
        return row["promised"] if row["ended"] is None else None
    council = catalogue.council_of(row["council"])
    definition = catalogue.version(row["process_scope"], row["process"], row["process_version"])
    if definition is None or definition.has_stages:  # decided in a moment
        return None
    return expected_answer(row["received_at"], council, definition)
