"""What citizens, clerks and teams do: drawn from a seed, the report's number and the stage, and from nothing else.

So the same seed makes the same quarter, whatever references reports get and whichever thread comes first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from tests.year.definitions import Process, Stage, Table, fits
from tests.year.facts import CITIZEN, Place
from tests.year.stops import SLOTS_A_DAY

OFTEN = {"speeding-traffic": 32, "overgrown-hedge": 26, "missed-bin": 27, "dropped-kerb": 15}
LIKELY = {"nature": ("pattern", 5), "road": ("no", 30), "limit": ("30", 8), "time": ("day", 8)}
"""Question → an answer that is given more often than the others."""

BY_FORM = 0.1
LOOKS = (2, 6, 14)
"""How many slots after a report somebody without email looks at its page."""

RECENT = (0, 1)
TODAY = "today"
"""A date that is filled in when somebody answers."""


class How(StrEnum):
    """How somebody acts who is asked."""

    ANSWERS = "answers"
    SILENT = "silent"
    TWICE = "twice"
    LATE = "late"
    DECLINES = "declines"
    REMINDED = "reminded"


TEAMS = {How.ANSWERS: 60, How.SILENT: 14, How.TWICE: 7, How.LATE: 8, How.DECLINES: 5, How.REMINDED: 6}
CITIZENS = {How.ANSWERS: 55, How.SILENT: 27, How.TWICE: 6, How.LATE: 12}


@dataclass(frozen=True)
class Wish:
    """A report that somebody is going to send, so many days after the first at one of the day's slots."""

    number: int
    process: str
    place: Place
    day: int
    slot: int
    answers: Mapping[str, Any]
    email: str | None
    phone: str | None
    by_form: bool
    looks: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """What somebody is going to do about a stage.

    Attributes:
        wait: how many slots later, at least one.
        answers: to the fields; dates are filled in on the day.
        again: other answers, sent right afterwards.
    """

    how: How
    wait: int
    answers: Mapping[str, Any] = field(default_factory=dict)
    again: Mapping[str, Any] | None = None
    why: str = "answer"


def wish(
    seed: int,
    number: int,
    days: int,
    first: date,
    places: Mapping[str, Sequence[Place]],
    processes: Mapping[str, Process],
) -> Wish:
    """Draw a report."""
    draw = Random(f"{seed}/report/{number}")
    (slug,) = draw.choices(list(OFTEN), list(OFTEN.values()))
    council = draw.choice(sorted(places))
    place, day = draw.choice(places[council]), draw.randrange(days)
    slot = draw.randrange(SLOTS_A_DAY)
    process, on = processes[slug], first + timedelta(days=day)
    while True:
        answers = {name: _said(draw, question, on, number) for name, question in process.questions.items()}
        if council != "merewold":
            answers.pop("road", None)
        rule = process.rule({"road": "no", **answers}, place.state)
        if "to" in rule:
            break
    contact = draw.random()
    needs = process.whole["process"].get("contact") == "needed"
    email = f"citizen{number}@people.example" if contact < 0.8 else None
    phone = f"01632 {960000 + number % 1000}" if email is None and (needs or contact < 0.9) else None
    looks = tuple(slot + draw.randrange(2) for slot in LOOKS) if email is None else ()
    asked = _only_asked(process, answers, place.state)
    return Wish(number, slug, place, day, slot, asked, email, phone, draw.random() < BY_FORM, looks)


def _only_asked(process: Process, answers: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Without answers that no row up to the one that decides looks at."""
    rules = process.whole["rule"]
    decides = process.rule({"road": "no", **answers}, place)
    read = {name for rule in rules[: rules.index(decides) + 1] for name in rule["when"]}
    tables = {name for rule in rules for name in rule["when"]}
    return {name: value for name, value in answers.items() if name in read or name not in tables}


def _said(draw: Random, question: Table, on: date | None, number: int) -> Any:
    kind = question.get("kind", "choice")
    if kind == "choice":
        values = [each["value"] for each in question["choices"]]
        likely, times = LIKELY.get(question["id"], (values[0], 1))
        return draw.choices(values, [times if value == likely else 1 for value in values])[0]
    if kind == "choices":
        values = [each["value"] for each in question["choices"]]
        return draw.sample(values, draw.randint(1, len(values)))
    if kind == "number":
        return draw.randint(max(question.get("least", 0), 480 if question["id"] == "depth" else 0), question["most"])
    if kind == "date":
        return (on - timedelta(days=draw.choice(RECENT))).isoformat() if on is not None else TODAY
    if kind == "person":
        email = f"occupier{number}@people.example" if draw.random() < 0.6 else ""
        return {"name": f"Occupier {number}", "address": f"{number} High Street", "email": email}
    return f"Words {number}, {draw.randrange(1000)}."


def plan(seed: int, number: int, process: Process, stage: Stage, visit: int) -> Plan:
    """Draw what becomes of a stage, as whoever is asked sees it."""
    draw = Random(f"{seed}/{number}/{stage.id}/{visit}")
    kinds = CITIZENS if stage.who == CITIZEN else TEAMS
    (how,) = draw.choices(list(kinds), list(kinds.values()))
    wait = _wait(draw, stage, is_late=how is How.LATE)
    answers = answer(draw, process, stage, number)
    again = answer(draw, process, stage, number) if how is How.TWICE else None
    if how is not How.DECLINES:
        return Plan(how, wait, answers, again)
    if stage.has_choice("not-ours"):
        if draw.random() < 0.6:
            field = next(each for each in stage.fields if stage.has_choice("not-ours") and "choices" in each)
            return Plan(how, wait, {**answers, field["id"]: "not-ours"})
        return Plan(how, wait, why="wrong-address")
    return Plan(how, wait, why="not-ours")


def _wait(draw: Random, stage: Stage, *, is_late: bool) -> int:
    """After how many slots somebody acts: within the time, or soon after it."""
    time = stage.time
    slots = {"hours": 1 / 12, "working_days": 2.3, "calendar_days": 1.6, "weeks": 11, "months": 49}[time.unit]
    if is_late:
        return max(1, round(slots * draw.choice((time.promised, time.late_at)))) + draw.randint(1, 8)
    return draw.randint(1, max(2, min(round(slots * time.promised), 30)))


def answer(draw: Random, process: Process, stage: Stage, number: int) -> dict[str, Any]:
    """Answers to the fields of a stage, each only where it is asked. A date is today, on whatever day it is given."""
    found: dict[str, Any] = {}
    for each in stage.fields:
        value = _said(draw, each, None, number)
        if fits(each.get("only_if", {}), found):
            found[each["id"]] = value
    return found


def filled(answers: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Answers with their dates."""
    return {name: today.isoformat() if value == TODAY else value for name, value in answers.items()}


def as_form(fields: Iterable[Table], answers: Mapping[str, Any]) -> dict[str, str]:
    """Answers as a browser sends them."""
    found: dict[str, str] = {}
    for each in fields:
        name, kind = each["id"], each.get("kind", "choice")
        if name not in answers:
            continue
        value = answers[name]
        if kind == "date":
            on = date.fromisoformat(value)
            found |= {f"{name}-day": str(on.day), f"{name}-month": str(on.month), f"{name}-year": str(on.year)}
        elif kind == "choices":
            found |= {f"{name}-{each}": each for each in value}
        elif kind == "person":
            found |= {f"{name}-{part}": text for part, text in value.items()}
        else:
            found[name] = str(value)
    return found
