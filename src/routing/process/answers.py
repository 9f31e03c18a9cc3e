"""Answers in words, for whoever reads a report: none is ever left out without a word."""

import contextlib
import logging
from collections.abc import Mapping

from routing.errors import AnswerNotOffered
from routing.i18n import noop
from routing.process.definition import Definition

log = logging.getLogger("waywarden.process")

NOT_OFFERED = noop("This answer is no longer offered: {value}")
"""What is shown instead of an answer that the definition at hand does not know."""


def answers_in_words(
    definition: Definition, answers: Mapping[str, str], not_offered: str = NOT_OFFERED
) -> tuple[tuple[str, str], ...]:
    """Question and answer, in the order of the definition; what it does not know comes last, and says so.

    Args:
        not_offered: ``NOT_OFFERED`` in the language of whoever reads it.
    """
    asked = [question for question in definition.question if question.id in answers]
    known = [(question.ask, answer_in_words(definition, question.id, answers, not_offered)) for question in asked]
    others = [name for name in answers if name not in definition.questions]
    return (*known, *((name, answer_in_words(definition, name, answers, not_offered)) for name in others))


def answer_in_words(
    definition: Definition, name: str, answers: Mapping[str, str], not_offered: str = NOT_OFFERED
) -> str:
    """One answer in words, or that it is not offered any more; that is logged, since a definition must not lose any."""
    value = answers[name]
    with contextlib.suppress(KeyError, AnswerNotOffered):
        return definition.questions[name].display(value)
    log.error("%s: %s of %s %s.", AnswerNotOffered.code, name, definition.slug, definition.version)
    return not_offered.format(value=value)
