"""The ways of a case through stages: it ends on every one, also if nobody acts.

A state is a stage, who asked (where time stands), and how often counted outcomes have been used. Every stage has a
``late`` and every table is total, so no state is without a way on; where the graph has no circle, every case ends.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from routing.process.definition import Definition
from routing.process.proof.tables import StageTable
from routing.process.stages import BACK, Outcome, Stage
from routing.vocabulary import RecipientKind

MOST_STATES = 20_000


@dataclass(frozen=True, slots=True)
class State:
    """Where a case stands.

    Attributes:
        stage: id of the stage.
        asked_by: the stages whose time stands, the last first.
        counts: how often each counted outcome was used, as ``(stage/outcome, number)``, sorted.
    """

    stage: str
    asked_by: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """A way on.

    Attributes:
        trigger: the outcome of the answer or silence that leads here; None for an address that cannot be reached.
        outcome: the outcome that holds, after counts; None as above.
        is_silent: nobody answered.
        target: the state that follows; None at an end.
        end: the end; None if a stage follows.
    """

    trigger: str | None
    outcome: str | None
    is_silent: bool
    target: State | None = None
    end: str | None = None


@dataclass
class Graph:
    """All states that a case can be in.

    Attributes:
        entries: the states in which cases begin, by the number of the rule.
        edges: state → the ways on.
        endless: an outcome after whose count is used up only used-up outcomes hold; None if there is none.
        used_up: counted outcomes whose count was used up, as ``stage/outcome``.
        too_large: it has more than ``MOST_STATES`` states.
    """

    entries: dict[int, State] = field(default_factory=dict)
    edges: dict[State, tuple[Edge, ...]] = field(default_factory=dict)
    used_up: set[str] = field(default_factory=set)
    endless: str | None = None
    too_large: bool = False


def explore(definition: Definition, tables: Mapping[str, StageTable], rules: frozenset[int]) -> Graph:
    """The graph of a definition.

    Args:
        rules: the numbers of the rules that decide something.
    """
    graph = Graph()
    for number in sorted(rules):
        rule = definition.rule[number]
        recipient = definition.recipients.get(rule.to or "")
        stage = rule.stage or (recipient.first_stage if recipient is not None else None)
        if stage is not None:
            graph.entries[number] = State(stage)
    waiting = list(dict.fromkeys(graph.entries.values()))
    while waiting:
        state = waiting.pop()
        if state in graph.edges:
            continue
        if len(graph.edges) >= MOST_STATES:
            graph.too_large = True
            break
        edges = tuple(_edges(definition, tables[state.stage], state, graph))
        graph.edges[state] = edges
        waiting += [edge.target for edge in edges if edge.target is not None]
    return graph


def _edges(definition: Definition, table: StageTable, state: State, graph: Graph) -> Iterator[Edge]:
    stage = table.stage
    seen = set[tuple[str, bool]]()
    answered = [table.outcomes[row] for row in sorted(table.tree.deciding)] if table.outcomes else []
    for name, is_silent in (*((name, False) for name in answered), *((due.late, True) for due in stage.due)):
        if (name, is_silent) not in seen:
            seen.add((name, is_silent))
            yield from _followed(definition, state, name, graph, is_silent=is_silent)
    yield from _bounces(definition, stage, state)


def _followed(definition: Definition, state: State, trigger: str, graph: Graph, *, is_silent: bool) -> Iterator[Edge]:
    stage = definition.stages[state.stage]
    counts, outcome = dict(state.counts), stage.outcomes[trigger]
    seen = set[str]()
    while outcome.at_most is not None and outcome.otherwise is not None:
        key = f"{stage.id}/{outcome.id}"
        if counts.get(key, 0) < outcome.at_most:
            counts[key] = counts.get(key, 0) + 1
            break
        graph.used_up.add(key)
        seen.add(outcome.id)
        if outcome.otherwise in seen:
            graph.endless = graph.endless or f"stage {stage.id}, outcome {outcome.id}"
            return
        outcome = stage.outcomes[outcome.otherwise]
    if outcome.end is not None:
        yield Edge(trigger, outcome.id, is_silent, end=outcome.end)
    else:
        target = _target(definition, state, outcome, tuple(sorted(counts.items())))
        yield Edge(trigger, outcome.id, is_silent, target=target)


def _target(definition: Definition, state: State, outcome: Outcome, counts: tuple[tuple[str, int], ...]) -> State:
    if outcome.extend is not None:
        return State(state.stage, state.asked_by, counts)
    if outcome.next == BACK:
        return State(state.asked_by[0], state.asked_by[1:], counts)
    assert outcome.next is not None
    asked_by = (state.stage, *state.asked_by) if definition.stages[outcome.next].stops_clock else ()
    return State(outcome.next, asked_by, counts)


def _bounces(definition: Definition, stage: Stage, state: State) -> Iterator[Edge]:
    """In a first stage, an address that cannot be reached is as if the table had chosen the fallback (rule 3)."""
    for recipient in definition.recipients.values():
        if recipient.kind is RecipientKind.TEAM or not definition.begins(recipient.id, stage.id):
            continue
        fallback = definition.recipients[recipient.fallback or ""]
        if fallback.first_stage is not None and fallback.first_stage != stage.id:
            yield Edge(None, None, is_silent=False, target=State(fallback.first_stage, (), state.counts))
