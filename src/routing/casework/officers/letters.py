"""Letters that cannot go by email: officers print them (rule 14)."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing.casework.cases.letters import person_of
from routing.database import Transaction
from routing.errors import TransitionError
from routing.process.letters import TO_CITIZEN, TO_FIELD

TO_PRINT = """
SELECT l.id, r.reference, r.council, r.process, l.letter, l.recipient, l.subject, l.text, l.at, p.name, p.phone,
       CASE WHEN l.recipient LIKE 'field:%%' THEN c.personal ->> substring(l.recipient FROM 7) END AS person
FROM letter l JOIN report r ON r.id = l.report JOIN case_stage c ON c.report = r.id
LEFT JOIN LATERAL (SELECT p.name, p.phone FROM reporter p WHERE p.report = r.id ORDER BY p.given_at LIMIT 1) p ON true
WHERE l.needs_print AND l.text IS NOT NULL AND (l.printed_at IS NULL OR %(all)s)
  AND (%(reference)s::text IS NULL OR r.reference = %(reference)s) ORDER BY l.at, l.id LIMIT %(most)s
"""


@dataclass(frozen=True)
class PrintedLetter:
    """A letter to print.

    Attributes:
        to: lines of name and address, as far as the case knows them.
    """

    id: UUID
    reference: str
    council: str
    process: str
    letter: str
    recipient: str
    subject: str
    text: str
    at: datetime.datetime
    to: tuple[str, ...]


def letters_to_print(
    tx: Transaction, reference: str | None = None, *, also_printed: bool = False, most: int = 200
) -> list[PrintedLetter]:
    """The letters that wait to be printed, the oldest first."""
    rows = tx.execute(TO_PRINT, {"all": also_printed, "reference": reference, "most": most}).fetchall()
    return [_letter(row) for row in rows]


def _letter(row: Mapping[str, Any]) -> PrintedLetter:
    named = ("id", "reference", "council", "process", "letter", "recipient", "subject", "text", "at")
    return PrintedLetter(**{name: row[name] for name in named}, to=tuple(each for each in _to(row) if each))


def _to(row: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Who gets a letter: a citizen, somebody whom a team has entered, or a recipient of the process by its id."""
    if row["recipient"] == TO_CITIZEN:
        return row["name"], row["phone"]
    if row["recipient"].startswith(TO_FIELD):
        person = person_of(row["person"] or "{}")
        return person.get("name"), person.get("address")
    return (row["recipient"],)


def mark_printed(tx: Transaction, letter: UUID, author: str) -> None:
    """Note that a letter was printed and posted.

    Raises:
        TransitionError: it does not wait to be printed.
    """
    changed = tx.execute(
        "UPDATE letter SET printed_at = casework_now(), printed_by = %s"
        " WHERE id = %s AND needs_print AND printed_at IS NULL",
        (author, letter),
    ).rowcount
    if not changed:
        raise TransitionError(
            "This letter does not wait to be printed. To list those that do, run: waywarden reports letters"
        )
