"""Ids are unique, everything that is named exists, and what belongs together is there together."""

from collections import Counter
from collections.abc import Iterator

from routing.process.definition import PLACE, TABLE_STATES, Definition, Recipient, Rule, Signpost
from routing.process.kinds import Question
from routing.process.proof.complaint import Complaint, no_such
from routing.vocabulary import REVIEW, RecipientKind

PAGES = frozenset({PLACE, "details", "contact", "check", "which", "result", "similar", "map", "stretch"})
"""Pages that every journey has; ``place`` is also the column of the look-up."""

FIELDS = frozenset({"csrf", "seen", "council", "leave_empty"})
"""Fields in the form of every page. A question's field has its id as name."""


def names(definition: Definition) -> Iterator[Complaint]:
    """Ids are unique."""
    kinds: dict[str, tuple[Question | Recipient | Signpost | Rule, ...]] = {
        "question": definition.question,
        "recipient": definition.recipient,
        "signpost": definition.signpost,
        "rule": definition.rule,
    }
    for kind, entries in kinds.items():
        for name, count in Counter(entry.id for entry in entries).items():
            if count > 1:
                yield f"{kind} {name}", f"{count} tables have this id. Give each a different id."


def questions(definition: Definition) -> Iterator[Complaint]:
    """Each question can be asked, by its kind."""
    for question in definition.question:
        where = f"question {question.id}"
        if question.id in PAGES:
            yield where, f"'{question.id}' is a page of every journey. Choose another id."
        if question.id in FIELDS:
            yield where, f"'{question.id}' is a field of every page. Choose another id."
        yield from ((where, complaint) for complaint in question.complaints())


def references(definition: Definition) -> Iterator[Complaint]:
    """Rules name columns, values, signposts and recipients that exist."""
    columns = {question.id: question.partitions for question in definition.question}
    columns[PLACE] = tuple(state.value for state in TABLE_STATES)
    for rule in definition.rule:
        where = f"rule {rule.id}"
        for column, values in rule.when.items():
            if column not in columns:
                yield where, f"when.{column} is not a question. Use one of {', '.join(columns)}."
                continue
            for value in values:
                if value not in columns[column]:
                    yield where, f"when.{column} has '{value}'. Use one of {', '.join(columns[column])}."
            if not values:
                yield where, f"when.{column} is an empty list and never matches. Remove it or add values."
        yield from _outcome(rule, where, definition)


def _outcome(rule: Rule, where: str, definition: Definition) -> Iterator[Complaint]:
    if (rule.signpost is None) == (rule.to is None):
        yield where, "set either 'signpost' or 'to'."
    if rule.signpost is not None and rule.signpost not in definition.signposts:
        yield where, no_such("signpost", rule.signpost, definition.signposts)
    if rule.signpost is not None and rule.copy_to:
        yield where, "remove 'copy'. A signpost is not a case, so it has no copies."
    for name in (*([rule.to] if rule.to else []), *rule.copy_to):
        if name not in definition.recipients:
            yield where, no_such("recipient", name, definition.recipients)
    if rule.to in rule.copy_to:
        yield where, f"remove '{rule.to}' from 'copy'. It already gets the report to act on."


def recipients(definition: Definition) -> Iterator[Complaint]:
    """Each recipient has what its kind and the rules need."""
    review = definition.recipients.get(REVIEW)
    if review is None or review.kind is not RecipientKind.TEAM:
        yield "recipient review", 'add a [[recipient]] with id = "review" and kind = "team".'
    copied = {name for rule in definition.rule for name in rule.copy_to}
    for recipient in definition.recipient:
        yield from _recipient(recipient, definition, is_copied=recipient.id in copied)


def _recipient(recipient: Recipient, definition: Definition, *, is_copied: bool) -> Iterator[Complaint]:
    where = f"recipient {recipient.id}"
    if recipient.kind is RecipientKind.PARISH:
        fallback = definition.recipients.get(recipient.fallback or "")
        if fallback is None or fallback.kind is not RecipientKind.TEAM:
            yield where, "set fallback to a recipient of kind team, in case we cannot email the clerk."
        if recipient.mailbox is not None:
            yield where, "remove mailbox. We send to the address of the parish's clerk."
    elif recipient.fallback is not None:
        yield where, "remove fallback. A team has none."
    if is_copied and recipient.copy_message is None:
        yield where, "add copy_message. A rule sends it a copy."
