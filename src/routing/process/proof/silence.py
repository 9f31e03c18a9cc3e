"""The longest way on which nobody acts, in days. Shown, not proved."""

from routing.process.definition import Definition
from routing.process.kinds.date import DateQuestion
from routing.process.proof.graph import Graph, State, explore
from routing.process.proof.tables import StageTable
from routing.process.proof.triage import triage_tree
from routing.process.stages import Due, Unit

DAYS = {
    Unit.HOURS: 1 / 24,
    Unit.WORKING_DAYS: 7 / 5,
    Unit.CALENDAR_DAYS: 1.0,
    Unit.WEEKS: 7.0,
    Unit.MONTHS: 30.5,
}
"""Days of a unit. Working days without bank holidays."""


def longest_silence(definition: Definition) -> int | None:
    """How many days a case goes on at most if nobody acts; None without stages. Only for checked definitions."""
    if not definition.has_stages:
        return None
    tree, _ = triage_tree(definition)
    assert tree is not None
    tables = {stage.id: StageTable(definition, stage) for stage in definition.stage}
    graph = explore(definition, tables, tree.deciding)
    known: dict[State, float] = {}
    return round(max((_days(definition, graph, entry, known) for entry in graph.entries.values()), default=0))


def _days(definition: Definition, graph: Graph, state: State, known: dict[State, float]) -> float:
    if state not in known:
        stage = definition.stages[state.stage]
        own = {due.late: _of(definition, due) for due in stage.due}
        known[state] = max(
            own[edge.trigger or ""] + (_days(definition, graph, edge.target, known) if edge.target else 0)
            for edge in graph.edges[state]
            if edge.is_silent
        )
    return known[state]


def _of(definition: Definition, due: Due) -> float:
    number = (due.late_at or due.number) * DAYS[due.unit]
    name = due.counts_from
    if name is None:
        return number
    question = definition.questions.get(name) or definition.fields.get(name)
    ahead = question.most_days_ahead if isinstance(question, DateQuestion) else None
    return max((ahead or 0) - number, 0) if due.before else (ahead or 0) + number
