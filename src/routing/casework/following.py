"""Messages that follow a case to whoever has it now."""

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing import contacts
from routing.casework.catalogue import Catalogue
from routing.casework.states import OPEN, State
from routing.database import Transaction
from routing.words import REVIEW

UNREACHABLE = "Its clerk cannot be written to any more, so it is yours to see to."


@dataclass(frozen=True, slots=True)
class Held:
    """A case whose row this transaction holds.

    Attributes:
        has_left: who reported it first does so no more.
        asks: state of the report for which the case was asked, itself or one that joined it.
    """

    id: UUID
    state: State
    decision: int | None
    council: str
    area_code: str | None
    has_left: bool
    asks: State

    @property
    def is_open(self) -> bool:
        """Whether the case is open, and the report for which it was asked still part of it."""
        return self.state in OPEN and self.asks is not State.WITHDRAWN

    def holders(self, tx: Transaction) -> list[dict[str, Any]]:
        """The messages by which somebody has the case, whose it is now first: to act on it, and to judge it.

        None before it is decided, and none where who had it gave it back: the next message says it all.
        """
        undecided = self.decision is None and self.state in (State.RECEIVED, State.ROUTING)
        if undecided or self.state is State.DECLINED:
            return []
        roles = [REVIEW, "to"] if self.state is State.REVIEW else ["to"]
        rows = tx.execute(
            "SELECT DISTINCT ON (role) id, role, recipient, contact, state FROM delivery WHERE report = %s"
            " AND role = ANY(%s) AND state IN ('pending', 'sent') ORDER BY role, sequence DESC",
            (self.id, roles),
        ).fetchall()
        return sorted(rows, key=lambda row: roles.index(row["role"]))

    def told(self, tx: Transaction) -> list[dict[str, Any]]:
        """The messages by which somebody thinks to have the case: the last that were accepted for acting and judging.

        Also between two decisions, and those that were cancelled while they were being handed over.
        """
        if self.state is State.DECLINED:
            return []
        is_judged = self.state is State.REVIEW or self.decision is None
        return tx.execute(
            "SELECT DISTINCT ON (role) id, role, recipient, contact FROM delivery WHERE report = %s AND role = ANY(%s)"
            " AND sent_at IS NOT NULL AND state IN ('sent', 'cancelled') ORDER BY role, sequence DESC",
            (self.id, ["to", REVIEW] if is_judged else ["to"]),
        ).fetchall()


def hold_case(tx: Transaction, report: UUID) -> Held:
    """Lock the case of a report: itself, or the one that it was merged into."""
    row = tx.execute(
        "SELECT id, state, decision, council, area_code FROM report WHERE id = (SELECT CASE WHEN state = 'merged'"
        " THEN merged_into ELSE id END FROM report WHERE id = %s) FOR UPDATE",
        (report,),
    ).fetchone()
    assert row is not None
    # In a statement of its own: it sees what was committed while the first waited for the row.
    now = tx.execute(
        "SELECT r.state, EXISTS (SELECT 1 FROM history h WHERE h.report = %s AND h.event = 'left') AS has_left"
        " FROM report r WHERE r.id = %s",
        (row["id"], report),
    ).fetchone()
    assert now is not None
    state, asks = State(row["state"]), State(now["state"])
    return Held(row["id"], state, row["decision"], row["council"], row["area_code"], now["has_left"], asks)


def follow_up(
    tx: Transaction, catalogue: Catalogue, case: Held, holder: dict[str, Any], reason: str, addition: UUID | None = None
) -> int:
    """Put a message into the outbox that follows another, to the clerk whom the directory names now.

    Where it names none, to the officers. Returns its sequence.
    """
    council = catalogue.council_of(case.council)
    recipient, contact = holder["recipient"], holder["contact"]
    address = council.review_address if recipient == REVIEW else None
    if contact is None and recipient in council.mailboxes:
        address = council.mailboxes[recipient].address
    if contact is not None:
        key = (council.slug, case.area_code or "")
        found = contacts.read_contacts(tx, [key[0]], [key[1]]).get(key)
        freshness = contacts.Freshness.of(council.contacts)
        if freshness.why_not(found, datetime.datetime.now(datetime.UTC)) is None:
            assert found is not None
            address, contact = found.published.email, found.id
        else:
            recipient, address, contact = REVIEW, council.review_address, None
            reason = f"{reason} {UNREACHABLE}"
    row = tx.execute(
        "SELECT delivery_follow(%s, %s, %s, %s, %s, %s) AS sequence",
        (holder["id"], reason, addition, recipient, address, contact),
    ).fetchone()
    assert row is not None
    return int(row["sequence"])


def cancel_following(tx: Transaction, delivery: UUID) -> None:
    """What follows a message that its recipient will never get does not go out: what replaces it says it all."""
    tx.execute("UPDATE delivery SET state = 'cancelled' WHERE follows = %s AND state = 'pending'", (delivery,))


def forget_words(tx: Transaction, report: UUID) -> None:
    """Nothing more that a reporter who goes away has said is told to anybody."""
    tx.execute("UPDATE report SET details = NULL WHERE id = %s", (report,))
    tx.execute("UPDATE addition SET text = NULL WHERE given_by = %s", (report,))
    tx.execute(
        "UPDATE delivery SET state = 'cancelled' FROM addition a WHERE a.id = delivery.addition AND a.given_by = %s"
        " AND delivery.report = a.report AND delivery.state = 'pending'",
        (report,),
    )
