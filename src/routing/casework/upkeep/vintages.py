"""A vintage is activated or rolled back: contacts and open cases follow, and the officers hear of what is ambiguous."""

from routing import place
from routing.casework.cases.catalogue import Catalogue
from routing.casework.outbox.new_messages import tell_review
from routing.casework.upkeep.relocation import AMBIGUOUS, Recoded, recode_cases, revert_recode
from routing.contacts import reopen_renamed
from routing.database import Transaction


def activate_vintage(
    tx: Transaction, vintage: str, author: str, catalogue: Catalogue, domain: str, *, reviewed: bool = False
) -> Recoded:
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
    followed = recode_cases(tx, vintage)
    if former is not None:
        reopen_renamed(tx, vintage, former)
    tell_review(tx, catalogue, domain, followed.review, AMBIGUOUS)
    return followed


def rollback_vintage(tx: Transaction, author: str, catalogue: Catalogue, domain: str) -> tuple[str, Recoded]:
    """Go back to the vintage that answered before, with all that follows from it; returns its id, and what followed."""
    withdrawn, vintage = place.rollback(tx, author)
    followed = revert_recode(tx, withdrawn, vintage)
    tell_review(tx, catalogue, domain, followed.review, AMBIGUOUS)
    return vintage, followed
