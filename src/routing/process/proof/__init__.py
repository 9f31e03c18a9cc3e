"""Check a definition: everything that must be right before it can decide a report."""

from collections.abc import Iterator, Mapping

from routing.errors import DefinitionError
from routing.process.definition import Definition
from routing.process.proof.complaint import Complaint
from routing.process.proof.names import FIELDS, names, questions, recipients, references
from routing.process.proof.texts import characters, fillings
from routing.process.proof.triage import signposts_first, triage, triage_tree

__all__ = ["FIELDS", "prove"]


def prove(definition: Definition, source: str, lines: Mapping[str, int], lists: frozenset[str]) -> None:
    """Refuse a definition that leaves a combination undecided, has a hidden rule, or names something missing.

    Args:
        lines: ``rule R07`` → line number, for the error.
        lists: names of council lists that a text may use.

    Raises:
        DefinitionError: the first error.
    """
    for where, message in _complaints(definition, lists):
        line = f" (line {lines[where]})" if where in lines else ""
        raise DefinitionError(source, f"{where}{line}", message)


def _complaints(definition: Definition, lists: frozenset[str]) -> Iterator[Complaint]:
    yield from characters(definition)
    yield from names(definition)
    yield from questions(definition)
    yield from references(definition)
    tree = yield from triage_tree(definition)  # everything that the table names exists
    if tree is None:
        return
    yield from fillings(definition, tree, lists)
    yield from recipients(definition)
    yield from signposts_first(definition)
    yield from triage(definition, tree)
