"""Which combinations of answers and place two versions of a process decide differently, exactly. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from routing.process.decision_tree import Node, decision_tree
from routing.process.definition import PLACE, Definition
from routing.process.kinds.date import DateQuestion
from routing.process.kinds.number import NumberQuestion
from routing.process.rules import Rule

NOT_ASKED = "cannot be answered so"
"""The outcome of a value that a version asks for and does not have."""

Cells = Mapping[str, frozenset[str]]
"""Conditions over cells: column → cells that match."""

CellValues = Mapping[str, tuple[str | None, str | None]]
"""Cell of a column → its value in each version; None if a version does not have it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Combinations that two versions decide differently.

    Attributes:
        when: column → its values. Other columns can have any value.
        before, after: what each version decides.
    """

    when: Mapping[str, tuple[str, ...]]
    before: str
    after: str


def differences(one: Definition, other: Definition) -> list[Difference]:
    """All combinations that change their outcome; together they are exactly these, and none twice.

    The first row that matches in the table of all pairs of rows is the pair of the first rows that match. Ranges of
    numbers and dates are cut at the limits of the bands of both versions.

    Raises:
        TooTangled: the two tables together have too many remainders.
    """
    columns = {name: _cells(name, one, other) for name in dict.fromkeys((*other.columns, *one.columns))}
    pairs, rows = list[tuple[str, str]](), list[Cells]()
    after = list(_rows(other, columns, 1))
    for mine, first in _rows(one, columns, 0):
        for theirs, second in after:
            both = _both(mine, theirs)
            if both is not None:
                rows.append(both)
                pairs.append((first, second))
    tree = decision_tree(rows, {name: tuple(cells) for name, cells in columns.items()})
    found = set[int]()
    for node in reversed(tree.nodes):
        is_changed = node.row is not None and pairs[node.row][0] != pairs[node.row][1]
        if is_changed or any(id(child) in found for child in node.children.values()):
            found.add(id(node))
    return [Difference(when, *pairs[leaf.row or 0]) for when, leaf in _ways(tree.nodes[0], {}, found)]


def outcome_of(rule: Rule) -> str:
    """What a rule leads to, in words."""
    if rule.signpost is not None:
        return f"signpost {rule.signpost}"
    stage = f", stage {rule.stage}" if rule.stage is not None else ""
    copies = f", copy {', '.join(rule.copy_to)}" if rule.copy_to else ""
    return f"to {rule.to}{stage}{copies}"


def _cells(name: str, one: Definition, other: Definition) -> CellValues:
    """The cells of a column, with the value of each version."""
    mine, theirs = _limits(one.questions.get(name)), _limits(other.questions.get(name))
    if name == PLACE or mine == theirs or not mine or not theirs:
        before, after = one.columns.get(name, ()), other.columns.get(name, ())
        values = dict.fromkeys((*after, *before))
        return {value: (value if value in before else None, value if value in after else None) for value in values}
    cut = sorted({limit for limit, _ in (*mine, *theirs) if limit is not None})
    ends: list[tuple[str, int | None]] = [(f"below {limit}", limit) for limit in cut]
    return {said: (_band(mine, limit), _band(theirs, limit)) for said, limit in (*ends, (f"{cut[-1]} or more", None))}


def _limits(question: object) -> list[tuple[int | None, str]]:
    """The bands of a question, as limit and value; empty without any."""
    bands = question.bands if isinstance(question, NumberQuestion | DateQuestion) else ()
    return [(band.below, band.value) for band in bands]


def _band(bands: list[tuple[int | None, str]], limit: int | None) -> str:
    """The band of the numbers just below a limit; of the largest ones for None."""
    return next(value for below, value in bands if below is None or (limit is not None and limit <= below))


def _rows(definition: Definition, columns: Mapping[str, CellValues], which: int) -> Iterator[tuple[Cells, str]]:
    """The rows of a version over cells.

    A row that asks for a column comes after one for the values that the version does not have: asked for, they cannot
    be given.
    """
    order = list(definition.columns)
    for conditions, rule in zip(definition.conditions, definition.rule, strict=True):
        cells = {
            name: frozenset(cell for cell, values in columns[name].items() if values[which] in allowed)
            for name, allowed in conditions.items()
        }
        for name in sorted(conditions, key=order.index):
            missing = frozenset(cell for cell, values in columns[name].items() if values[which] is None)
            if missing:
                before = {each: held for each, held in cells.items() if order.index(each) < order.index(name)}
                yield before | {name: missing}, NOT_ASKED
        yield cells, outcome_of(rule)


def _both(one: Cells, other: Cells) -> Cells | None:
    """The conditions of both rows; None if they exclude each other."""
    found = dict(one)
    for name, cells in other.items():
        found[name] = found[name] & cells if name in found else cells
    return found if all(found.values()) else None


def _ways(
    node: Node, when: Mapping[str, tuple[str, ...]], found: set[int]
) -> Iterator[tuple[Mapping[str, tuple[str, ...]], Node]]:
    """Every way to a leaf that has changed; values that lead to the same node are one way."""
    if node.column is None:
        if id(node) in found:
            yield when, node
        return
    alike: dict[int, list[str]] = {}
    for value, child in node.children.items():
        alike.setdefault(id(child), []).append(value)
    for values in alike.values():
        child = node.children[values[0]]
        if id(child) in found:
            yield from _ways(child, {**when, node.column: tuple(values)}, found)
