"""The stages of a process in words, for the terminal."""

from collections.abc import Iterator

from routing.process import Definition
from routing.process.parts import When
from routing.process.stages import BACK, Due, Outcome, Period, Stage

UNIT_WORDS = {
    "hours": ("hour", "hours"),
    "working_days": ("working day", "working days"),
    "calendar_days": ("day", "days"),
    "weeks": ("week", "weeks"),
    "months": ("month", "months"),
}


def in_words(definition: Definition) -> Iterator[str]:
    """Every stage: who acts, until when, and what each answer and silence leads to; then the ends."""
    for recipient in definition.recipient:
        if recipient.first_stage is not None:
            yield f"Reports to {recipient.id} begin in the stage {recipient.first_stage}."
    for stage in definition.stage:
        yield ""
        yield f"{stage.id}: {stage.title}"
        yield f"  who    {', '.join(stage.who)}"
        for due in stage.due:
            yield f"  due    {_due(due)}"
        for outcome in stage.outcome:
            yield f"  {_arrow(stage, outcome)}"
    yield ""
    for end in definition.end:
        yield f"end {end.id}: {end.title} ({end.kind})"


def _due(due: Due) -> str:
    words = _period(due, due.number)
    if due.after is not None:
        words += f" after {due.after}"
    if due.before is not None:
        words = f"{words} before {due.before}"
    if due.late_at is not None:
        words += f", late after {_period(due, due.late_at)}"
    if due.remind_at:
        words += f", reminders at {', '.join(str(number) for number in due.remind_at)}"
    when = f"if {_when(due.when)}: " if due.when else ""
    return f"{when}{words}; silence is {due.late}"


def _period(period: Period, number: int) -> str:
    one, many = UNIT_WORDS[period.unit.value]
    return f"{number} {one if number == 1 else many}"


def _arrow(stage: Stage, outcome: Outcome) -> str:
    ways = [_when(outcome.when) or "any answer"] if outcome.when is not None else []
    ways += ["silence"] if outcome.id in {due.late for due in stage.due} else []
    ways += [f"{each.id} is used up" for each in stage.outcome if each.otherwise == outcome.id]
    how = ", or ".join(ways)
    letters = f", letter {', '.join(outcome.letter)}" if outcome.letter else ""
    at_most = f", at most {outcome.at_most} times, then {outcome.otherwise}" if outcome.at_most is not None else ""
    return f"-> {outcome.id}: {how} -> {_target(outcome)}{letters}{at_most}"


def _target(outcome: Outcome) -> str:
    if outcome.end is not None:
        return f"end {outcome.end}"
    if outcome.extend is not None:
        return f"{_period(outcome.extend, outcome.extend.number)} more"
    return "back to the stage that asked" if outcome.next == BACK else f"stage {outcome.next}"


def _when(when: When) -> str:
    return ", ".join(f"{column} = {' or '.join(values)}" for column, values in when.items())
