"""What a definition with stages has, and what one without: keys that belong together. One complaint a cause."""

from collections import Counter
from collections.abc import Iterable, Iterator

from routing.process.definition import PLACE, Definition
from routing.process.proof.complaint import Complaint
from routing.process.recipients import Recipient
from routing.process.stages import CITIZEN, NOBODY, RECIPIENT, FieldAgain
from routing.vocabulary import REVIEW, RecipientKind

PAGES = frozenset({PLACE, "details", "contact", "check", "which", "result", "similar", "map", "stretch"})
"""Pages that every journey has; ``place`` is also the column of the look-up."""

FIELDS = frozenset({"csrf", "seen", "council", "leave_empty"})
"""Fields in the form of every page. A question's field has its id as name."""

BUILT_IN = frozenset({"withdrawn", "merged"})
"""Ends that every process has."""

SPECIAL = frozenset({RECIPIENT, CITIZEN, NOBODY})


def shape(definition: Definition) -> Iterator[Complaint]:
    """Keys of processes with stages stand only there, and those of processes without only there."""
    if definition.has_stages:
        yield from _with_stages(definition)
    else:
        yield from _without_stages(definition)


def _with_stages(definition: Definition) -> Iterator[Complaint]:
    if definition.process.reply_within_working_days is not None:
        yield "process", "remove reply_within_working_days. With stages, the deadline of the stage is promised."
    if definition.retention.unclosed_days is not None:
        yield "retention", "remove unclosed_days. With stages, every case ends."
    for end in definition.end:
        if end.id in BUILT_IN:
            yield f"end {end.id}", f"rename it. '{end.id}' is built in."
    for recipient in definition.recipient:
        where = f"recipient {recipient.id}"
        if recipient.message is not None or recipient.next_steps:
            yield where, "remove message and next_steps. With stages, whoever acts reads the task of the stage."
        if recipient.id == REVIEW:
            yield where, f"remove this recipient, or rename it. '{REVIEW}' is built in."
        if recipient.id in SPECIAL:
            yield where, f"rename it. '{recipient.id}' has a meaning of its own in 'who'."


def _without_stages(definition: Definition) -> Iterator[Complaint]:
    if definition.process.reply_within_working_days is None:
        yield "process", "reply_within_working_days: add this key, or add stages."
    if definition.retention.unclosed_days is None:
        yield "retention", "unclosed_days: add this key, or add stages."
    for recipient in definition.recipient:
        yield from ((f"recipient {recipient.id}", what) for what in _of_recipient(recipient))
    for rule in definition.rule:
        if rule.stage is not None:
            yield f"rule {rule.id}", "remove stage. The process has no stages."
    for kind in ("end", "letter", "example"):
        for part in getattr(definition, kind):
            yield f"{kind} {part.id}", f"remove this [[{kind}]]. The process has no stages."


def _of_recipient(recipient: Recipient) -> Iterator[str]:
    if recipient.kind is RecipientKind.PARTNER:
        yield "use kind parish or team. Only a stage can ask a partner."
    if recipient.first_stage is not None:
        yield "remove first_stage. The process has no stages."
    if recipient.message is None:
        yield "message: add this key."
    if recipient.confirmation is None:
        yield "confirmation: add this key."


def unique(definition: Definition) -> Iterator[Complaint]:
    """Ids are unique. A question or field has one name in the whole file."""
    for kind in ("question", "recipient", "signpost", "rule", "stage", "end", "letter", "fee", "example"):
        yield from _twice(kind, (part.id for part in getattr(definition, kind)))
    for stage in definition.stage:
        where = f"stage {stage.id}, outcome"
        yield from _twice(where, (outcome.id for outcome in stage.outcome))
    questions = {question.id for question in definition.question}
    described = set[str]()
    for stage in definition.stage:
        here = [field.again if isinstance(field, FieldAgain) else field.id for field in stage.field]
        yield from _twice(f"stage {stage.id}, field", here)
        for field in stage.field:
            if isinstance(field, FieldAgain):
                continue
            where = f"stage {stage.id}, field {field.id}"
            if field.id in questions:
                yield where, f"'{field.id}' is the id of a question. Give it another id."
            elif field.id in described and here.count(field.id) == 1:
                again = f'To ask for that field once more, write only again = "{field.id}", and only_if or needed.'
                yield where, f"'{field.id}' is the id of another field. Give it another id. {again}"
            described.add(field.id)


def _twice(kind: str, ids: Iterable[str]) -> Iterator[Complaint]:
    for name, count in Counter(ids).items():
        if count > 1:
            yield f"{kind} {name}", f"{count} tables have this id. Give each a different id."


def needs_of(recipient: Recipient, definition: Definition, *, is_copied: bool, is_sent: bool) -> Iterator[Complaint]:
    """What a recipient has by its kind and by what rules do with it."""
    where = f"recipient {recipient.id}"
    if recipient.kind is RecipientKind.TEAM:
        if recipient.fallback is not None:
            yield where, "remove fallback. A team has none."
    else:
        fallback = definition.recipients.get(recipient.fallback or "")
        if fallback is None or fallback.kind is not RecipientKind.TEAM:
            whom = "the clerk" if recipient.kind is RecipientKind.PARISH else "the partner"
            yield where, f"set fallback to a recipient of kind team, in case we cannot email {whom}."
    if recipient.kind is RecipientKind.PARISH and recipient.mailbox is not None:
        yield where, "remove mailbox. We send to the address of the parish's clerk."
    if is_copied and recipient.copy_message is None:
        yield where, "add copy_message. A rule sends it a copy."
    if definition.has_stages and is_sent and recipient.confirmation is None:
        yield where, "add confirmation. A rule sends reports to it, and the citizen reads it then."
