"""What messages of cases in stages say: the task and its deadline, or the letter, read when they are written."""

import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from routing import present
from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.letters import asks_citizen
from routing.casework.cases.model import OutboxMessage
from routing.casework.cases.stage_case import StageCase
from routing.casework.cases.stage_mail import Asked, WrittenLetter
from routing.casework.outbox.messages import read_outbox, versions_of
from routing.casework.stages.advancing import definition_of, known_words, said_before
from routing.casework.stages.loading import load_cases
from routing.database import Transaction
from routing.process.correspondence import case_words
from routing.process.wording import render
from routing.vocabulary import Role

log = logging.getLogger("waywarden.delivery")


def read_messages(tx: Transaction, batch: UUID, catalogue: Catalogue) -> list[OutboxMessage]:
    """What a batch has to send, complete; the versions of its definitions are in the catalogue."""
    outbox = read_outbox(tx, batch)
    catalogue.load_versions(tx, versions_of(outbox))
    staged = sorted({each.report for each in outbox if each.entry is not None or each.role is Role.LETTER})
    if not staged:
        return outbox
    cases = {held.report: held for held in load_cases(tx, catalogue, staged)}
    letters = _letters(tx, [each.id for each in outbox if each.role is Role.LETTER])
    return [_safely(each, cases.get(each.report), letters, catalogue) for each in outbox]


def _safely(
    delivery: OutboxMessage, held: StageCase | None, letters: Mapping[UUID, WrittenLetter], catalogue: Catalogue
) -> OutboxMessage:
    """A complete message, or why there is none: one that cannot be written must not hold up the others."""
    try:
        return _complete(delivery, held, letters, catalogue)
    except Exception as error:  # noqa: BLE001  # it must not hold up the others
        failed = error
    # No traceback here: its text could be a citizen's. Only its kind and place are logged.
    where = traceback.extract_tb(failed.__traceback__)[-1]
    log.error("Delivery %s failed: %s at %s:%s", delivery.id, type(failed).__name__, where.name, where.lineno)
    return replace(delivery, unwritten=type(failed).__name__)


def _complete(
    delivery: OutboxMessage, held: StageCase | None, letters: Mapping[UUID, WrittenLetter], catalogue: Catalogue
) -> OutboxMessage:
    if held is None:
        return delivery
    if delivery.role is Role.LETTER:
        written = letters.get(delivery.id)
        if written is None:
            return replace(delivery, letter=None)
        definition = definition_of(held, catalogue)
        asks = asks_citizen(definition, held.case)
        renews = any(end.renew is not None and end.renew.letter == written.name for end in definition.end)
        return replace(delivery, letter=replace(written, asks_citizen=asks, is_renewal=renews))
    return replace(delivery, asked=asked_of(held, delivery.entry, delivery.recipient, catalogue))


def asked_of(held: StageCase, entry: UUID | None, seat: str, catalogue: Catalogue) -> Asked | None:
    """The task of somebody whom a stage asks; None if the case does not wait for them there any more."""
    case, at = held.case, held.case.entry
    if entry is None or held.entry != entry or at is None or seat not in at.silent:
        return None
    case = case.as_if_asked(present.now())  # their time begins when the channel accepts this message
    council, definition = catalogue.council_of(held.council), definition_of(held, catalogue)
    moments = case.deadlines(definition, council.office)
    words = case_words(definition, case, moments.day, known_words(held, council, definition))
    task = render(definition.stages[at.stage].task or "", words)
    return Asked(task, moments.due, said_before(held, definition, words))


def _letters(tx: Transaction, deliveries: Sequence[UUID]) -> dict[UUID, WrittenLetter]:
    rows = tx.execute(
        "SELECT d.id, l.id AS letter, l.letter AS name, l.subject, l.text FROM delivery d"
        " JOIN letter l ON l.id = d.letter WHERE d.id = ANY(%s) AND l.text IS NOT NULL",
        (list(deliveries),),
    ).fetchall()
    return {row["id"]: WrittenLetter(row["letter"], row["name"], row["subject"], row["text"]) for row in rows}
