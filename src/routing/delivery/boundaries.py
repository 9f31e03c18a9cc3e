"""A vintage is let in or taken back: contacts and open cases follow, and the officers hear of what is ambiguous."""

from collections.abc import Sequence
from uuid import UUID

from routing import place
from routing.casework import AMBIGUOUS, Catalogue, Followed, follow, go_back, insert_outgoing, next_sequence
from routing.database import Transaction
from routing.delivery.compose import to_review


def let_in(
    tx: Transaction, vintage: str, author: str, catalogue: Catalogue, domain: str, *, reviewed: bool = False
) -> Followed:
    """Activate a vintage with all that follows from it, in one transaction.

    Args:
        author: whose word it is, as ``flow`` or ``command:ada``.
        domain: of our Message-IDs.
        reviewed: a person has looked at what it changes.

    Raises:
        UnknownError, BoundaryError: see ``place.activate``; nothing has changed then.
    """
    place.activate(tx, vintage, author, reviewed=reviewed)
    followed = follow(tx, vintage)
    tell_review(tx, catalogue, domain, followed.review, AMBIGUOUS)
    tx.execute("NOTIFY waywarden_work")
    return followed


def take_back(tx: Transaction, author: str) -> tuple[str, int]:
    """Go back to the vintage that answered before; returns its id, and how many cases got their former code back."""
    withdrawn = place.active_vintage(tx)
    vintage = place.rollback(tx, author)
    assert withdrawn is not None  # else there was nothing to go back from
    return vintage, go_back(tx, withdrawn, vintage)


def tell_review(
    tx: Transaction, catalogue: Catalogue, domain: str, reports: Sequence[tuple[UUID, str]], reason: str
) -> None:
    """One message to the officers of its council for each report that is for a person now."""
    for report, slug in reports:
        row = to_review(report, next_sequence(tx, report), catalogue.council_of(slug), reason, domain)
        insert_outgoing(tx, [row], None)
