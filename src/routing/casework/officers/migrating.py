"""Running cases go on by another version of their definition (rule 11)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing import present
from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import Event
from routing.casework.cases.stage_case import StageCase, entry_id
from routing.casework.officers.in_stages import held_case, read_named
from routing.casework.stages.advancing import definition_of
from routing.casework.stages.loading import load_cases
from routing.database import Transaction
from routing.days import day_of
from routing.errors import InputError
from routing.process import Definition, kept_apart
from routing.process.case import CaseState
from routing.process.migrating import migrate


@dataclass(frozen=True)
class Migrated:
    """Cases that go on by another version.

    Attributes:
        stages: old stage → how many cases were in it.
    """

    references: tuple[str, ...]
    version: str
    stages: Mapping[str, int]


def migrate_report(
    tx: Transaction, catalogue: Catalogue, reference: str, version: str, stages: Mapping[str, str],
    fields: Mapping[str, Any], author: str,
) -> Migrated:  # fmt: skip
    """Let one case go on by another version.

    Args:
        stages: old stage → new one, for those with another name.
        fields: what the new version needs there and this case does not have.

    Raises:
        InputError: the version, a stage or a field is wrong, or something is missing.
    """
    catalogue, _ = catalogue.adopt(tx)  # the engine must find the version in the store
    held = held_case(tx, catalogue, reference)
    new = _version(tx, catalogue, held, version)
    _move(tx, catalogue, held, new, stages, fields, author)
    entry = held.case.entry
    return Migrated((held.reference,), new.version, {entry.stage: 1} if entry is not None else {})


def migrate_all(
    tx: Transaction, catalogue: Catalogue, council: str, process: str, version: str, stages: Mapping[str, str],
    author: str,
) -> Migrated:  # fmt: skip
    """Let every open case of a process of a council go on by another version, or none.

    Raises:
        InputError: the new version lacks a stage in which cases stand, with their count; or a case needs something.
    """
    catalogue, _ = catalogue.adopt(tx)  # the engine must find the version in the store
    rows = tx.execute(
        "SELECT r.id FROM report r JOIN case_stage c ON c.report = r.id WHERE r.council = %s AND r.process = %s"
        " AND c.ended IS NULL AND r.process_version <> %s ORDER BY r.id FOR UPDATE OF r, c",
        (council, process, version),
    ).fetchall()
    cases = load_cases(tx, catalogue, [row["id"] for row in rows])
    if not cases:
        raise InputError(
            "--all",
            f"No open case of {process} is in another version. List them: waywarden reports list --process",
        )
    new = _version(tx, catalogue, cases[0], version)
    _need_stages(cases, new, stages)
    counted: dict[str, int] = {}
    for held in cases:
        _move(tx, catalogue, held, new, stages, {}, author)
        if held.case.entry is not None:
            counted[held.case.entry.stage] = counted.get(held.case.entry.stage, 0) + 1
    return Migrated(tuple(held.reference for held in cases), new.version, counted)


def lost_stages(tx: Transaction, catalogue: Catalogue) -> list[str]:
    """Stages in which cases stand and that the version in use has no more, a sentence each. They keep their version."""
    rows = tx.execute(
        "SELECT r.council, r.process, c.stage, count(*) AS cases FROM case_stage c JOIN report r ON r.id = c.report"
        " WHERE c.stage IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ).fetchall()
    found = []
    for row in rows:
        if (row["council"], row["process"]) not in catalogue.offered:
            continue
        definition = catalogue.definition(row["council"], row["process"])
        if row["stage"] not in definition.stages:
            where = f"{row['process']} {definition.version} of {row['council']}"
            counted = "1 case stands" if row["cases"] == 1 else f"{row['cases']} cases stand"
            found.append(f"{where} has no stage {row['stage']}, in which {counted}.")
    return found


def _need_stages(cases: Sequence[StageCase], new: Definition, stages: Mapping[str, str]) -> None:
    """Refuse a version that lost a stage in which cases stand, and say how many."""
    counted: dict[str, int] = {}
    for held in cases:
        for entry in (held.case.entry, *(each for each, _ in held.case.asked_by)):
            if entry is not None and stages.get(entry.stage, entry.stage) not in new.stages:
                counted[entry.stage] = counted.get(entry.stage, 0) + 1
    if counted:
        named = ", ".join(f"{count} in {stage}" for stage, count in sorted(counted.items()))
        said = " ".join(f"--map {stage}=NEW" for stage in sorted(counted))
        raise InputError("--map", f"Add {said}. Version {new.version} lacks stages in which cases stand: {named}.")


def _version(tx: Transaction, catalogue: Catalogue, held: StageCase, version: str) -> Definition:
    scope, process, _ = held.version
    current = catalogue.definition(held.council, process) if (held.council, process) in catalogue.offered else None
    scopes = dict.fromkeys([scope, current.scope if current is not None else scope])
    keys = [(each, process, version) for each in scopes]
    catalogue.load_versions(tx, keys)
    found = next((each for key in keys if (each := catalogue.version(*key)) is not None), None)
    if found is None or not found.has_stages:
        known = current.version if current is not None else held.version[2]
        raise InputError("--version", f"Use a version with stages that is in use, such as {known}.")
    return found


def _move(
    tx: Transaction, catalogue: Catalogue, held: StageCase, new: Definition, stages: Mapping[str, str],
    fields: Mapping[str, Any], author: str,
) -> None:  # fmt: skip
    old, council = definition_of(held, catalogue), catalogue.council_of(held.council)
    given = new.given_on(day_of(present.now()), council.calendar)
    found = migrate(held.case, old, new, stages, given)
    values, columns = read_named(new, found.missing, fields, given)
    case = found.case.with_values(values, columns)
    _store(tx, held.report, new, case, values)
    _rename(tx, held.report, case)
    codes = {"from": held.version[2], "to": new.version, "stage": case.entry.stage if case.entry is not None else None}
    move(tx, [held.report], Event.MIGRATED, author, codes)
    tx.execute("NOTIFY waywarden_work")


def _store(tx: Transaction, report: UUID, new: Definition, case: CaseState, values: Mapping[str, str]) -> None:
    """The case as it stands now. The engine looks at it again, and only reckons."""
    tx.execute(
        "UPDATE case_stage SET stage = %s, columns = %s, counts = %s, fields = %s, words = %s, personal = %s,"
        " step = step + 1, wakes_at = casework_now() WHERE report = %s",
        (
            case.entry.stage if case.entry is not None else None,
            json.dumps(dict(case.columns)),
            json.dumps(dict(case.counts)),
            *(json.dumps(each) for each in _kept(tx, report, new, case, values)),
            report,
        ),
    )
    tx.execute(
        "UPDATE report SET process_scope = %s, process_version = %s WHERE id = %s", (new.scope, new.version, report)
    )


def _kept(
    tx: Transaction, report: UUID, new: Definition, case: CaseState, values: Mapping[str, str]
) -> list[dict[str, str]]:
    """The answers of stages, kept as the new version keeps them; what it does not ask stays where it is."""
    row = tx.execute("SELECT fields, words, personal FROM case_stage WHERE report = %s", (report,)).fetchone()
    assert row is not None
    given: dict[str, str] = {**row["fields"], **row["words"], **row["personal"], **values}
    apart = kept_apart(new, {name: case.values[name] for name in given if name in case.values})
    return [
        {name: value for name, value in row[column].items() if new.asked(name) is None} | dict(part)
        for column, part in (("fields", apart.answers), ("words", apart.words), ("personal", apart.personal))
    ]


def _rename(tx: Transaction, report: UUID, case: CaseState) -> None:
    entries = [*((case.entry,) if case.entry is not None else ()), *(entry for entry, _ in case.asked_by)]
    for entry in entries:
        tx.execute(
            "UPDATE case_entry SET stage = %s WHERE report = %s AND serial = %s", (entry.stage, report, entry.serial)
        )
        # Whose answer has no outcome in this version is asked again.
        tx.execute(
            "UPDATE case_seat SET outcome = NULL, answered_at = NULL WHERE entry = %s AND outcome IS NOT NULL"
            " AND seat <> ALL(%s)",
            (entry_id(report, entry.serial), list(entry.answers)),
        )
