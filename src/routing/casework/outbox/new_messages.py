"""New messages before storing: each gets its id and its Message-ID, which every repeat keeps."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.model import NewMessage
from routing.casework.outbox.messages import insert_messages, next_sequence
from routing.council import Council
from routing.database import Transaction
from routing.vocabulary import REVIEW, Destination, Role


def new_message(
    report_id: UUID,
    sequence: int,
    recipient: str,
    role: Role,
    destination: Destination,
    domain: str,
    reason: str,
    contact: UUID | None = None,
) -> NewMessage:
    """One message to one recipient, with its own Message-ID, which every repeat keeps."""
    identifier = uuid4()
    message_id = f"<{identifier}@{domain}>"
    return NewMessage(identifier, report_id, sequence, recipient, role, destination, message_id, reason, contact)


def to_review(report_id: UUID, sequence: int, council: Council, reason: str, domain: str) -> NewMessage:
    """The one message to the council's review mailbox."""
    return new_message(report_id, sequence, REVIEW, Role.REVIEW, council.review, domain, reason)


def domain_of(tx: Transaction, report_id: UUID) -> str:
    """The domain that the engine used in this report's Message-IDs, whatever the settings of another machine."""
    last = tx.execute(
        "SELECT message_id FROM delivery WHERE report = %s AND role <> 'citizen' ORDER BY created_at DESC LIMIT 1",
        (report_id,),
    ).fetchone()
    return last["message_id"].rpartition("@")[2].rstrip(">") if last else ""


def tell_review(
    tx: Transaction, catalogue: Catalogue, domain: str, reports: Sequence[tuple[UUID, str]], reason: str
) -> None:
    """Put one message to the officers into the outbox for each report.

    Args:
        domain: of our Message-IDs.
        reports: with the slugs of their councils.
        reason: our own text, never a citizen's words.
    """
    for report, slug in reports:
        row = to_review(report, next_sequence(tx, report), catalogue.council_of(slug), reason, domain)
        insert_messages(tx, [row], None)
    if reports:
        tx.execute("NOTIFY waywarden_work")
