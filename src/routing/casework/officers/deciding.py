"""An officer decides who acts on a report: gather, decide, apply."""

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.lifecycle import EVENTS, Event, State
from routing.casework.cases.model import NewMessage
from routing.casework.cases.stage_case import Kind
from routing.casework.officers.actions import CANNOT_DECIDE, decide_by_officer, lock_report, record_officer
from routing.casework.officers.parishes import find_parish
from routing.casework.outbox.follow_ups import MOVED, Held, follow_up, hold_case
from routing.casework.outbox.messages import next_sequence
from routing.casework.outbox.new_messages import domain_of, new_message
from routing.casework.stages.advancing import definition_of
from routing.casework.stages.events import NewEvent, post_event
from routing.casework.stages.loading import load_cases
from routing.contacts import Freshness, read_contacts
from routing.council import Council
from routing.database import Transaction
from routing.errors import InputError, TransitionError
from routing.process import Definition
from routing.vocabulary import REVIEW, Destination, PlaceState, RecipientKind, Role


def decide_report(
    tx: Transaction,
    catalogue: Catalogue,
    reference: str,
    to: str,
    because: str,
    author: str,
    domain: str,
    parish: str | None = None,
) -> dict[str, Any]:
    """Record the decision and put its messages into the outbox.

    Args:
        to: recipient of the process who must act.
        because: the officer's reason, in 1 to 500 characters.
        author: the officer's name in the history.
        domain: domain for the Message-ID, if the report has no message yet.
        parish: code or name, for its clerk; default: the one that we found for the place.

    Raises:
        InputError: the recipient, the parish or the reason is wrong.
        TransitionError: the report does not need a decision.
    """
    if not because or len(because) > 500:
        raise InputError("--because", "Enter a reason of 1 to 500 characters.")
    row = lock_report(tx, reference)
    council = catalogue.council(row["council"])
    held = next(iter(load_cases(tx, catalogue, [row["id"]])), None)
    definition = definition_of(held, catalogue) if held is not None else _definition(tx, catalogue, row)
    chosen = _choose(tx, catalogue, council, definition, row, to, parish)
    before = _had_it(tx, row, to, chosen)
    domain = domain_of(tx, row["id"]) or domain
    if held is not None:
        return _choose_in_stages(tx, definition, row, to, because, author, chosen)
    messages = _messages(tx, council, definition, row["id"], to, chosen, because, domain)
    decide_by_officer(tx, row["id"], messages, because, author, chosen.place)
    _tell_moved(tx, catalogue, before, {each.destination.address for each in messages})
    return {"reference": row["reference"], "recipient": to, "message_id": messages[0].message_id}


def _definition(tx: Transaction, catalogue: Catalogue, row: dict[str, Any]) -> Definition:
    """For a report in no stage: the definition in use, or that of the report if the one in use has stages."""
    current = catalogue.definition(row["council"], row["process"])
    if not current.has_stages:
        return current
    key = (row["process_scope"], row["process"], row["process_version"])
    catalogue.load_versions(tx, [key])
    own = catalogue.version(*key)
    if own is None or own.has_stages:  # it is not decided yet
        raise TransitionError(CANNOT_DECIDE)
    return own


def _choose_in_stages(
    tx: Transaction, definition: Definition, row: dict[str, Any], to: str, because: str, author: str, chosen: "_Chosen"
) -> dict[str, Any]:
    """The engine lets the case begin with the recipient, and asks them. It does not wait for a message of ours."""
    if definition.recipients[to].first_stage is None:
        known = ", ".join(each.id for each in definition.recipient if each.first_stage is not None)
        raise InputError("--to", f"Use one of: {known}. To move it to a stage, run: waywarden reports move")
    if row["state"] not in CAN_DECIDE:
        raise TransitionError(CANNOT_DECIDE)
    record_officer(tx, row["id"], to, because, author, chosen.place)
    post_event(tx, NewEvent(row["id"], Kind.CHOSEN, author, said={"to": to}, because=because))
    return {"reference": row["reference"], "recipient": to, "message_id": None}


CAN_DECIDE = EVENTS[Event.OFFICER_DECIDED].before


def _messages(
    tx: Transaction,
    council: Council,
    definition: Definition,
    report_id: UUID,
    to: str,
    chosen: "_Chosen",
    because: str,
    domain: str,
) -> list[NewMessage]:
    """To the recipient who must act, then copies."""
    sequence = next_sequence(tx, report_id)
    messages = [new_message(report_id, sequence, to, Role.TO, chosen.destination, domain, because, chosen.contact)]
    for name in _copies(definition, to):
        box = council.mailboxes.get(definition.mailbox_of(name))
        if box is None:  # of a former version, which the council has no mailbox for any more
            continue
        destination = box.destination
        if destination not in {each.destination for each in messages}:  # teams may share a mailbox
            messages.append(new_message(report_id, sequence, name, Role.COPY, destination, domain, because))
    return messages


def _had_it(
    tx: Transaction, row: dict[str, Any], to: str, chosen: "_Chosen"
) -> tuple[Held, list[dict[str, Any]]] | None:
    """Who has a sent report, and by which messages; None if it was not sent.

    Raises:
        InputError: they already have it.
    """
    if row["state"] != State.SENT:
        return None
    case = hold_case(tx, row["id"])
    held = case.told(tx)
    last = next((each for each in held if each["role"] == Role.TO), None)
    code = (chosen.place or {}).get("place", {}).get("code", row["area_code"])
    if (
        last is not None
        and (last["recipient"], row["area_code"]) == (to, code)
        and last["address"] == chosen.destination.address
    ):
        raise InputError("--to", f"Choose another recipient. We have already sent it to {chosen.destination.address}.")
    return case, held


def _tell_moved(
    tx: Transaction, catalogue: Catalogue, before: tuple[Held, list[dict[str, Any]]] | None, now: set[str]
) -> None:
    """Tell the former recipients that somebody else has the report now, if they get no message of the decision."""
    case, held = before or (None, [])
    for each in held:
        if case is not None and each["address"] not in now:
            follow_up(tx, catalogue, case, each, MOVED)


@dataclass(frozen=True)
class _Chosen:
    """The address of the recipient who must act and, for a clerk, the place that the officer chose with it."""

    destination: Destination
    contact: UUID | None = None
    place: dict[str, Any] | None = None


def _choose(
    tx: Transaction,
    catalogue: Catalogue,
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
    if recipient.kind is not RecipientKind.PARISH:
        box = council.mailboxes.get(definition.mailbox_of(to))
        if box is None:
            name = definition.mailbox_of(to)
            raise InputError("--to", f"Choose another recipient. {council.name} has no mailbox {name} any more.")
        return _Chosen(box.destination)
    return _clerk(tx, catalogue, council, row, parish)


def _copies(definition: Definition, to: str) -> list[str]:
    """The teams that get a copy in every rule that sends to this recipient. An officer's decision copies them too."""
    named = {name for rule in definition.rule if rule.to == to for name in rule.copy_to}
    return sorted(name for name in named if definition.recipients[name].kind is RecipientKind.TEAM)


def _clerk(tx: Transaction, catalogue: Catalogue, council: Council, row: dict[str, Any], parish: str | None) -> _Chosen:
    last = tx.execute(
        "SELECT receipt FROM decision WHERE report = %s ORDER BY sequence DESC LIMIT 1", (row["id"],)
    ).fetchone()
    place = dict((last["receipt"].get("place") if last else None) or {})
    code = find_parish(tx, catalogue, parish, council.slug)[1] if parish else place.get("code")
    if code is None:
        candidates = ", ".join(f"{each['name']} ({each['code']})" for each in place.get("candidates", []))
        raise InputError("--parish", f"Choose a parish: {candidates or 'its name, or its code, such as E04999001'}.")
    contact = read_contacts(tx, [council.slug]).get((council.slug, code))
    reach = Freshness.of(council.contacts).reach(contact, datetime.datetime.now(datetime.UTC))
    if contact is None or reach.destination is None:
        raise InputError("--parish", f"Choose a team. We cannot email {code}: {reach.why_not}.")
    area = tx.execute(
        "SELECT a.name FROM area a JOIN vintage v ON v.id = a.vintage WHERE v.state = 'active' AND a.code = %s", (code,)
    ).fetchone()
    name = area["name"] if area else contact.published.council_name
    said = place | {"state": PlaceState.PARISH.value, "code": code, "name": name, "candidates": []}
    seen = {"place": said, "parish_council": contact.published.council_name}
    return _Chosen(reach.destination, contact.id, seen)
