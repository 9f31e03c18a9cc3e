"""What a case has whenever it comes to a stage: an officer's move there must give what is missing (rule 5)."""

from routing.process.definition import Definition
from routing.process.proof.graph import explore
from routing.process.proof.known import knowledge
from routing.process.proof.tables import StageTable
from routing.process.proof.triage import triage_tree


def needed_in(definition: Definition, stage: str) -> tuple[str, ...]:
    """The questions and fields that have a value on every way to a stage, in the order of the file."""
    tree, _ = triage_tree(definition)
    assert tree is not None  # checked when it was loaded
    tables = {each.id: StageTable(definition, each) for each in definition.stage}
    graph = explore(definition, tables, tree.deciding)
    known = knowledge(definition, tree, graph, tables).in_stage(stage)
    names = known.names if known is not None else frozenset()
    return tuple(name for name in (*definition.questions, *definition.fields) if name in names)
