"""The process room: the language of service processes, its checks and the triage table. Pure."""

from routing.process.answers import NOT_OFFERED, answer_in_words, answers_in_words
from routing.process.definition import (
    PLACE,
    TABLE_STATES,
    Definition,
    Nearby,
    Recipient,
    Rule,
    Signpost,
    Wording,
)
from routing.process.kinds import Question
from routing.process.parsing import parse, read_stored
from routing.process.proof import FIELDS
from routing.process.table import Needs, check_answers, complete_answers, evaluate
from routing.process.translation import in_language
from routing.process.wording import PLACEHOLDERS, either, filled, placeholders, render

__all__ = [
    "FIELDS",
    "NOT_OFFERED",
    "PLACE",
    "PLACEHOLDERS",
    "TABLE_STATES",
    "Definition",
    "Nearby",
    "Needs",
    "Question",
    "Recipient",
    "Rule",
    "Signpost",
    "Wording",
    "answer_in_words",
    "answers_in_words",
    "check_answers",
    "complete_answers",
    "either",
    "evaluate",
    "filled",
    "in_language",
    "parse",
    "placeholders",
    "read_stored",
    "render",
]
