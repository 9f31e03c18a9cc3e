"""The stages of a process in words: for the terminal, and for whoever cannot see their picture."""

from collections.abc import Iterator, Sequence

from routing.process.definition import Definition
from routing.process.letters import End
from routing.process.parts import When
from routing.process.stages import BACK, Due, Outcome, Period, Stage, Unit

STANDS = "the time of the stage that asked stands meanwhile"
UNIT_WORDS = {
    "hours": ("hour", "hours"),
    "working_days": ("working day", "working days"),
    "calendar_days": ("day", "days"),
    "weeks": ("week", "weeks"),
    "months": ("month", "months"),
}


def outline(definition: Definition) -> Iterator[str]:
    """Every stage: who acts, until when, and what each answer and silence leads to; then the ends."""
    for begin, recipients in beginnings(definition).items():
        yield f"What is sent to {' or '.join(recipients)} begins in the stage {begin}."
    for stage in definition.stage:
        yield ""
        yield f"{stage.id}: {stage.title}"
        yield f"  who    {', '.join(stage.who)}"
        for due in stage.due:
            yield f"  due    {due_in_words(due)}; silence is {due.late}"
        if stage.stops_clock:
            yield f"  clock  {STANDS}"
        for outcome in stage.outcome:
            yield f"  {_arrow(stage, outcome)}"
    yield ""
    for end in definition.end:
        yield f"end {end.id}: {end.title} ({end.kind})"
        if end.renew is not None:
            yield f"  holds until {end.holds_until}; {renewal_in_words(end)}"


def renewal_in_words(end: End) -> str:
    """When the letter before a permission runs out goes."""
    assert end.renew is not None
    days = "1 day" if end.renew.days_before == 1 else f"{end.renew.days_before} days"
    return f"letter {end.renew.letter} {days} before"


def silence_ends(definition: Definition, days: int) -> str:
    """How long a case goes on if nobody acts, at most ``days``."""
    units = {due.unit for stage in definition.stage for due in stage.due}
    later = ", or later if there are bank holidays" if Unit.WORKING_DAYS in units else ""
    return f"If nobody ever acts, a case ends after about {'1 day' if days == 1 else f'{days} days'}{later}."


def beginnings(definition: Definition) -> dict[str, list[str]]:
    """Stage → the recipients whose cases begin there, by the rules."""
    found: dict[str, dict[str, None]] = {}
    for rule in definition.rule:
        recipient = definition.recipients.get(rule.to or "")
        stage = rule.stage or (recipient.first_stage if recipient is not None else None)
        if recipient is not None and stage is not None:
            found.setdefault(stage, {})[recipient.id] = None
    return {stage: list(found[stage]) for stage in definition.stages if stage in found}


def due_in_words(due: Due) -> str:
    """A deadline: the time that is promised, and when silence counts and reminders go."""
    words = period_in_words(due)
    if due.after is not None:
        words += f" after {due.after}"
    if due.before is not None:
        words += f" before {due.before}"
    count = "{} before" if due.before is not None else "after {}"
    if due.late_at is not None:
        words += f", silence counts {count.format(period_in_words(due, due.late_at))}"
    if due.remind_at:
        words += f", reminders {count.format(_periods_in_words(due, due.remind_at))}"
    when = f"if {when_in_words(due.when)}: " if due.when else ""
    return when + words


def silence_in_words(due: Due, *, is_nobodys: bool = False, with_when: bool = True) -> str:
    """When silence counts.

    Args:
        is_nobodys: nobody is asked, so that nobody is silent: time passes.
        with_when: say where the deadline holds.
    """
    when = f"if {when_in_words(due.when)}: " if due.when and with_when else ""
    length = period_in_words(due, due.late_at)
    if due.before is not None:
        return f"{when}{'' if is_nobodys else 'no answer until '}{length} before {due.before}"
    if due.after is not None:
        return f"{when}{'' if is_nobodys else 'no answer for '}{length} after {due.after}"
    return f"{when}{'after' if is_nobodys else 'no answer for'} {length}"


def period_in_words(period: Period, number: int | None = None) -> str:
    """A length of time, or another number of its unit."""
    number = period.number if number is None else number
    one, many = UNIT_WORDS[period.unit.value]
    return f"{number} {one if number == 1 else many}"


def _periods_in_words(period: Period, numbers: Sequence[int]) -> str:
    """Several lengths of time, such as *10 and 15 working days*."""
    *others, last = numbers
    before = f"{', '.join(str(number) for number in others)} and " if others else ""
    return before + period_in_words(period, last)


def _arrow(stage: Stage, outcome: Outcome) -> str:
    ways = [when_in_words(outcome.when) or "any answer"] if outcome.when is not None else []
    ways += ["silence"] if outcome.id in {due.late for due in stage.due} else []
    ways += [f"{each.id} is used up" for each in stage.outcome if each.otherwise == outcome.id]
    how = ", or ".join(ways)
    letters = f", letter {', '.join(outcome.letter)}" if outcome.letter else ""
    at_most = f", {at_most_in_words(outcome)}" if outcome.at_most is not None else ""
    return f"-> {outcome.id}: {how} -> {target_in_words(outcome)}{letters}{at_most}"


def at_most_in_words(outcome: Outcome) -> str:
    """How often a counted outcome can hold, and what holds after that."""
    times = "once" if outcome.at_most == 1 else f"{outcome.at_most} times"
    return f"at most {times}, then {outcome.otherwise}"


def target_in_words(outcome: Outcome) -> str:
    """What an outcome leads to."""
    if outcome.end is not None:
        return f"end {outcome.end}"
    if outcome.extend is not None:
        return f"{period_in_words(outcome.extend)} more"
    return "back to the stage that asked" if outcome.next == BACK else f"stage {outcome.next}"


def when_in_words(when: When) -> str:
    """Conditions, such as ``answer = done or nothing``."""
    return ", ".join(f"{column} = {' or '.join(values)}" for column, values in when.items())
