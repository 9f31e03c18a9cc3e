"""How a case before a step and after it differ. Pure."""

from routing.process.case import CaseState
from routing.process.stages import CITIZEN


def asks_citizen_anew(before: CaseState, after: CaseState) -> bool:
    """Whether a case has entered a stage that asks its citizen."""
    return after.entry is not None and after.entry.seats == (CITIZEN,) and after.entry.serial > before.entries


def is_back(before: CaseState, after: CaseState) -> bool:
    """Whether a case is back in the stage that asked its citizen."""
    asked = before.asked_by[0][0] if before.asked_by else None
    return asked is not None and after.entry is not None and after.entry.serial == asked.serial


def has_left(before: CaseState, after: CaseState) -> bool:
    """Whether a case is in another stage, or in none: then nobody is asked whom an earlier thing in a change asks."""
    return before.entry is None or after.entry is None or before.entry.serial != after.entry.serial
