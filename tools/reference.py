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
from routing.process import BaseQuestion, Definition
from routing.process.stages import FieldAgain

FILE = Path(__file__).parent.parent / "docs" / "keys.md"
HEAD = """# Every key of process.toml and council.toml

Made from the code by `python tools/reference.py`; a test holds it to that. What the parts are for, with examples, is in
[process-language.md](process-language.md) and [your-council.md](your-council.md).
"""
OF_KIND = " of kind "
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
        for name, part in dict.fromkeys(_tables(model)):
            meanings = _meanings(part)
            known = BaseQuestion.model_fields if OF_KIND in name else NOT_IN_A_FILE if part is model else ()
            fields = {key: each for key, each in part.model_fields.items() if key not in known}
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
        if OF_KIND in name and key in BaseQuestion.model_fields:
            continue
        inner, shape = _model_in(field.annotation)
        if inner is not None:
            path = f"{name.partition(OF_KIND)[0].strip('[]`')}.{key}".strip(".")
            header = {"list": f"[[{path}]]", "named": f"[{path}.NAME]", "one": f"[{path}]"}[shape]
            kinds = list(dict.fromkeys(_models_in(field.annotation)))
            if FieldAgain in kinds:
                yield from _tables(FieldAgain, f"`{header}` with `again`; all others are as `[[question]]`")
            elif len(kinds) > 1:
                yield f"`{header}`", BaseQuestion
                for each in kinds:
                    said = typing.get_args(each.model_fields["kind"].annotation)[0]
                    yield from _tables(each, f"`{header}`{OF_KIND}`{said}`")
            else:
                yield from _tables(inner, f"`{header}`")


def _models_in(kind: typing.Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(kind) and issubclass(kind, BaseModel):
        yield kind
    for each in typing.get_args(kind):
        yield from _models_in(each)


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
        marks = [one for each in inner[1:] for one in (each.metadata if isinstance(each, FieldInfo) else [each])]
        return _value(inner[0], [*marks, *metadata])
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
    if inspect.isclass(kind) and issubclass(kind, enum.Enum):
        return ", ".join(f'`"{each.value}"`' for each in kind)
    bounds = [
        str(getattr(each, name))
        for name, of in (("ge", annotated_types.Ge), ("le", annotated_types.Le))
        for each in metadata
        if isinstance(each, of)
    ]
    named = {
        typing.Any: "as programs send it",
        str: "text",
        bool: "`true` or `false`",
        int: "whole number",
        float: "number",
        datetime.date: "date",
        datetime.time: "time",
    }
    return f"{named[kind]}{', ' + ' to '.join(bounds) if bounds else ''}"


if __name__ == "__main__":
    FILE.write_text(write())
