"""What the picture of a process says: for each stage its lines, and for each way on a row with its target."""

from collections.abc import Iterator
from dataclasses import dataclass

from routing.process.definition import Definition
from routing.process.outline import (
    STANDS,
    at_most_in_words,
    beginnings,
    due_in_words,
    period_in_words,
    renewal_in_words,
    silence_in_words,
    when_in_words,
)
from routing.process.stages import BACK, CITIZEN, FLOW, NOBODY, RECIPIENT, Outcome, Stage

WHO = {CITIZEN: "the citizen", NOBODY: "nobody: only time runs", RECIPIENT: "whom the table chose"}


@dataclass(frozen=True)
class Row:
    """A way on from a stage.

    Attributes:
        is_silent: silence leads here; else an answer.
        text: what happens.
        stages: the stages that can follow. It is several only where the case goes back to the stage that asked.
        end: what the pill says if no stage follows: an end, or more time.
        kind: the kind of the end; empty for more time, and if a stage follows.
        renewal: the letter before a permission runs out.
    """

    is_silent: bool
    text: str
    stages: tuple[str, ...] = ()
    end: str = ""
    kind: str = ""
    renewal: str = ""


@dataclass(frozen=True)
class Box:
    """A stage.

    Attributes:
        begins: who the reports are for that begin here; empty if none do.
        lines: who acts, and the times that are promised.
        rows: the ways on, those of silence first.
    """

    id: str
    title: str
    begins: str
    lines: tuple[str, ...]
    rows: tuple[Row, ...]


def boxes(definition: Definition) -> Iterator[Box]:
    """What the picture says of each stage."""
    begins = beginnings(definition)
    for stage in definition.stage:
        who = ", ".join(_who(each) for each in stage.who)
        lines = [f"Who: {who}", *(f"Due: {due_in_words(due)}" for due in stage.due)]
        if stage.stops_clock:
            lines.append(f"{STANDS[0].upper()}{STANDS[1:]}")
        silent, answered = _silent(stage), _answered(stage)
        rows = [_row(definition, stage, each, is_silent=True) for each in stage.outcome if each.id in silent]
        rows += [_row(definition, stage, each, is_silent=False) for each in stage.outcome if each.id in answered]
        yield Box(stage.id, stage.title, ", ".join(begins.get(stage.id, ())), tuple(lines), tuple(rows))


def _who(name: str) -> str:
    return f"the flow {name.removeprefix(FLOW)}" if name.startswith(FLOW) else WHO.get(name, name)


def _silent(stage: Stage) -> set[str]:
    """The outcomes of silence, and those that hold after them."""
    return _with_those_after(stage, {due.late for due in stage.due})


def _answered(stage: Stage) -> set[str]:
    """The outcomes of answers, and those that hold after them."""
    return _with_those_after(stage, {outcome.id for outcome in stage.outcome if outcome.when is not None})


def _with_those_after(stage: Stage, names: set[str]) -> set[str]:
    found, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            after = stage.outcomes[name].otherwise
            waiting += [after] if after is not None else []
    return found


def _row(definition: Definition, stage: Stage, outcome: Outcome, *, is_silent: bool) -> Row:
    text = f"{outcome.id}: {_how(stage, outcome, is_silent=is_silent)}"
    if outcome.at_most is not None:
        text += f"; {at_most_in_words(outcome)}"
    if outcome.letter:
        text += f" \N{ENVELOPE}\N{NO-BREAK SPACE}{', '.join(outcome.letter)}"
    if outcome.end is not None:
        end = definition.ends[outcome.end]
        renewal = f"\N{ENVELOPE}\N{NO-BREAK SPACE}{renewal_in_words(end).removeprefix('letter ')}" if end.renew else ""
        return Row(is_silent, text, end=end.title, kind=end.kind, renewal=renewal)
    if outcome.extend is not None:
        return Row(is_silent, text, end=f"{period_in_words(outcome.extend)} more")
    assert outcome.next is not None
    return Row(is_silent, text, _asking(definition, stage) if outcome.next == BACK else (outcome.next,))


def _how(stage: Stage, outcome: Outcome, *, is_silent: bool) -> str:
    ways = list[str]()
    if is_silent:
        dues = [due for due in stage.due if due.late == outcome.id]
        alike = {silence_in_words(due, is_nobodys=stage.is_nobodys, with_when=False) for due in dues}
        if len(alike) == 1 and len(dues) == len(stage.due):  # whatever holds, the same
            ways += alike
        else:
            ways += [silence_in_words(due, is_nobodys=stage.is_nobodys) for due in dues]
    elif outcome.when is not None:
        ways.append(when_in_words(outcome.when) or "any answer")
    same_side = _silent(stage) if is_silent else _answered(stage)
    before = [each.id for each in stage.outcome if each.otherwise == outcome.id and each.id in same_side]
    return ", or ".join([*ways, *(f"{each} is used up" for each in before)])


def _asking(definition: Definition, stage: Stage) -> tuple[str, ...]:
    """The stages that a stage goes back to."""
    return tuple(each.id for each in definition.stage if any(outcome.next == stage.id for outcome in each.outcome))
