"""Conditions of tables: which rows can match, also where a column is only asked under conditions of its own. Pure."""

from collections.abc import Iterable, Mapping

from routing.process.kinds import BaseQuestion
from routing.process.parts import When

Conditions = Mapping[str, tuple[str, ...]]
"""Column → the values that match."""


def holds(when: When, values: Mapping[str, str]) -> bool:
    """Whether conditions hold. A column without a value never matches."""
    return all(values.get(column) in allowed for column, allowed in when.items())


def effective(when: When, questions: Mapping[str, BaseQuestion]) -> Conditions:
    """The conditions of a row with those under which its columns are asked at all.

    A question that is not asked has no value, so a row that names it cannot match.
    """
    found: dict[str, tuple[str, ...]] = {}
    waiting = list(when.items())
    seen = set[str]()
    while waiting:
        column, allowed = waiting.pop(0)
        before = found.get(column)
        found[column] = tuple(allowed) if before is None else tuple(value for value in before if value in allowed)
        if column not in seen and column in questions:
            waiting += questions[column].only_if.items()
        seen.add(column)
    return found


def by_id(questions: Iterable[BaseQuestion]) -> dict[str, BaseQuestion]:
    """Id → question."""
    return {question.id: question for question in questions}
