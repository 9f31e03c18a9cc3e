"""Who fills in which question and field: somebody of the council, or a stranger."""

from routing.process.definition import Definition
from routing.process.stages import CITIZEN, FLOW, RECIPIENT, Stage
from routing.vocabulary import RecipientKind


def by_strangers(definition: Definition) -> frozenset[str]:
    """The questions and fields that somebody outside the council fills in on some way."""
    found = {question.id for question in definition.question}
    for stage in definition.stage:
        if _is_strange(definition, stage):
            found |= {field.id for field in definition.fields_of(stage)}
    return frozenset(found)


def _is_strange(definition: Definition, stage: Stage) -> bool:
    for name in stage.who:
        if name == CITIZEN or name.startswith(FLOW):
            return True
        recipients = [definition.recipients[name]] if name in definition.recipients else []
        if name == RECIPIENT:
            recipients = [
                definition.recipients[rule.to]
                for rule in definition.rule
                if rule.to in definition.recipients
                and (rule.stage or definition.recipients[rule.to].first_stage) == stage.id
            ]
        if any(each.kind is not RecipientKind.TEAM for each in recipients):
            return True
    return False
