"""Stored cases with another vintage: where they would go, and which codes replace retired ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import OPEN_VALUES, Event
from routing.casework.cases.model import BY_TABLE
from routing.casework.outbox.messages import cancel_pending, enter_review
from routing.contacts import follow_codes
from routing.database import Transaction
from routing.place import Boundaries, Places, View, locate_all

AMBIGUOUS = "Decide who must act now. Its parish was divided or abolished."


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Cases that would move from one area to another; None for no single area."""

    old_code: str | None
    new_code: str | None
    cases: int


@dataclass(frozen=True, slots=True)
class Relocation:
    """The result of looking up all stored cases again.

    Attributes:
        cases: how many there are.
        elsewhere: those that would move, most frequent first.
    """

    cases: int
    elsewhere: tuple[Elsewhere, ...]

    @property
    def moved(self) -> int:
        """How many would move."""
        return sum(each.cases for each in self.elsewhere)


def relocate(tx: Transaction, boundaries: Boundaries, catalogue: Catalogue) -> Relocation:
    """Look up again every case that the table decided, without changing anything.

    If an officer decided, the boundaries do not matter.
    """
    rows = tx.execute(
        "SELECT r.council, r.easting, r.northing, r.area_code FROM report r"
        " JOIN decision d ON d.report = r.id AND d.sequence = r.decision AND d.author = %s"
        " WHERE r.easting IS NOT NULL",
        (BY_TABLE,),
        binary=True,
    ).fetchall()
    ways: Counter[tuple[str | None, str | None]] = Counter()
    for slug in {row["council"] for row in rows}:
        council = catalogue.council_of(slug)
        ours = [row for row in rows if row["council"] == slug]
        points = np.array([[row["easting"], row["northing"]] for row in ours])
        places: Places = locate_all(points, boundaries, View(council.gss, catalogue.served, council.place.tolerance_m))
        ways.update((row["area_code"], code) for row, code in zip(ours, places.codes(), strict=True))
    found = [Elsewhere(old, new, count) for (old, new), count in ways.most_common() if old != new]
    return Relocation(len(rows), tuple(found))


@dataclass(frozen=True, slots=True)
class Recoded:
    """What moved from retired codes.

    Attributes:
        contacts: number of contacts that moved to new codes.
        cases: number of open cases that moved to new codes.
        review: open cases that need a decision now, with their councils.
    """

    contacts: int
    cases: int
    review: tuple[tuple[UUID, str], ...]


def recode_cases(tx: Transaction, vintage: str) -> Recoded:
    """Move contacts and open cases from the codes that a vintage retires. Unclear cases go to review.

    The decision and its receipt stay unchanged: they say where a case was sent, and by which vintage.
    """
    rows = tx.execute("SELECT old_code, new_code, is_sole FROM code_change WHERE vintage = %s", (vintage,)).fetchall()
    sole = {row["old_code"]: row["new_code"] for row in rows if row["is_sole"]}
    carried = follow_codes(tx, sole)
    held = _hold_open(tx, [row["old_code"] for row in rows])
    cases = sum(
        _recode(tx, held.get(old, ()), {"old": old, "new": new, "vintage": vintage})
        for old, new in sorted(sole.items())
    )
    open_ones = sorted({row["old_code"] for row in rows if not row["is_sole"]})
    return Recoded(carried, cases, _to_review(tx, [report for old in open_ones for report in held.get(old, ())]))


def revert_recode(tx: Transaction, withdrawn: str, vintage: str) -> Recoded:
    """Move open cases back to codes of the vintage that is in use again.

    A case that moved gets its former code. A case decided with the withdrawn vintage gets the former code of its area,
    if there is exactly one; else it goes to review. Cases in review stay there.

    Args:
        vintage: the vintage that is in use again.
    """
    # Lock all open ones, in the usual order of locks. Going back is rare and quick.
    tx.execute("SELECT 1 FROM report WHERE state = ANY(%s) ORDER BY id FOR UPDATE", (OPEN_VALUES,))
    rows = tx.execute(
        "SELECT DISTINCT r.id, r.area_code AS new, h.codes ->> 'old' AS old FROM history h JOIN report r"
        " ON r.id = h.report AND r.area_code = h.codes ->> 'new'"
        " WHERE h.event = %s AND h.codes ->> 'vintage' = %s AND NOT h.codes ? 'undoes'",
        (Event.RECODED.value, withdrawn),
    ).fetchall()
    cases = _undo(tx, [(row["id"], row["new"], row["old"]) for row in rows], withdrawn, vintage)
    born = tx.execute(
        "SELECT r.id, r.area_code AS new, array_agg(DISTINCT c.old_code) FILTER (WHERE c.old_code IS NOT NULL) AS olds"
        " FROM report r LEFT JOIN code_change c ON c.vintage = %s AND c.new_code = r.area_code"
        " WHERE r.state = ANY(%s) AND r.area_code IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM area a WHERE a.vintage = %s AND a.code = r.area_code) GROUP BY r.id",
        (withdrawn, OPEN_VALUES, vintage),
    ).fetchall()
    sole = [(row["id"], row["new"], row["olds"][0]) for row in born if row["olds"] and len(row["olds"]) == 1]
    cases += _undo(tx, sole, withdrawn, vintage)
    known = {report for report, _, _ in sole}
    return Recoded(0, cases, _to_review(tx, [row["id"] for row in born if row["id"] not in known]))


def _undo(tx: Transaction, rows: Sequence[tuple[UUID, str, str]], withdrawn: str, vintage: str) -> int:
    """Recode reports from one code to another. The history marks moves back."""
    count = 0
    for old, new in sorted({(before, after) for _, before, after in rows}):
        reports = [report for report, before, after in rows if (before, after) == (old, new)]
        count += _recode(tx, reports, {"old": old, "new": new, "vintage": vintage, "undoes": withdrawn})
    return count


def _recode(tx: Transaction, reports: Sequence[UUID], codes: dict[str, str | int | None]) -> int:
    moved = move(tx, reports, Event.RECODED, "boundaries", codes)
    tx.execute("UPDATE report SET area_code = %s WHERE id = ANY(%s)", (codes["new"], moved))
    return len(moved)


def _to_review(tx: Transaction, reports: Sequence[UUID]) -> tuple[tuple[UUID, str], ...]:
    """Send reports to review unless they are there already, and cancel their waiting messages."""
    staged = tx.execute(
        "SELECT report FROM case_stage WHERE report = ANY(%s) AND entry IS NOT NULL", (list(reports),)
    ).fetchall()
    in_stage = {row["report"] for row in staged}  # whom a stage asks is fixed when it begins (rule 2)
    moved = enter_review(tx, [each for each in reports if each not in in_stage], AMBIGUOUS, "boundaries")
    cancel_pending(tx, moved, follow_ups=True)
    councils: Mapping[UUID, str] = {
        row["id"]: row["council"]
        for row in tx.execute("SELECT id, council FROM report WHERE id = ANY(%s)", (moved,)).fetchall()
    }
    return tuple((report, councils[report]) for report in moved)


def _hold_open(tx: Transaction, codes: Sequence[str]) -> dict[str, list[UUID]]:
    """Lock the open reports in these areas, in the usual order of locks; returned by code."""
    rows = tx.execute(
        "SELECT id, area_code FROM report WHERE area_code = ANY(%s) AND state = ANY(%s) ORDER BY id FOR UPDATE",
        (list(codes), OPEN_VALUES),
    ).fetchall()
    held: dict[str, list[UUID]] = {}
    for row in rows:
        held.setdefault(row["area_code"], []).append(row["id"])
    return held
