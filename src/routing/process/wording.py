"""Placeholders in the texts of a definition: a closed list, filled with values that no citizen typed."""

import re
from collections.abc import Mapping

PLACEHOLDERS = {
    "council.name": "name of the council that decides",
    "process.title": "title of the process",
    "reply_within_working_days": "the service level of the process",
    "reference": "reference of the report",
    "place.name": "name of the parish or unparished area",
    "place.district": "name of the district in which the place lies",
    "parish_council": "name of the parish council",
}
"""Besides these, ``{council.<list>}`` stands for the entries of a list of the council, joined with *or*."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def unknown_placeholders(text: str, lists: frozenset[str]) -> list[str]:
    """The placeholders of a text that nothing fills."""
    known = PLACEHOLDERS.keys() | {f"council.{name}" for name in lists}
    return [name for name in _PLACEHOLDER.findall(text) if name not in known]


def placeholders(text: str) -> set[str]:
    """The placeholders of a text."""
    return set(_PLACEHOLDER.findall(text))


def render(text: str, values: Mapping[str, str]) -> str:
    """Fill the placeholders of a text.

    Raises:
        KeyError: a placeholder has no value; a proven definition never has one.
    """
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], text)


def either(names: tuple[str, ...]) -> str:
    """Join names for a question: ``the A7, the A9 or the M3``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}" if names else ""
