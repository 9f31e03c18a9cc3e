"""A refresh in the store: a round for each council, and the last content of each page.

Each page is committed separately, so a killed refresh can continue. The directory only changes at the end of the
round, in one transaction.
"""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from routing.contacts.model import Published
from routing.contacts.moderngov.parser import ParishCouncilRef
from routing.contacts.moderngov.transport import Validators
from routing.database import Transaction
from routing.errors import InputError

LIST = 0
"""The list of parish councils has this page id, which no council has."""

PARSER = 4
"""Increase this when a parser reads more or differently. Then we fetch the pages again."""

OPEN_FOR = datetime.timedelta(hours=20)
"""We do not resume a round that is older, because its first pages are old."""

Said = Published | tuple[ParishCouncilRef, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One refresh of one council."""

    id: int
    council: str


@dataclass(frozen=True, slots=True)
class Page:
    """What we store of one page.

    Attributes:
        round: the round that last asked for it.
        said: its content when last read; None if never.
        problem: error code of the last attempt; None if it was read, or had not changed.
        read_at: when it last had this content; None if never.
        unread: unknown labels on it that have a contact.
    """

    moderngov_id: int
    round: int
    url: str
    said: Said | None
    problem: str | None
    validators: Validators
    read_at: datetime.datetime | None
    unread: tuple[str, ...] = ()


def open_round(tx: Transaction, council: str, author: str) -> Round:
    """The open round, or a new one."""
    tx.execute(
        "UPDATE contact_round SET ended_at = now(), outcome = 'abandoned'"
        " WHERE council = %s AND ended_at IS NULL AND started_at < now() - %s",
        (council, OPEN_FOR),
    )
    made = tx.execute(
        "INSERT INTO contact_round (council, author) VALUES (%s, %s) ON CONFLICT (council) WHERE ended_at IS NULL"
        " DO NOTHING RETURNING id",
        (council, author),
    ).fetchone()
    row = (
        made
        or tx.execute("SELECT id FROM contact_round WHERE council = %s AND ended_at IS NULL", (council,)).fetchone()
    )
    assert row is not None
    return Round(row["id"], council)


def hold_round(tx: Transaction, number: int, outcome: str | None = None) -> str | None:
    """Lock a round until the transaction ends; returns its council if it has this outcome, else None.

    Args:
        outcome: None for an open round.
    """
    row = tx.execute(
        "SELECT council FROM contact_round WHERE id = %s AND outcome IS NOT DISTINCT FROM %s FOR UPDATE",
        (number, outcome),
    ).fetchone()
    return str(row["council"]) if row else None


def end_round(tx: Transaction, number: int, outcome: str, counts: Mapping[str, int | str]) -> None:
    """End a round: ``applied``, ``held`` for a decision, or later ``accepted`` or ``discarded``."""
    tx.execute(
        "UPDATE contact_round SET ended_at = coalesce(ended_at, now()), outcome = %s, counts = counts || %s::jsonb"
        " WHERE id = %s",
        (outcome, json.dumps(dict(counts)), number),
    )
    tx.execute(
        "UPDATE contact_round SET outcome = 'superseded' WHERE outcome = 'held' AND id < %s"
        " AND council = (SELECT council FROM contact_round WHERE id = %s)",
        (number, number),
    )


def has_open_round(tx: Transaction, council: str) -> bool:
    """Whether a refresh is running, or was interrupted."""
    row = tx.execute("SELECT 1 FROM contact_round WHERE council = %s AND ended_at IS NULL", (council,)).fetchone()
    return row is not None


def forget_validators(tx: Transaction, number: int) -> None:
    """Fetch the full pages of a round the next time."""
    tx.execute("UPDATE contact_page SET etag = NULL, last_modified = NULL WHERE round = %s", (number,))


def last_listed(tx: Transaction, council: str) -> int | None:
    """How many councils the list had when a round was last applied; None if never read."""
    row = tx.execute(
        "SELECT (counts ->> 'listed')::int AS listed FROM contact_round WHERE council = %s"
        " AND outcome IN ('applied', 'accepted') AND counts ? 'listed' ORDER BY id DESC LIMIT 1",
        (council,),
    ).fetchone()
    return row["listed"] if row else None


def held_rounds(tx: Transaction, councils: Sequence[str]) -> list[dict[str, Any]]:
    """Rounds that need a decision: council, id, ended_at, counts."""
    return tx.execute(
        "SELECT council, id, ended_at, counts FROM contact_round WHERE outcome = 'held' AND council = ANY(%s)"
        " ORDER BY council",
        (list(councils),),
    ).fetchall()


def need_held(tx: Transaction, council: str) -> int:
    """The number of the held round.

    Raises:
        InputError: there is none.
    """
    found = held_rounds(tx, [council])
    if not found:
        raise InputError(
            "council", f"No refresh of {council} needs a decision. To see what does, run: waywarden contacts review"
        )
    return int(found[0]["id"])


def read_pages(tx: Transaction, council: str) -> dict[int, Page]:
    """Modern.Gov id → what we store of its page; the list under ``LIST``."""
    rows = tx.execute("SELECT * FROM contact_page WHERE council = %s", (council,)).fetchall()
    return {row["moderngov_id"]: _page(row) for row in rows}


def _page(row: dict[str, Any]) -> Page:
    is_old = row["parser"] != PARSER
    return Page(
        row["moderngov_id"],
        row["round"],
        row["url"],
        None if is_old else _said(row["moderngov_id"], row["said"]),
        row["problem"],
        Validators() if is_old else Validators(row["etag"], row["last_modified"]),
        row["read_at"],
        () if is_old else tuple(row["unread"]),
    )


def _said(identifier: int, said: Any) -> Said | None:
    if said is None:
        return None
    return tuple(ParishCouncilRef(*each) for each in said) if identifier == LIST else Published(**said)


def store_page(tx: Transaction, council: str, page: Page) -> None:
    """Store what a page said. If it had a problem, the former content stays."""
    said = page.said
    content = [[ref.id, ref.title] for ref in said] if isinstance(said, tuple) else asdict(said) if said else None
    tx.execute(
        """
        INSERT INTO contact_page
            (council, moderngov_id, round, url, said, problem, etag, last_modified, parser, read_at, unread)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (council, moderngov_id) DO UPDATE SET round = excluded.round, url = excluded.url,
            said = excluded.said, problem = excluded.problem, etag = excluded.etag,
            last_modified = excluded.last_modified, parser = excluded.parser, read_at = excluded.read_at,
            unread = excluded.unread
        """,
        (
            council,
            page.moderngov_id,
            page.round,
            page.url,
            json.dumps(content) if content is not None else None,
            page.problem,
            page.validators.etag,
            page.validators.last_modified,
            PARSER,
            page.read_at,
            list(page.unread),
        ),
    )


def unread_labels(tx: Transaction, council: str) -> dict[int, tuple[str, ...]]:
    """Modern.Gov id → unknown labels on its page that have a contact, if there are any."""
    rows = tx.execute(
        "SELECT moderngov_id, unread FROM contact_page WHERE council = %s AND unread <> '{}'", (council,)
    ).fetchall()
    return {row["moderngov_id"]: tuple(row["unread"]) for row in rows}


def forget_pages(tx: Transaction, council: str, kept: Sequence[int]) -> None:
    """Delete pages that no parish is linked to any more."""
    tx.execute(
        "DELETE FROM contact_page WHERE council = %s AND moderngov_id <> %s AND NOT moderngov_id = ANY(%s)",
        (council, LIST, list(kept)),
    )
