"""A decision table as a graph of what is left to ask: which rows decide, which combinations no row decides. Pure.

A table is rows of conditions; the first row whose conditions all hold decides (DMN hit policy FIRST). To check it, we
need not try every combination of values: after some answers only a part of the table is left, its *remainder*, and
equal remainders are one node of the graph. The graph asks as the citizen's pages do: the first row that can still
match names the column, the lowest in the order of the file. So a leaf also says what was asked on every way to it.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, TypeAlias

from routing.errors import WaywardenError

MOST_REMAINDERS = 20_000
"""Most nodes of a graph. Nobody can read a table that needs more, and we refuse it within three seconds."""

Remainder: TypeAlias = tuple[tuple[int, int], ...]
"""Rows that can still match, each with the columns (bits) that it still needs, up to the first that needs none."""

Key: TypeAlias = tuple[Remainder, str]
"""A remainder, and the value of the column that is kept apart; empty while that is not known."""

Row: TypeAlias = Mapping[str, Collection[str]]
"""Column → the values with which the row matches. A column that is not there can have any value."""


class TooTangled(WaywardenError):
    """A table has more than ``MOST_REMAINDERS`` remainders.

    Attributes:
        columns: the columns that are asked most often in it, the first most.
    """

    code: ClassVar[str] = "table-too-tangled"

    def __init__(self, columns: Sequence[str]) -> None:
        most = ", ".join(columns)
        super().__init__(
            f"The table has more than {MOST_REMAINDERS:,} different remainders. It grows most with {most}."
        )
        self.columns = tuple(columns)


@dataclass(slots=True)
class Node:
    """What is left of a table after some answers.

    Attributes:
        row: number of the row that decides; None if none does, or while more must be asked.
        column: the column to ask next; None for a leaf.
        children: value of that column → the node after it.
        reached_by: a node before it, and the value given there; None for the root.
        apart: value of the column that is kept apart; empty while it is not known.
    """

    row: int | None
    column: str | None
    apart: str = ""
    children: dict[str, "Node"] = field(default_factory=dict)
    reached_by: "tuple[Node, str] | None" = None


@dataclass(frozen=True)
class DecisionTree:
    """The graph of a table.

    Attributes:
        nodes: each after all nodes from which it can be reached.
    """

    nodes: tuple[Node, ...]

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.column is None)

    @cached_property
    def deciding(self) -> frozenset[int]:
        """The rows that decide something."""
        return frozenset(leaf.row for leaf in self.leaves if leaf.row is not None)

    def gap(self) -> dict[str, str] | None:
        """Values that no row decides; None if there are none. Columns that are not in it can have any value."""
        found = next((leaf for leaf in self.leaves if leaf.row is None), None)
        return None if found is None else example_of(found)

    def leaves_of(self, row: int) -> Iterator[Node]:
        """Every leaf in which a row decides."""
        return (leaf for leaf in self.leaves if leaf.row == row)

    @cached_property
    def _asked(self) -> dict[int, frozenset[str]]:
        """Node (by its identity) → the columns that were asked on every way to it."""
        asked: dict[int, frozenset[str]] = {id(self.nodes[0]): frozenset()}
        for node in self.nodes:
            if node.column is None:
                continue
            here = asked[id(node)] | {node.column}
            for child in node.children.values():
                before = asked.get(id(child))
                asked[id(child)] = here if before is None else before & here
        return asked

    def asked_before(self, column: str) -> frozenset[str]:
        """The columns that are known whenever one is asked; empty if it never is."""
        ways = [self._asked[id(node)] for node in self.nodes if node.column == column]
        return frozenset.intersection(*ways) if ways else frozenset()

    def always_asked(self, row: int) -> frozenset[str]:
        """The columns that are known whenever a row decides; empty if it never does."""
        ways = [self._asked[id(leaf)] for leaf in self.leaves_of(row)]
        return frozenset.intersection(*ways) if ways else frozenset()


def example_of(node: Node) -> dict[str, str]:
    """Values that lead to a node, in the order in which they are asked."""
    found: list[tuple[str, str]] = []
    while node.reached_by is not None:
        before, value = node.reached_by
        assert before.column is not None
        found.append((before.column, value))
        node = before
    return dict(reversed(found))


def decision_tree(rows: Sequence[Row], columns: Mapping[str, Sequence[str]], apart: str = "") -> DecisionTree:
    """The graph of a table.

    Args:
        rows: each only with columns that exist and values that these can have.
        columns: name → every value, in the order in which they are asked.
        apart: a column whose value each leaf must say if it was asked, such as the state of the place.

    Raises:
        TooTangled: it has more than ``MOST_REMAINDERS`` remainders.
    """
    return _Builder(rows, columns, apart).build()


def tree_or_none(rows: Sequence[Row], columns: Mapping[str, Sequence[str]], apart: str) -> DecisionTree | None:
    """The graph of a table; None if it has too many remainders."""
    try:
        return decision_tree(rows, columns, apart)
    except TooTangled:
        return None


class _Builder:
    def __init__(self, rows: Sequence[Row], columns: Mapping[str, Sequence[str]], apart: str) -> None:
        self.names, self.columns, self.apart = list(columns), columns, apart
        bits = {name: 1 << number for number, name in enumerate(columns)}
        needs = tuple((number, sum(bits[name] for name in row)) for number, row in enumerate(rows))
        self.start: Key = (_cut(needs), "")
        self.refuted = {
            name: {
                value: sum(1 << n for n, row in enumerate(rows) if name in row and value not in row[name])
                for value in values
            }
            for name, values in columns.items()
        }
        self.nodes: dict[Key, Node] = {}
        self.asked: Counter[str] = Counter()

    def build(self) -> DecisionTree:
        root = self._node(self.start)
        waiting = deque([self.start])
        while waiting:
            key = waiting.popleft()
            node = self.nodes[key]
            if node.column is None or node.children:
                continue
            waiting += self._branch(node, node.column, key)
        root.reached_by = None
        return DecisionTree(tuple(_in_order(root)))

    def _branch(self, node: Node, column: str, key: Key) -> Collection[Key]:
        """Add the nodes after one; returns their keys. Values that refute the same rows lead to the same node."""
        alive = sum(1 << row for row, _ in key[0])
        after = dict[tuple[int, str], Key]()
        for value, refuted in self.refuted[column].items():
            alike = (refuted & alive, value if column == self.apart else key[1])
            if alike not in after:
                after[alike] = self._after(key, column, *alike)
            child = node.children[value] = self._node(after[alike])
            child.reached_by = child.reached_by or (node, value)
        return after.values()

    def _node(self, key: Key) -> Node:
        found = self.nodes.get(key)
        if found is not None:
            return found
        remainder, apart = key
        if not remainder:
            made = Node(None, None, apart)
        elif remainder[0][1] == 0:
            made = Node(remainder[0][0], None, apart)
        else:
            lowest = remainder[0][1] & -remainder[0][1]
            made = Node(None, self.names[lowest.bit_length() - 1], apart)
            self.asked[made.column or ""] += 1
        self.nodes[key] = made
        if len(self.nodes) > MOST_REMAINDERS:
            raise TooTangled([name for name, _ in self.asked.most_common(3)])
        return made

    def _after(self, key: Key, column: str, refuted: int, apart: str) -> Key:
        bit = 1 << self.names.index(column)
        return _cut(tuple((row, needs & ~bit) for row, needs in key[0] if not refuted >> row & 1)), apart


def _cut(rows: Remainder) -> Remainder:
    """Without the rows behind the first that needs nothing more: it decides before them."""
    for number, (_, needs) in enumerate(rows):
        if needs == 0:
            return rows[: number + 1]
    return rows


def _in_order(root: Node) -> list[Node]:
    """Every node, after all nodes from which it can be reached; else in the order of the values."""
    done: list[Node] = []
    seen = {id(root)}
    waiting: list[tuple[Node, Iterator[Node]]] = [(root, _backwards(root))]
    while waiting:
        node, children = waiting[-1]
        child = next(children, None)
        if child is None:
            done.append(node)
            waiting.pop()
        elif id(child) not in seen:
            seen.add(id(child))
            waiting.append((child, _backwards(child)))
    return done[::-1]


def _backwards(node: Node) -> Iterator[Node]:
    return reversed(list(node.children.values()))
