"""Links of parishes and Modern.Gov ids: proposed by name, used after a person (or their file) confirmed them.

``proposed`` waits for a person; ``confirmed`` and ``reopened`` are in use, the latter until a person has checked it
again; ``rejected`` stays, so that we do not propose it again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from routing.contacts.names import Proposal
from routing.contacts.overrides import forget, resume, suspend
from routing.database import Transaction
from routing.errors import InputError


class LinksLost(InputError):
    """We treat a file that would delete many of the links in use as broken."""

    code: ClassVar[str] = "links-lost"


FILE = "file"
"""The author of links from a council's ``parish-links.csv``."""

MOST_GONE, FEW = 0.2, 2
"""We treat a file as broken if it deletes more than this share of the links in use, and more than a few."""

NAMES = "names"
"""The author of proposals."""


class LinkState(StrEnum):
    """State of a link."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    REJECTED = "rejected"


IN_USE = [LinkState.CONFIRMED.value, LinkState.REOPENED.value]


@dataclass(frozen=True, slots=True)
class Link:
    """A parish and the Modern.Gov id that may be its council.

    Attributes:
        author: who decided it: ``file``, ``names``, ``boundaries``, or a person.
        reason: in the author's words.
    """

    parish_code: str
    moderngov_id: int
    title: str
    state: LinkState
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Work:
    """A parish whose council a person must choose.

    Attributes:
        why: ``unmatched``, ``proposed``, ``ambiguous`` or ``reopened``.
        links: the links to choose from.
    """

    parish_code: str
    why: str
    links: tuple[Link, ...]


def store_links(tx: Transaction, council: str, links: Mapping[str, int] | None, parishes: Collection[str] = ()) -> None:
    """Import the links of a council's file. Later decisions of a person stay.

    Lines for parishes of another council, as in a copied file, are skipped.

    If a contact's line is deleted or has a new id, we do not use the contact until we read it again, or the line is
    back.

    Args:
        links: parish code → Modern.Gov id; None if the council has no file, which changes nothing.
        parishes: the codes of the council's parishes; empty if unknown.

    Raises:
        LinksLost: it would delete more than a fifth of the links in use.
    """
    _leave_out_foreign(tx, council, parishes)
    if links is None:
        return
    links = {code: link for code, link in links.items() if not parishes or code in parishes}
    _need_most(tx, council, links)
    pairs = (list(links), list(links.values()))
    gone = tx.execute(
        "DELETE FROM parish_link WHERE council = %s AND author = %s AND state = ANY(%s) AND (parish_code,"
        " moderngov_id) NOT IN (SELECT * FROM unnest(%s::text[], %s::bigint[])) RETURNING parish_code",
        (council, FILE, IN_USE, *pairs),
    ).fetchall()
    back = tx.execute(
        "INSERT INTO parish_link AS l (council, parish_code, moderngov_id, state, author)"
        " SELECT %(council)s, f.code, f.id, 'confirmed', %(file)s"
        " FROM unnest(%(codes)s::text[], %(ids)s::bigint[]) AS f (code, id)"
        " WHERE NOT EXISTS (SELECT 1 FROM parish_link u WHERE u.council = %(council)s AND u.parish_code = f.code"
        " AND u.state = ANY(%(in_use)s)) ON CONFLICT (council, parish_code, moderngov_id) DO UPDATE"
        " SET state = 'confirmed', author = excluded.author, decided_at = now() WHERE l.state = 'proposed'"
        " RETURNING parish_code, moderngov_id",
        {"council": council, "file": FILE, "codes": pairs[0], "ids": pairs[1], "in_use": IN_USE},
    ).fetchall()
    for row in gone:
        suspend(tx, council, row["parish_code"], "link-changed", FILE)
    for row in back:
        resume(tx, council, row["parish_code"], row["moderngov_id"], FILE)


def _leave_out_foreign(tx: Transaction, council: str, parishes: Collection[str]) -> None:
    if parishes:
        tx.execute(
            "DELETE FROM parish_link WHERE council = %s AND author = %s AND parish_code <> ALL(%s)",
            (council, FILE, list(parishes)),
        )


def foreign(links: Mapping[str, int] | None, parishes: Collection[str]) -> list[str]:
    """The codes in a council's file that are not its parishes; empty if its parishes are unknown."""
    return sorted(links.keys() - set(parishes)) if links and parishes else []


def _need_most(tx: Transaction, council: str, links: Mapping[str, int]) -> None:
    rows = tx.execute(
        "SELECT parish_code, moderngov_id FROM parish_link WHERE council = %s AND author = %s AND state = ANY(%s)",
        (council, FILE, IN_USE),
    ).fetchall()
    gone = sum(links.get(row["parish_code"]) != row["moderngov_id"] for row in rows)
    if gone > MOST_GONE * len(rows) and gone > FEW:
        text = (
            f"Correct the file. It deletes or changes {gone} of {len(rows)} links in use, so we did not read it. "
            "If it is right, decide them with: waywarden contacts import"
        )
        raise LinksLost(f"{council}/parish-links.csv", text)


def read_links(tx: Transaction, council: str) -> dict[str, int]:
    """Parish code → the Modern.Gov id in use."""
    rows = tx.execute(
        "SELECT parish_code, moderngov_id FROM parish_link WHERE council = %s AND state = ANY(%s)", (council, IN_USE)
    ).fetchall()
    return {row["parish_code"]: row["moderngov_id"] for row in rows}


def list_links(tx: Transaction, council: str) -> list[Link]:
    """All links of a council, by code."""
    rows = tx.execute(
        "SELECT parish_code, moderngov_id, title, state, author, reason FROM parish_link WHERE council = %s"
        " ORDER BY parish_code, state, moderngov_id",
        (council,),
    ).fetchall()
    return [Link(**row | {"state": LinkState(row["state"])}) for row in rows]


def read_link_history(tx: Transaction, council: str, parish_code: str) -> list[dict[str, Any]]:
    """The history of a parish's links, newest first: at, moderngov_id, state (None: deleted), author, reason."""
    return tx.execute(
        "SELECT at, moderngov_id, state, author, reason FROM parish_link_change WHERE council = %s AND parish_code = %s"
        " ORDER BY id DESC",
        (council, parish_code),
    ).fetchall()


def store_proposals(tx: Transaction, council: str, proposals: Sequence[Proposal]) -> int:
    """Add proposals for parishes without a link in use, unless rejected. Delete outdated proposals.

    Returns:
        How many are new.
    """
    pairs = [each.parish_code for each in proposals], [each.moderngov_id for each in proposals]
    tx.execute(
        "DELETE FROM parish_link WHERE council = %s AND state = 'proposed' AND (parish_code, moderngov_id) NOT IN"
        " (SELECT * FROM unnest(%s::text[], %s::bigint[]))",
        (council, *pairs),
    )
    return tx.execute(
        "INSERT INTO parish_link (council, parish_code, moderngov_id, title, state, author)"
        " SELECT %s, p.code, p.id, p.title, 'proposed', %s FROM unnest(%s::text[], %s::bigint[], %s::text[])"
        " AS p (code, id, title) WHERE NOT EXISTS (SELECT 1 FROM parish_link l WHERE l.council = %s"
        " AND l.parish_code = p.code AND l.state = ANY(%s)) ON CONFLICT DO NOTHING",
        (council, NAMES, *pairs, [each.title for each in proposals], council, IN_USE),
    ).rowcount


def confirm(
    tx: Transaction, council: str, parish_code: str, moderngov_id: int, author: str, reason: str = "", title: str = ""
) -> None:
    """Confirm a parish's id in the name of a person. Rejects the former link and deletes other proposals."""
    former = tx.execute(
        "UPDATE parish_link SET state = 'rejected', author = %s, reason = %s, decided_at = now()"
        " WHERE council = %s AND parish_code = %s AND moderngov_id <> %s AND state = ANY(%s)",
        (author, f"replaced by {moderngov_id}", council, parish_code, moderngov_id, IN_USE),
    ).rowcount
    tx.execute(
        "DELETE FROM parish_link WHERE council = %s AND parish_code = %s AND moderngov_id <> %s AND state = 'proposed'",
        (council, parish_code, moderngov_id),
    )
    tx.execute(
        "INSERT INTO parish_link (council, parish_code, moderngov_id, title, state, author, reason)"
        " VALUES (%s, %s, %s, %s, 'confirmed', %s, %s) ON CONFLICT (council, parish_code, moderngov_id) DO UPDATE"
        " SET state = 'confirmed', author = excluded.author, reason = excluded.reason, decided_at = now(),"
        " title = coalesce(nullif(excluded.title, ''), parish_link.title)",
        (council, parish_code, moderngov_id, title, author, reason),
    )
    if former:
        suspend(tx, council, parish_code, "link-changed", author)


def reject(tx: Transaction, council: str, parish_code: str, moderngov_id: int, author: str, reason: str) -> None:
    """Reject an id for a parish in the name of a person. We no longer use what we read from its page.

    Raises:
        InputError: there is no such link.
    """
    row = tx.execute(
        "UPDATE parish_link l SET state = 'rejected', author = %s, reason = %s, decided_at = now() FROM parish_link f"
        " WHERE (f.council, f.parish_code, f.moderngov_id) = (l.council, l.parish_code, l.moderngov_id)"
        " AND l.council = %s AND l.parish_code = %s AND l.moderngov_id = %s RETURNING f.state AS former",
        (author, reason, council, parish_code, moderngov_id),
    ).fetchone()
    if row is None:
        text = (
            f"{parish_code} has no link to {moderngov_id}. To see its links, run: waywarden contacts review "
            f"{parish_code}"
        )
        raise InputError("--reject", text)
    if row["former"] in IN_USE:
        forget(tx, council, parish_code, author, "link-rejected")


def reopen(tx: Transaction, codes: Collection[str], reason: str) -> int:
    """Put links in use back on the work list after a change. They stay in use."""
    return tx.execute(
        "UPDATE parish_link SET state = 'reopened', reason = %s, decided_at = now()"
        " WHERE parish_code = ANY(%s) AND state = 'confirmed'",
        (reason, sorted(codes)),
    ).rowcount


def work_list(links: Sequence[Link], parish_codes: Collection[str]) -> list[Work]:
    """The links that a person must check, by code. Pure.

    Args:
        parish_codes: codes in the council's district, from the active vintage.
    """
    by_code: dict[str, list[Link]] = {code: [] for code in sorted(parish_codes)}
    for link in links:
        if link.parish_code in by_code and link.state is not LinkState.REJECTED:
            by_code[link.parish_code].append(link)
    return [Work(code, why, tuple(found)) for code, found in by_code.items() if (why := _why(found))]


def _why(links: Sequence[Link]) -> str | None:
    states = {link.state for link in links}
    if LinkState.CONFIRMED in states:
        return None
    if LinkState.REOPENED in states:
        return "reopened"
    return ("unmatched", "proposed")[len(links)] if len(links) < 2 else "ambiguous"
