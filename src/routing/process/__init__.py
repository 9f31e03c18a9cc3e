"""The process room: the language of service processes, its proof and the triage table. Pure."""

from routing.process.definition import (
    PLACE,
    TABLE_STATES,
    Definition,
    Question,
    Recipient,
    Rule,
    Signpost,
    Wording,
)
from routing.process.reading import parse
from routing.process.table import Needs, check_answers, complete_answers, evaluate
from routing.process.translation import in_language
from routing.process.wording import PLACEHOLDERS, either, placeholders, render

__all__ = [
    "PLACE",
    "PLACEHOLDERS",
    "TABLE_STATES",
    "Definition",
    "Needs",
    "Question",
    "Recipient",
    "Rule",
    "Signpost",
    "Wording",
    "check_answers",
    "complete_answers",
    "either",
    "evaluate",
    "in_language",
    "parse",
    "placeholders",
    "render",
]
