"""What is known on every way: each word of each text, each former column, each date that a clock counts from.

A must-analysis: at a state, a question or field is known if it is known on every way that leads there. What is known
only grows along a way, and two ways that meet keep what both know.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.process.conditions import effective
from routing.process.decision_tree import DecisionTree, tree_or_none
from routing.process.definition import PLACE, Definition
from routing.process.proof.graph import Edge, Graph, State
from routing.process.proof.tables import StageTable


@dataclass(frozen=True, slots=True)
class Known:
    """What holds on every way to a point.

    Attributes:
        names: questions and fields that have a value.
        places: the states in which the place can be; empty if the process has no place.
    """

    names: frozenset[str]
    places: frozenset[str]

    def meet(self, other: "Known") -> "Known":
        """What holds on the ways of both."""
        return Known(self.names & other.names, self.places | other.places)


def at_rule(definition: Definition, tree: DecisionTree, number: int) -> Known:
    """What is known of a case when a rule has decided it."""
    names = set(tree.always_asked(number)) - {PLACE}
    every_place = frozenset(definition.columns.get(PLACE, ()))
    places = {leaf.apart for leaf in tree.leaves_of(number)}
    for question in definition.informing:
        needed_if = effective(question.only_if, definition.questions)
        if question.needed and all(
            _follows(definition, number, column, allowed) for column, allowed in needed_if.items()
        ):
            names.add(question.id)
    return Known(frozenset(names), every_place if "" in places else frozenset(places))


def _follows(definition: Definition, number: int, column: str, allowed: tuple[str, ...]) -> bool:
    if column not in definition.columns:
        return False
    if column in {question.id for question in definition.informing}:  # asked of every case, whatever the answer
        return set(definition.columns[column]) <= set(allowed)
    tree = tree_or_none(definition.conditions, definition.columns, column)
    return tree is not None and all(leaf.apart in allowed for leaf in tree.leaves_of(number))


@dataclass(frozen=True)
class Knowledge:
    """What is known at every state, and on every edge behind an answer.

    Attributes:
        tables: stage → its table.
        at: state → what is known on every way to it.
    """

    tables: Mapping[str, StageTable]
    at: Mapping[State, Known]

    def after(self, state: State, edge: Edge) -> Known:
        """What is known when an edge is taken."""
        known = self.at[state]
        if edge.is_silent or edge.trigger is None:
            return known
        return Known(known.names | self.tables[state.stage].filled[edge.trigger], known.places)

    def in_stage(self, stage: str) -> Known | None:
        """What is known whenever a stage begins; None if no case comes there."""
        found = None
        for state, known in self.at.items():
            if state.stage == stage:
                found = known if found is None else found.meet(known)
        return found


def knowledge(definition: Definition, tree: DecisionTree, graph: Graph, tables: Mapping[str, StageTable]) -> Knowledge:
    """What is known at every state of a graph without circles."""
    at: dict[State, Known] = {}
    for number, entry in graph.entries.items():
        known = at_rule(definition, tree, number)
        at[entry] = at[entry].meet(known) if entry in at else known
    found = Knowledge(tables, at)
    for state in _in_order(graph):
        for edge in graph.edges[state]:
            if edge.target is not None:
                known = found.after(state, edge)
                at[edge.target] = at[edge.target].meet(known) if edge.target in at else known
    return found


def _in_order(graph: Graph) -> list[State]:
    """Every state, after all states from which it can be reached."""
    done: dict[State, None] = {}
    for entry in graph.entries.values():
        path = [(entry, iter(graph.edges[entry]))] if entry not in done else []
        seen = {entry}
        while path:
            state, edges = path[-1]
            edge = next(edges, None)
            if edge is None:
                done.setdefault(state)
                path.pop()
            elif edge.target is not None and edge.target not in done and edge.target not in seen:
                seen.add(edge.target)
                path.append((edge.target, iter(graph.edges[edge.target])))
    return list(done)[::-1]


def own_before(table: StageTable, name: str) -> frozenset[str]:
    """The fields of a stage before one, which have a value when it is asked."""
    found = set[str]()
    for field in table.fields:
        if field.id == name:
            break
        if field.needed and not field.only_if:
            found.add(field.id)
    return frozenset(found)
