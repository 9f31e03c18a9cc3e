"""Which combinations of answers and place two versions of a process decide differently, exactly. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from routing.process.conditions import Conditions
from routing.process.decision_tree import Node, decision_tree
from routing.process.definition import Definition
from routing.process.rules import Rule

NOT_ASKED = "cannot be answered so"
"""The outcome of a value that a version does not have."""


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

    The first row that matches in the table of all pairs of rows is the pair of the first rows that match.

    Raises:
        TooTangled: the two tables together have too many remainders.
    """
    columns = _columns(one, other)
    before, after = _rows(one, columns), _rows(other, columns)
    pairs, rows = list[tuple[str, str]](), list[Conditions]()
    for mine, first in before:
        for theirs, second in after:
            both = _both(mine, theirs)
            if both is not None:
                rows.append(both)
                pairs.append((first, second))
    tree = decision_tree(rows, columns)
    found = set[int]()
    for node in reversed(tree.nodes):
        is_changed = node.row is not None and pairs[node.row][0] != pairs[node.row][1]
        if is_changed or any(id(child) in found for child in node.children.values()):
            found.add(id(node))
    ways = _ways(tree.nodes[0], {}, found)
    return [Difference(when, *pairs[leaf.row or 0]) for when, leaf in ways]


def outcome_of(rule: Rule) -> str:
    """What a rule leads to, in words."""
    if rule.signpost is not None:
        return f"signpost {rule.signpost}"
    stage = f", stage {rule.stage}" if rule.stage is not None else ""
    copies = f", copy {', '.join(rule.copy_to)}" if rule.copy_to else ""
    return f"to {rule.to}{stage}{copies}"


def _columns(one: Definition, other: Definition) -> dict[str, tuple[str, ...]]:
    """The columns of both with the values of both, in the order of the newer version."""
    found = {name: list(values) for name, values in other.columns.items()}
    for name, values in one.columns.items():
        found.setdefault(name, []).extend(value for value in values if value not in found.get(name, []))
    return {name: tuple(values) for name, values in found.items()}


def _rows(definition: Definition, columns: Mapping[str, tuple[str, ...]]) -> list[tuple[Conditions, str]]:
    """The rows of a version with their outcomes; values that it does not have come first."""
    unknown = {
        name: tuple(value for value in values if value not in definition.columns[name])
        for name, values in columns.items()
        if name in definition.columns
    }
    missing: list[tuple[Conditions, str]] = [({name: values}, NOT_ASKED) for name, values in unknown.items() if values]
    rules = zip(definition.conditions, definition.rule, strict=True)
    return missing + [(conditions, outcome_of(rule)) for conditions, rule in rules]


def _both(one: Conditions, other: Conditions) -> Conditions | None:
    """The conditions of both rows; None if they exclude each other."""
    found = {name: tuple(values) for name, values in one.items()}
    for name, values in other.items():
        found[name] = tuple(value for value in found[name] if value in values) if name in found else tuple(values)
    return found if all(found.values()) else None


def _ways(
    node: Node, when: dict[str, tuple[str, ...]], found: set[int]
) -> Iterator[tuple[dict[str, tuple[str, ...]], Node]]:
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
