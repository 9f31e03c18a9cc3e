"""A vintage is let in or taken back: contacts and open cases follow, and the officers hear of what is ambiguous."""

from routing import place
from routing.casework import AMBIGUOUS, Catalogue, Followed, follow, go_back
from routing.contacts import reopen_renamed
from routing.database import Transaction
from routing.delivery.review import tell_review


def let_in(
    tx: Transaction, vintage: str, author: str, catalogue: Catalogue, domain: str, *, reviewed: bool = False
) -> Followed:
    """Activate a vintage with all that follows from it, in one transaction.

    Args:
        author: whose word it is, as ``flow`` or ``command:ada``.
        domain: of our Message-IDs.
        reviewed: a person has looked at what it changes.

    Raises:
        UnknownError, BoundaryError: see ``place.need_checked`` and ``place.activate``; nothing has changed then.
    """
    place.need_checked(tx, vintage)
    former = place.active_vintage(tx)
    place.activate(tx, vintage, author, reviewed=reviewed)
    followed = follow(tx, vintage)
    if former is not None:
        reopen_renamed(tx, vintage, former)
    tell_review(tx, catalogue, domain, followed.review, AMBIGUOUS)
    return followed


def take_back(tx: Transaction, author: str, catalogue: Catalogue, domain: str) -> tuple[str, Followed]:
    """Go back to the vintage that answered before, with all that follows from it; returns its id, and what followed."""
    withdrawn, vintage = place.rollback(tx, author)
    followed = go_back(tx, withdrawn, vintage)
    tell_review(tx, catalogue, domain, followed.review, AMBIGUOUS)
    return vintage, followed
