"""Letters and tasks of a case as their readers get them. Pure."""

import datetime
from collections.abc import Mapping

from routing.days import in_words
from routing.process.case import CaseState
from routing.process.definition import Definition
from routing.process.fees import amount_of
from routing.process.wording import render


def case_words(
    definition: Definition, case: CaseState, due: datetime.date | None, known: Mapping[str, str]
) -> dict[str, str]:
    """The values of the placeholders of a case.

    Args:
        due: the last day of the stage that follows; None if none does.
        known: those that the case does not know: of the council, the place, the reference and pages of fees.
    """
    words = dict(known)
    for name, value in case.values.items():
        question = definition.questions.get(name) or definition.fields.get(name)
        if question is not None:
            words[name] = question.display(value) if question.is_offered(value) else value
    for fee in definition.fee:
        amount = amount_of(fee, case.values, case.columns)
        words |= {f"fee.{fee.id}": amount} if amount is not None else {}
    end = definition.ends.get(case.end or "")
    if end is not None and end.holds_until is not None and end.holds_until in case.values:
        words["holds_until"] = words[end.holds_until]
    return words | ({"due": in_words(due)} if due is not None else {})


def letter_text(definition: Definition, letter: str, words: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text of a letter."""
    found = definition.letters[letter]
    return render(found.subject, words), render(found.text, words)
