"""Follow-up messages to the people who have a case now."""

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing import contacts
from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.lifecycle import OPEN, State
from routing.database import Transaction
from routing.vocabulary import REVIEW, Role

NOT_NEEDED = "You no longer need to answer."
MOVED = "You do not need to do anything more about this. An officer has sent it to somebody else."
TOLD = """
SELECT DISTINCT ON (address) * FROM (
    SELECT DISTINCT ON (role, copied) id, role, recipient, contact, address,
        CASE role WHEN 'copy' THEN recipient ELSE '' END AS copied
    FROM delivery WHERE report = %s AND role = ANY(%s) AND sent_at IS NOT NULL AND state IN ('sent', 'cancelled')
        AND (role <> 'copy' OR sequence >= %s)
    ORDER BY role, copied, sequence DESC
) last ORDER BY address, role DESC
"""
HOLDING = """
SELECT d.id, d.role, d.recipient, d.contact, d.state, d.address, d.sent_at, d.entry FROM case_stage c
JOIN case_entry e ON e.report = c.report AND e.left_at IS NULL
JOIN case_seat s ON s.entry = e.id AND NOT s.is_replaced JOIN delivery d ON d.id = s.delivery AND d.role = 'to'
WHERE c.report = %s AND s.outcome IS NULL ORDER BY e.serial DESC, s.position
"""

UNREACHABLE = "We cannot email the clerk. Your team must act on this."


@dataclass(frozen=True, slots=True)
class Held:
    """A case whose row this transaction has locked.

    Attributes:
        has_left: its first reporter has withdrawn.
        asks: state of the report that led to the case, the case itself or one that joined it.
        is_staged: it is in a stage.
    """

    id: UUID
    state: State
    decision: int | None
    council: str
    process: str
    area_code: str | None
    has_left: bool
    asks: State
    is_staged: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the case is open and the report is still part of it."""
        return self.state in OPEN and self.asks is not State.WITHDRAWN

    def holders(self, tx: Transaction) -> list[dict[str, Any]]:
        """The messages to those who have the case, the current one first: to act on it, and to decide it.

        None before it is decided, or after the recipient gave it back, because the next message says it all.
        """
        undecided = self.decision is None and self.state in (State.RECEIVED, State.ROUTING)
        if undecided or self.state is State.DECLINED:
            return []
        if self.is_staged:
            return [row for row in asked_now(tx, self.id) if row["state"] in {"pending", "sent"}]
        roles = [REVIEW, "to"] if self.state is State.REVIEW else ["to"]
        rows = tx.execute(
            "SELECT DISTINCT ON (role) id, role, recipient, contact, state FROM delivery WHERE report = %s"
            " AND role = ANY(%s) AND state IN ('pending', 'sent') ORDER BY role, sequence DESC",
            (self.id, roles),
        ).fetchall()
        return sorted(rows, key=lambda row: roles.index(row["role"]))

    def copied(self, tx: Transaction) -> list[dict[str, Any]]:
        """The copies of the last decision."""
        if self.decision is None or self.state is State.DECLINED:
            return []
        return tx.execute(
            "SELECT DISTINCT ON (recipient) id, role, recipient, contact, state FROM delivery WHERE report = %s"
            " AND role = 'copy' AND state IN ('pending', 'sent') AND sequence >= %s ORDER BY recipient, sequence DESC",
            (self.id, self.decision),
        ).fetchall()

    def told(self, tx: Transaction) -> list[dict[str, Any]]:
        """The messages to those who think that they have the case: the last accepted ones to act and to decide.

        Includes messages between two decisions, messages cancelled during sending, and the last copy to each
        recipient.
        """
        if self.state is State.DECLINED:
            return []
        if self.is_staged:
            asked = [row for row in asked_now(tx, self.id) if row["sent_at"] is not None]
            addresses = {row["address"] for row in asked}
            rows = tx.execute(TOLD, (self.id, ["copy"], self.decision or 0)).fetchall()
            return [*asked, *(row for row in rows if row["address"] not in addresses)]
        is_judged = self.state is State.REVIEW or self.decision is None
        return tx.execute(
            TOLD, (self.id, ["to", "copy", *([REVIEW] if is_judged else [])], self.decision or 0)
        ).fetchall()


def asked_now(tx: Transaction, report: UUID) -> list[dict[str, Any]]:
    """The messages by which a stage, and those whose time stands, ask those who have not answered."""
    return tx.execute(HOLDING, (report,)).fetchall()


def hold_case(tx: Transaction, report_id: UUID) -> Held:
    """Lock the case of a report: itself, or the case it was merged into."""
    row = tx.execute(
        "SELECT id, state, decision, council, process, area_code, EXISTS (SELECT 1 FROM case_stage c"
        " WHERE c.report = report.id AND c.entry IS NOT NULL) AS is_staged FROM report WHERE id = (SELECT CASE"
        " WHEN state = 'merged' THEN merged_into ELSE id END FROM report WHERE id = %s) FOR UPDATE",
        (report_id,),
    ).fetchone()
    assert row is not None
    # A separate statement, to see what was committed while the first waited for the row.
    now = tx.execute(
        "SELECT r.state, EXISTS (SELECT 1 FROM history h WHERE h.report = %s AND h.event = 'left') AS has_left"
        " FROM report r WHERE r.id = %s",
        (row["id"], report_id),
    ).fetchone()
    assert now is not None
    state, asks = State(row["state"]), State(now["state"])
    whose = (row["council"], row["process"], row["area_code"])
    return Held(row["id"], state, row["decision"], *whose, now["has_left"], asks, row["is_staged"])


def follow_up(
    tx: Transaction, catalogue: Catalogue, case: Held, holder: dict[str, Any], reason: str, addition: UUID | None = None
) -> int | None:
    """Put a follow-up message into the outbox, to the clerk who is in the directory now.

    If there is no clerk, it goes to the officers. If it needs no action, as after a copy, it then goes to nobody.
    Returns its sequence, or None.
    """
    council = catalogue.council_of(case.council)
    recipient, contact = holder["recipient"], holder["contact"]
    to = council.review if recipient == REVIEW else None
    if contact is None and recipient != REVIEW:
        to = catalogue.team_destination(council, case.process, recipient)
    if contact is not None:
        key = (council.slug, case.area_code or "")
        found = contacts.read_contacts(tx, [key[0]], [key[1]]).get(key)
        reach = contacts.Freshness.of(council.contacts).reach(found, datetime.datetime.now(datetime.UTC))
        if found is not None and reach.destination is not None:
            to, contact = reach.destination, found.id
        elif holder["role"] == Role.COPY or reason.startswith(MOVED):
            return None
        else:
            recipient, to, contact = REVIEW, council.review, None
            reason = f"{reason} {UNREACHABLE}"
    row = tx.execute(
        "SELECT delivery_follow(%s, %s, %s, %s, %s, %s, %s) AS sequence",
        (holder["id"], reason, addition, recipient, to and to.address, contact, to and to.channel),
    ).fetchone()
    assert row is not None
    return int(row["sequence"])


def cancel_follow_ups(tx: Transaction, delivery: UUID) -> None:
    """Cancel follow-ups of a message that its recipient will never get. The message that replaces it says it all."""
    tx.execute("UPDATE delivery SET state = 'cancelled' WHERE follows = %s AND state = 'pending'", (delivery,))


def forget_words(tx: Transaction, report_id: UUID) -> None:
    """Delete the words of a reporter who withdraws, and cancel their unsent messages."""
    tx.execute("UPDATE report SET details = NULL, words = '{}' WHERE id = %s", (report_id,))
    tx.execute("UPDATE addition SET text = NULL WHERE given_by = %s", (report_id,))
    tx.execute(
        "UPDATE delivery SET state = 'cancelled' FROM addition a WHERE a.id = delivery.addition AND a.given_by = %s"
        " AND delivery.report = a.report AND delivery.state = 'pending'",
        (report_id,),
    )
