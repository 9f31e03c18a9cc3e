"""Write docs/keys.md: every key of process.toml and council.toml, from the models that read them.

What a key means stands in the docstring of its model, under *Attributes*; a key without a meaning is an error.
"""

import datetime
import enum
import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from routing.council import Council
from routing.process import Definition

FILE = Path(__file__).parent.parent / "docs" / "keys.md"
HEAD = """# Every key of process.toml and council.toml

Made from the code by `python tools/reference.py`; a test holds it to that. What the parts are for, with examples, is in
[process-language.md](process-language.md) and [your-council.md](your-council.md).
"""
NOT_IN_A_FILE = {"sha256", "text", "scope", "slug"}
"""Of a whole definition or council: filled in by whoever reads the file."""

ATTRIBUTE = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n      .*)*)", re.MULTILINE)
MODELS = ((Definition, "process.toml"), (Council, "council.toml"))


class UnsaidError(Exception):
    """Keys whose meaning no docstring says."""


def write() -> str:
    """The page.

    Raises:
        UnsaidError: names every key without a meaning.
    """
    lines, unsaid = [HEAD], list[str]()
    for model, file in MODELS:
        lines.append(f"\n## {file}\n")
        for name, part in _tables(model):
            meanings = _meanings(part)
            fields = {
                key: each for key, each in part.model_fields.items() if part is not model or key not in NOT_IN_A_FILE
            }
            rows = [_row(key, field, meanings) for key, field in fields.items()]
            unsaid += [f"{part.__name__}.{key}" for key, *_, said in rows if not said]
            if name:
                lines.append(f"\n### {name}\n")
            lines += ["| key | value | if left out | meaning |", "|---|---|---|---|"]
            lines += [f"| `{key}` | {value} | {default} | {said} |" for key, value, default, said in rows]
    if unsaid:
        raise UnsaidError(", ".join(unsaid))
    return "\n".join(lines) + "\n"


def _tables(model: type[BaseModel], name: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Each table of a file, as its header is written, with its model."""
    yield name, model
    for key, field in model.model_fields.items():
        inner, shape = _model_in(field.annotation)
        if inner is not None:
            path = f"{name.strip('[]`')}.{key}".strip(".")
            header = {"list": f"[[{path}]]", "named": f"[{path}.NAME]", "one": f"[{path}]"}[shape]
            yield from _tables(inner, f"`{header}`")


def _model_in(kind: typing.Any) -> tuple[type[BaseModel] | None, str]:
    if inspect.isclass(kind) and issubclass(kind, BaseModel):
        return kind, "one"
    shape = "named" if typing.get_origin(kind) in (dict, Mapping, typing.get_origin(Mapping[str, str])) else "list"
    shape = "one" if typing.get_origin(kind) in (types.UnionType, typing.Union, typing.Annotated) else shape
    for each in typing.get_args(kind):
        inner, below = _model_in(each)
        if inner is not None:
            return inner, below if shape == "one" else shape
    return None, "one"


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        text = inspect.cleandoc(each.__dict__.get("__doc__") or "")
        for names, said in ATTRIBUTE.findall(text):
            found |= dict.fromkeys(names.split(", "), _as_cell(said))
    return found


def _as_cell(text: str) -> str:
    joined = re.sub(r"\s+", " ", text).strip().rstrip(".").replace("``", "`").replace("|", r"\|")
    return joined[:1].upper() + joined[1:]


def _row(key: str, field: FieldInfo, meanings: Mapping[str, str]) -> tuple[str, str, str, str]:
    value = _value(field.annotation, field.metadata)
    default = "must be given" if field.is_required() else _default(field)
    return field.alias or key, value, default, meanings.get(key, "")


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if default in (None, "", (), {}, PydanticUndefined) or isinstance(default, BaseModel):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`"


def _value(kind: typing.Any, metadata: typing.Sequence[typing.Any] = ()) -> str:  # noqa: PLR0911  # a table of kinds
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _value(inner[0], [*inner[1:], *metadata])
    if origin in (types.UnionType, typing.Union):
        return _value(next(each for each in inner if each is not types.NoneType), metadata)
    if origin is typing.Literal:
        return ", ".join(f'`"{each}"`' for each in inner)
    if _model_in(kind)[0] is not None:
        return {"one": "a table", "list": "tables", "named": "tables by name"}[_model_in(kind)[1]]
    if origin is tuple:
        return f"list of {_value(inner[0])}"
    if origin is not None:
        return f"table of {_value(inner[1])} by name"
    if issubclass(kind, enum.Enum):
        return ", ".join(f'`"{each.value}"`' for each in kind)
    bounds = [
        str(getattr(each, name))
        for name, of in (("ge", annotated_types.Ge), ("le", annotated_types.Le))
        for each in metadata
        if isinstance(each, of)
    ]
    named = {str: "text", bool: "`true` or `false`", int: "whole number", float: "number", datetime.date: "date"}
    return f"{named[kind]}{', ' + ' to '.join(bounds) if bounds else ''}"


if __name__ == "__main__":
    FILE.write_text(write())
