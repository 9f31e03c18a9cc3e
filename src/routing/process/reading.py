"""Text of a definition file → proven definition, or an error that says where and what to change."""

import functools
import hashlib
import re
from typing import Any

from pydantic import ValidationError

from routing.errors import DefinitionError
from routing.outside import read_toml
from routing.process.definition import Definition
from routing.process.proof import prove

_TABLE_HEADER = re.compile(r"^\s*\[\[\s*(\w+)\s*\]\]")


def parse(text: str, source: str, scope: str = "", lists: frozenset[str] = frozenset()) -> Definition:
    """Load, validate and prove a definition.

    Args:
        text: the file.
        source: its name, for errors.
        scope: slug of the council whose own copy this is; empty for a shared one.
        lists: names of council lists that a text may use, besides those its own questions name.

    Raises:
        DefinitionError: names the file, the rule or question with its line, and what to change.
    """
    return _proven(text, source, scope, lists)


@functools.lru_cache(maxsize=64)
def _proven(text: str, source: str, scope: str, lists: frozenset[str]) -> Definition:
    """The same text is proved once in a process, in which each check reads the whole catalogue anew."""
    raw = read_toml(text, source)
    lines = _lines_of_tables(text)
    try:
        digest = hashlib.sha256(text.encode()).hexdigest()
        definition = Definition.model_validate({**raw, "sha256": digest, "text": text, "scope": scope})
    except ValidationError as error:
        first = error.errors()[0]
        where, key = _locate(first["loc"], raw, lines)
        message = first["msg"].removeprefix("Value error, ")
        raise DefinitionError(source, where, f"{key}: {message}. Correct it.") from None
    prove(definition, source, _named_lines(raw, lines), lists)
    return definition


def _lines_of_tables(text: str) -> dict[str, list[int]]:
    """For each kind of table, the line numbers of its headers, in order."""
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
    return str(loc[0]), ".".join(str(part) for part in loc)
