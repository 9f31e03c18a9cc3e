"""The officers hear of a report that is for a person now."""

from collections.abc import Sequence
from uuid import UUID

from routing.casework import Catalogue, insert_outgoing, next_sequence
from routing.database import Transaction
from routing.delivery.compose import to_review


def tell_review(
    tx: Transaction, catalogue: Catalogue, domain: str, reports: Sequence[tuple[UUID, str]], reason: str
) -> None:
    """Put one message to the officers into the outbox for each report.

    Args:
        domain: of our Message-IDs.
        reports: each with the slug of its council.
        reason: one of ours, never a citizen's words.
    """
    for report, slug in reports:
        row = to_review(report, next_sequence(tx, report), catalogue.council_of(slug), reason, domain)
        insert_outgoing(tx, [row], None)
    if reports:
        tx.execute("NOTIFY waywarden_work")
