"""Text of a definition file → checked definition, or an error that says where and what to change."""

import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from routing.errors import DefinitionError
from routing.outside import read_toml
from routing.process.definition import Definition
from routing.process.proof import prove
from routing.process.shown import part_fields

_TABLE_HEADER = re.compile(r"^\s*\[\[\s*(\w+)\s*\]\]")


def parse(text: str, source: str, scope: str = "", lists: frozenset[str] = frozenset()) -> Definition:
    """Load and check a definition.

    Args:
        text: the file.
        source: its name, for errors.
        scope: slug of the council whose own copy this is; empty for a shared one.
        lists: names of further council lists that a text may use, besides those of its questions.

    Raises:
        DefinitionError: names the file, the rule or question with its line, and what to change.
    """
    return _proven(text, source, scope, lists)


@functools.lru_cache(maxsize=64)
def _proven(text: str, source: str, scope: str, lists: frozenset[str]) -> Definition:
    """Check the same text only once in a process, because each check reads the whole catalogue again."""
    raw = read_toml(text, source)
    lines = _lines_of_tables(text)
    try:
        definition = _validated(raw, text, scope)
    except ValidationError as error:
        first = error.errors()[0]
        where, key = _locate(first["loc"], raw, lines)
        why = _why(first, key).removeprefix(f"{where}: ")
        raise DefinitionError(source, where, why) from None
    prove(definition, source, _named_lines(raw, lines), lists)
    return definition


@functools.lru_cache(maxsize=64)
def read_stored(text: str, source: str, scope: str = "") -> Definition:
    """A stored definition. It was checked when stored, so newer checks do not apply.

    Raises:
        DefinitionError: it is not a definition.
    """
    try:
        return _validated(read_toml(text, source), text, scope)
    except ValidationError as error:
        raise DefinitionError(
            source, "", f"the stored definition cannot be read: {error.errors()[0]['msg']}."
        ) from None


def _validated(raw: dict[str, Any], text: str, scope: str) -> Definition:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Definition.model_validate({**raw, "sha256": digest, "text": text, "scope": scope})


_NO_PLACE = "Every case has a place"
_CONTACT = "We ask for a name and an address, but citizens can leave them out"
_DETAILS = "We ask for details, but citizens can leave them out"
NOT_YET = {
    "process.place": _NO_PLACE,
    "process.contact": _CONTACT,
    "contact": _CONTACT,
    "details.needed": _DETAILS,
    "details.required": _DETAILS,
    "details.optional": _DETAILS,
}
"""Keys for wishes that the language does not support yet, with what it does instead."""


def _why(error: Mapping[str, Any], key: str) -> str:
    if error["type"] == "string_type" and not isinstance(error["input"], dict | list):
        return f"{key}: write this text in quotes."
    if error["type"] == "missing":
        return f"{key}: add this key."
    if error["type"] != "extra_forbidden":
        return f"{key}: {error['msg'].removeprefix('Value error, ')}. Correct it."
    loc = error["loc"]
    asked = NOT_YET.get(".".join(str(part) for part in loc))
    if asked is not None:
        return f"{key}: remove this key. {asked}, and you cannot change that yet."
    known = ", ".join(_known_keys(loc))
    return f"{key}: use one of these keys: {known}. This key does not exist here."


def _known_keys(loc: Sequence[int | str]) -> list[str]:
    """The allowed keys in the place of an unknown one."""
    kind: type[BaseModel] = Definition
    for part in loc[:-1]:
        if isinstance(part, str):
            kind = part_fields(kind).get(part, kind)
    names = [field.alias or name for name, field in kind.model_fields.items()]
    return [name for name in names if kind is not Definition or name not in {"sha256", "text", "scope"}]


def _lines_of_tables(text: str) -> dict[str, list[int]]:
    """The line numbers of headers for each kind of table, in order."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        header = _TABLE_HEADER.match(line)
        if header:
            found.setdefault(header.group(1), []).append(number)
    return found


def _named_lines(raw: dict[str, Any], lines: dict[str, list[int]]) -> dict[str, int]:
    """``rule R07`` → the line of its table."""
    named: dict[str, int] = {}
    for kind, numbers in lines.items():
        for entry, number in zip(raw.get(kind, []), numbers, strict=False):
            named.setdefault(f"{kind} {entry.get('id', '?')}", number)
    return named


def _locate(loc: tuple[int | str, ...], raw: dict[str, Any], lines: dict[str, list[int]]) -> tuple[str, str]:
    if len(loc) > 1 and isinstance(loc[1], int):
        kind, index = str(loc[0]), loc[1]
        entry = raw[kind][index]
        given = entry.get("id") if isinstance(entry, dict) else None
        name = given[:40] if isinstance(given, str) else f"number {index + 1}"
        numbers = lines.get(kind, [])
        line = f" (line {numbers[index]})" if index < len(numbers) else ""
        return f"{kind} {name}{line}", ".".join(str(part) for part in loc[2:]) or kind
    return str(loc[0]), ".".join(str(part) for part in loc[1:] or loc)
