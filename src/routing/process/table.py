"""Evaluate the triage table: answers and the state of the place → the rule that decides."""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.errors import InputError
from routing.process.definition import PLACE, Definition, Rule
from routing.vocabulary import PlaceState


@dataclass(frozen=True, slots=True)
class Needs:
    """The table needs this to decide: the id of a question, or ``place``."""

    what: str


def evaluate(definition: Definition, answers: Mapping[str, str], place: PlaceState | None) -> Rule | Needs:
    """Find the first rule that matches. If that depends on something unknown, say what is needed.

    Args:
        answers: question id → value, maybe incomplete. Values must be checked (see ``check_answers``).
        place: state of the place, or None if not known yet. Never ``outside_served``.
    """
    known = dict(answers)
    if place is not None:
        known[PLACE] = place.value
    for rule in definition.rule:
        missing = _first_missing(rule, known, definition)
        if missing is None:
            return rule
        if missing:
            return Needs(missing)
    raise AssertionError("a checked definition decides every combination")


def _first_missing(rule: Rule, known: Mapping[str, str], definition: Definition) -> str | None:
    """None: the rule matches. Empty: it does not. Else: the first column that must be known to tell."""
    missing = [column for column in rule.when if column not in known]
    if any(known[column] not in allowed for column, allowed in rule.when.items() if column in known):
        return ""
    if not missing:
        return None
    order = [*definition.questions, PLACE]
    return min(missing, key=order.index)


def complete_answers(definition: Definition, answers: Mapping[str, str], lists: Mapping[str, bool]) -> dict[str, str]:
    """Add answers that we need not ask: a question with an empty council list has its ``otherwise``.

    Args:
        lists: name of a council's list → whether it has entries.
    """
    complete = dict(answers)
    for question in definition.question:
        condition = question.only_if_council_lists
        if condition is not None and not lists.get(condition, False) and question.otherwise is not None:
            complete[question.id] = question.otherwise
    return complete


def check_answers(definition: Definition, answers: Mapping[str, object]) -> dict[str, str]:
    """Check answers from outside against the questions.

    Raises:
        InputError: names the answer and what to do.
    """
    checked: dict[str, str] = {}
    for name, value in answers.items():
        question = definition.questions.get(name)
        if question is None:
            known = ", ".join(definition.questions)
            raise InputError(f"answers.{name[:40]}", f"Use one of the questions {known}. There is no such question.")
        read = question.read(value)
        if read is None:
            raise InputError(f"answers.{name}", f"{question.error}. {question.expects}")
        checked[name] = read
    return checked
