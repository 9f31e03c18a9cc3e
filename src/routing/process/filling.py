"""What somebody fills in on the form of a stage → stored answers, or what to change. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from routing.errors import InputError
from routing.process.conditions import by_id, effective, holds
from routing.process.definition import Definition
from routing.process.kinds import BaseQuestion, Given, Refused
from routing.process.stages import Stage


@dataclass(frozen=True)
class Filled:
    """A form that was read.

    Attributes:
        values: field → stored answer.
        columns: field → its value in tables.
        refused: field → why we cannot take its answer.
    """

    values: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Refused] = field(default_factory=dict)


def possible_fields(definition: Definition, stage: Stage, columns: Mapping[str, str]) -> tuple[BaseQuestion, ...]:
    """The fields of a stage that can be asked, by what is known before: some still depend on others of them."""
    asked = definition.fields_of(stage)
    own = {question.id for question in asked}
    former = {name: value for name, value in columns.items() if name not in own}
    return tuple(
        question
        for question in asked
        if holds({name: allowed for name, allowed in question.only_if.items() if name not in own}, former)
    )


def read_form(
    asked: tuple[BaseQuestion, ...], said: Mapping[str, Any], given: Given, before: Mapping[str, str]
) -> Filled:
    """Read what was filled in. A field that is not asked under its conditions has no value, whatever was said.

    Args:
        said: field → answer, as a program or the form sent it.
        before: the values in tables of what was answered before.
    """
    own, filled = by_id(asked), Filled()
    former = {name: value for name, value in before.items() if name not in own}
    for question in asked:
        if not holds(effective(question.only_if, own), {**former, **filled.columns}):
            continue
        answer = said.get(question.id)
        if question.is_nothing(answer):
            if question.needed:
                filled.refused[question.id] = question.missing
            continue
        read = question.read(answer, given)
        if isinstance(read, Refused):
            filled.refused[question.id] = read
            continue
        filled.values[question.id] = read
        if question.is_column:
            filled.columns[question.id] = question.partition(read, given)
    return filled


def need_form(
    asked: tuple[BaseQuestion, ...], said: Mapping[str, Any], given: Given, before: Mapping[str, str]
) -> Filled:
    """What a program or an officer filled in, if all of it can be taken.

    Raises:
        InputError: names the first field to change, and what to do.
    """
    known = by_id(asked)
    for name in said:
        if name not in known:
            raise InputError(
                name, f"Use one of the fields {', '.join(known) or 'there are none'}. There is no such field."
            )
    filled = read_form(asked, said, given, before)
    for name, refused in filled.refused.items():
        raise InputError(name, f"{refused.text}. {known[name].expects}")
    return filled


def is_complete(
    asked: tuple[BaseQuestion, ...], values: Mapping[str, str], columns: Mapping[str, str], before: Mapping[str, str]
) -> bool:
    """Whether stored answers are everything that a form asks, and nothing else: maybe another version's form was read.

    Args:
        before: the values in tables of what was answered before.
    """
    own = by_id(asked)
    known = {**{name: value for name, value in before.items() if name not in own}, **columns}
    for question in asked:
        value, is_asked = values.get(question.id), holds(effective(question.only_if, own), known)
        if value is None and is_asked and question.needed:
            return False
        if value is not None and not (is_asked and is_answer(question, value, columns.get(question.id))):
            return False
    return set(values) <= set(own)


def is_answer(question: BaseQuestion | None, value: str, column: str | None) -> bool:
    """Whether a stored answer is one to this version of a question, with the value that its table knows."""
    if question is None or not question.is_offered(value):
        return False
    return not question.is_column or column in question.partitions
