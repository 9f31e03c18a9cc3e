"""Where each text of a process with stages is read, and what is known there on every way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from routing.process.decision_tree import DecisionTree
from routing.process.definition import Definition
from routing.process.letters import TO_FIELD, Letter
from routing.process.proof.graph import Edge, Graph, State
from routing.process.proof.known import Knowledge, Known, at_rule, own_before
from routing.process.proof.tables import StageTable
from routing.process.shown import shown_texts
from routing.process.stages import Stage
from routing.vocabulary import PlaceState, RecipientKind

NOTHING = Known(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Context:
    """Where a text is read.

    Attributes:
        where: the part of the file.
        text: the text.
        known: what is known there on every way.
        is_sent: there is a reference.
        has_due: a stage follows, so there is a deadline.
        has_holds_until: it announces that a permission runs out.
        is_subject: it is the subject of an email.
        to_third: it goes to somebody who is neither the citizen nor a recipient.
        sender: the outcome that sends it, for the error.
    """

    where: str
    text: str
    known: Known = NOTHING
    is_sent: bool = False
    has_due: bool = False
    has_holds_until: bool = False
    is_subject: bool = False
    to_third: bool = False
    sender: str = ""


@dataclass(frozen=True)
class Proven:
    """A definition with stages, and what its ways are."""

    definition: Definition
    tree: DecisionTree
    tables: Mapping[str, StageTable]
    graph: Graph
    known: Knowledge
    cases: Mapping[int, Known] = field(default_factory=dict)

    def edges(self) -> Iterator[tuple[State, Edge, Known]]:
        """Every way on, with what is known on it."""
        for state, edges in self.graph.edges.items():
            yield from ((state, edge, self.known.after(state, edge)) for edge in edges)

    def at_case(self, numbers: Iterator[int] | tuple[int, ...]) -> Known | None:
        """What is known when any of some rules has decided; None without any."""
        found = None
        for number in numbers:
            known = self.cases[number]
            found = known if found is None else found.meet(known)
        return found


def known_cases(definition: Definition, tree: DecisionTree) -> dict[int, Known]:
    """Number of a rule that makes a case → what is known when it has decided."""
    return {
        number: at_rule(definition, tree, number)
        for number, rule in enumerate(definition.rule)
        if rule.to is not None and number in tree.deciding
    }


def contexts(proven: Proven) -> Iterator[Context]:
    """Every text that depends on the way of a case: from the confirmation on."""
    yield from _recipients(proven)
    yield from _rules(proven)
    for stage in proven.definition.stage:
        yield from _stage(proven, stage)
    yield from _ends(proven)
    for letter in proven.definition.letter:
        yield from _letter(proven, letter)


def _recipients(proven: Proven) -> Iterator[Context]:
    for recipient in proven.definition.recipient:
        where = f"recipient {recipient.id}"
        to = [number for number in proven.cases if proven.definition.rule[number].to == recipient.id]
        known = proven.at_case(tuple(to))
        if recipient.confirmation is not None and known is not None:
            yield Context(where, recipient.confirmation, known, is_sent=True, has_due=True)
        copied = [number for number in proven.cases if recipient.id in proven.definition.rule[number].copy_to]
        known = proven.at_case(tuple(copied))
        if recipient.copy_message is not None and known is not None:
            if recipient.kind is RecipientKind.PARISH:  # the copy goes only where there is a clerk
                known = Known(known.names, frozenset({PlaceState.PARISH.value}))
            yield Context(where, recipient.copy_message.subject, known, is_sent=True, is_subject=True)
            yield Context(where, recipient.copy_message.opening, known, is_sent=True)


def _rules(proven: Proven) -> Iterator[Context]:
    for number, known in proven.cases.items():
        rule = proven.definition.rule[number]
        yield Context(f"rule {rule.id}", rule.because, known, is_sent=True)


def _stage(proven: Proven, stage: Stage) -> Iterator[Context]:
    known = proven.known.in_stage(stage.id)
    if known is None:
        return
    where = f"stage {stage.id}"
    here = Context(where, stage.title, known, is_sent=True, has_due=True)
    yield here
    if stage.task is not None:
        yield replace(here, text=stage.task)
    table = proven.tables[stage.id]
    for each in table.fields:
        before = Known(known.names | own_before(table, each.id), known.places)
        for text, _shown in shown_texts(each):
            yield replace(here, where=f"{where}, field {each.id}", text=text, known=before)


def _ends(proven: Proven) -> Iterator[Context]:
    for end in proven.definition.end:
        known = at_end(proven, end.id)
        if known is None:
            continue
        yield Context(f"end {end.id}", end.title, known, is_sent=True)
        if end.renew is not None:
            letter = proven.definition.letters[end.renew.letter]
            sender = f"when it renews the end {end.id}"
            here = Context(f"letter {letter.id}", letter.text, known, is_sent=True, has_holds_until=True, sender=sender)
            here = replace(here, to_third=letter.to.startswith(TO_FIELD))
            yield here
            yield replace(here, text=letter.subject, is_subject=True)


def at_end(proven: Proven, end: str) -> Known | None:
    """What is known on every way to an end; None if no case ends like this."""
    found = None
    for _, edge, known in proven.edges():
        if edge.end == end:
            found = known if found is None else found.meet(known)
    return found


def senders(proven: Proven, letter: str) -> dict[tuple[str, str], tuple[Known, bool]]:
    """Stage and outcome that send a letter → what is known then, and whether a stage follows each time."""
    found: dict[tuple[str, str], tuple[Known, bool]] = {}
    for state, edge, known in proven.edges():
        if edge.outcome is None:
            continue
        if letter in proven.definition.stages[state.stage].outcomes[edge.outcome].letter:
            key, follows = (state.stage, edge.outcome), edge.target is not None
            before = found.get(key)
            found[key] = (known, follows) if before is None else (before[0].meet(known), before[1] and follows)
    return found


def sendings(proven: Proven, letter: str) -> Iterator[tuple[str, Known]]:
    """When a letter is sent, in words, and what is known then: by outcomes, and before a permission runs out."""
    for (stage, outcome), (known, _) in senders(proven, letter).items():
        yield f"when stage {stage}, outcome {outcome} sends it", known
    for end in proven.definition.end:
        known_there = at_end(proven, end.id)
        if end.renew is not None and end.renew.letter == letter and known_there is not None:
            yield f"when it renews the end {end.id}", known_there


def _letter(proven: Proven, letter: Letter) -> Iterator[Context]:
    for (stage, outcome), (known, follows) in senders(proven, letter.id).items():
        here = Context(f"letter {letter.id}", letter.text, known, is_sent=True, has_due=follows,
                       sender=f"when stage {stage}, outcome {outcome} sends it",
                       to_third=letter.to.startswith(TO_FIELD))  # fmt: skip
        yield here
        yield replace(here, text=letter.subject, is_subject=True)
