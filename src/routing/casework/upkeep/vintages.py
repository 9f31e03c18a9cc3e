"""Activate or roll back a vintage: contacts and open cases move with it, and we tell officers about unclear cases."""

from routing import place
from routing.casework.cases.catalogue import Catalogue
from routing.casework.outbox.new_messages import tell_review
from routing.casework.upkeep.relocation import AMBIGUOUS, Recoded, recode_cases, revert_recode
from routing.contacts import reopen_renamed
from routing.database import Transaction


def activate_vintage(
    tx: Transaction, vintage: str, author: str, catalogue: Catalogue, domain: str, *, reviewed: bool = False
) -> Recoded:
    """Activate a vintage and move contacts and cases, in one transaction.

    Args:
        author: who decides it, such as ``flow`` or ``command:ada``.
        domain: of our Message-IDs.
        reviewed: a person has reviewed its changes.

    Raises:
        UnknownError, BoundaryError: see ``place.need_checked`` and ``place.activate``; nothing changes then.
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
    """Go back to the vintage before, and move cases back; returns its id, and what moved."""
    withdrawn, vintage = place.rollback(tx, author)
    followed = revert_recode(tx, withdrawn, vintage)
    tell_review(tx, catalogue, domain, followed.review, AMBIGUOUS)
    return vintage, followed
