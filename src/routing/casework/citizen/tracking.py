"""What a citizen may see of a report, from the store: with reference and token, or for a message to them."""

import hmac
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.lifecycle import TOLD, TOLD_TO_JOINERS
from routing.casework.citizen.stopping import mailbox_of
from routing.casework.citizen.withdrawing import is_last_reporter
from routing.casework.stages.loading import load_cases
from routing.database import Transaction
from routing.vocabulary import parse_report_reference, token_hash

LOOK = """
SELECT r.id, r.reference, r.council, r.process, r.process_scope, r.process_version, r.state, r.answers, r.received_at,
       r.changed_at, r.merged_into, EXISTS (SELECT 1 FROM case_stage c WHERE c.report = r.id) AS is_staged,
       r.place_name, r.closed_because, k.receipt,
       (SELECT p.answers FROM reporter p WHERE p.report = r.id ORDER BY p.given_at LIMIT 1) AS personal,
       (SELECT d.recipient FROM delivery d WHERE d.report = r.id AND d.role = 'to' AND d.state = 'sent'
        ORDER BY d.sequence DESC LIMIT 1) AS has_it,
       EXISTS (SELECT 1 FROM reporter p WHERE p.report = r.id AND p.email IS NOT NULL) AS is_told,
       EXISTS (SELECT 1 FROM reporter p WHERE p.report = r.id AND p.may_pass_on
               AND coalesce(p.email, p.phone) IS NOT NULL) AS is_known
FROM report r
LEFT JOIN LATERAL (SELECT k.receipt FROM decision k WHERE k.report = r.id ORDER BY k.sequence DESC LIMIT 1) k ON true
WHERE r.id = %s
"""


def find_tracked(tx: Transaction, reference: str, token: str) -> UUID | None:
    """The report of a reference and its token; None if either is wrong."""
    row = tx.execute(
        "SELECT r.id, r.token_sha256, (SELECT t.report FROM tracking_token t WHERE t.sha256 = %s) AS told"
        " FROM report r WHERE r.reference = %s",
        (token_hash(token), parse_report_reference(reference) or ""),
    ).fetchone()
    if row is None:
        return None
    is_first = hmac.compare_digest(bytes(row["token_sha256"] or b""), token_hash(token))
    return row["id"] if is_first or row["told"] == row["id"] else None


def revoke_token(tx: Transaction, token: str) -> None:
    """Delete a token that nobody got."""
    tx.execute("DELETE FROM tracking_token WHERE sha256 = %s", (token_hash(token),))


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whether we may email news to a citizen.

    Attributes:
        token: a new one for the report's page, stored as a hash; None if we may not write.
        why_not: ``stopped`` by the owner of the address, or ``capped`` after too many messages in a day.
        address_hash: the hash to count the address, which opens the page that stops emails to it.
    """

    token: str | None
    why_not: str | None
    address_hash: bytes


def may_write(tx: Transaction, delivery: UUID, address: str, per_day: int) -> Allowed:
    """Ask whether we may send news, and count it, before we write it.

    Args:
        per_day: most messages to one mailbox in 24 hours; 0 for no limit.
    """
    token = secrets.token_urlsafe(24)
    row = tx.execute(
        "SELECT why_not, hash FROM delivery_write_news(%s, %s, %s, %s)",
        (delivery, token_hash(token), mailbox_of(address), per_day),
    ).fetchone()
    assert row is not None
    return Allowed(None if row["why_not"] else token, row["why_not"], bytes(row["hash"]))


def track(tx: Transaction, report_id: UUID, catalogue: Catalogue) -> dict[str, Any]:
    """A report with its last receipt, who has it (``has_it``) and what ``happened`` (event, at, codes), oldest first.

    ``is_told``: its reporter gets emails; ``is_known``: the recipient may write to or phone its reporter.
    ``case``: the same for the case it was merged into; None if there is none. ``held``: the case in stages, with the
    ``letters`` to its citizen, whether they said how satisfied they were (``is_asked_how``), and whether nobody else
    who reported it is left (``is_last``); None without stages.
    """
    own = tx.execute(LOOK, (report_id,)).fetchone()
    assert own is not None
    case = None
    if own["merged_into"] is not None:
        case = tx.execute(LOOK, (own["merged_into"],)).fetchone()
        assert case is not None
        case |= {"happened": _happened(tx, case["id"], TOLD_TO_JOINERS)}
    own |= {"held": None, "letters": (), "is_asked_how": False, "is_last": False}
    if own["is_staged"] or (case is not None and case["is_staged"]):
        own |= _in_stages(tx, (case or own)["id"], report_id, catalogue)
    return own | {"happened": _happened(tx, report_id, TOLD), "case": case}


def _in_stages(tx: Transaction, case_id: UUID, report_id: UUID, catalogue: Catalogue) -> dict[str, Any]:
    """The case in stages. The letters are those of whoever reported first."""
    found = load_cases(tx, catalogue, [case_id])
    letters = tx.execute(
        "SELECT at, subject, text FROM letter WHERE report = %s AND recipient = 'citizen' AND text IS NOT NULL"
        " ORDER BY at DESC, id",
        (report_id,),
    ).fetchall()
    asked = tx.execute("SELECT is_asked_how FROM case_stage WHERE report = %s", (report_id,)).fetchone()
    is_asked_how = asked is None or asked["is_asked_how"]
    is_last = is_last_reporter(tx, case_id, report_id)
    return {
        "held": found[0] if found else None, "letters": letters, "is_asked_how": is_asked_how, "is_last": is_last,
    }  # fmt: skip


def _happened(tx: Transaction, report_id: UUID, events: list[str]) -> list[dict[str, Any]]:
    return tx.execute(
        "SELECT event, at, codes FROM history WHERE report = %s AND event = ANY(%s) ORDER BY sequence",
        (report_id, events),
    ).fetchall()
