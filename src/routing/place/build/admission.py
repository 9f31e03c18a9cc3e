"""Store areas as a vintage, compare it with the active one, and check it."""

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from routing.database import Transaction
from routing.errors import BoundaryError
from routing.outside import Unreadable, is_plain, read_table
from routing.place.boundaries import Boundaries
from routing.place.build.areas import NewVintage
from routing.place.build.checks import Finding, Level, check, worst
from routing.place.build.compare import Comparison, compare
from routing.place.build.lineage import Mapped, Succession, successions
from routing.place.store import load_vintage, read_boundaries
from routing.place.vintages import judge, predecessor, read_vintage

STATE_OF = {Level.PASSED: "loaded", Level.NOTED: "loaded", Level.WAITS: "waiting", Level.FAILED: "refused"}
MAPPED = "mapped"
"""Key of the mapping in a vintage's manifest."""

GSS_CODE = re.compile(r"[EW][0-9]{8}")
MAPPING_HEADER = ["old_code", "new_code", "reason"]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result of checking a vintage.

    Attributes:
        comparison: with the active vintage; None if there is none to compare with.
        successions: the successors of each retired code.
    """

    vintage: str
    findings: tuple[Finding, ...]
    comparison: Comparison | None
    successions: tuple[Succession, ...]

    @property
    def level(self) -> Level:
        """The most serious level of the findings."""
        return worst(self.findings)


def store_vintage(
    tx: Transaction,
    read: NewVintage,
    title: str,
    source: str,
    manifest: Mapping[str, Any] | None = None,
    valid_from: datetime.date | None = None,
) -> str:
    """Store areas as a vintage that is not in use yet; returns its id."""
    kept = dict(manifest or {}) | {"repaired": read.repaired}
    return load_vintage(tx, title, source, read.areas, kept, valid_from)


def assess(tx: Transaction, vintage: str, mapped: Mapped | None = None) -> Assessment:
    """Check a stored vintage, compare it with the active one, and store the findings.

    Does not check the vintage in use again.

    Args:
        mapped: the successors of retired codes. We store it with the vintage, and use it again if you give none.

    Raises:
        UnknownError: there is no such vintage.
        BoundaryError: ``lineage``: the mapping has a code that is not in it.
    """
    stored = read_vintage(tx, vintage)
    if stored.state == "active":
        return Assessment(vintage, (), None, ())
    if mapped is None:
        mapped = {
            old: [(new, reason) for new, reason in lines] for old, lines in stored.manifest.get(MAPPED, {}).items()
        }
    against, new = predecessor(tx, vintage), read_boundaries(tx, vintage)
    comparison, successions = _compared(tx, against, new, mapped) if against is not None else (None, ())
    findings = check(new, comparison, stored.manifest.get("repaired", ()))
    findings += [*_lineage(successions), *_unused(successions, mapped)] if comparison is not None else []
    found = Assessment(vintage, tuple(findings), comparison, successions)
    judge(tx, vintage, [asdict(finding) for finding in found.findings], STATE_OF[found.level], against)
    _keep(tx, found, mapped)
    return found


def _compared(
    tx: Transaction, against: str, new: Boundaries, mapped: Mapped
) -> tuple[Comparison, tuple[Succession, ...]]:
    """The changes and the successors of codes. Frees the former vintage afterwards, because it can be large."""
    before = read_boundaries(tx, against)
    comparison = compare(before, new)
    return comparison, tuple(successions(before, new, comparison, mapped))


def _lineage(successions: Sequence[Succession]) -> list[Finding]:
    open_ones = [each.old.code for each in successions if each.sole is None]
    if not open_ones:
        return [
            Finding(
                "lineage", Level.PASSED, len(successions), f"All {len(successions)} retired codes have one successor."
            )
        ]
    sentence = f"{len(open_ones)} retired codes do not have exactly one successor. Their cases go to review."
    return [Finding("lineage", Level.NOTED, len(open_ones), sentence, tuple(open_ones[:20]))]


def _unused(successions: Sequence[Succession], mapped: Mapped) -> list[Finding]:
    unused = sorted(mapped.keys() - {each.old.code for each in successions})
    if not unused:
        return []
    sentence = f"{len(unused)} of {len(mapped)} old codes in the mapping are not retired."
    return [Finding("mapping", Level.NOTED, len(unused), sentence, tuple(unused[:20]))]


def _keep(tx: Transaction, found: Assessment, mapped: Mapped) -> None:
    tx.execute(
        "UPDATE vintage SET manifest = manifest || %s WHERE id = %s", (json.dumps({MAPPED: mapped}), found.vintage)
    )
    tx.execute("DELETE FROM code_change WHERE vintage = %s", (found.vintage,))
    rows = [
        (found.vintage, each.old.code, successor.area.code, successor.share, each.sole is not None, each.reason)
        for each in found.successions
        for successor in each.successors
    ]
    rows += [
        (found.vintage, each.old.code, "", None, False, "gone") for each in found.successions if not each.successors
    ]
    with tx.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO code_change (vintage, old_code, new_code, share, is_sole, reason)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            rows,
        )


def read_mapping(path: Path) -> Mapped:
    """A mapping file of retired codes: ``old_code,new_code,reason``, a line for each successor.

    Raises:
        BoundaryError: ``lineage``: it cannot be read, or a line is wrong; names the line.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    try:
        for number, row in read_table(path, MAPPING_HEADER):
            codes, reason = (row["old_code"], row["new_code"]), row["reason"]
            if not is_plain(reason) or not all(GSS_CODE.fullmatch(code) for code in codes):
                text = (
                    f"{path}, line {number}: enter the old code, the new code and a reason. Codes look like E04001234."
                )
                raise BoundaryError("lineage", text)
            found.setdefault(codes[0], []).append((codes[1], reason or "mapping"))
    except Unreadable as error:
        raise BoundaryError("lineage", f"{path}, {error}") from None
    return found
