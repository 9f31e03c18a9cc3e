"""Placeholders in the texts of a definition: a fixed list, filled with values that no citizen typed."""

import re
from collections.abc import Mapping
from typing import Any

from routing.process.definition import Definition
from routing.process.shown import changed
from routing.vocabulary import PlaceState

PLACEHOLDERS = {
    "council.name": "name of the council that decides",
    "process.title": "title of the process",
    "reply_within_working_days": "the service level of the process",
    "reference": "reference of the report",
    "place.name": "name of the parish or unparished area",
    "place.district": "name of the place's district",
    "parish_council": "name of the parish council",
}
"""There is also ``{council.<list>}`` for the entries of a council's list, joined with *or*."""

ONCE_SENT = frozenset({"reference"})
"""Placeholders without a value before there is a report."""

ONCE_PLACED = frozenset({"place.name", "place.district", "parish_council"})
"""Placeholders without a value before we know the place."""

EVERYWHERE = frozenset({"council.name", "process.title"})
"""Placeholders that always have a value, besides the council's lists."""

_CASE_PLACES = frozenset({PlaceState.PARISH.value, PlaceState.UNPARISHED.value})
PLACES = {
    "parish_council": frozenset({PlaceState.PARISH.value}),
    "place.name": _CASE_PLACES,
    "place.district": _CASE_PLACES | {PlaceState.UNCERTAIN.value, PlaceState.OUTSIDE_OTHER.value},
}
"""Placeholder → the states of the place in which it has a value, in a process with stages."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


WITHOUT_STAGES = frozenset({"reply_within_working_days"})
"""Placeholders that have a value only in a process without stages."""


def unknown_placeholders(text: str, lists: frozenset[str], *, has_stages: bool = False) -> list[str]:
    """Unknown placeholders in a text."""
    known = PLACEHOLDERS.keys() | {f"council.{name}" for name in lists}
    known -= WITHOUT_STAGES if has_stages else frozenset()
    return [name for name in _PLACEHOLDER.findall(text) if name not in known]


def has_stray_brace(text: str) -> bool:
    """Whether a text contains a brace outside its placeholders, which a person would see."""
    return not {"{", "}"}.isdisjoint(_PLACEHOLDER.sub("", text)) or "{{" in text


def placeholders(text: str) -> set[str]:
    """The placeholders of a text."""
    return set(_PLACEHOLDER.findall(text))


def render(text: str, values: Mapping[str, str]) -> str:
    """Fill the placeholders of a text.

    A placeholder without a value stays. A checked definition has none, but stored ones passed the checks of their
    time.
    """
    if "{" not in text:
        return text
    return _PLACEHOLDER.sub(lambda match: values.get(match.group(1), match.group(0)), text)


def filled(definition: Definition, values: Mapping[str, str]) -> Definition:
    """A definition with filled placeholders in every text that a person can read."""
    update: dict[str, Any] = {}
    for name, at in definition.parts_to_fill.items():
        parts = getattr(definition, name)
        listed = parts if isinstance(parts, tuple) else (parts,)
        full = tuple(
            changed(part, lambda text, _shown: render(text, values)) if number in at else part
            for number, part in enumerate(listed)
        )
        update[name] = full if isinstance(parts, tuple) else full[0]
    return definition.with_parts(update) if update else definition


def either(names: tuple[str, ...]) -> str:
    """Join names for a question: ``the A7, the A9 or the M3``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}" if names else ""
