"""Evaluate the triage table: answers and the state of the place → the rule that decides."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from routing.errors import InputError
from routing.process.conditions import Conditions, by_id, effective, holds
from routing.process.definition import PLACE, Definition
from routing.process.kinds import BaseQuestion, Given, Refused
from routing.process.rules import Rule
from routing.process.stages import Outcome, Stage
from routing.vocabulary import PlaceState


@dataclass(frozen=True, slots=True)
class Needs:
    """The table needs this to decide: the id of a question, or ``place``."""

    what: str


def table_values(definition: Definition, answers: Mapping[str, str], given: Given) -> dict[str, str]:
    """The values of answers in tables: a number or date is in one of its bands on the day on which it is given."""
    found = dict[str, str]()
    for name, value in answers.items():
        question = definition.questions.get(name)
        if question is not None and question.is_column and question.is_offered(value):
            found[name] = question.partition(value, given)
    return found


def evaluate(
    definition: Definition, answers: Mapping[str, str], place: PlaceState | None, given: Given
) -> Rule | Needs:
    """Find the first rule that matches. If that depends on something unknown, say what is needed.

    Args:
        answers: question id → value, maybe incomplete. Values must be checked (see ``check_answers``).
        place: state of the place, or None if not known yet. Never ``outside_served``.
        given: when the answers were given.
    """
    known = table_values(definition, answers, given)
    if place is not None:
        known[PLACE] = place.value
    order = list(definition.columns)
    for rule, conditions in zip(definition.rule, definition.conditions, strict=True):
        missing = _first_missing(conditions, known, order)
        if missing is None:
            return rule
        if missing:
            return Needs(missing)
    raise AssertionError("a checked definition decides every combination")


def evaluate_stage(definition: Definition, stage: Stage, known: Mapping[str, str]) -> Outcome | Needs:
    """Find the outcome of an answer: the first whose conditions hold. If that depends on something unknown, say what.

    Args:
        known: question or field → its value in tables, maybe incomplete.
    """
    fields = by_id(definition.fields_of(stage))
    order = [*definition.questions, *definition.fields]
    for outcome in stage.outcome:
        if outcome.when is None:
            continue
        missing = _first_missing(effective(outcome.when, fields), known, order)
        if missing is None:
            return outcome
        if missing:
            return Needs(missing)
    raise AssertionError("a checked definition decides every combination")


def _first_missing(conditions: Conditions, known: Mapping[str, str], order: Sequence[str]) -> str | None:
    """None: the row matches. Empty: it does not. Else: the first column that must be known to tell."""
    missing = [column for column in conditions if column not in known]
    if any(known[column] not in allowed for column, allowed in conditions.items() if column in known):
        return ""
    if not missing:
        return None
    return min(missing, key=order.index)


def asked_after(
    definition: Definition, answers: Mapping[str, str], given: Given, fixed: Collection[str] = ()
) -> Iterator[BaseQuestion]:
    """The questions that no rule reads, which we ask of every case after the table has decided.

    One can depend on what is asked before it: on what the table reads, and on others of them.

    Args:
        fixed: questions that we need not ask (``complete_answers``), whose answers are among the others.
    """
    informing = {question.id for question in definition.informing}
    decided = {name: value for name, value in answers.items() if name not in informing}
    known = table_values(definition, decided, given)
    for each in definition.informing:
        if _is_asked(definition, each, known):
            if each.id not in fixed:
                yield each
            answer = answers.get(each.id)  # maybe given meanwhile
            if answer is not None and each.is_column:
                known[each.id] = each.partition(answer, given)


def only_asked(
    definition: Definition, answers: Mapping[str, str], given: Given, fixed: Mapping[str, str]
) -> dict[str, str]:
    """The answers to questions that are asked with these answers. A program may send others."""
    after = {each.id for each in asked_after(definition, {**answers, **fixed}, given, fixed)}
    informing = {each.id for each in definition.informing}
    known = table_values(definition, {**answers, **fixed}, given)
    read = (each for each in definition.question if each.id not in informing)
    asked = after | {each.id for each in read if _is_asked(definition, each, known)}
    return {name: value for name, value in answers.items() if name in asked}


def _is_asked(definition: Definition, question: BaseQuestion, known: Mapping[str, str]) -> bool:
    """Whether a question is asked. The answer to one that is not asked itself does not count."""
    return holds(effective(question.only_if, definition.questions), known)


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


def check_answers(definition: Definition, answers: Mapping[str, object], given: Given) -> dict[str, str]:
    """Check answers from outside against the questions. Questions that can be left empty may have no answer.

    Raises:
        InputError: names the answer and what to do.
    """
    checked: dict[str, str] = {}
    for name, value in answers.items():
        question = definition.questions.get(name)
        if question is None:
            known = ", ".join(definition.questions)
            raise InputError(f"answers.{name[:40]}", f"Use one of the questions {known}. There is no such question.")
        if not question.needed and question.is_nothing(value):
            continue
        read = question.missing if question.is_nothing(value) else question.read(value, given)
        if isinstance(read, Refused):
            raise InputError(f"answers.{name}", f"{read.text}. {question.expects}")
        checked[name] = read
    return checked


def decide_rule(definition: Definition, answers: Mapping[str, str], place: PlaceState | None, given: Given) -> Rule:
    """The rule that decides, if nothing is missing: neither for the table, nor what every case is asked for.

    Raises:
        InputError: names the first answer that is missing, and what to do.
    """
    found = evaluate(definition, answers, place, given)
    if isinstance(found, Needs):
        if found.what == PLACE:
            raise InputError(PLACE, "Say in which state the place is, such as parish.")
        question = definition.questions[found.what]
        raise InputError(found.what, f"{question.missing.text}. {question.expects}")
    if found.to is None:
        return found
    if definition.has_place and place is None:
        raise InputError(PLACE, "Say in which state the place is, such as parish.")
    for each in asked_after(definition, answers, given):
        if each.needed and each.id not in answers:
            raise InputError(each.id, f"{each.missing.text}. {each.expects}")
    return found
