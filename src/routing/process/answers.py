"""Answers in words, for readers of a report. Never leaves an answer out silently."""

import contextlib
import logging
from collections.abc import Mapping

from routing.errors import AnswerNotOffered
from routing.i18n import noop
from routing.process.definition import Definition

log = logging.getLogger("waywarden.process")

NOT_OFFERED = noop("This answer is no longer offered: {value}")
"""Shown instead of an answer that the definition does not have."""


def answers_in_words(
    definition: Definition, answers: Mapping[str, str], not_offered: str = NOT_OFFERED
) -> tuple[tuple[str, str], ...]:
    """Question and answer, in the order of the definition. Unknown ones come last and say so.

    Args:
        not_offered: ``NOT_OFFERED`` in the reader's language.
    """
    asked = [question for question in definition.question if question.id in answers]
    known = [(question.ask, answer_in_words(definition, question.id, answers, not_offered)) for question in asked]
    others = [name for name in answers if name not in definition.questions]
    return (*known, *((name, answer_in_words(definition, name, answers, not_offered)) for name in others))


def answer_in_words(
    definition: Definition, name: str, answers: Mapping[str, str], not_offered: str = NOT_OFFERED
) -> str:
    """One answer in words, or that we no longer offer it. We log that, because a definition must not lose answers."""
    value = answers[name]
    with contextlib.suppress(KeyError, AnswerNotOffered):
        return definition.questions[name].display(value)
    log.error("%s: %s of %s %s.", AnswerNotOffered.code, name, definition.slug, definition.version)
    return not_offered.format(value=value)
