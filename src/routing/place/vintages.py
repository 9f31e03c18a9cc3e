"""The life of a vintage: loaded, checked, activated, rolled back. At most one is in use. None is ever deleted."""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from routing.database import Transaction
from routing.days import in_words, today
from routing.errors import BoundaryError, UnknownError
from routing.place.store import active_vintage, read_boundaries
from routing.vocabulary import AreaKind

SHIPPED = "embedded"
"""Title of Waywarden's fictional district. We never compare real boundaries with it."""

ANSWERED = frozenset({"active", "retired", "withdrawn"})
"""States of a vintage that is or was in use, which needs no more work."""

LOCK = 5_202_111
"""Activations wait for each other under this number (pg_advisory_xact_lock)."""


@dataclass(frozen=True, slots=True)
class Vintage:
    """One set of boundaries for the list.

    Attributes:
        areas: parishes and unparished areas in it.
        state: loaded, waiting (for review), refused, active, retired, or withdrawn (rolled back).
        findings: stored results of its checks.
        checked_against: the vintage in use during its check; None if there was none, or no check.
    """

    id: str
    title: str
    source: str
    state: str
    areas: int
    loaded_at: datetime.datetime
    activated_at: datetime.datetime | None
    valid_from: datetime.date | None
    valid_to: datetime.date | None
    manifest: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    checked_against: str | None

    @property
    def licence(self) -> str:
        """The text that its publisher asks us to show; empty if there is none."""
        return str(self.manifest.get("parishes", {}).get("licence", ""))


SELECT = """
SELECT v.id, title, source, state, loaded_at, activated_at, valid_from, valid_to, manifest, findings, checked_against,
       (SELECT count(*) FROM area a WHERE a.vintage = v.id AND a.kind <> 'district') AS areas FROM vintage v
"""


def list_vintages(tx: Transaction) -> list[Vintage]:
    """All vintages, newest first."""
    return [Vintage(**row) for row in tx.execute(f"{SELECT} ORDER BY loaded_at DESC, id").fetchall()]


def read_vintage(tx: Transaction, vintage: str) -> Vintage:
    """One vintage.

    Raises:
        UnknownError: there is no such id.
    """
    row = tx.execute(f"{SELECT} WHERE v.id = %s", (vintage,)).fetchone()
    if row is None:
        raise UnknownError("vintage", f"There is no vintage {vintage}. To see all, run: waywarden boundaries list")
    return Vintage(**row)


FollowingCodes = Mapping[str, Sequence[tuple[str, str]]]
"""Retired code → its successors, each with its source."""


def read_successors(tx: Transaction, before: str, after: str) -> FollowingCodes:
    """The successors of codes that a vintage retires, from its check against another; else nothing."""
    if read_vintage(tx, after).checked_against != before:
        return {}
    found: dict[str, list[tuple[str, str]]] = {}
    for row in tx.execute(
        "SELECT old_code, new_code, reason FROM code_change WHERE vintage = %s ORDER BY old_code, new_code", (after,)
    ).fetchall():
        found.setdefault(row["old_code"], []).append((row["new_code"], row["reason"]))
    return found


def judge(
    tx: Transaction, vintage: str, findings: Sequence[Mapping[str, Any]], state: str, against: str | None = None
) -> None:
    """Store the results of checking a vintage that is not in use, and whether it waits, is refused or can be used.

    Args:
        against: the vintage for the comparison.
    """
    tx.execute(
        "UPDATE vintage SET findings = %s, checked_against = %s WHERE id = %s",
        (json.dumps(list(findings)), against, vintage),
    )
    tx.execute(
        "UPDATE vintage SET state = %s WHERE id = %s AND state IN ('loaded', 'waiting', 'refused')", (state, vintage)
    )


def predecessor(tx: Transaction, vintage: str) -> str | None:
    """The vintage that this one would replace: the one in use, unless it is itself or the fictional district."""
    active = active_vintage(tx)
    if active is None or active == vintage or read_vintage(tx, active).title == SHIPPED:
        return None
    return active


def need_checked(tx: Transaction, vintage: str) -> None:
    """Make sure that a vintage was checked against the one in use now.

    Raises:
        UnknownError: there is no such vintage.
        BoundaryError: ``stale``: it was never checked, or another vintage has been in use since.
    """
    tx.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
    found, before = read_vintage(tx, vintage), predecessor(tx, vintage)
    if not found.findings or (before is not None and found.checked_against != before):
        against = f" against {before}, which is in use now" if before is not None else ""
        text = f"Check it with `waywarden boundaries check {vintage}`. {vintage} was not checked{against}."
        raise BoundaryError("stale", text)


def activate(tx: Transaction, vintage: str, author: str = "engine", *, reviewed: bool = False) -> None:
    """Use a vintage from now on, in one transaction. The one before is retired, never deleted.

    Reads and tests it first, like every engine and web, so that a broken one is not activated.

    Args:
        reviewed: a person has reviewed its changes and accepts them.

    Raises:
        UnknownError: there is no such vintage.
        BoundaryError: ``refused``, ``waits``, ``valid-from``, or it cannot be used. The one before stays in use.
    """
    tx.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
    found = read_vintage(tx, vintage)
    _need_allowed(found, reviewed=reviewed)
    _prove(tx, vintage)
    _switch(tx, vintage, author)


def rollback(tx: Transaction, author: str) -> tuple[str, str]:
    """Stop using the active vintage and go back to the one before.

    Returns:
        The ids of the one rolled back, and of the one in use again.

    Raises:
        BoundaryError: ``rollback``: there is no earlier one.
    """
    tx.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
    current = active_vintage(tx)
    row = tx.execute(
        "SELECT a.vintage FROM activation a JOIN vintage v ON v.id = a.vintage"
        " WHERE v.state = 'retired' ORDER BY a.id DESC LIMIT 1"
    ).fetchone()
    if current is None or row is None:
        text = (
            "Activate another vintage. There is no earlier one to go back to. To see all, run: waywarden "
            "boundaries list"
        )
        raise BoundaryError("rollback", text)
    _prove(tx, row["vintage"])
    tx.execute("UPDATE vintage SET state = 'withdrawn', valid_to = %s WHERE id = %s", (today(), current))
    _switch(tx, row["vintage"], author)
    return current, str(row["vintage"])


def hold_active(tx: Transaction) -> str | None:
    """The vintage in use, locked until the transaction ends."""
    tx.execute("SELECT pg_advisory_xact_lock_shared(%s)", (LOCK,))
    return active_vintage(tx)


def _need_allowed(found: Vintage, *, reviewed: bool) -> None:
    """Check its last results, because a vintage that was once in use may no longer fit."""
    levels = {finding["level"] for finding in found.findings}
    if found.state == "refused" or "failed" in levels:
        raise BoundaryError(
            "refused", f"{found.id} failed its checks. To see why, run: waywarden boundaries check {found.id}"
        )
    if (found.state == "waiting" or "waits" in levels) and not reviewed:
        raise BoundaryError(
            "waits",
            f"Review {found.id} with `waywarden boundaries check {found.id}`, then activate it with --reviewed. It "
            "changes too much for automatic use.",
        )
    if found.valid_from is not None and found.valid_from > today():
        raise BoundaryError(
            "valid-from", f"Activate {found.id} from {in_words(found.valid_from)}. It is not valid before that day."
        )


def _prove(tx: Transaction, vintage: str) -> None:
    try:
        boundaries = read_boundaries(tx, vintage)
        broken = boundaries.unanswerable()
    except (shapely.errors.ShapelyError, ValueError) as error:
        text = f"{vintage} cannot be read ({type(error).__name__}). Load it again from its source."
        raise BoundaryError("geometry", text) from None
    if not any(area.kind is not AreaKind.DISTRICT for area in boundaries.areas):
        raise BoundaryError("count", f"Load another file. {vintage} has no parishes and no unparished areas.")
    if broken:
        named = ", ".join(broken[:5]) + (" and more" if len(broken) > 5 else "")
        text = f"{vintage}: {len(broken)} areas have no usable shape: {named}. Correct the file, then load it again."
        raise BoundaryError("geometry", text)


def _switch(tx: Transaction, vintage: str, author: str) -> None:
    tx.execute(
        "UPDATE vintage SET state = 'retired', valid_to = coalesce("
        "(SELECT n.valid_from FROM vintage n WHERE n.id = %(id)s), %(today)s)"
        " WHERE state = 'active' AND id <> %(id)s",
        {"id": vintage, "today": today()},
    )
    tx.execute(
        "UPDATE vintage SET state = 'active', valid_to = NULL, activated_at = coalesce(activated_at, now())"
        " WHERE id = %s",
        (vintage,),
    )
    tx.execute("INSERT INTO activation (vintage, author) VALUES (%s, %s)", (vintage, author))
