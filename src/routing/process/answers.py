"""Answers to keep, and answers in words for readers of a report. Never leaves an answer out silently."""

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.errors import AnswerNotOffered
from routing.i18n import noop
from routing.process.definition import Definition
from routing.process.kinds import Keeping
from routing.vocabulary import printable

log = logging.getLogger("waywarden.process")

NOT_OFFERED = noop("This answer is no longer offered: {value}")
"""Shown instead of an answer that the definition does not have."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The answers of a report, by what we keep them with (``Keeping``).

    Attributes:
        answers: question → code or number.
        words: question → what a citizen typed.
        personal: question → what is about a person.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict, repr=False)
    personal: Mapping[str, str] = field(default_factory=dict, repr=False)


def kept_apart(definition: Definition, answers: Mapping[str, str]) -> Kept:
    """The stored answers to questions and fields of a definition, by what we keep them with."""
    found: dict[Keeping, dict[str, str]] = {sort: {} for sort in Keeping}
    for name, value in answers.items():
        question = definition.asked(name)
        assert question is not None, f"{name} is neither a question nor a field"
        found[question.kept_with][name] = value
    return Kept(found[Keeping.ANSWERS], found[Keeping.WORDS], found[Keeping.REPORTER])


def is_typed(definition: Definition, name: str) -> bool:
    """Whether an answer is what somebody typed; also if nobody knows the question any more."""
    question = definition.asked(name)
    return question is None or question.is_typed


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
    return not_offered.format(value=printable(value))
