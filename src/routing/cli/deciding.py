"""An officer's decision: gather, decide, apply."""

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing.casework import desk, next_sequence
from routing.cli.opening import open_catalogue, open_database
from routing.contacts import Freshness, read_contacts
from routing.council import Council
from routing.database import Transaction
from routing.delivery import Sender, outgoing
from routing.errors import InputError
from routing.process import Definition
from routing.settings import Settings, read_settings
from routing.words import REVIEW, PlaceState, RecipientKind, Role


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
        council = catalogue.council(row["council"])
        definition = catalogue.definition(council.slug, row["process"])
        chosen = _choose(tx, council, definition, row, to, parish)
        domain, sequence = _domain(tx, settings, row["id"]), next_sequence(tx, row["id"])
        messages = [
            outgoing(row["id"], sequence, to, Role.TO, chosen.address, domain, because, chosen.contact),
            *(
                outgoing(row["id"], sequence, name, Role.COPY, council.mailboxes[name].address, domain, because)
                for name in _copies(definition, to)
            ),
        ]
        desk.decide_by_officer(tx, row["id"], messages, because, f"officer:{author}", chosen.place)
    return {"reference": row["reference"], "recipient": to, "message_id": messages[0].message_id}


@dataclass(frozen=True)
class _Chosen:
    """The mailbox of who is to act and, for a clerk, what the officer thereby said of the place."""

    address: str
    contact: UUID | None = None
    place: dict[str, Any] | None = None


def _choose(
    tx: Transaction,
    council: Council,
    definition: Definition,
    row: dict[str, Any],
    to: str,
    parish: str | None,
) -> _Chosen:
    recipient = definition.recipients.get(to)
    if recipient is None or to == REVIEW:
        known = ", ".join(name for name in definition.recipients if name != REVIEW)
        raise InputError("--to", f"Use one of: {known}.")
    if recipient.kind is RecipientKind.TEAM:
        return _Chosen(council.mailboxes[to].address)
    return _clerk(tx, council, row, parish)


def _copies(definition: Definition, to: str) -> list[str]:
    """The teams that get a copy wherever a rule sends to this recipient, so that an officer's decision does too."""
    named = {name for rule in definition.rule if rule.to == to for name in rule.copy_to}
    return sorted(name for name in named if definition.recipients[name].kind is RecipientKind.TEAM)


def _domain(tx: Transaction, settings: Settings, report: UUID) -> str:
    """Of the Message-IDs: as the engine made them for this report, whatever the officer's shell is set to."""
    last = tx.execute(
        "SELECT message_id FROM delivery WHERE report = %s AND role <> 'citizen' ORDER BY created_at DESC LIMIT 1",
        (report,),
    ).fetchone()
    return last["message_id"].rpartition("@")[2].rstrip(">") if last else Sender(settings.smtp_from).domain


def _clerk(tx: Transaction, council: Council, row: dict[str, Any], parish: str | None) -> _Chosen:
    last = tx.execute(
        "SELECT receipt FROM decision WHERE report = %s ORDER BY sequence DESC LIMIT 1", (row["id"],)
    ).fetchone()
    place = dict((last["receipt"].get("place") if last else None) or {})
    code = parish or place.get("code")
    if code is None:
        candidates = ", ".join(f"{each['code']} ({each['name']})" for each in place.get("candidates", []))
        raise InputError("--parish", f"Say which parish: {candidates or 'its code, such as E04999001'}.")
    contact = read_contacts(tx, [council.slug]).get((council.slug, code))
    why = Freshness.of(council.contacts).why_not(contact, datetime.datetime.now(datetime.UTC))
    if why is not None or contact is None or contact.published.email is None:
        raise InputError("--parish", f"{code} cannot be written to: {why}. Choose a team.")
    area = tx.execute(
        "SELECT a.name FROM area a JOIN vintage v ON v.id = a.vintage WHERE v.state = 'active' AND a.code = %s", (code,)
    ).fetchone()
    name = area["name"] if area else contact.published.council_name
    said = place | {"state": PlaceState.PARISH.value, "code": code, "name": name, "candidates": []}
    seen = {"place": said, "parish_council": contact.published.council_name}
    return _Chosen(contact.published.email, contact.id, seen)
