"""A definition in the language of the pages: gettext translates every text for citizens."""

from collections.abc import Iterator
from functools import lru_cache
from gettext import NullTranslations
from typing import Any

from pydantic import BaseModel

from routing.i18n import catalogue, gettext, speaks_english
from routing.process.about import REPORT
from routing.process.definition import Definition
from routing.process.parts import STORED
from routing.process.shown import part_fields, shown_fields
from routing.process.wording import placeholders


def _citizens(kinds: tuple[type[BaseModel], ...], name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name of a part in the file → its texts for citizens, of every kind of it, and those of its parts."""
    texts = dict.fromkeys(field for kind in kinds for field, shown in shown_fields(kind).items() if shown.to_citizens)
    yield name, tuple(texts)
    for kind in kinds:
        for field, parts in part_fields(kind).items():
            yield from _citizens(parts, field)


def _collected() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, texts in _citizens((Definition,), ""):
        found[name] = tuple(dict.fromkeys((*found.get(name, ()), *texts)))
    return {name: texts for name, texts in found.items() if texts}


CITIZENS = _collected()
"""Part of a definition → its texts for citizens, from the models."""


def in_language(definition: Definition) -> Definition:
    """The definition with translated texts; unchanged if the pages are in English."""
    return (
        definition
        if speaks_english()
        else _translated(definition.scope, definition.text, definition.sha256, catalogue())
    )


@lru_cache(maxsize=64)
def _translated(scope: str, text: str, sha256: str, _catalogue: NullTranslations) -> Definition:
    import tomllib

    raw = tomllib.loads(text)
    raw.get("process", {}).setdefault("noun", REPORT)
    for part, name in citizens_texts(raw):
        part[name] = _safely(part[name])
    whole = {**raw, "text": text, "scope": scope, "sha256": sha256}
    return Definition.model_validate(whole, context={STORED: True})


def citizens_texts(raw: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each table of a definition's file, with the name of a text for citizens."""
    for key, value in raw.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from ((part, name) for name in CITIZENS.get(key, ()) if name in part)
                yield from citizens_texts({name: inner for name, inner in part.items() if name in CITIZENS})


def _safely(text: str) -> str:
    """The translation, unless its placeholders differ."""
    found = gettext(text.strip())
    return found if placeholders(found) == placeholders(text) else text
