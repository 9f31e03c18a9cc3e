"""A running case under another version of its definition (rule 11). Pure.

Values of the same name and kind, counts of the same names, anchors and time that stood move along. Missing values are
asked for. Nothing happens in the moment of the move.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from routing.errors import InputError
from routing.process.case import CaseState, Entry
from routing.process.definition import Definition
from routing.process.kinds import Given, Question
from routing.process.proof.needed import needed_in


@dataclass(frozen=True, slots=True)
class Migration:
    """A case in another version.

    Attributes:
        case: where it stands there.
        missing: questions and fields that the stage needs, and that must be given.
    """

    case: CaseState
    missing: tuple[str, ...]


def migrate(case: CaseState, old: Definition, new: Definition, stages: Mapping[str, str], given: Given) -> Migration:
    """Move a case to another version.

    Args:
        stages: old stage → new one, for those with another name.
        given: today, under the calendar of the new version.

    Raises:
        InputError: a stage or recipient of the case does not exist in the new version.
    """
    entry = _entry(case.entry, new, stages) if case.entry is not None else None
    asked_by = tuple((_entry(each, new, stages), at) for each, at in case.asked_by)
    values = {name: value for name, value in case.values.items() if _is_same(old.asked(name), new.asked(name))}
    columns = dict(_columns(case, new, values, given))
    counts = {name: count for name, count in ((_counted(each, stages), n) for each, n in case.counts.items())
              if _is_outcome(new, name)}  # fmt: skip
    if case.recipient and case.recipient not in new.recipients:
        raise InputError("version", f"Choose a version with the recipient {case.recipient}, which has the case.")
    moved = replace(case, entry=entry, asked_by=asked_by, values=values, columns=columns, counts=counts)
    needed = needed_in(new, entry.stage) if entry is not None else ()
    return Migration(moved, tuple(name for name in needed if not _has(new.asked(name), name, moved)))


def _entry(entry: Entry, new: Definition, stages: Mapping[str, str]) -> Entry:
    name = stages.get(entry.stage, entry.stage)
    if name not in new.stages:
        known = ", ".join(new.stages)
        raise InputError("map", f"Name the new stage of '{entry.stage}', such as {entry.stage}=NEW. Stages: {known}.")
    strange = [seat for seat in entry.seats if seat not in new.recipients and seat not in new.stages[name].who]
    if strange:
        raise InputError("version", f"Choose a version that has {strange[0]}, who is asked in the stage {entry.stage}.")
    outcomes = new.stages[name].outcomes
    answers = {seat: outcome for seat, outcome in entry.answers.items() if outcome in outcomes}
    return replace(entry, stage=name, answers=answers)


def _is_same(before: Question | None, after: Question | None) -> bool:
    return before is not None and after is not None and before.kind == after.kind


def _columns(case: CaseState, new: Definition, values: Mapping[str, str], given: Given) -> dict[str, str]:
    """Values in tables. The band of a date stays as on the day on which it was given."""
    found = dict[str, str]()
    for name, value in values.items():
        question, before = new.asked(name), case.columns.get(name)
        if question is None or not question.is_column:
            continue
        if before in question.partitions:
            found[name] = before
        elif question.kind != "date" and question.is_offered(value):
            found[name] = question.partition(value, given)
    return found


def _has(question: Question | None, name: str, case: CaseState) -> bool:
    return name in case.values and (question is None or not question.is_column or name in case.columns)


def _counted(name: str, stages: Mapping[str, str]) -> str:
    stage, _, outcome = name.partition("/")
    return f"{stages.get(stage, stage)}/{outcome}"


def _is_outcome(new: Definition, name: str) -> bool:
    stage, _, outcome = name.partition("/")
    return stage in new.stages and outcome in new.stages[stage].outcomes
