"""What officers do with a case in stages: answer for somebody, move it, have it asked again. The engine applies it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from routing import present
from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.happenings import ENDED
from routing.casework.cases.stage_case import Kind, StageCase
from routing.casework.officers.actions import lock_report
from routing.casework.stages.advancing import definition_of
from routing.casework.stages.events import NewEvent, post_event
from routing.casework.stages.loading import load_cases
from routing.database import Transaction
from routing.days import day_of
from routing.errors import InputError, TransitionError
from routing.process import Definition
from routing.process.filling import need_form, possible_fields
from routing.process.kinds import BaseQuestion, Given
from routing.process.proof import needed_in
from routing.process.stages import RECIPIENT
from routing.vocabulary import RecipientKind

NO_STAGES = "This report is in a process without stages. To decide it or close it, run: waywarden reports --help"


@dataclass(frozen=True)
class Posted:
    """What an officer had done.

    Attributes:
        event: number of the event.
        stage: where the case stood.
    """

    reference: str
    event: int
    stage: str | None


def held_case(tx: Transaction, catalogue: Catalogue, reference: str) -> StageCase:
    """A case in stages, with its report locked.

    Raises:
        UnknownError: there is no report with this reference.
        TransitionError: it is in a process without stages, or has ended.
    """
    row = lock_report(tx, reference)
    found = load_cases(tx, catalogue, [row["id"]])
    if not found:
        raise TransitionError(NO_STAGES)
    if found[0].case.end is not None:
        raise TransitionError(f"This case has {ENDED}: {found[0].case.end}. If it must go on, report it again.")
    return found[0]


def answer_for(
    tx: Transaction, catalogue: Catalogue, reference: str, seat: str | None, fields: Mapping[str, Any], author: str
) -> Posted:
    """Answer in the stage of a case for somebody whom it asks, as they told the officer.

    Args:
        seat: for whom; may be left out if only one has not answered.
        fields: field → answer.

    Raises:
        InputError: the seat or a field is wrong.
        TransitionError: the case is in no stage, or this officer must not decide it.
    """
    held = held_case(tx, catalogue, reference)
    definition, entry = definition_of(held, catalogue), held.case.entry
    if entry is None:
        raise TransitionError("This case is in no stage. Decide who must act: waywarden reports decide")
    stage = definition.stages[entry.stage]
    seat = seat or (entry.silent[0] if len(entry.silent) == 1 else None)
    if seat not in entry.silent:
        raise InputError("--as", f"Use one of: {', '.join(entry.silent) or 'nobody is asked in this stage'}.")
    _need_other(tx, held, definition, author)
    given = _given(catalogue, held, definition)
    asked = possible_fields(definition, stage, held.case.columns)
    filled = need_form(asked, fields, given, held.case.columns)
    said = {"values": filled.values, "columns": filled.columns}
    event = post_event(tx, NewEvent(held.report, Kind.ANSWERED, author, held.entry, seat, said))
    return Posted(held.reference, event, entry.stage)


def _need_other(tx: Transaction, held: StageCase, definition: Definition, author: str) -> None:
    """Refuse an officer who decided one of the stages that this one must not be decided with (``not_by``)."""
    assert held.case.entry is not None
    stage = definition.stages[held.case.entry.stage]
    row = tx.execute(
        "SELECT e.stage FROM case_event v JOIN case_entry e ON e.id = v.entry WHERE v.report = %s AND v.author = %s"
        " AND v.kind = 'answered' AND v.outcome = 'applied' AND e.stage = ANY(%s) LIMIT 1",
        (held.report, author, list(stage.not_by)),
    ).fetchone()
    if row is not None:
        raise TransitionError(f"Let another officer decide this. You decided the stage {row['stage']} of this case.")


def move_to(
    tx: Transaction, catalogue: Catalogue, reference: str, to: str, because: str, fields: Mapping[str, Any], author: str
) -> Posted:
    """Move a case to any stage, with a reason: fresh time, and no count is reset (rule 5).

    Args:
        fields: what the stage has on every other way and this case does not have yet.

    Raises:
        InputError: the stage, the reason or a field is wrong, or something is missing.
        TransitionError: the case has ended.
    """
    if not 0 < len(because) <= 500:
        raise InputError("--because", "Enter a reason of 1 to 500 characters.")
    held = held_case(tx, catalogue, reference)
    definition = definition_of(held, catalogue)
    if to not in definition.stages:
        raise InputError("--to", f"Use one of the stages {', '.join(definition.stages)}. There is no '{to}'.")
    _need_possible(held, definition, to)
    missing = [name for name in needed_in(definition, to) if name not in held.case.values]
    values, columns = read_named(definition, missing, fields, _given(catalogue, held, definition))
    said = {"to": to, "values": values, "columns": columns}
    event = post_event(tx, NewEvent(held.report, Kind.MOVED, author, None, None, said, because))
    return Posted(held.reference, event, held.case.entry.stage if held.case.entry is not None else None)


def _need_possible(held: StageCase, definition: Definition, to: str) -> None:
    """Refuse a stage that cannot ask anybody in this case, or that would lead back to nowhere."""
    stage = definition.stages[to]
    if stage.who == (RECIPIENT,) and not held.case.recipient:
        raise InputError("--to", "Decide who must act first: waywarden reports decide. That stage asks the recipient.")
    if stage.stops_clock and held.case.entry is None:
        raise InputError("--to", "Choose another stage. That one goes back to the stage that asked, and none has.")
    kinds = [definition.recipients[name].kind for name in stage.who if name in definition.recipients]
    if kinds == [RecipientKind.PARISH] and held.case.place != "parish":
        raise InputError("--to", "Choose another stage. That one asks a clerk, and the place is in no parish.")


def read_named(
    definition: Definition, missing: Sequence[str], fields: Mapping[str, Any], given: Given
) -> tuple[dict[str, str], dict[str, str]]:
    """What an officer gave for questions and fields, wherever they stand in the file.

    Raises:
        InputError: one is missing or wrong, or is none.
    """
    for name in fields:
        if definition.asked(name) is None:
            raise InputError(name, f"Use one of: {', '.join(missing) or 'none is needed'}. There is no such field.")
    lacking = [name for name in missing if name not in fields]
    if lacking:
        said = " ".join(f"--field {name}=…" for name in lacking)
        raise InputError("--field", f"Add {said} The stage needs this, and the case does not have it yet.")
    asked: list[BaseQuestion] = [each.model_copy(update={"only_if": {}}) for each in _asked(definition, list(fields))]
    filled = need_form(tuple(asked), fields, given, {})
    return filled.values, filled.columns


def _asked(definition: Definition, names: Sequence[str]) -> list[BaseQuestion]:
    return [question for name in names if (question := definition.asked(name)) is not None]


def ask_again(tx: Transaction, catalogue: Catalogue, reference: str, author: str) -> Posted:
    """Have whoever has not answered asked once more, with a new link. No deadline moves.

    Raises:
        TransitionError: nobody is asked.
    """
    held = held_case(tx, catalogue, reference)
    if held.case.entry is None or not held.case.entry.silent:
        raise TransitionError("Nobody is asked in this case now. To see where it stands, run: waywarden reports show")
    event = post_event(tx, NewEvent(held.report, Kind.ASKED, author, held.entry))
    return Posted(held.reference, event, held.case.entry.stage)


def _given(catalogue: Catalogue, held: StageCase, definition: Definition) -> Given:
    return definition.given_on(day_of(present.now()), catalogue.council_of(held.council).calendar)
