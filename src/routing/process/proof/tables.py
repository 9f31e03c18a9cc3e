"""The tables of stages, deadlines and fees: every combination is decided, and every row decides one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from routing.process.conditions import Conditions, by_id, effective
from routing.process.decision_tree import MOST_REMAINDERS, DecisionTree, TooTangled, decision_tree, tree_or_none
from routing.process.definition import Definition
from routing.process.kinds import BaseQuestion
from routing.process.parts import When
from routing.process.proof.complaint import Complaint
from routing.process.proof.references import all_columns, columns_of
from routing.process.stages import Stage


@dataclass(frozen=True)
class StageTable:
    """The table of a stage: outcomes with ``when`` over its fields, questions and fields of stages before.

    Attributes:
        fields: what whoever acts fills in.
    """

    definition: Definition
    stage: Stage

    @cached_property
    def fields(self) -> tuple[BaseQuestion, ...]:
        return self.definition.fields_of(self.stage)

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that an answer can have, in the order of the rows."""
        return tuple(outcome.id for outcome in self.stage.outcome if outcome.when is not None)

    @cached_property
    def rows(self) -> tuple[Conditions, ...]:
        """The conditions of each row. Those of fields of this stage that are not asked are part of it."""
        own = by_id(self.fields)
        return tuple(effective(outcome.when, own) for outcome in self.stage.outcome if outcome.when is not None)

    @cached_property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The columns that a row reads, former ones first."""
        known = columns_of(self.definition, self.stage)
        read = {column for row in self.rows for column in row}
        own = {each.id for each in self.fields}
        former = [name for name in known if name in read and name not in own]
        return {name: known[name] for name in (*former, *(each.id for each in self.fields)) if name in read}

    @property
    def former(self) -> tuple[str, ...]:
        """The columns that must be known before the stage."""
        own = {each.id for each in self.fields}
        return tuple(name for name in self.columns if name not in own)

    @cached_property
    def tree(self) -> DecisionTree:
        """Its tree; columns of the stage's own fields are asked in the order of the form."""
        return decision_tree(self.rows, self.columns)

    def follows(self, outcome: str, when: When) -> bool:
        """Whether conditions hold whenever an answer has an outcome."""
        row = self.outcomes.index(outcome)
        return all(self._follows(row, column, allowed) for column, allowed in when.items())

    def _apart(self, column: str) -> DecisionTree | None:
        """The tree whose leaves say the value of a column; None if it is too tangled."""
        if column not in self._trees:
            self._trees[column] = tree_or_none(self.rows, self.columns, column)
        return self._trees[column]

    @cached_property
    def _trees(self) -> dict[str, DecisionTree | None]:
        return {}

    def _follows(self, row: int, column: str, allowed: Sequence[str]) -> bool:
        values = set(columns_of(self.definition, self.stage).get(column, ()))
        if values and values <= set(allowed):  # whatever it is, once it is asked
            return True
        tree = self._apart(column) if column in self.columns else None
        if tree is None:
            return False
        return all(({leaf.apart} if leaf.apart else values) <= set(allowed) for leaf in tree.leaves_of(row))

    @cached_property
    def filled(self) -> Mapping[str, frozenset[str]]:
        """Outcome of an answer → the fields that are certainly filled in then."""
        return {
            outcome: frozenset(
                field.id for field in self.fields if field.needed and (not field.only_if or self._asked(field, outcome))
            )
            for outcome in self.outcomes
        }

    def _asked(self, field: BaseQuestion, outcome: str) -> bool:
        own = by_id(self.fields)
        return self.follows(outcome, effective(field.only_if, own))


def stage_tables(definition: Definition, tables: Mapping[str, StageTable]) -> Iterator[Complaint]:
    """Tables of stages are total, and each row decides something."""
    for stage in definition.stage:
        found = [*_stage_table(stage, tables[stage.id]), *_dues(definition, stage)]
        yield from found or _only_time(stage)
    for fee in definition.fee:
        if fee.amounts:
            rows = [amount.when for amount in fee.amounts]
            yield from _rows(definition, rows, f"fee {fee.id}", "amounts")


def _stage_table(stage: Stage, table: StageTable) -> Iterator[Complaint]:
    where = f"stage {stage.id}"
    if stage.is_nobodys:
        return
    if not table.outcomes:
        yield where, "add 'when' to an outcome. No answer of whoever acts leads anywhere."
        return
    try:
        tree = table.tree
    except TooTangled as tangled:
        yield where, _tangled(tangled)
        return
    gap = tree.gap()
    if gap is not None:
        yield where, f"add an outcome for {_words(gap)}, or extend a 'when'. No outcome has this answer."
        return
    for number, outcome in enumerate(table.outcomes):
        if number not in tree.deciding:
            yield (
                f"{where}, outcome {outcome}",
                "move it up, or remove it. Outcomes before it have every answer it could.",
            )


def _only_time(stage: Stage) -> Iterator[Complaint]:
    """An outcome without ``when`` is one of silence, or of a count that is used up."""
    led_to = {due.late for due in stage.due} | {outcome.otherwise for outcome in stage.outcome}
    for outcome in stage.outcome:
        if outcome.when is None and outcome.id not in led_to:
            yield (
                f"stage {stage.id}, outcome {outcome.id}",
                "add 'when', or name it in late or otherwise. Nothing leads here.",
            )


def _dues(definition: Definition, stage: Stage) -> Iterator[Complaint]:
    if len(stage.due) > 1 or stage.due[0].when:
        yield from _rows(definition, [due.when for due in stage.due], f"stage {stage.id}", "due")


def _rows(definition: Definition, rows: Sequence[When], where: str, key: str) -> Iterator[Complaint]:
    columns = {name: values for name, values in all_columns(definition).items() if any(name in row for row in rows)}
    try:
        tree = decision_tree(rows, columns)
    except TooTangled as tangled:
        yield where, f"{key}: {_tangled(tangled)}"
        return
    gap = tree.gap()
    if gap is not None:
        yield where, f"{key}: add an entry for {_words(gap)}, or one without 'when' at the end. No entry has this."
        return
    for number in range(len(rows)):
        if number not in tree.deciding:
            yield where, f"{key}: move entry {number + 1} up, or remove it. Entries before it have everything it could."


def _words(values: Mapping[str, str]) -> str:
    return ", ".join(f"{column} = {value}" for column, value in values.items()) or "everything else"


def _tangled(tangled: TooTangled) -> str:
    most = ", ".join(tangled.columns)
    return f"split the table. It has more than {MOST_REMAINDERS:,} different remainders. It grows most with {most}."
