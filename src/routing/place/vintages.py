"""The life of a vintage: loaded, judged, activated, rolled back. At most one answers; none is ever deleted."""

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
"""Title of the fictional district that ships with Waywarden: nothing real is compared with it."""

ANSWERED = frozenset({"active", "retired", "withdrawn"})
"""States of a vintage that answers or did: nothing is to be done about its vintage any more."""

LOCK = 5_202_111
"""Activations wait for each other under this number (pg_advisory_xact_lock)."""


@dataclass(frozen=True, slots=True)
class Vintage:
    """One set of the boundaries, as the list shows it.

    Attributes:
        areas: parishes and unparished areas in it.
        state: loaded, waiting (for a person), refused, active, retired, or withdrawn (rolled back).
        findings: what its checks saw, as stored.
        checked_against: the vintage that answered when it was checked; None where none did, or it was not checked.
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
        """What its publisher asks to be shown with it; empty where it says nothing."""
        return str(self.manifest.get("parishes", {}).get("licence", ""))


SELECT = """
SELECT v.id, title, source, state, loaded_at, activated_at, valid_from, valid_to, manifest, findings, checked_against,
       (SELECT count(*) FROM area a WHERE a.vintage = v.id AND a.kind <> 'district') AS areas FROM vintage v
"""


def list_vintages(tx: Transaction) -> list[Vintage]:
    """All vintages, the newest first."""
    return [Vintage(**row) for row in tx.execute(f"{SELECT} ORDER BY loaded_at DESC, id").fetchall()]


def read_vintage(tx: Transaction, vintage: str) -> Vintage:
    """One vintage.

    Raises:
        UnknownError: there is none of this id.
    """
    row = tx.execute(f"{SELECT} WHERE v.id = %s", (vintage,)).fetchone()
    if row is None:
        raise UnknownError("vintage", f"There is no vintage {vintage}. `waywarden boundaries list` shows them.")
    return Vintage(**row)


FollowingCodes = Mapping[str, Sequence[tuple[str, str]]]
"""Retired code → the codes that follow it, each with what it is known by."""


def read_successors(tx: Transaction, before: str, after: str) -> FollowingCodes:
    """What follows the codes that a vintage retires, as found when it was checked against another; else nothing."""
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
    """Keep what the checks saw of a vintage that does not answer yet, and whether it waits, is refused or may go.

    Args:
        against: the vintage that it was compared with.
    """
    tx.execute(
        "UPDATE vintage SET findings = %s, checked_against = %s WHERE id = %s",
        (json.dumps(list(findings)), against, vintage),
    )
    tx.execute(
        "UPDATE vintage SET state = %s WHERE id = %s AND state IN ('loaded', 'waiting', 'refused')", (state, vintage)
    )


def predecessor(tx: Transaction, vintage: str) -> str | None:
    """The vintage that this one would follow: the one that answers, unless it is itself or the fictional district."""
    active = active_vintage(tx)
    if active is None or active == vintage or read_vintage(tx, active).title == SHIPPED:
        return None
    return active


def need_checked(tx: Transaction, vintage: str) -> None:
    """A vintage was checked, and what follows from it was found against the one that answers now, and no other.

    Raises:
        UnknownError: there is no such vintage.
        BoundaryError: ``stale``: it was never checked, or another vintage answers since.
    """
    tx.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
    found, before = read_vintage(tx, vintage), predecessor(tx, vintage)
    if not found.findings or (before is not None and found.checked_against != before):
        against = f" against {before}, which answers now" if before is not None else ""
        text = f"{vintage} was not checked{against}. Check it: `waywarden boundaries check {vintage}`."
        raise BoundaryError("stale", text)


def activate(tx: Transaction, vintage: str, author: str = "engine", *, reviewed: bool = False) -> None:
    """Make a vintage the one that answers, in one transaction; the one before is retired, never deleted.

    It is read and asked first, as every engine and web would: what would break there is not activated.

    Args:
        reviewed: a person has looked at what it changes, and lets it in although it waits.

    Raises:
        UnknownError: there is no such vintage.
        BoundaryError: ``refused``, ``waits``, ``valid-from``, or it cannot answer; the one before stays.
    """
    tx.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
    found = read_vintage(tx, vintage)
    _need_allowed(found, reviewed=reviewed)
    _prove(tx, vintage)
    _switch(tx, vintage, author)


def rollback(tx: Transaction, author: str) -> tuple[str, str]:
    """Take the active vintage back: the one that answered before it answers again.

    Returns:
        The id of the one that was rolled back, and of the one that answers again.

    Raises:
        BoundaryError: ``rollback``: there is none to go back to.
    """
    tx.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
    current = active_vintage(tx)
    row = tx.execute(
        "SELECT a.vintage FROM activation a JOIN vintage v ON v.id = a.vintage"
        " WHERE v.state = 'retired' ORDER BY a.id DESC LIMIT 1"
    ).fetchone()
    if current is None or row is None:
        text = "No earlier vintage is there to go back to. Activate another: `waywarden boundaries list` shows them."
        raise BoundaryError("rollback", text)
    _prove(tx, row["vintage"])
    tx.execute("UPDATE vintage SET state = 'withdrawn', valid_to = %s WHERE id = %s", (today(), current))
    _switch(tx, row["vintage"], author)
    return current, str(row["vintage"])


def hold_active(tx: Transaction) -> str | None:
    """The vintage that answers, and goes on answering until the transaction ends."""
    tx.execute("SELECT pg_advisory_xact_lock_shared(%s)", (LOCK,))
    return active_vintage(tx)


def _need_allowed(found: Vintage, *, reviewed: bool) -> None:
    """By what its checks saw last, whatever it was before: one that answered once may not fit any more."""
    levels = {finding["level"] for finding in found.findings}
    if found.state == "refused" or "failed" in levels:
        raise BoundaryError(
            "refused", f"{found.id} failed its checks. Look with `waywarden boundaries check {found.id}`."
        )
    if (found.state == "waiting" or "waits" in levels) and not reviewed:
        raise BoundaryError(
            "waits",
            f"{found.id} changes too much to activate without a review. Look with `waywarden boundaries check "
            f"{found.id}`, then activate it with --reviewed.",
        )
    if found.valid_from is not None and found.valid_from > today():
        raise BoundaryError("valid-from", f"{found.id} is valid from {in_words(found.valid_from)}. Activate it then.")


def _prove(tx: Transaction, vintage: str) -> None:
    try:
        boundaries = read_boundaries(tx, vintage)
        broken = boundaries.unanswerable()
    except (shapely.errors.ShapelyError, ValueError) as error:
        text = f"{vintage} cannot be read ({type(error).__name__}). Load it anew from its source."
        raise BoundaryError("geometry", text) from None
    if not any(area.kind is not AreaKind.DISTRICT for area in boundaries.areas):
        raise BoundaryError("count", f"{vintage} holds no parish and no unparished area. Load a file that does.")
    if broken:
        named = ", ".join(broken[:5]) + (" and more" if len(broken) > 5 else "")
        text = f"{vintage}: {len(broken)} areas have no usable shape: {named}. Fix the file, load it anew."
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
