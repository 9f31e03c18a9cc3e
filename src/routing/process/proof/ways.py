"""Every way ends, silent ones too, and everything of a definition is used on some way."""

from collections.abc import Callable, Iterator, Sequence

from routing.process.definition import Definition
from routing.process.letters import TO_FIELD
from routing.process.proof.complaint import Complaint
from routing.process.proof.graph import MOST_STATES, Edge, Graph, State


def ends(graph: Graph) -> Iterator[Complaint]:
    """No circle without a count: where the graph has none, every run ends, silent ones too."""
    if graph.too_large:
        yield "stage", f"count fewer outcomes, or fewer times. A case could be in more than {MOST_STATES:,} states."
        return
    if graph.endless is not None:
        yield graph.endless, "otherwise: name an outcome that is not counted. These lead to each other for ever."
        return
    silent = find_circle(graph, lambda edge: edge.is_silent)
    circle = silent or find_circle(graph, lambda _: True)
    if circle is None:
        return
    names = [state.stage for state, _ in circle]
    shown = " → ".join((*names, names[0]))
    where = f"stage {names[0]}"
    if not _reaches_end(graph, circle[0][0]):
        yield where, f"lead an outcome to an end. From here the case never ends: {shown}."
    elif silent:
        yield where, f"lead silence to an end. If nobody acts, the case goes round for ever: {shown}."
    else:
        where = next((f"stage {state.stage}, outcome {edge.outcome}" for state, edge in circle if edge.outcome), where)
        yield where, f"add at_most and otherwise to an outcome of this circle. The case can go round for ever: {shown}."


def find_circle(graph: Graph, counts: Callable[[Edge], bool]) -> list[tuple[State, Edge]] | None:
    """A way over edges that count that comes back to its first state, as states with the edge that leaves each."""
    edges_of = {state: [edge for edge in edges if counts(edge)] for state, edges in graph.edges.items()}
    done = set[State]()
    for begin in graph.edges:
        if begin in done:
            continue
        path: list[tuple[State, Sequence[Edge], int]] = [(begin, edges_of[begin], 0)]
        on_path = {begin}
        while path:
            state, edges, number = path[-1]
            if number == len(edges):
                path.pop()
                on_path.discard(state)
                done.add(state)
                continue
            path[-1] = (state, edges, number + 1)
            target = edges[number].target
            if target is None or target in done:
                continue
            if target in on_path:
                at = next(index for index, (each, _, _) in enumerate(path) if each == target)
                return [(each, taken[number - 1]) for each, taken, number in path[at:]]
            on_path.add(target)
            path.append((target, edges_of[target], 0))
    return None


def _reaches_end(graph: Graph, state: State) -> bool:
    seen, waiting = {state}, [state]
    while waiting:
        for edge in graph.edges[waiting.pop()]:
            if edge.target is None:
                return True
            if edge.target not in seen:
                seen.add(edge.target)
                waiting.append(edge.target)
    return False


def used(definition: Definition, graph: Graph, rules: frozenset[int]) -> Iterator[Complaint]:
    """Every stage is reached; every end, letter and recipient is used; every count can be used up.

    What only a stage uses that no case reaches is not complained of beside it.
    """
    found = list(_stages(definition, graph))
    yield from found
    if found:
        return
    ended = {edge.end for edges in graph.edges.values() for edge in edges}
    for end in definition.end:
        if end.id not in ended:
            yield f"end {end.id}", "lead an outcome to it, or remove it. No case ends like this."
    yield from _letters(definition)
    yield from _recipients(definition, rules)


def _stages(definition: Definition, graph: Graph) -> Iterator[Complaint]:
    reached = {state.stage for state in graph.edges}
    outcomes = {(state.stage, edge.outcome) for state, edges in graph.edges.items() for edge in edges}
    for stage in definition.stage:
        if stage.id not in reached:
            yield f"stage {stage.id}", "lead a recipient or an outcome to it, or remove it. No case comes here."
            continue
        for outcome in stage.outcome:
            where = f"stage {stage.id}, outcome {outcome.id}"
            if outcome.at_most is not None and f"{stage.id}/{outcome.id}" not in graph.used_up:
                yield where, "remove at_most and otherwise. No case can come here so often."
            elif (stage.id, outcome.id) not in outcomes:
                yield where, "remove it. No case has this outcome."


def _letters(definition: Definition) -> Iterator[Complaint]:
    sent = {name for stage in definition.stage for outcome in stage.outcome for name in outcome.letter}
    sent |= {end.renew.letter for end in definition.end if end.renew is not None}
    for letter in definition.letter:
        if letter.id not in sent:
            yield f"letter {letter.id}", "name it in an outcome, or remove it. Nothing sends it."


def _recipients(definition: Definition, rules: frozenset[int]) -> Iterator[Complaint]:
    named = {name for stage in definition.stage for name in stage.who}
    named |= {letter.to for letter in definition.letter if not letter.to.startswith(TO_FIELD)}
    for number in rules:
        rule = definition.rule[number]
        named |= {name for name in (rule.to, *rule.copy_to) if name is not None}
    named |= {recipient.fallback for recipient in definition.recipient if recipient.id in named and recipient.fallback}
    for recipient in definition.recipient:
        if recipient.id not in named:
            yield (
                f"recipient {recipient.id}",
                "name it in a rule, a stage or a letter, or remove it. Nothing goes to it.",
            )
