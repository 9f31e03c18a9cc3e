"""What to do about a value that a definition cannot have, in plain English. Pure."""

import difflib
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from routing.process.definition import Definition
from routing.process.kinds import KINDS
from routing.process.shown import part_fields

PATTERNS = {
    "^[a-z][a-z0-9-]{1,60}$": "use 2 to 61 small letters, digits and hyphens, and begin with a letter",
    "^[a-z][a-z0-9_]{0,40}$": "use small letters, digits and underscores, and begin with a letter",
    "^[a-z0-9][a-z0-9_-]{0,40}$": "use small letters, digits, hyphens and underscores",
    "^[A-Z][A-Z0-9-]{1,15}$": "use 2 to 16 capital letters, digits and hyphens, and begin with a letter, like R07",
    "^[0-9]{1,6}\\.[0-9]{2}$": 'write pounds and pence in quotes, like "35.00"',
    "^(flow:)?[a-z][a-z0-9_-]{1,60}$": "use the id of a recipient, recipient, citizen, nobody, or flow: and a name",
    "^(field:[a-z][a-z0-9_]{0,40}|[a-z][a-z0-9-]{1,60})$": "use citizen, the id of a recipient, or field: and a field",
}
"""Patterns of values → what to write."""

TAGS = {*KINDS, "again"}
TAGGED = {"question": 1, "field": 2}
"""Lists whose entries are of several models → how many tags of these stand in the path of an error."""

ALIKE = {"when": ("only_if",), "only_if": ("when",), "description": ("ask", "task", "text"), "label": ("title", "ask"),
         "name": ("title", "id"), "deadline": ("due",), "body": ("text",)}  # fmt: skip
"""Keys that people write → the keys that they mean."""

ONE_OF = {"enum", "literal_error"}
KIND_TAGS = {"union_tag_invalid", "union_tag_not_found"}


def why(error: Mapping[str, Any], key: str) -> str:
    """One error of the models as a sentence for whoever wrote the file."""
    kind, context = str(error["type"]), error.get("ctx", {})
    name = "kind" if kind in KIND_TAGS else key
    if kind == "missing":
        return f"{key}: add this key."
    if kind == "extra_forbidden":
        known = known_keys(error["loc"])
        wrong = str(error["loc"][-1])
        close = difflib.get_close_matches(wrong, known, 1) or [each for each in ALIKE.get(wrong, ()) if each in known]
        meant = f"write {close[0]}, or " if close else ""
        return f"{key}: {meant}use one of these keys: {', '.join(known)}. This key does not exist here."
    said = _types(kind, error) or _sizes(kind, context) or _choice(kind, context)
    if said is None:
        said = f"{str(error['msg']).removeprefix('Value error, ')}. Correct it"
    return f"{name}: {said}."


def _types(kind: str, error: Mapping[str, Any]) -> str | None:
    given = error["input"]
    if kind == "string_type":
        return "write this text in quotes" if not isinstance(given, dict | list) else "write one text in quotes here"
    if kind in {"int_type", "int_from_float", "int_parsing"}:
        return f"write a whole number, without quotes, not {_shown(given)}"
    if kind == "bool_type":
        return f"write true or false, without quotes, not {_shown(given)}"
    if kind in {"tuple_type", "list_type"}:
        return "write a list in square brackets"
    if kind in {"model_type", "model_attributes_type", "dict_type", "mapping_type"}:
        return "write a table here, with keys and values"
    return None


SIZES = {
    "string_too_short": "write a text. It is empty",
    "string_too_long": "write at most {max_length} characters",
    "too_short": "add entries, at least {min_length}",
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
}


def _sizes(kind: str, context: Mapping[str, Any]) -> str | None:
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(str(context["pattern"]))
    return SIZES[kind].format(**context) if kind in SIZES else None


def _choice(kind: str, context: Mapping[str, Any]) -> str | None:
    if kind in ONE_OF:
        return f"use one of {str(context['expected']).replace(' or ', ', ')}"
    if kind in KIND_TAGS:
        return f"use one of {', '.join(repr(each) for each in KINDS)}"
    return None


def _shown(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 40 else f"{text[:40]}…"


def known_keys(loc: Sequence[int | str]) -> list[str]:
    """The allowed keys in the place of an unknown one."""
    kinds: tuple[type[BaseModel], ...] = (Definition,)
    for part in loc[:-1]:
        if not isinstance(part, str):
            continue
        inner = tuple(each for kind in kinds for each in part_fields(kind).get(part, ()))
        tagged = tuple(kind for kind in kinds if _tag(kind) == part)
        kinds = inner or tagged or kinds
    names = dict.fromkeys(field.alias or name for kind in kinds for name, field in kind.model_fields.items())
    return [name for name in names if kinds != (Definition,) or name not in {"sha256", "text", "scope"}]


def _tag(kind: type[BaseModel]) -> str | None:
    """The tag by which a union of models knows one: the kind of a question, or *again*."""
    if "again" in kind.model_fields:
        return "again"
    field = kind.model_fields.get("kind")
    values = typing.get_args(field.annotation) if field is not None else ()
    return str(values[0]) if len(values) == 1 else None


def without_tags(loc: Sequence[int | str], raw: Mapping[str, Any]) -> tuple[int | str, ...]:
    """The path of an error as it stands in the file: without tags of kinds, and without the index of a lone table."""
    found: list[int | str] = []
    value: Any = raw
    tags = 0
    for number, part in enumerate(loc):
        if tags and part in TAGS:
            tags -= 1
            continue
        tags = 0
        if isinstance(part, int):
            if not isinstance(value, list):
                continue
            tags = TAGGED.get(str(loc[number - 1]), 0)
            value = value[part] if part < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
        found.append(part)
    return tuple(found)


def first_cause(errors: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The error to tell: a key that does not exist before the key that is missing beside it, since it may be that."""
    first = errors[0]
    beside = [each for each in errors if each["type"] == "extra_forbidden" and each["loc"][:-1] == first["loc"][:-1]]
    return beside[0] if first["type"] == "missing" and beside else first
