"""The process room: the language of service processes, its checks and the triage table. Pure."""

from routing.process.about import REPORT, Nearby
from routing.process.answers import NOT_OFFERED, Kept, answer_in_words, answers_in_words, is_typed, kept_apart
from routing.process.definition import PLACE, TABLE_STATES, Definition
from routing.process.kinds import BaseQuestion, Given, Question, Refused
from routing.process.parsing import parse, read_stored
from routing.process.proof import FIELDS
from routing.process.recipients import Recipient, Signpost, Wording
from routing.process.rules import Rule
from routing.process.table import Needs, asked_after, check_answers, complete_answers, evaluate, only_asked
from routing.process.translation import in_language
from routing.process.wording import PLACEHOLDERS, either, filled, placeholders, render

__all__ = [
    "FIELDS",
    "NOT_OFFERED",
    "PLACE",
    "PLACEHOLDERS",
    "REPORT",
    "TABLE_STATES",
    "BaseQuestion",
    "Definition",
    "Given",
    "Kept",
    "Nearby",
    "Needs",
    "Question",
    "Recipient",
    "Refused",
    "Rule",
    "Signpost",
    "Wording",
    "answer_in_words",
    "answers_in_words",
    "asked_after",
    "check_answers",
    "complete_answers",
    "either",
    "evaluate",
    "filled",
    "in_language",
    "is_typed",
    "kept_apart",
    "only_asked",
    "parse",
    "placeholders",
    "read_stored",
    "render",
]
