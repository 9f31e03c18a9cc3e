"""The question at every end: how satisfied a citizen was. Counted by version of the process, not kept by report."""

from typing import Any

from routing.casework import PublicStatus, count_satisfaction
from routing.days import in_words
from routing.i18n import gettext as _
from routing.i18n import noop
from routing.web.context import WebContext

HOW, NOT_SAID = "how", "not-said"
LEVELS = {
    5: noop("Very satisfied"),
    4: noop("Satisfied"),
    3: noop("Neither satisfied nor dissatisfied"),
    2: noop("Dissatisfied"),
    1: noop("Very dissatisfied"),
}
"""The five levels of GOV.UK's feedback pages."""


def how_satisfied(told: PublicStatus, token: str, done: str) -> dict[str, Any]:
    """The values of the question on the page of a report."""
    wrong = _("Select how satisfied you were")
    return {
        "levels": [{"value": str(level), "text": _(text)} for level, text in LEVELS.items()],
        "satisfied": f"/reports/{told.reference}/satisfied",
        "token": token,
        "errors": {"level": wrong} if done == NOT_SAID else {},
        "said_how": done == HOW,
        "letter_days": [in_words(each.at) for each in told.staged.letters] if told.staged is not None else [],
    }


def say_how(ctx: WebContext, told: PublicStatus, level: str) -> bool:
    """Count an answer; returns False if it is none, or was given before."""
    if level not in {str(each) for each in LEVELS}:
        return False
    with ctx.database.transaction() as tx:
        return count_satisfaction(tx, told.id, int(level))
