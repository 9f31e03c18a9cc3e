"""Clocks: one unit, reminders before silence counts, bounded dates, and time that stands only for a citizen."""

from collections.abc import Iterator

from routing.process.about import ContactNeed
from routing.process.definition import Definition
from routing.process.kinds.date import DateQuestion
from routing.process.proof.complaint import Complaint
from routing.process.stages import CITIZEN, Due, Outcome, Period, Stage


def clocks(definition: Definition) -> Iterator[Complaint]:
    """The rules of time."""
    for end in definition.end:
        if end.holds_until is not None:
            yield from _bounded(definition, end.holds_until)
    for stage in definition.stage:
        for due in stage.due:
            yield from _due(definition, stage, due)
        yield from _stops(definition, stage)
        for outcome in stage.outcome:
            if outcome.extend is not None:
                where = f"stage {stage.id}, outcome {outcome.id}"
                yield from _one_unit(outcome.extend, where, "extend")
                yield from ((where, what) for what in _extension(stage, outcome, outcome.extend))
        for due in stage.due:
            yield from _late_by_count(stage, due)


def _extension(stage: Stage, outcome: Outcome, extend: Period) -> Iterator[str]:
    units = {unit for due in stage.due for unit in due.given}
    if outcome.at_most is None:
        yield "add at_most and otherwise. More time can be taken a few times only."
    if outcome.id in {due.late for due in stage.due}:
        yield "lead it to another stage or an end. Silence cannot extend a deadline."
    if any(due.before for due in stage.due):
        yield "lead it to another stage. A time that is counted back from a date cannot be extended."
    if units - set(extend.given):
        yield f"extend in the unit of the deadline, {' or '.join(sorted(units))}."


def _late_by_count(stage: Stage, due: Due) -> Iterator[Complaint]:
    """Silence does not extend by way of a count that is used up, either."""
    outcome, seen = stage.outcomes.get(due.late), set[str]()
    while outcome is not None and outcome.otherwise is not None and outcome.id not in seen:
        seen.add(outcome.id)
        outcome = stage.outcomes.get(outcome.otherwise)
        if outcome is not None and outcome.extend is not None:
            text = "lead it to another stage or an end. Silence cannot extend a deadline, and leads here after at_most."
            yield f"stage {stage.id}, outcome {outcome.id}", text


def _one_unit(period: Period, where: str, key: str) -> Iterator[Complaint]:
    if len(period.given) != 1:
        yield where, f"{key}: set exactly one of hours, working_days, calendar_days, weeks and months."


def _due(definition: Definition, stage: Stage, due: Due) -> Iterator[Complaint]:
    where = f"stage {stage.id}"
    if len(due.given) != 1:
        yield from _one_unit(due, where, "due")
        return
    if due.after is not None and due.before is not None:
        yield where, "due: set either after or before."
    backwards = due.before is not None
    promised, late_at = due.number, due.late_at
    if late_at is not None and (late_at >= promised if backwards else late_at <= promised):
        side = "below" if backwards else "above"
        yield (
            where,
            f"due.late_at: choose a number {side} {promised}, or remove it. Silence counts later than promised.",
        )
    last = late_at if late_at is not None else promised
    for number in due.remind_at:
        if number <= last if backwards else number >= last:
            side = "above" if backwards else "below"
            yield where, f"due.remind_at: choose numbers {side} {last}. We remind before silence counts."
            break
    ordered = sorted(due.remind_at, reverse=backwards)
    if list(due.remind_at) != ordered or len(set(due.remind_at)) < len(due.remind_at):
        yield where, "due.remind_at: put each number once, in the order of time."
    yield from _bounded(definition, due.counts_from)


def _bounded(definition: Definition, name: str | None) -> Iterator[Complaint]:
    question = definition.asked(name) if name is not None else None
    if name is not None and isinstance(question, DateQuestion) and question.most_days_ahead is None:
        what = "add most_days_ahead. A clock counts from it, and a typing error would make it a thousand years."
        yield definition.where_of(name), what


def _stops(definition: Definition, stage: Stage) -> Iterator[Complaint]:
    if not stage.stops_clock:
        return
    where = f"stage {stage.id}"
    if stage.who != (CITIZEN,):
        yield where, "clock: remove it, or ask the citizen. Time stands only while we wait for them."
    elif definition.process.contact is not ContactNeed.NEEDED:
        yield (
            where,
            'clock: add contact = "needed" to [process]. While time stands, we must be able to reach the citizen.',
        )
    if any(due.after or due.before for due in stage.due):
        yield where, "due: count from the start of the stage. It limits how long the time of another stage stands."
