"""Stored cases under another vintage: where they would go, and what follows the codes that it retires."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from routing.casework.catalogue import Catalogue
from routing.casework.history import move
from routing.casework.outbox import enter_review
from routing.casework.states import OPEN, Event, State
from routing.contacts import follow_codes
from routing.database import Transaction
from routing.place import Boundaries, Places, View, locate_all

AMBIGUOUS = "Its parish was divided or is gone: somebody has to say who acts now."


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Cases that another vintage would send from one area to another; None for no single area."""

    old_code: str | None
    new_code: str | None
    cases: int


@dataclass(frozen=True, slots=True)
class Relocation:
    """All stored cases looked up anew.

    Attributes:
        cases: how many there are.
        elsewhere: those that would go elsewhere, the most frequent way first.
    """

    cases: int
    elsewhere: tuple[Elsewhere, ...]

    @property
    def moved(self) -> int:
        """How many would go elsewhere."""
        return sum(each.cases for each in self.elsewhere)


def relocate(tx: Transaction, boundaries: Boundaries, catalogue: Catalogue) -> Relocation:
    """Look every case up anew that was located once; nothing is changed."""
    rows = tx.execute(
        "SELECT council, easting, northing, area_code FROM report WHERE decision IS NOT NULL AND easting IS NOT NULL",
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
class Followed:
    """What followed retired codes.

    Attributes:
        contacts: how many entries of the directory were carried over.
        cases: how many open cases got the new code.
        review: open cases that are for a person now, with their councils.
    """

    contacts: int
    cases: int
    review: tuple[tuple[UUID, str], ...]


def follow(tx: Transaction, vintage: str) -> Followed:
    """Let contacts and open cases follow the codes that a vintage retires; what is ambiguous is for a person.

    The decision and its receipt stay as they were: they say where a case was sent, and by which vintage.
    """
    rows = tx.execute("SELECT old_code, new_code, is_sole FROM code_change WHERE vintage = %s", (vintage,)).fetchall()
    sole = {row["old_code"]: row["new_code"] for row in rows if row["is_sole"]}
    carried = follow_codes(tx, sole)
    cases = sum(_recode(tx, old, new, vintage) for old, new in sorted(sole.items()))
    open_ones = sorted({row["old_code"] for row in rows if not row["is_sole"]})
    return Followed(carried, cases, _to_review(tx, open_ones, vintage))


def go_back(tx: Transaction, withdrawn: str, vintage: str) -> int:
    """Give open cases the codes back that they had before a vintage that is taken back.

    Args:
        vintage: the one that answers again.

    Returns:
        How many cases got their code back.
    """
    rows = tx.execute(
        "SELECT DISTINCT codes ->> 'old' AS old, codes ->> 'new' AS new FROM history"
        " WHERE event = 'recoded' AND codes ->> 'vintage' = %s AND codes ->> 'old' IS NOT NULL",
        (withdrawn,),
    ).fetchall()
    count = 0
    for row in rows:
        ids = [
            each["id"]
            for each in tx.execute(
                "SELECT r.id FROM report r JOIN history h ON h.report = r.id WHERE r.area_code = %(new)s"
                " AND h.event = 'recoded' AND h.codes ->> 'vintage' = %(vintage)s AND h.codes ->> 'old' = %(old)s",
                row | {"vintage": withdrawn},
            ).fetchall()
        ]
        moved = move(tx, ids, Event.RECODED, "boundaries", {"old": row["new"], "new": row["old"], "vintage": vintage})
        tx.execute("UPDATE report SET area_code = %s WHERE id = ANY(%s)", (row["old"], moved))
        count += len(moved)
    return count


def _recode(tx: Transaction, old: str, new: str, vintage: str) -> int:
    ids = _open_in(tx, [old], [state.value for state in OPEN])
    moved = move(tx, ids, Event.RECODED, "boundaries", {"old": old, "new": new, "vintage": vintage})
    tx.execute("UPDATE report SET area_code = %s WHERE id = ANY(%s)", (new, moved))
    return len(moved)


def _to_review(tx: Transaction, codes: Sequence[str], vintage: str) -> tuple[tuple[UUID, str], ...]:
    waiting = _open_in(tx, codes, [State.SENT.value, State.ACKNOWLEDGED.value])
    move(tx, waiting, Event.RECODED, "boundaries", {"old": None, "new": None, "vintage": vintage})
    moved = enter_review(tx, waiting, AMBIGUOUS, "boundaries")
    councils: Mapping[UUID, str] = {
        row["id"]: row["council"]
        for row in tx.execute("SELECT id, council FROM report WHERE id = ANY(%s)", (moved,)).fetchall()
    }
    return tuple((report, councils[report]) for report in moved)


def _open_in(tx: Transaction, codes: Sequence[str], states: Sequence[str]) -> list[UUID]:
    rows = tx.execute(
        "SELECT id FROM report WHERE area_code = ANY(%s) AND state = ANY(%s) ORDER BY id FOR UPDATE",
        (list(codes), list(states)),
    ).fetchall()
    return [row["id"] for row in rows]
