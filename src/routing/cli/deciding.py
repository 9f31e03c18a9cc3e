"""An officer's decision: gather, decide, apply."""

import datetime
from typing import Any

from routing.casework import Catalogue, desk, next_sequence
from routing.cli.opening import open_catalogue, open_database
from routing.contacts import Freshness, read_contacts
from routing.council import Council
from routing.database import Transaction
from routing.delivery import Sender, outgoing
from routing.errors import InputError
from routing.settings import Settings, read_settings
from routing.words import REVIEW, RecipientKind, Role


def decide_report(reference: str, to: str, because: str, author: str, parish: str | None) -> dict[str, Any]:
    """Record the decision and put its message into the outbox.

    Raises:
        InputError: the recipient, the parish or the reason cannot be taken.
        TransitionError: the report does not wait for a decision.
    """
    if not because or len(because) > 500:
        raise InputError("--because", "Write the reason in 1 to 500 characters.")
    settings, catalogue = read_settings(), open_catalogue()
    with open_database() as database, database.transaction() as tx:
        row = desk.lock_report(tx, reference)
        address, contact = _mailbox(tx, settings, catalogue, row, to, parish)
        domain = Sender(settings.smtp_from).domain
        sequence = next_sequence(tx, row["id"])
        message = outgoing(row["id"], sequence, to, Role.TO, address, domain, because, contact)
        desk.decide_by_officer(tx, row["id"], message, because, f"officer:{author}")
    return {"reference": row["reference"], "recipient": to, "message_id": message.message_id}


def _mailbox(
    tx: Transaction, settings: Settings, catalogue: Catalogue, row: dict[str, Any], to: str, parish: str | None
) -> tuple[str, Any]:
    council = catalogue.council(row["council"])
    definition = catalogue.definition(council.slug, row["process"])
    recipient = definition.recipients.get(to)
    if recipient is None or to == REVIEW:
        known = ", ".join(name for name in definition.recipients if name != REVIEW)
        raise InputError("--to", f"Use one of: {known}.")
    if recipient.kind is RecipientKind.TEAM:
        return council.mailboxes[to].address, None
    return _clerk(tx, settings, council, row, parish)


def _clerk(
    tx: Transaction, settings: Settings, council: Council, row: dict[str, Any], parish: str | None
) -> tuple[str, Any]:
    last = tx.execute(
        "SELECT receipt FROM decision WHERE report = %s ORDER BY sequence DESC LIMIT 1", (row["id"],)
    ).fetchone()
    place = (last["receipt"].get("place") if last else None) or {}
    code = parish or place.get("code")
    if code is None:
        candidates = ", ".join(f"{each['code']} ({each['name']})" for each in place.get("candidates", []))
        raise InputError("--parish", f"Say which parish: {candidates or 'its code, such as E04999001'}.")
    contact = read_contacts(tx, [council.slug]).get((council.slug, code))
    freshness = Freshness(settings.contact_stale_days, settings.contact_last_days)
    why = freshness.why_not(contact, datetime.datetime.now(datetime.UTC))
    if why is not None or contact is None or contact.published.email is None:
        raise InputError("--parish", f"{code} cannot be written to: {why}. Choose a team.")
    return contact.published.email, contact.id
