"""Rules name columns, values, signposts and recipients that exist, and each recipient has what it needs."""

from collections.abc import Iterator

from routing.process.definition import PLACE, Definition
from routing.process.proof.complaint import Complaint, no_such
from routing.process.proof.references import conditions
from routing.process.proof.shape import FIELDS, PAGES, needs_of
from routing.process.rules import Rule
from routing.process.stages import FieldAgain
from routing.vocabulary import REVIEW, RecipientKind

WORDS = frozenset({"reference", "due", "holds_until"})
"""Words that texts of a process with stages can use besides questions and fields."""


def questions(definition: Definition) -> Iterator[Complaint]:
    """Each question and field can be asked, by its kind."""
    for question in definition.question:
        where = f"question {question.id}"
        if question.id in PAGES:
            yield where, f"'{question.id}' is a page of every journey. Choose another id."
        if question.id in FIELDS:
            yield where, f"'{question.id}' is a field of every page. Choose another id."
        if question.id in WORDS:
            yield where, f"'{question.id}' is a word of texts with a meaning of its own. Choose another id."
        yield from ((where, complaint) for complaint in question.complaints())
    for stage in definition.stage:
        for field in stage.field:
            if isinstance(field, FieldAgain):
                continue
            where = f"stage {stage.id}, field {field.id}"
            if field.id == PLACE or field.id in FIELDS | WORDS:
                yield where, f"'{field.id}' has a meaning of its own. Choose another id."
            if field.only_if_council_lists is not None:
                yield where, "remove only_if_council_lists. Only citizens' questions depend on the council's lists."
            else:
                yield from ((where, complaint) for complaint in field.complaints())


def references(definition: Definition) -> Iterator[Complaint]:
    """Rules name columns, values, signposts and recipients that exist."""
    before = dict[str, tuple[str, ...]]()
    for question in definition.question:
        yield from conditions(question.only_if, before, f"question {question.id}", "only_if")
        if question.is_column:
            before[question.id] = question.partitions
    for rule in definition.rule:
        where = f"rule {rule.id}"
        for column, values in rule.when.items():
            if column == PLACE and not definition.has_place:
                yield where, "remove place from 'when'. The process has no place."
                continue
            if column not in definition.columns:
                yield where, f"when.{column} is not a question. Use one of {', '.join(definition.columns)}."
                continue
            yield from conditions({column: values}, definition.columns, where, "when")
        yield from _outcome(rule, where, definition)


def _outcome(rule: Rule, where: str, definition: Definition) -> Iterator[Complaint]:
    if (rule.signpost is None) == (rule.to is None):
        yield where, "set either 'signpost' or 'to'."
    if rule.signpost is not None and rule.signpost not in definition.signposts:
        yield where, no_such("signpost", rule.signpost, definition.signposts)
    if rule.signpost is not None and rule.copy_to:
        yield where, "remove 'copy'. A signpost is not a case, so it has no copies."
    if rule.signpost is not None and rule.stage is not None:
        yield where, "remove 'stage'. A signpost is not a case, so it has no stages."
    if rule.to == REVIEW and rule.stage is not None:
        yield where, "remove 'stage'. Reports to review go through no stage."
    for name in (*([rule.to] if rule.to else []), *rule.copy_to):
        is_built_in = definition.has_stages and name == REVIEW and name == rule.to
        if name not in definition.recipients and not is_built_in:
            yield where, no_such("recipient", name, definition.recipients)
    if rule.to in rule.copy_to:
        yield where, f"remove '{rule.to}' from 'copy'. It already gets the report to act on."


def recipients(definition: Definition) -> Iterator[Complaint]:
    """Each recipient has what its kind and the rules need."""
    review = definition.recipients.get(REVIEW)
    if not definition.has_stages and (review is None or review.kind is not RecipientKind.TEAM):
        yield "recipient review", 'add a [[recipient]] with id = "review" and kind = "team".'
    copied = {name for rule in definition.rule for name in rule.copy_to}
    sent = {rule.to for rule in definition.rule}
    for recipient in definition.recipient:
        yield from needs_of(recipient, definition, is_copied=recipient.id in copied, is_sent=recipient.id in sent)
