"""The triage table: a rule decides everything, every rule decides something, and only a parish has a clerk."""

from collections.abc import Iterator

from routing.process.decision_tree import MOST_REMAINDERS, DecisionTree, TooTangled, decision_tree, example_of
from routing.process.definition import PLACE, Definition
from routing.process.proof.complaint import Complaint
from routing.vocabulary import PlaceState, RecipientKind


def triage_tree(definition: Definition) -> tuple[DecisionTree | None, list[Complaint]]:
    """The tree of the triage table, or what to do about a table that is too tangled for one."""
    try:
        return decision_tree(definition.conditions, definition.columns, apart=PLACE), []
    except TooTangled as tangled:
        most = ", ".join(tangled.columns)
        what = f"The table has more than {MOST_REMAINDERS:,} different remainders. It grows most with {most}."
        return None, [("rule", f"ask fewer questions, or split the process. {what}")]


def signposts_first(definition: Definition) -> Iterator[Complaint]:
    """Signposts come before all cases."""
    first_case: str | None = None
    for rule in definition.rule:
        if rule.to is not None:
            first_case = first_case or rule.id
        elif first_case is not None:
            yield f"rule {rule.id}", f"move this signpost before all cases. It comes after the case rule {first_case}."


def triage(definition: Definition, tree: DecisionTree) -> Iterator[Complaint]:
    """A rule decides every combination of answers and place states, and every rule decides one."""
    gap = tree.gap()
    if gap is not None:
        shown = ", ".join(f"{column} = {value}" for column, value in gap.items())
        yield "rule", f"add a rule for {shown or 'everything else'}, or extend a 'when'. No rule decides this."
        return
    for number, rule in enumerate(definition.rule):
        if number not in tree.deciding:
            yield f"rule {rule.id}", "move it up, or remove it. Earlier rules decide everything it could."
        yield from _clerks(definition, tree, number)


def _clerks(definition: Definition, tree: DecisionTree, number: int) -> Iterator[Complaint]:
    """A clerk must act only where the place is a parish, in every case that a rule decides.

    A copy goes to the clerk if there is one.
    """
    rule = definition.rule[number]
    to = definition.recipients.get(rule.to or "")
    if to is None or to.kind is not RecipientKind.PARISH:
        return
    elsewhere = next((leaf for leaf in tree.leaves_of(number) if leaf.apart != PlaceState.PARISH), None)
    if elsewhere is not None:
        shown = ", ".join(f"{column} = {value}" for column, value in example_of(elsewhere).items()) or "everything"
        what = "add place = \"parish\" to 'when', or decide other places in a rule before."
        yield f"rule {rule.id}", f"{what} It also decides {shown}. Only a place in one parish has a clerk."
