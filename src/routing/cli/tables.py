"""``waywarden process table`` and ``explain``: the tables of a definition, and what decides in them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli.output import Json, echo, print_json, print_table
from routing.errors import InputError

if TYPE_CHECKING:
    from routing.council import Council
    from routing.process import Definition, Rule
    from routing.process.stages import Stage
    from routing.working_days import Calendar

Process = Annotated[str, typer.Argument(help="Slug of the process, such as speeding-traffic, or its file.")]
CouncilSlug = Annotated[str | None, typer.Option("--council", help="Slug of the council; default: the first.")]
StageId = Annotated[str | None, typer.Option("--stage", help="A stage of the process, instead of the triage table.")]


def read_definition(process: str, council: str | None) -> "Definition":
    """The definition of a file, or the one that a council uses."""
    from routing.cli.installation import open_catalogue
    from routing.outside import read_text
    from routing.process import parse

    if process.endswith(".toml"):
        return parse(read_text(Path(process)), process)
    catalogue = open_catalogue()
    return catalogue.definition(catalogue.council(council).slug, process)


def table(process: Process, stage: StageId = None, council: CouncilSlug = None, as_json: Json = False) -> None:
    """Print the triage table, or the table of a stage. The first row that matches decides."""
    definition = read_definition(process, council)
    if stage is not None:
        _print_stage(_stage(definition, stage), as_json=as_json)
        return
    if as_json:
        print_json([rule.model_dump(mode="json", by_alias=True) for rule in definition.rule])
        return
    columns = [name for name in definition.columns if any(name in conditions for conditions in definition.conditions)]
    rows = []
    for rule in definition.rule:
        row = [rule.id, *(_cell(rule.when, column) for column in columns), _outcome(rule)]
        rows.append([*row, *([_begins_in(definition, rule) or ""] if definition.has_stages else []),
                     ", ".join(rule.copy_to)])  # fmt: skip
    print_table(("rule", *columns, "outcome", *(("stage",) if definition.has_stages else ()), "copy"), rows)


def _stage(definition: "Definition", name: str) -> "Stage":
    found = definition.stages.get(name)
    if found is None:
        known = f"Use one of: {', '.join(definition.stages)}." if definition.has_stages else "Leave it out."
        raise InputError("stage", f"{known} The process {definition.slug} has no stage '{name}'.")
    return found


def _print_stage(stage: "Stage", *, as_json: bool) -> None:
    from routing.process.outline import target_in_words

    if as_json:
        print_json([outcome.model_dump(mode="json") for outcome in stage.outcome])
        return
    read = {column: None for outcome in stage.outcome for column in outcome.when or {}}
    silent = {due.late for due in stage.due}
    rows = []
    for outcome in stage.outcome:
        cells = ["" if outcome.when is None else _cell(outcome.when, column) for column in read]
        silence = "yes" if outcome.id in silent else ""
        rows.append([outcome.id, *cells, silence, target_in_words(outcome), ", ".join(outcome.letter)])
    print_table(("outcome", *read, "silence", "leads to", "letter"), rows)


def _cell(when: Mapping[str, tuple[str, ...]], column: str) -> str:
    return ", ".join(when[column]) if column in when else "-"


def _outcome(rule: "Rule") -> str:
    return f"signpost {rule.signpost}" if rule.signpost else str(rule.to)


def _begins_in(definition: "Definition", rule: "Rule") -> str | None:
    recipient = definition.recipients.get(rule.to or "")
    return rule.stage or (recipient.first_stage if recipient is not None else None)


def explain(
    process: Process,
    answer: Annotated[
        list[str] | None,
        typer.Option("--answer", "-a", help="An answer, as question=value. You can use this more than once."),
    ] = None,
    place: Annotated[str | None, typer.Option(help="State of the place, such as parish or uncertain.")] = None,
    stage: StageId = None,
    council: CouncilSlug = None,
    as_json: Json = False,
) -> None:
    """Explain what decides these answers and why, in the triage table or in a stage, or what is still needed."""
    from routing.cli.installation import open_catalogue

    served = open_catalogue().council(council)
    definition = read_definition(process, council)
    given = dict(pair.partition("=")[::2] for pair in answer or [])
    if stage is not None:
        result, text = _explained_in(definition, _stage(definition, stage), given, served.calendar)
    else:
        result, text = _explained(definition, given, place, served)
    print_json(result) if as_json else echo(text)


def _explained(
    definition: "Definition", said: Mapping[str, str], place: str | None, served: "Council"
) -> tuple[dict[str, Any], str]:
    """The rule that decides, for programs and for people."""
    from routing.casework import wording
    from routing.days import today
    from routing.process import TABLE_STATES, Needs, asked_after, check_answers, complete_answers, evaluate, render
    from routing.vocabulary import PlaceState

    if place is not None and not definition.has_place:
        raise InputError("place", "Leave it out. This process has no place.")
    if place is not None and place not in TABLE_STATES:
        raise InputError("place", f"Use one of: {', '.join(TABLE_STATES)}.")
    lists = {name: bool(served.listed(name)) for name in served.lists}
    given = definition.given_on(today(), served.calendar)
    complete = complete_answers(definition, check_answers(definition, said, given), lists)
    found = evaluate(definition, complete, PlaceState(place) if place else None, given)
    if isinstance(found, Needs):
        return {"rule": None, "needs": found.what}, f"Not decided yet: {found.what} is needed."
    outcome = f"signpost {found.signpost}" if found.signpost else f"to {found.to}"
    because = render(found.because, wording(served, definition))
    first = _begins_in(definition, found)
    asked = [] if found.signpost else [
        each.id for each in asked_after(definition, complete, given) if each.id not in complete
    ]  # fmt: skip
    result = {"rule": found.id, "outcome": outcome, "because": because, "source": found.source, "stage": first,
              "asked_after": asked}  # fmt: skip
    lines = [f"{found.id}: {outcome}. {because} (source: {found.source})"]
    lines += [f"It begins in the stage {first}: {definition.stages[first].title}."] if first is not None else []
    lines += [f"Then we ask: {', '.join(asked)}."] if asked else []
    return result, "\n".join(lines)


def _explained_in(
    definition: "Definition", stage: "Stage", said: Mapping[str, str], calendar: "Calendar"
) -> tuple[dict[str, Any], str]:
    """The outcome of a stage, for programs and for people."""
    from routing.days import today
    from routing.process import Needs
    from routing.process.outline import due_in_words, target_in_words
    from routing.process.table import evaluate_stage

    if stage.is_nobodys:
        raise InputError("stage", "Choose a stage in which somebody acts. Here only time runs.")
    known = _columns(definition, said, definition.given_on(today(), calendar))
    found = evaluate_stage(definition, stage, known)
    if isinstance(found, Needs):
        return {"outcome": None, "needs": found.what}, f"Not decided yet: {found.what} is needed."
    lines = [f"{found.id}: {target_in_words(found)}."]
    lines += [f"Letters: {', '.join(found.letter)}."] if found.letter else []
    following = definition.stages.get(found.next or "")
    if following is not None:
        lines.append(f"{following.title}. Who: {', '.join(following.who)}.")
        lines += [f"Due: {due_in_words(due)}; silence is {due.late}." for due in following.due]
    result: dict[str, Any] = {"outcome": found.id, "leads_to": target_in_words(found), "letters": list(found.letter)}
    return result, "\n".join(lines)


def _columns(definition: "Definition", said: Mapping[str, str], given: Any) -> dict[str, str]:
    """The values in tables of answers to questions and fields."""
    from routing.process import Refused

    found = dict[str, str]()
    for name, value in said.items():
        question = definition.asked(name)
        if question is None:
            known = ", ".join([*definition.questions, *definition.fields])
            raise InputError(name[:40], f"Use one of {known}. There is no such question or field.")
        read = question.read(value, given)
        if isinstance(read, Refused):
            raise InputError(name, f"{read.text}. {question.expects}")
        if question.is_column:
            found[name] = question.partition(read, given)
    return found
