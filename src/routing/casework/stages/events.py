"""What happens to cases from outside, stored with what caused it. The engine applies it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing.casework.cases.stage_case import Kind
from routing.database import Transaction
from routing.process.case import NotReached
from routing.process.stages import CITIZEN


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to store.

    Attributes:
        entry: the entry for which it is meant; None: the case, wherever it stands.
        author: for the history: ``link``, ``page``, ``channel``, or an officer's name.
        said: what its kind needs.
        because: an officer's reason.
    """

    report: UUID
    kind: Kind
    author: str
    entry: UUID | None = None
    seat: str | None = None
    said: Mapping[str, Any] | None = None
    because: str | None = None


def post_event(tx: Transaction, event: NewEvent) -> int:
    """Store an event, and let the engine look at the case; returns its number."""
    row = tx.execute(
        "INSERT INTO case_event (report, entry, kind, seat, author, at, said, because)"
        " VALUES (%s, %s, %s, %s, %s, casework_now(), %s, %s) RETURNING id",
        (
            event.report,
            event.entry,
            event.kind.value,
            event.seat,
            event.author,
            json.dumps(dict(event.said or {})),
            event.because,
        ),
    ).fetchone()
    assert row is not None
    wake(tx, event.report)
    tx.execute("NOTIFY waywarden_work")
    return int(row["id"])


def wake(tx: Transaction, report: UUID) -> None:
    """Let the engine look at a case now."""
    tx.execute(
        "UPDATE case_stage SET wakes_at = least(wakes_at, casework_now()), step = step + 1 WHERE report = %s", (report,)
    )


def note_bounce(tx: Transaction, delivery: UUID, why: NotReached = NotReached.BOUNCED) -> bool:
    """A message that asks or reminds does not reach its recipient; returns whether it was such a message."""
    row = tx.execute("SELECT report, entry, recipient FROM delivery WHERE id = %s", (delivery,)).fetchone()
    if row is None or row["entry"] is None:
        return False
    said = {"why": why.value, "delivery": str(delivery)}
    post_event(tx, NewEvent(row["report"], Kind.BOUNCED, "channel", row["entry"], row["recipient"], said))
    return True


def need_print(tx: Transaction, delivery: UUID) -> None:
    """A letter cannot go by email: officers print it. If it asks its citizen, their page asks them now (rule 14)."""
    tx.execute(
        "UPDATE letter SET needs_print = true FROM delivery d WHERE d.id = %s AND letter.id = d.letter", (delivery,)
    )
    _ask_on_page(tx, delivery)


def _ask_on_page(tx: Transaction, delivery: UUID) -> None:
    """A letter that asks its citizen does not leave by email: their time begins now, because their page asks them."""
    row = tx.execute(
        "UPDATE case_seat s SET asked_at = casework_now() FROM case_entry e WHERE s.delivery = %s AND s.seat = %s"
        " AND s.asked_at IS NULL AND e.id = s.entry RETURNING e.report",
        (delivery, CITIZEN),
    ).fetchone()
    if row is not None:
        wake(tx, row["report"])
