"""A question as its field on a page, whatever its kind."""

from collections.abc import Mapping
from typing import Any

from routing.i18n import gettext as _
from routing.process.kinds import BaseQuestion, Refused
from routing.process.kinds.text import TextQuestion

LONGEST_LINE = 120
"""A text of up to this many characters is one line."""


def field_of(
    question: BaseQuestion, entered: Mapping[str, str], errors: Mapping[str, str], *, is_page: bool
) -> dict[str, Any]:
    """The values for the macro of its kind.

    Args:
        entered: field → what was entered.
        errors: field → what to change.
        is_page: its heading is that of the page.
    """
    heading = question.ask if question.needed else _("{question} (optional)").format(question=question.ask)
    found = {"question": question, "name": question.id, "heading": heading, "hint": question.hint, "entered": entered}
    found |= {"errors": errors, "is_page": is_page, "size": "l" if is_page else "m"}
    if isinstance(question, TextQuestion):
        found |= {"most": question.max_characters, "longest_line": LONGEST_LINE}
    return found


def error_of(question: BaseQuestion, refused: Refused) -> tuple[str, str]:
    """The field of its page with an error, and what to change."""
    return f"{question.id}-{refused.parts[0]}" if refused.parts else question.id, refused.text
