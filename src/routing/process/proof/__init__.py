"""Check a definition: everything that must be right before it can decide a report or lead a case to its end.

The checks are in phases. A phase only runs if those before it found nothing, so that one cause is one complaint.
"""

from collections.abc import Iterable, Iterator, Mapping

from routing.errors import DefinitionError
from routing.process.definition import Definition
from routing.process.proof.clock import clocks
from routing.process.proof.complaint import Complaint
from routing.process.proof.contexts import Proven, known_cases
from routing.process.proof.examples import played
from routing.process.proof.graph import explore
from routing.process.proof.known import knowledge
from routing.process.proof.names import questions, recipients, references
from routing.process.proof.needed import needed_in
from routing.process.proof.references import further_references, stage_references
from routing.process.proof.shape import FIELDS, shape, unique
from routing.process.proof.silence import longest_silence
from routing.process.proof.tables import StageTable, stage_tables
from routing.process.proof.texts import characters, fillings, units_twice
from routing.process.proof.triage import signposts_first, triage, triage_tree
from routing.process.proof.ways import ends, used
from routing.process.proof.words import clerks, stage_knowns, stage_words

__all__ = ["FIELDS", "complaints", "longest_silence", "needed_in", "prove", "warnings"]


def prove(definition: Definition, source: str, lines: Mapping[str, int], lists: frozenset[str]) -> None:
    """Refuse a definition that leaves a combination undecided, has a hidden rule, or names something missing.

    Args:
        lines: ``rule R07`` → line number, for the error.
        lists: names of council lists that a text may use.

    Raises:
        DefinitionError: the first complaint, and all others of its phase.
    """
    found = [(_placed(where, lines), message) for where, message in complaints(definition, lists)]
    if found:
        (where, message), *others = found
        raise DefinitionError(source, where, message, tuple(f"{where}: {message}" for where, message in others))


def _placed(where: str, lines: Mapping[str, int]) -> str:
    """A part with its line; that of the table around it if it has none of its own."""
    line = lines.get(where) or lines.get(where.partition(", ")[0])
    return f"{where} (line {line})" if line else where


def complaints(definition: Definition, lists: frozenset[str]) -> list[Complaint]:
    """Everything to change, of the first phase that finds something."""
    for phase in _phases(definition, lists):
        found = list(dict.fromkeys(phase))
        if found:
            return found
    return []


def _phases(definition: Definition, lists: frozenset[str]) -> Iterator[Iterable[Complaint]]:
    yield characters(definition)
    yield shape(definition)
    yield unique(definition)
    yield questions(definition)
    yield references(definition)
    tree, tangled = triage_tree(definition)
    yield tangled
    assert tree is not None
    yield fillings(definition, tree, lists)
    yield recipients(definition)
    yield signposts_first(definition)
    if not definition.has_stages:
        yield triage(definition, tree)
        return
    yield [*stage_references(definition), *further_references(definition)]
    yield clocks(definition)
    yield triage(definition, tree)
    tables = {stage.id: StageTable(definition, stage) for stage in definition.stage}
    yield stage_tables(definition, tables)
    graph = explore(definition, tables, tree.deciding)
    yield ends(graph)
    yield used(definition, graph, tree.deciding)
    known = knowledge(definition, tree, graph, tables)
    proven = Proven(definition, tree, tables, graph, known, known_cases(definition, tree))
    yield clerks(proven)
    yield stage_knowns(proven)
    yield stage_words(proven, lists | definition.lists)
    yield played(definition)


FEWEST_EXAMPLES = 3
NOT_CHECKED = "not checked"


def warnings(definition: Definition) -> Iterator[str]:
    """What a reader should know of a definition that is right: too few examples, and sources that nobody checked."""
    if definition.has_stages and len(definition.example) < FEWEST_EXAMPLES:
        yield f"it has {len(definition.example)} played examples. Write at least {FEWEST_EXAMPLES}."
    yield from units_twice(definition)
    for kind in ("rule", "stage"):
        for part in getattr(definition, kind):
            if part.source is not None and part.source.startswith(NOT_CHECKED):
                yield f"the source of {kind} {part.id} is {part.source}."
