"""Everything that a stage, letter, end or fee names exists and can stand there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from routing.process.definition import Definition
from routing.process.kinds import BaseQuestion
from routing.process.letters import TO_CITIZEN, TO_FIELD
from routing.process.parts import When
from routing.process.proof.complaint import Complaint, no_such
from routing.process.proof.shape import SPECIAL
from routing.process.proof.strangers import by_strangers
from routing.process.stages import BACK, FLOW, RECIPIENT, Due, FieldAgain, Outcome, Stage

Columns = Mapping[str, Sequence[str]]


def all_columns(definition: Definition) -> dict[str, tuple[str, ...]]:
    """Every column that a table of a stage can have: questions and fields with a closed list of values."""
    asked: Iterable[BaseQuestion] = (*definition.question, *definition.fields.values())
    return {each.id: each.partitions for each in asked if each.is_column}


def conditions(when: When, columns: Columns, where: str, key: str) -> Iterator[Complaint]:
    """The columns and values of conditions exist."""
    for column, values in when.items():
        if column not in columns:
            yield where, f"{key}.{column} is not a column here. Use one of {', '.join(columns)}."
            continue
        for value in values:
            if value not in columns[column]:
                yield where, f"{key}.{column} has '{value}'. Use one of {', '.join(columns[column])}."
        if not values:
            yield where, f"{key}.{column} is an empty list and never matches. Remove it or add values."


def columns_of(definition: Definition, stage: Stage) -> dict[str, tuple[str, ...]]:
    """Every column that a table of a stage can have: its own fields as they are asked in it."""
    own = definition.fields_of(stage)
    former = {name: values for name, values in all_columns(definition).items() if name not in {each.id for each in own}}
    return former | {each.id: each.partitions for each in own if each.is_column}


def stage_references(definition: Definition) -> Iterator[Complaint]:
    """Stages, outcomes, fields and deadlines name what exists."""
    for stage in definition.stage:
        again = list(_fields(definition, stage))
        yield from again
        if again:
            continue
        columns = columns_of(definition, stage)
        yield from _only_ifs(definition, stage, columns)
        yield from _who(definition, stage)
        for due in stage.due:
            yield from _due(definition, stage, due, columns)
        for outcome in stage.outcome:
            yield from _outcome(definition, stage, outcome, columns)
        for name in stage.not_by:
            if name not in definition.stages:
                yield f"stage {stage.id}", f"not_by: {no_such('stage', name, definition.stages)}"


def _fields(definition: Definition, stage: Stage) -> Iterator[Complaint]:
    for field in stage.field:
        if isinstance(field, FieldAgain) and field.again not in definition.fields:
            known = ", ".join(definition.fields)
            yield (
                f"stage {stage.id}, field {field.again}",
                f"again: use one of the fields {known}. There is no '{field.again}'.",
            )


def _only_ifs(definition: Definition, stage: Stage, columns: Columns) -> Iterator[Complaint]:
    """A field is asked under conditions on questions and fields that stand before it."""
    before = dict(columns)
    for later in (each.id for each in definition.fields_of(stage)):
        before.pop(later, None)
    for field in definition.fields_of(stage):
        yield from conditions(field.only_if, before, f"stage {stage.id}, field {field.id}", "only_if")
        if field.is_column:
            before[field.id] = field.partitions


def _who(definition: Definition, stage: Stage) -> Iterator[Complaint]:
    where = f"stage {stage.id}"
    for name in stage.who:
        if name not in definition.recipients and name not in SPECIAL and not name.startswith(FLOW):
            known = ", ".join((*definition.recipients, *sorted(SPECIAL)))
            yield where, f"who: use {known}, or add a [[recipient]] with the id '{name}'. There is no '{name}'."
        elif stage.asks_several and name not in definition.recipients:
            yield where, f"who: ask '{name}' in a stage of its own. A list has only recipients by their ids."
    if len(set(stage.who)) < len(stage.who):
        yield where, "who: name everybody once."
    kinds = [definition.recipients[name].kind for name in stage.who if name in definition.recipients]
    if stage.asks_several and kinds and all(kind == "parish" for kind in kinds):
        yield where, "who: add somebody besides the parish. It is only asked where there is one."
    yield from _of_nobody(stage, where)
    yield from _first(definition, stage, where)


def _of_nobody(stage: Stage, where: str) -> Iterator[Complaint]:
    if stage.is_nobodys and (stage.field or stage.task is not None):
        yield where, "remove task and fields, or say who acts. Nobody reads or fills them in."
    if stage.is_nobodys and any(outcome.when is not None for outcome in stage.outcome):
        yield where, "remove 'when' from its outcomes, or say who acts. Nobody answers here, so only time leads on."
    if not stage.is_nobodys and stage.task is None:
        yield where, "task: add this key. Whoever acts reads it."


def _first(definition: Definition, stage: Stage, where: str) -> Iterator[Complaint]:
    is_first = stage.id in first_stages(definition)
    if RECIPIENT in stage.who and not is_first:
        yield where, "who: name the recipient. Only a first stage is acted on by whom the table chose."
    if stage.stops_clock and is_first:
        yield where, "clock: remove it, or begin in another stage. No time stands yet in a first stage."


def first_stages(definition: Definition) -> frozenset[str]:
    """The stages in which cases can begin."""
    sent = [
        (rule.stage, definition.recipients[rule.to]) for rule in definition.rule if rule.to in definition.recipients
    ]
    named = {stage or recipient.first_stage for stage, recipient in sent}
    fallbacks = [definition.recipients.get(recipient.fallback or "") for _, recipient in sent]
    named |= {fallback.first_stage for fallback in fallbacks if fallback is not None}
    return frozenset(name for name in named if name is not None)


def _due(definition: Definition, stage: Stage, due: Due, columns: Columns) -> Iterator[Complaint]:
    where = f"stage {stage.id}"
    if due.late not in stage.outcomes:
        known = ", ".join(stage.outcomes)
        yield where, f"due.late: use one of the outcomes {known}. This stage has no outcome '{due.late}'."
    others = {
        name: values
        for name, values in columns.items()
        if name not in {each.id for each in definition.fields_of(stage)}
    }
    yield from conditions(due.when, others, where, "due.when")
    if due.counts_from is not None:
        yield from _date(definition, due.counts_from, where, "due.after" if due.after else "due.before")


def _date(definition: Definition, name: str, where: str, key: str) -> Iterator[Complaint]:
    question = definition.asked(name)
    if question is None or question.kind != "date":
        dates = [each.id for each in (*definition.question, *definition.fields.values()) if each.kind == "date"]
        yield where, f"{key}: use a question or field of kind date: {', '.join(dates) or 'there is none'}."


def _outcome(definition: Definition, stage: Stage, outcome: Outcome, columns: Columns) -> Iterator[Complaint]:
    where = f"stage {stage.id}, outcome {outcome.id}"
    ways = [name for name in ("next", "end", "extend") if getattr(outcome, name) is not None]
    if len(ways) != 1:
        yield where, "set exactly one of next, end and extend."
        return
    if outcome.next == BACK and not stage.stops_clock:
        yield where, 'next: name a stage. Only a stage with clock = "stops" can go back to the one that asked.'
    if outcome.next is not None and outcome.next != BACK and outcome.next not in definition.stages:
        yield where, f"next: {no_such('stage', outcome.next, definition.stages)}"
    if outcome.end is not None and outcome.end not in definition.ends:
        yield where, f"end: {no_such('end', outcome.end, definition.ends)}"
    for name in outcome.letter:
        if name not in definition.letters:
            yield where, f"letter: {no_such('letter', name, definition.letters)}"
    yield from conditions(outcome.when or {}, columns, where, "when")
    yield from _counted(stage, outcome, where)
    if outcome.at_once and not stage.asks_several:
        yield where, "remove at_once. Only one is asked here."
    if outcome.at_once and outcome.when is None:
        yield where, "add 'when', or remove at_once. No answer leads here."


def _counted(stage: Stage, outcome: Outcome, where: str) -> Iterator[Complaint]:
    if (outcome.at_most is None) != (outcome.otherwise is None):
        yield where, "set both at_most and otherwise, or neither."
    if outcome.otherwise is not None and (outcome.otherwise not in stage.outcomes or outcome.otherwise == outcome.id):
        known = ", ".join(name for name in stage.outcomes if name != outcome.id)
        yield where, f"otherwise: use another outcome of this stage: {known or 'add one'}."


def further_references(definition: Definition) -> Iterator[Complaint]:
    """Letters, ends, fees, rules and recipients name what exists."""
    strangers = by_strangers(definition)
    persons = [each.id for each in definition.fields.values() if each.kind == "person" and each.id not in strangers]
    for letter in definition.letter:
        name = letter.to.removeprefix(TO_FIELD)
        if letter.to.startswith(TO_FIELD) and name not in persons:
            known = ", ".join(persons) or "there is none"
            yield f"letter {letter.id}", f"to: use a field of kind person that a team fills in: {known}."
        elif not letter.to.startswith(TO_FIELD) and letter.to != TO_CITIZEN and letter.to not in definition.recipients:
            yield f"letter {letter.id}", f"to: {no_such('recipient', letter.to, definition.recipients)}"
    for end in definition.end:
        where = f"end {end.id}"
        if end.holds_until is not None:
            yield from _date(definition, end.holds_until, where, "holds_until")
        if end.renew is not None and end.holds_until is None:
            yield where, "add holds_until, or remove renew. The letter goes before that date."
        if end.renew is not None and end.renew.letter not in definition.letters:
            yield where, f"renew.letter: {no_such('letter', end.renew.letter, definition.letters)}"
    yield from _fees(definition)
    yield from _beginnings(definition)


def _fees(definition: Definition) -> Iterator[Complaint]:
    columns = all_columns(definition)
    for fee in definition.fee:
        where = f"fee {fee.id}"
        if bool(fee.amounts) == (fee.amount_of is not None):
            yield where, "set either amounts or amount_of."
        for amount in fee.amounts:
            yield from conditions(amount.when, columns, where, "amounts.when")
        question = definition.asked(fee.amount_of or "")
        if fee.amount_of is not None and (question is None or question.kind != "number"):
            numbers = [each.id for each in (*definition.question, *definition.fields.values()) if each.kind == "number"]
            yield where, f"amount_of: use a question or field of kind number: {', '.join(numbers) or 'there is none'}."


def _beginnings(definition: Definition) -> Iterator[Complaint]:
    """Every case begins in a stage."""
    for recipient in definition.recipient:
        if recipient.first_stage is not None and recipient.first_stage not in definition.stages:
            yield (
                f"recipient {recipient.id}",
                f"first_stage: {no_such('stage', recipient.first_stage, definition.stages)}",
            )
    sent_to = {rule.to for rule in definition.rule if rule.stage is None}
    for rule in definition.rule:
        to = definition.recipients.get(rule.to or "")
        if rule.stage is not None and rule.stage not in definition.stages:
            yield f"rule {rule.id}", f"stage: {no_such('stage', rule.stage, definition.stages)}"
        elif to is not None and rule.stage is None and to.first_stage is None:
            yield f"recipient {to.id}", "add first_stage. A rule sends reports to it."
        if to is None or to.fallback is None:
            continue
        fallback = definition.recipients.get(to.fallback)
        if fallback is not None and fallback.first_stage is None and fallback.id not in sent_to:
            text = f"add first_stage. If we cannot email '{to.id}', the report begins with this team."
            yield f"recipient {fallback.id}", text
